// tests/node/identity/private_memory_test.cpp - in a process of its own, as it cannot be taken back.
#include "node/identity/private_memory.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace node {
namespace {

TEST(PrivateMemory, a_process_that_holds_keys_leaves_no_core_and_no_other_process_looks_into_it) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "LeakSanitizer has to look";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    GTEST_SKIP() << "LeakSanitizer has to look";
#endif
#endif
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        keep_memory_private();
        _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace node

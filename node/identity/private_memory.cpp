// node/identity/private_memory.cpp - prctl(2).
#include "node/identity/private_memory.hpp"

#include <sys/prctl.h>

namespace node {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool watched = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool watched = true;
#else
constexpr bool watched = false;
#endif
#else
constexpr bool watched = false;
#endif

}  // namespace

void keep_memory_private() {
    if (!watched) (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace node

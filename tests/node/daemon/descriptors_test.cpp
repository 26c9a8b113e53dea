// tests/node/daemon/descriptors_test.cpp - the limit of this process, raised and shared out.
#include "node/daemon/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace node {
namespace {

struct Descriptors : testing::Test {
    Descriptors() { EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0); }
    ~Descriptors() override { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0); }
    void allow(rlim_t soft) const {
        const rlimit limit{soft, old.rlim_max};
        ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    rlimit old{};
};

TEST_F(Descriptors, a_soft_limit_is_raised_as_far_as_the_hard_one_lets_it) {
    allow(512);
    EXPECT_EQ(descriptor_limit(), 512U);
    const auto raised = raise_descriptor_limit();
    EXPECT_GT(raised, 512U);
    EXPECT_EQ(raised, descriptor_limit());
    EXPECT_LE(raised, old.rlim_max);
}

TEST_F(Descriptors, a_limit_that_is_large_already_stays) {
    if (old.rlim_max < 10'000) GTEST_SKIP() << "the hard limit is " << old.rlim_max;
    allow(10'000);
    EXPECT_EQ(raise_descriptor_limit(), 10'000U);
}

TEST_F(Descriptors, connections_never_get_what_databases_DNS_and_commands_need) {
    EXPECT_EQ(connections_for(1024), 576U);
    EXPECT_EQ(connections_for(8192), 4096U);
    EXPECT_EQ(connections_for(1'000'000), 4096U);
    for (std::size_t limit = 0; limit < 3000; ++limit) {
        EXPECT_GE(limit - connections_for(limit), std::min<std::size_t>(448, limit / 2)) << limit;
        EXPECT_LE(connections_for(limit), connections_for(limit + 1));
    }
}

TEST_F(Descriptors, browsers_at_the_page_take_a_part_of_the_rest) {
    EXPECT_EQ(browsers_for(256), 16U);
    EXPECT_EQ(browsers_for(1024), 64U);
    EXPECT_EQ(browsers_for(8192), 64U);
    for (std::size_t limit = 128; limit <= 2048; ++limit)
        EXPECT_LT(2 * (browsers_for(limit) + faces_for(limit)), limit - connections_for(limit)) << limit;
}

}  // namespace
}  // namespace node

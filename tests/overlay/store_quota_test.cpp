// tests/overlay/store_quota_test.cpp - bytes a source and in all.
#include "overlay/store_quota.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using overlay::StoreQuota;

const StoreQuota::TimePoint start{100h};

TEST(StoreQuota, a_source_has_its_share_and_no_more_until_its_values_expire) {
    StoreQuota quota({10'000, 2'000});
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 1500, 600s, start));
    EXPECT_FALSE(quota.admit(make_address("192.0.2.1"), 500, 600s, start + 599s));
    EXPECT_TRUE(quota.admit(make_address("192.0.2.2"), 1500, 600s, start));
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 500, 600s, start + 600s));
}

TEST(StoreQuota, an_ipv6_64_is_one_source) {
    StoreQuota quota({10'000, 2'000});
    EXPECT_TRUE(quota.admit(make_address("2001:db8:1:2::1"), 1500, 600s, start));
    EXPECT_FALSE(quota.admit(make_address("2001:db8:1:2:ffff::9"), 1500, 600s, start));
    EXPECT_TRUE(quota.admit(make_address("2001:db8:1:3::1"), 1500, 600s, start));
}

TEST(StoreQuota, an_ipv4_address_mapped_into_ipv6_is_that_ipv4_address) {
    StoreQuota quota({10'000, 2'000});
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 1500, 600s, start));
    EXPECT_FALSE(quota.admit(make_address("::ffff:192.0.2.1"), 1500, 600s, start));
    EXPECT_TRUE(quota.admit(make_address("::ffff:192.0.2.2"), 1500, 600s, start));
}

TEST(StoreQuota, all_sources_together_have_a_bound) {
    StoreQuota quota({5'000, 2'000});
    unsigned admitted = 0;
    for (unsigned i = 0; i < 100; ++i) {
        if (quota.admit(asio::ip::address_v4(0x0a000000 + i), 900, 600s, start)) ++admitted;
    }
    EXPECT_EQ(admitted, 4U);
    EXPECT_LE(quota.bytes(), 5'000U);
}

TEST(StoreQuota, what_is_kept_longer_is_let_go_later_whatever_came_first) {
    StoreQuota quota({10'000, 10'000});
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 3000, 3h, start));
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 3000, 10min, start));
    EXPECT_TRUE(quota.admit(make_address("192.0.2.1"), 1, 1s, start + 10min));
    EXPECT_LT(quota.bytes(), 4'000U);
}

}  // namespace

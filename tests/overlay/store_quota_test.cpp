// tests/overlay/store_quota_test.cpp - bytes a source and in all, values a key and a source.
#include "overlay/store_quota.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using overlay::StoreQuota;

const StoreQuota::TimePoint start{100h};

class StoreQuotaTest : public testing::Test {
protected:
    bool admit(const char* source, std::size_t size, std::chrono::seconds kept = 600s,
               StoreQuota::TimePoint now = start) {
        return quota.admit(make_address(source), {static_cast<std::uint8_t>(++keys)}, size, kept, now);
    }
    StoreQuota quota{{10'000, 2'000}};
    unsigned keys = 0;
};

TEST_F(StoreQuotaTest, a_source_has_its_share_and_no_more_until_its_values_expire) {
    EXPECT_TRUE(admit("192.0.2.1", 1500));
    EXPECT_FALSE(admit("192.0.2.1", 500, 600s, start + 599s));
    EXPECT_TRUE(admit("192.0.2.2", 1500));
    EXPECT_TRUE(admit("192.0.2.1", 500, 600s, start + 600s));
}

TEST_F(StoreQuotaTest, an_ipv6_64_is_one_source) {
    EXPECT_TRUE(admit("2001:db8:1:2::1", 1500));
    EXPECT_FALSE(admit("2001:db8:1:2:ffff::9", 1500));
    EXPECT_TRUE(admit("2001:db8:1:3::1", 1500));
}

TEST_F(StoreQuotaTest, an_ipv4_address_mapped_into_ipv6_is_that_ipv4_address) {
    EXPECT_TRUE(admit("192.0.2.1", 1500));
    EXPECT_FALSE(admit("::ffff:192.0.2.1", 1500));
    EXPECT_TRUE(admit("::ffff:192.0.2.2", 1500));
}

TEST_F(StoreQuotaTest, sources_that_take_all_they_can_get_leave_room_for_one_more) {
    quota = StoreQuota({1'000'000, 200'000});
    for (unsigned round = 0; round < 100; ++round)
        for (unsigned source = 0; source < 50; ++source)
            quota.admit(asio::ip::address_v4(0x0a000000 + source), {static_cast<std::uint8_t>(++keys), 1},
                        3000, 600s, start);
    EXPECT_LE(quota.bytes(), 1'000'000U);
    EXPECT_GE(quota.bytes(), 900'000U);
    EXPECT_TRUE(admit("192.0.2.1", 3000)) << "somebody new";
    EXPECT_FALSE(quota.admit(asio::ip::address_v4(0x0a000000), {}, 3000, 600s, start)) << "one of the fifty";
}

TEST_F(StoreQuotaTest, what_is_kept_longer_is_let_go_later_whatever_came_first) {
    quota = StoreQuota({20'000, 10'000});
    EXPECT_TRUE(admit("192.0.2.1", 3000, 3h));
    EXPECT_TRUE(admit("192.0.2.1", 3000, 10min));
    EXPECT_TRUE(admit("192.0.2.1", 1, 1s, start + 10min));
    EXPECT_LT(quota.bytes(), 4'000U);
}

TEST_F(StoreQuotaTest, at_one_key_a_source_has_few_values_and_all_together_some) {
    quota = StoreQuota({1U << 20U, 1U << 19U});
    const StoreQuota::Key key{1}, other{2};
    const auto fill = [&](unsigned host, const StoreQuota::Key& at, StoreQuota::TimePoint now = start) {
        unsigned admitted = 0;
        for (int i = 0; i < 800; ++i)
            if (quota.admit(asio::ip::address_v4(0x0a000000 + host), at, 100, 600s, now)) ++admitted;
        return admitted;
    };
    EXPECT_EQ(fill(1, key), 8U);
    EXPECT_EQ(fill(1, other), 8U);
    unsigned all = 8;
    for (unsigned host = 2; host < 100; ++host)
        all += fill(host, key);
    EXPECT_EQ(all, 64U);
    EXPECT_EQ(fill(200, key, start + 600s), 8U);
}

}  // namespace

// tests/overlay/listen_quota_test.cpp - whose listens OpenDHT remembers.
#include "overlay/listen_quota.hpp"

#include <gtest/gtest.h>

namespace overlay {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;

class ListenQuotaTest : public testing::Test {
protected:
    bool listen(std::uint32_t host, unsigned what) {
        return quota.admit(asio::ip::address_v4(0x0a000000U + host), "key " + std::to_string(what), now);
    }
    unsigned listen_to(std::uint32_t host, unsigned from, unsigned to) {
        unsigned admitted = 0;
        for (unsigned what = from; what < to; ++what)
            if (listen(host, what)) ++admitted;
        return admitted;
    }

    ListenQuota::TimePoint now{100h};
    ListenQuota quota{{100, 1000, 1500}};
};

TEST_F(ListenQuotaTest, a_source_has_so_many_until_they_end_and_refreshes_cost_nothing) {
    EXPECT_EQ(listen_to(1, 0, 70'000), 100U);
    EXPECT_EQ(listen_to(1, 0, 100), 100U) << "refreshed";
    EXPECT_EQ(quota.listens(), 100U);
    now += 599s;
    EXPECT_FALSE(listen(1, 200));
    now += 1s;
    EXPECT_TRUE(listen(1, 200));
    EXPECT_EQ(quota.remembered(), 1U);
}

TEST_F(ListenQuotaTest, a_home_of_ipv6_is_one_source) {
    unsigned admitted = 0;
    for (unsigned i = 0; i < 1000; ++i)
        if (quota.admit(make_address("2001:db8:1:2::" + std::to_string(i + 1)), std::to_string(i), now))
            ++admitted;
    EXPECT_EQ(admitted, 100U);
    EXPECT_TRUE(quota.admit(make_address("2001:db8:1:3::1"), "x", now));
}

TEST_F(ListenQuotaTest, the_oldest_of_the_greediest_make_room_for_who_has_few) {
    for (std::uint32_t host = 1; host <= 10; ++host)
        EXPECT_EQ(listen_to(host, 0, 100), 100U);
    EXPECT_EQ(quota.listens(), 1000U);
    EXPECT_EQ(listen_to(11, 0, 20), 20U);
    EXPECT_EQ(quota.listens(), 1000U);
    EXPECT_EQ(quota.remembered(), 1020U) << "OpenDHT still has them";
    // Whose was taken gets none back at the expense of others that are as greedy.
    unsigned lost = 0;
    for (std::uint32_t host = 1; host <= 10; ++host)
        if (!listen(host, 0)) ++lost;
    EXPECT_GT(lost, 0U);
    now += 10min;
    EXPECT_TRUE(listen(12, 0));
    EXPECT_EQ(quota.remembered(), 1U);
}

TEST_F(ListenQuotaTest, however_many_sources_there_are_no_more_are_remembered_than_opendht_has_room_for) {
    for (std::uint32_t host = 1; host <= 5000; ++host)
        listen_to(host, 0, 3);
    EXPECT_LE(quota.remembered(), 1500U);
    EXPECT_LE(quota.listens(), 1000U);
    EXPECT_GE(quota.listens(), 900U);
}

}  // namespace
}  // namespace overlay

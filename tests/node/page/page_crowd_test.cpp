// tests/node/page/page_crowd_test.cpp - strangers make room, in the order of their silence.
#include "node/page/page_crowd.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr PageCrowd::Time start{};

TEST(PageCrowd, who_has_been_silent_for_longest_makes_room) {
    PageCrowd crowd;
    EXPECT_EQ(crowd.makes_room(), std::nullopt);
    crowd.came(7, start);
    crowd.came(8, start + 1s);
    crowd.came(9, start + 2s);
    EXPECT_EQ(crowd.makes_room(), 7);
    crowd.asked(7, false, start + 3s);
    EXPECT_EQ(crowd.makes_room(), 8);
    crowd.left(8);
    EXPECT_EQ(crowd.makes_room(), 9);
    EXPECT_EQ(crowd.size(), 2U);
}

TEST(PageCrowd, who_is_logged_in_makes_room_for_nobody) {
    PageCrowd crowd;
    crowd.came(7, start);
    crowd.came(8, start + 1s);
    crowd.asked(7, true, start + 1s);
    EXPECT_EQ(crowd.makes_room(), 8);
    crowd.left(8);
    EXPECT_EQ(crowd.makes_room(), std::nullopt);
    crowd.asked(7, false, start + 2s);
    EXPECT_EQ(crowd.makes_room(), 7) << "he has logged out";
    crowd.asked(8, true, start + 3s);
    EXPECT_EQ(crowd.size(), 1U) << "who has left asks nothing";
}

}  // namespace
}  // namespace node

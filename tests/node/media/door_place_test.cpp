// tests/node/media/door_place_test.cpp - when a door of a call is looked for again, and what counts as
// another place.
#include "node/media/door_place.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using By = DoorOutside::By;

DoorOutside at(By by, const char* address, std::uint16_t port, bool symmetric = false) {
    const auto host = asio::ip::make_address(address);
    return {by, {host, port}, {host, static_cast<std::uint16_t>(port + 1)}, "scripted", symmetric};
}

const DoorPlace::Time start{std::chrono::hours(1)};

TEST(DoorPlace, silence_is_looked_into_after_a_second_then_each_3_s_then_seldom) {
    DoorPlace place(at(By::router, "203.0.113.7", 40000));
    EXPECT_FALSE(place.fell_silent({}, start)) << "never heard, or resting";
    int looks = 0;
    std::optional<DoorPlace::Time> first;
    for (auto passed = 0ms; passed < 120s; passed += 500ms) {
        if (!place.fell_silent(start, start + passed)) continue;
        ++looks;
        if (!first) first = start + passed;
    }
    EXPECT_EQ(first, start + 1s);
    EXPECT_GE(looks, 12);
    EXPECT_LE(looks, 14) << "ten at first, then each half a minute";
    EXPECT_FALSE(place.fell_silent(start + 121s, start + 121s)) << "heard again";
    EXPECT_TRUE(place.fell_silent(start + 121s, start + 122s)) << "and the next silence is a new one";
}

TEST(DoorPlace, what_the_router_opened_moves_by_its_word_alone) {
    DoorPlace place(at(By::router, "203.0.113.7", 40000));
    EXPECT_FALSE(place.moved({}, {}));
    EXPECT_FALSE(place.moved(at(By::router, "203.0.113.7", 40000), {}));
    EXPECT_FALSE(place.moved(at(By::others, "198.51.100.66", 40000), start)) << "one who lies alone";
    EXPECT_FALSE(place.moved(at(By::address, "198.51.100.66", 40000), {}));
    EXPECT_TRUE(place.moved(at(By::router, "203.0.113.88", 40000), {}));
    EXPECT_EQ(place.told().rtp.address, asio::ip::make_address("203.0.113.88"));
    EXPECT_FALSE(place.moved(at(By::router, "203.0.113.88", 40000), {})) << "told once";
}

TEST(DoorPlace, what_others_saw_moves_when_they_were_asked_since_the_silence_began) {
    DoorPlace place(at(By::others, "203.0.113.7", 40000));
    const auto elsewhere = at(By::others, "203.0.113.88", 41000);
    EXPECT_FALSE(place.moved(elsewhere, start)) << "there was no silence";
    ASSERT_TRUE(place.fell_silent(start, start + 1s));
    EXPECT_FALSE(place.moved(elsewhere, start)) << "asked before";
    EXPECT_TRUE(place.moved(elsewhere, start + 1s));
}

TEST(DoorPlace, where_each_sees_another_port_only_another_address_counts) {
    DoorPlace place(at(By::others, "203.0.113.7", 40000, true));
    ASSERT_TRUE(place.fell_silent(start, start + 1s));
    EXPECT_FALSE(place.moved(at(By::others, "203.0.113.7", 41000, true), start + 1s));
    EXPECT_TRUE(place.moved(at(By::others, "203.0.113.88", 41000, true), start + 1s));
}

TEST(DoorPlace, a_guess_by_the_outer_address_moves_with_that) {
    DoorPlace place(at(By::address, "203.0.113.7", 40000));
    EXPECT_FALSE(place.moved(at(By::others, "203.0.113.7", 41000), start));
    EXPECT_TRUE(place.moved(at(By::address, "203.0.113.88", 40000), {}));
}

TEST(DoorPlace, a_guess_to_which_nobody_comes_gives_way_to_what_others_see) {
    DoorPlace place(at(By::address, "203.0.113.7", 40000));
    const auto seen = at(By::others, "203.0.113.7", 57000);
    EXPECT_TRUE(place.is_guess());
    EXPECT_FALSE(place.moved(seen, start));
    EXPECT_FALSE(place.fell_silent(start, start + 900ms));
    ASSERT_TRUE(place.fell_silent(start, start + 1s));
    EXPECT_FALSE(place.moved(at(By::others, "203.0.113.7", 40000), start + 1s)) << "it was right";
    EXPECT_FALSE(place.moved(at(By::others, "203.0.113.7", 57000, true), start + 1s)) << "each another";
    EXPECT_TRUE(place.moved(seen, start + 1s));
    EXPECT_FALSE(place.is_guess());
    EXPECT_EQ(place.told().rtp.port, 57000);
}

}  // namespace
}  // namespace node

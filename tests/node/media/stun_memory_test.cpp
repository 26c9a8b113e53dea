// tests/node/media/stun_memory_test.cpp - who is asked where others see us, and who is left alone for a
// while.
#include "node/media/stun_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const sip::Endpoint a{asio::ip::make_address("203.0.113.1"), 3478},
    b{asio::ip::make_address("203.0.113.2"), 3478}, c{asio::ip::make_address("203.0.113.2"), 5060};
const StunMemory::Time now{1000h};

TEST(StunMemory,
     who_was_silent_is_left_alone_for_seconds_then_for_three_minutes_and_the_others_keep_their_order) {
    StunMemory memory;
    EXPECT_THAT(memory.worth_asking({b, a, c}, now), ElementsAre(b, a, c));
    memory.silent(b, now);
    EXPECT_THAT(memory.worth_asking({b, a, c}, now), ElementsAre(a, c));
    auto when = now;
    for (const auto pause : {10s, 20s, 40s, 80s, 160s, 180s, 180s}) {
        EXPECT_THAT(memory.worth_asking({b}, when + pause - 1s), IsEmpty());
        when += pause;
        EXPECT_THAT(memory.worth_asking({b}, when), ElementsAre(b));
        memory.silent(b, when);
    }
}

TEST(StunMemory, who_answers_again_is_asked_again) {
    StunMemory memory;
    memory.silent(a, now);
    memory.answered(a);
    EXPECT_THAT(memory.worth_asking({a}, now), ElementsAre(a));
}

TEST(StunMemory, it_holds_64_and_makes_room_when_their_time_is_over) {
    StunMemory memory;
    const auto server = [](unsigned i) { return sip::Endpoint{asio::ip::address_v4(0xcb007100U + i), 3478}; };
    for (unsigned i = 0; i < 70; ++i)
        memory.silent(server(i), now);
    EXPECT_THAT(memory.worth_asking({server(63)}, now), IsEmpty());
    EXPECT_THAT(memory.worth_asking({server(64)}, now), ElementsAre(server(64)));
    memory.silent(server(64), now + 4min);
    EXPECT_THAT(memory.worth_asking({server(63), server(64)}, now + 4min), ElementsAre(server(63)));
}

}  // namespace
}  // namespace node

// tests/sip/transport/connection_times_test.cpp
#include "sip/transport/connection_times.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

using namespace std::chrono_literals;
using State = ConnectionState;

struct ConnectionTimesTest : testing::Test {
    TransportLimits limits;
    ConnectionTimes times;
    ConnectionTimes::Time begin{1000h};
    [[nodiscard]] auto left(State state) const { return times.deadline(state, limits) - begin; }
};

TEST_F(ConnectionTimesTest, each_state_has_its_own_limit_from_when_it_began) {
    times.state_begins(begin);
    EXPECT_EQ(left(State::connecting), limits.connect);
    EXPECT_EQ(left(State::securing), limits.handshake);
    EXPECT_EQ(left(State::half_closed), limits.half_closed);
    EXPECT_EQ(left(State::draining), ConnectionTimes::drain);
}

TEST_F(ConnectionTimesTest, who_connects_owes_a_first_message_and_who_was_connected_to_owes_none) {
    times.accepted(begin);
    times.opened(false, begin);
    EXPECT_EQ(left(State::open), limits.first_message);
    EXPECT_FALSE(times.idle());
    times.whole(true, begin + 1s);
    times.known();
    EXPECT_EQ(left(State::open), 1s + limits.idle);
    ConnectionTimes ours;
    ours.accepted(begin);
    ours.opened(true, begin);
    EXPECT_EQ(ours.deadline(State::open, limits) - begin, limits.idle);
}

TEST_F(ConnectionTimesTest, a_ping_keeps_it_open_and_is_no_message) {
    times.accepted(begin);
    times.opened(false, begin);
    times.whole(false, begin + 9s);
    EXPECT_EQ(left(State::open), limits.first_message) << "pings alone hold no connection";
}

TEST_F(ConnectionTimesTest, while_nobody_has_proved_anything_neither_messages_nor_pings_prolong_it) {
    times.accepted(begin);
    times.opened(false, begin);
    for (auto at = begin; at < begin + limits.unknown; at += 5s)
        times.whole(true, at);
    EXPECT_EQ(left(State::open), limits.unknown);
    EXPECT_TRUE(times.idle()) << "it ends without blame";
    times.known();
    EXPECT_GE(left(State::open), limits.idle);
}

TEST_F(ConnectionTimesTest, a_message_that_has_begun_must_end_in_time_however_slowly_bytes_come) {
    times.accepted(begin);
    times.opened(true, begin);
    EXPECT_TRUE(times.partial(true, false, begin + 1s));
    EXPECT_FALSE(times.partial(true, false, begin + 2s)) << "more bytes of the same message";
    EXPECT_EQ(left(State::open), 1s + limits.first_message);
    EXPECT_FALSE(times.idle());
    EXPECT_FALSE(times.partial(true, true, begin + 3s)) << "another message has begun";
    EXPECT_EQ(left(State::open), 3s + limits.first_message);
    times.whole(true, begin + 4s);
    EXPECT_FALSE(times.partial(false, true, begin + 4s));
    EXPECT_EQ(left(State::open), 4s + limits.idle);
}

}  // namespace
}  // namespace sip

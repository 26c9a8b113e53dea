// tests/node/media/borrowed_doors_test.cpp - which friends are asked for doors, which of theirs a call gets.
#include "node/media/borrowed_doors.hpp"

#include <gtest/gtest.h>

#include "node/media/door_proof.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Type = RelayFrame::Type;
using Number = BorrowedDoors::Number;

sip::Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

struct Borrowed : testing::Test {
    BorrowedDoors doors;
    BorrowedDoors::Time now{1000h};
    const RelayCandidate carol{"carol", crypto::PublicKey{3}, at("11.3.0.2", 5061), sip::KeyHash{3}},
        dave{"dave", crypto::PublicKey{4}, at("11.4.0.2", 5061), sip::KeyHash{4}};
    const DoorSecret secret{9};

    BorrowedDoors::Actions says(const RelayCandidate& who, Type type, Number door, std::uint8_t number = 0) {
        RelayFrame frame;
        frame.type = type;
        frame.door = door;
        frame.number = number;
        if (type == Type::lent) {
            frame.rtp = {who.at.address, static_cast<std::uint16_t>(40000 + 2 * door)};
            frame.rtcp = {who.at.address, static_cast<std::uint16_t>(40001 + 2 * door)};
            frame.secret = secret;
        }
        return doors.told(who, frame, now);
    }
    static std::vector<std::pair<std::string, Number>> asked(const BorrowedDoors::Actions& actions,
                                                             Type type = Type::borrow) {
        std::vector<std::pair<std::string, Number>> all;
        for (const auto& [relay, frame] : actions.tell) {
            if (frame.type == type) all.emplace_back(relay.contact, frame.door);
        }
        return all;
    }
    /// The relay answers what is due.
    void proved() {
        for (const auto& send : doors.due(now)) {
            const auto shown = parse_door_proof(send.bytes, secret);
            ASSERT_TRUE(shown);
            const auto answer = to_bytes({DoorProof::Kind::answered, shown->component, shown->count}, secret);
            EXPECT_TRUE(doors.answered(send.door, send.component, send.to, answer, now));
        }
    }
    void has_two() {
        (void)says(carol, Type::lends, 0, 4);
        (void)doors.prepare(100, now);
        for (const Number door : {Number{100}, Number{101}})
            EXPECT_EQ(says(carol, Type::lent, door).open, std::vector{door});
        proved();
    }
};

using Asked = std::vector<std::pair<std::string, Number>>;

TEST_F(Borrowed, nobody_is_asked_who_has_not_said_that_he_lends) {
    EXPECT_TRUE(doors.prepare(100, now).tell.empty());
    EXPECT_TRUE(doors.settled(now)) << "the call does not wait";
    EXPECT_EQ(doors.lender(), "");
    (void)says(carol, Type::lends, 0, 4);
    EXPECT_EQ(doors.lender(), "carol");
    (void)says(carol, Type::lends, 0, 0);
    EXPECT_EQ(doors.lender(), "");
}

TEST_F(Borrowed, two_are_asked_for_one_of_each_friend_and_no_more_while_they_are_there) {
    (void)says(carol, Type::lends, 0, 4);
    (void)says(dave, Type::lends, 0, 4);
    EXPECT_EQ(asked(doors.prepare(65535, now)), (Asked{{"carol", 65535}, {"dave", 0}}));
    EXPECT_TRUE(doors.prepare(7, now).tell.empty());
    EXPECT_FALSE(doors.settled(now));
}

TEST_F(Borrowed, a_call_gets_one_that_was_proved) {
    (void)says(carol, Type::lends, 0, 4);
    (void)says(dave, Type::lends, 0, 4);
    (void)doors.prepare(100, now);
    EXPECT_EQ(says(dave, Type::lent, 101).open, std::vector<Number>{101});
    EXPECT_FALSE(doors.take(now)) << "the way to it may be shut";
    proved();
    EXPECT_FALSE(doors.settled(now)) << "carol may still answer";
    now += BorrowedDoors::patience;
    EXPECT_TRUE(doors.settled(now));
    const auto taken = doors.take(now);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->door, 101);
    EXPECT_EQ(taken->contact, "dave");
    EXPECT_EQ(taken->rtp, at("11.4.0.2", 40202));
    EXPECT_EQ(taken->rtcp, at("11.4.0.2", 40203));
    EXPECT_FALSE(doors.take(now));
}

TEST_F(Borrowed, only_the_lender_proves_and_only_from_where_his_door_is) {
    (void)says(carol, Type::lends, 0, 4);
    (void)doors.prepare(100, now);
    (void)says(dave, Type::lent, 100);
    EXPECT_TRUE(doors.due(now).empty()) << "it is not his";
    (void)says(carol, Type::lent, 100);
    const auto sends = doors.due(now);
    ASSERT_EQ(sends.size(), 2U);
    const auto good = to_bytes({DoorProof::Kind::answered, Component::rtp, 1}, secret);
    EXPECT_FALSE(doors.answered(100, Component::rtp, at("11.9.0.2", 40200), good, now));
    const auto forged = to_bytes({DoorProof::Kind::answered, Component::rtp, 1}, DoorSecret{1});
    EXPECT_FALSE(doors.answered(100, Component::rtp, sends[0].to, forged, now));
    EXPECT_TRUE(doors.answered(100, Component::rtp, sends[0].to, sends[0].bytes, now))
        << "our own, reflected:";
    EXPECT_FALSE(doors.take(now)) << "no sound, and no proof";
    EXPECT_FALSE(doors.answered(100, Component::rtp, sends[0].to, "\x80 sound", now));
}

TEST_F(Borrowed, it_is_proved_soon_again_and_later_every_five_seconds) {
    (void)says(carol, Type::lends, 0, 4);
    (void)doors.prepare(100, now);
    (void)says(carol, Type::lent, 100);
    EXPECT_EQ(doors.due(now).size(), 2U);
    EXPECT_EQ(doors.next_wake(now), now + 100ms);
    now += 100ms;
    proved();
    ASSERT_TRUE(doors.take(now));
    now += 5s;
    EXPECT_EQ(doors.due(now).size(), 2U) << "a call's, too";
}

TEST_F(Borrowed, who_is_deaf_or_refuses_is_not_asked_for_half_a_minute_and_the_call_goes_on) {
    (void)says(carol, Type::lends, 0, 4);
    (void)doors.prepare(100, now);
    (void)says(carol, Type::lent, 100);  // and no proof is answered; 101 is not heard of
    now += BorrowedDoors::patience;
    EXPECT_TRUE(doors.settled(now));
    now += 4s;
    const auto actions = doors.on_time(now);
    EXPECT_EQ(asked(actions, Type::give_back), (Asked{{"carol", 100}, {"carol", 101}}));
    EXPECT_EQ(actions.close, std::vector<Number>{100});
    EXPECT_EQ(doors.counters().silent, 2U);
    EXPECT_TRUE(doors.prepare(0, now).tell.empty());
    now += 30s;
    EXPECT_EQ(asked(doors.prepare(0, now)), (Asked{{"carol", 102}, {"carol", 103}}));
    (void)says(carol, Type::not_lent, 102, static_cast<std::uint8_t>(LendRefusal::busy));
    (void)says(carol, Type::not_lent, 103, static_cast<std::uint8_t>(LendRefusal::busy));
    EXPECT_TRUE(doors.settled(now));
    EXPECT_EQ(doors.counters().refused, 2U);
    EXPECT_EQ(doors.size(), 0U);
}

TEST_F(Borrowed, what_no_call_takes_is_given_back_and_what_one_has_stays) {
    has_two();
    ASSERT_EQ(doors.take(now)->door, 100);
    now += 190s;
    EXPECT_TRUE(asked(doors.on_time(now), Type::give_back).empty()) << "it may be ringing still";
    (void)doors.prepare(0, now);
    (void)says(carol, Type::not_lent, 102, static_cast<std::uint8_t>(LendRefusal::full));
    now += 190s;
    EXPECT_TRUE(asked(doors.on_time(now), Type::give_back).empty()) << "another call";
    now += 10s;
    const auto actions = doors.on_time(now);
    EXPECT_EQ(asked(actions, Type::give_back), (Asked{{"carol", 101}}));
    EXPECT_EQ(asked(doors.give_back(100), Type::give_back), (Asked{{"carol", 100}}));
    EXPECT_TRUE(doors.give_back(100).tell.empty());
    EXPECT_FALSE(doors.next_wake(now));
}

TEST_F(Borrowed, the_friend_is_told_where_the_other_side_is_and_again_when_he_comes_back) {
    has_two();
    ASSERT_TRUE(doors.take(now));
    sip::Doors::Peer peer{
        at("11.2.0.2", 50000), at("11.2.0.2", 50001), {at("11.2.0.2", 0).address}, true, false};
    for (const auto& actions : {doors.aim(100, peer), says(carol, Type::lends, 0, 4)}) {
        ASSERT_EQ(actions.tell.size(), 1U);
        const auto& [relay, frame] = actions.tell[0];
        EXPECT_EQ(relay, carol);
        EXPECT_EQ(frame.type, Type::aim);
        EXPECT_EQ(frame.rtp, *peer.rtp);
        EXPECT_EQ(frame.rtcp, *peer.rtcp);
        EXPECT_EQ(frame.number, 0);
    }
    peer.rtp.reset();
    peer.rests = true;
    const auto held = doors.aim(100, peer).tell.at(0).second;
    EXPECT_EQ(held.rtp, at("11.2.0.2", 0));
    EXPECT_EQ(held.number, 1);
}

TEST_F(Borrowed, when_the_friend_ends_it_the_call_is_told) {
    has_two();
    ASSERT_TRUE(doors.take(now));
    EXPECT_TRUE(says(dave, Type::ended, 100).lost.empty()) << "it is not his";
    EXPECT_EQ(says(carol, Type::ended, 100).lost, std::vector<Number>{100});
    const auto other = says(carol, Type::ended, 101);
    EXPECT_TRUE(other.lost.empty());
    EXPECT_EQ(other.close, std::vector<Number>{101});
    EXPECT_EQ(doors.counters().ended, 1U);
}

TEST_F(Borrowed, when_the_friend_is_dead_the_call_is_told_within_half_a_minute) {
    has_two();
    ASSERT_TRUE(doors.take(now));
    for (int second = 0; second < 30; ++second, now += 1s) {
        (void)doors.due(now);
        EXPECT_TRUE(doors.on_time(now).lost.empty()) << second;
    }
    (void)doors.due(now);
    const auto actions = doors.on_time(now);
    EXPECT_EQ(actions.lost, std::vector<Number>{100});
    EXPECT_EQ(asked(actions, Type::give_back), (Asked{{"carol", 100}}));
    EXPECT_TRUE(actions.close.empty()) << "the call has its ports";
    EXPECT_EQ(doors.counters().ended, 1U);
}

TEST_F(Borrowed, who_is_not_held_is_no_lender) {
    (void)says(carol, Type::lends, 0, 4);
    (void)doors.prepare(100, now);
    EXPECT_FALSE(doors.settled(now));
    doors.not_held(carol);
    EXPECT_TRUE(doors.settled(now)) << "no answer will come";
    EXPECT_TRUE(doors.prepare(100, now).tell.empty());
}

}  // namespace
}  // namespace node

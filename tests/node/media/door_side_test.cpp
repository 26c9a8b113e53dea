// tests/node/media/door_side_test.cpp - who is heard at a door, what is learnt of him, and what is sent there
// to open a way.
#include "node/media/door_side.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;

sip::Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

class DoorSideTest : public testing::Test {
protected:
    DoorSide side;
    DoorSide::Time now{std::chrono::hours(1)};
    sip::Doors::Peer far{at("203.0.113.9", 20000),
                         at("203.0.113.9", 20001),
                         {asio::ip::make_address("203.0.113.9")},
                         true,
                         false};

    bool takes(const char* address, std::uint16_t port, Component component = Component::rtp) {
        return side.takes(component, at(address, port), 172, now);
    }
    std::optional<sip::Endpoint> target(Component component = Component::rtp) const {
        return side.target(component, now);
    }
};

TEST_F(DoorSideTest, before_it_is_known_nobody_is_heard_and_nothing_is_sent) {
    EXPECT_FALSE(takes("203.0.113.9", 20000));
    EXPECT_FALSE(target());
    EXPECT_FALSE(side.opens(Component::rtp, now));
    EXPECT_FALSE(side.next_opening(now));
}

TEST_F(DoorSideTest, packets_from_elsewhere_are_not_taken_and_counted) {
    side.aim(far, now);
    EXPECT_FALSE(takes("203.0.113.10", 20000));
    EXPECT_TRUE(takes("203.0.113.9", 20000));
    EXPECT_FALSE(takes("203.0.113.9", 20002)) << "another port of the same address, once one was heard";
    EXPECT_EQ(side.traffic().strangers, 2U);
    EXPECT_EQ(side.traffic().packets, 1U);
    EXPECT_EQ(side.traffic().bytes, 172U);
    EXPECT_EQ(target(), at("203.0.113.9", 20000));
}

TEST_F(DoorSideTest, another_port_is_learnt_once_and_of_each_component_for_itself) {
    side.aim(far, now);
    EXPECT_TRUE(takes("203.0.113.9", 31000));
    EXPECT_EQ(target(), at("203.0.113.9", 31000));
    EXPECT_FALSE(takes("203.0.113.9", 20000)) << "the said one has come too late";
    EXPECT_FALSE(takes("203.0.113.9", 32000));
    EXPECT_EQ(target(Component::rtcp), at("203.0.113.9", 20001));
    EXPECT_TRUE(takes("203.0.113.9", 31001, Component::rtcp));
    EXPECT_EQ(target(Component::rtcp), at("203.0.113.9", 31001));
}

TEST_F(DoorSideTest, the_same_answer_again_keeps_what_was_learnt_and_another_forgets_it) {
    side.aim(far, now);
    EXPECT_TRUE(takes("203.0.113.9", 31000));
    side.aim(far, now);
    EXPECT_EQ(target(), at("203.0.113.9", 31000));
    far.rtp = at("203.0.113.9", 22000);
    side.aim(far, now);
    EXPECT_EQ(target(), at("203.0.113.9", 22000));
    EXPECT_TRUE(takes("203.0.113.9", 33000));
}

TEST_F(DoorSideTest, a_phone_may_send_from_where_its_SIP_comes_from) {
    side.aim({at("192.168.5.7", 4000),
              {},
              {asio::ip::make_address("192.168.5.7"), asio::ip::make_address("192.168.1.40")},
              false,
              false},
             now);
    EXPECT_TRUE(takes("192.168.1.40", 45000));
    EXPECT_EQ(target(), at("192.168.1.40", 45000));
}

TEST_F(DoorSideTest, whoever_holds_is_sent_nothing_and_may_play_music) {
    side.aim({{}, {}, {asio::ip::make_address("203.0.113.9")}, true, true}, now);
    EXPECT_FALSE(target());
    EXPECT_TRUE(takes("203.0.113.9", 20000));
    EXPECT_TRUE(takes("203.0.113.9", 20000));
    EXPECT_FALSE(target()) << "nothing is learnt of where it did not ask for anything";
    EXPECT_TRUE(side.rests());
}

TEST_F(DoorSideTest, who_was_never_heard_outside_is_sent_nothing_after_a_minute) {
    side.aim(far, now);
    now += 60s;
    EXPECT_TRUE(target());
    now += 1s;
    EXPECT_FALSE(target());
    EXPECT_FALSE(side.opens(Component::rtp, now));
    EXPECT_FALSE(side.next_opening(now));
    EXPECT_TRUE(takes("203.0.113.9", 20000)) << "he may still begin";
    EXPECT_TRUE(target());
}

TEST_F(DoorSideTest, nor_is_who_was_heard_and_then_says_that_he_is_elsewhere_until_he_is_heard_there) {
    side.aim(far, now);
    EXPECT_TRUE(takes("203.0.113.9", 20000));
    now += 61s;
    EXPECT_TRUE(target()) << "he was heard";
    sip::Doors::Peer there = far;
    there.rtp = at("198.51.100.66", 20000);
    there.addresses = {asio::ip::make_address("198.51.100.66")};
    side.aim(there, now);
    EXPECT_EQ(target(), there.rtp);
    EXPECT_FALSE(takes("203.0.113.9", 20000)) << "the old address is a stranger's";
    now += 61s;
    EXPECT_FALSE(target()) << "somebody else's address, perhaps";
    EXPECT_TRUE(takes("198.51.100.66", 20000));
    EXPECT_TRUE(target());
}

TEST_F(DoorSideTest, a_phone_of_ours_needs_no_way_opened_and_no_proof) {
    far.outside = false;
    side.aim(far, now);
    EXPECT_FALSE(side.opens(Component::rtp, now));
    now += 2min;
    EXPECT_TRUE(target());
}

TEST_F(DoorSideTest, a_way_is_opened_thickly_at_first_then_each_second_then_kept) {
    side.aim(far, now);
    const auto began = now;
    std::vector<std::chrono::milliseconds> sent;
    for (; now < began + 10s; now += 5ms) {
        (void)side.opens(Component::rtcp, now);
        if (side.opens(Component::rtp, now))
            sent.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - began));
    }
    ASSERT_GE(sent.size(), 8U);
    EXPECT_LE(sent.size(), 20U) << "within ten seconds";
    EXPECT_EQ(sent[0], 0ms);
    EXPECT_LE(sent[2], 150ms);
    EXPECT_TRUE(takes("203.0.113.9", 20000));
    side.sent(Component::rtp, now);
    EXPECT_FALSE(side.opens(Component::rtp, now + 14s));
    EXPECT_GT(side.next_opening(now).value(), now);
    now += 15s;
    EXPECT_TRUE(side.opens(Component::rtp, now)) << "nothing was sent for so long that a NAT may forget";
    EXPECT_FALSE(side.opens(Component::rtp, now));
}

TEST_F(DoorSideTest, where_RTP_and_RTCP_share_a_port_only_one_opens_the_way) {
    far.rtcp = far.rtp;
    side.aim(far, now);
    EXPECT_TRUE(side.opens(Component::rtp, now));
    EXPECT_FALSE(side.opens(Component::rtcp, now));
    EXPECT_GT(side.next_opening(now).value(), now);
}

TEST_F(DoorSideTest, silence_is_counted_from_the_last_packet_or_from_when_it_was_known) {
    side.aim(far, now);
    const auto began = now;
    now += 30s;
    EXPECT_EQ(side.silent_since(), began);
    EXPECT_TRUE(takes("203.0.113.9", 20001, Component::rtcp));
    EXPECT_EQ(side.silent_since(), now);
}

}  // namespace
}  // namespace node

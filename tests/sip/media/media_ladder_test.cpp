// tests/sip/media/media_ladder_test.cpp - who hears whom, as a table: what the SDP says, how its phone is
// met, how the other side is met.
#include "sip/media/media_ladder.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

Flow met(const char* local, const char* remote) {
    return {Transport::udp, {asio::ip::make_address(local), 5060}, {asio::ip::make_address(remote), 5060}, 0};
}

struct Row {
    const char* what;
    const char* said;
    Flow speaker, listener;
    MediaStep step;
    SdpIce ice = SdpIce::none;
    bool offer = true;
    bool mesh = false;
    bool phone = false;  // the listener
};

const Flow phone = met("192.168.1.20", "192.168.1.30");
const Flow far_edge = met("192.168.1.20", "203.0.113.9");
const Flow vps_phone = met("198.51.100.1", "203.0.113.5"), vps_other = met("198.51.100.1", "203.0.113.6");

// clang-format off
const Row table[] = {
    {"a phone at home calls out",              "192.168.1.30", phone, far_edge, MediaStep::door},
    {"it uses STUN",                           "203.0.113.77", phone, far_edge, MediaStep::untouched},
    {"it uses ICE with STUN",                  "192.168.1.30", phone, far_edge, MediaStep::untouched, SdpIce::outer},
    {"it uses ICE without a server",           "192.168.1.30", phone, far_edge, MediaStep::door, SdpIce::host},
    {"a browser hides its address",            "0.0.0.0",      phone, far_edge, MediaStep::door, SdpIce::host},
    {"it holds in the old way",                "0.0.0.0",      phone, far_edge, MediaStep::untouched},
    {"the friend's door calls in",             "203.0.113.9",  far_edge, phone, MediaStep::door},
    {"the friend's door answers",              "203.0.113.9",  far_edge, phone, MediaStep::untouched, SdpIce::none, false},
    {"an edge without a door calls in",        "192.168.1.30", far_edge, phone, MediaStep::door},
    {"it aims at this very machine",           "192.168.1.20", far_edge, phone, MediaStep::door, SdpIce::none, false},
    {"it aims at loopback",                    "127.0.0.1",    far_edge, phone, MediaStep::door, SdpIce::none, false},
    {"both at home",                           "192.168.1.30", phone, met("192.168.1.20", "192.168.1.31"), MediaStep::untouched},
    {"two nodes in one house",                 "192.168.1.30", phone, met("192.168.1.20", "192.168.1.21"), MediaStep::untouched},
    {"behind a router inside of the house",    "10.5.0.3",     met("192.168.1.20", "192.168.1.40"), phone, MediaStep::door},
    {"the other is behind one, as it answers", "192.168.1.30", phone, met("10.77.0.2", "10.77.0.3"), MediaStep::door},
    {"both in one mesh",                       "10.77.0.9",    met("10.77.0.2", "10.77.0.9"), met("10.77.0.2", "10.77.0.3"), MediaStep::untouched, SdpIce::none, true, true},
    {"two phones behind NATs at a VPS",        "192.168.0.4",  vps_phone, vps_other, MediaStep::door},
    {"the same with global addresses",         "203.0.113.5",  vps_phone, vps_other, MediaStep::untouched},
    {"a call to a phone behind a NAT at a VPS", "203.0.113.9", met("198.51.100.1", "203.0.113.9"), vps_other, MediaStep::door, SdpIce::none, true, false, true},
    {"the same, as it is answered",            "203.0.113.9",  met("198.51.100.1", "203.0.113.9"), vps_other, MediaStep::untouched, SdpIce::none, false, false, true},
    {"IPv6, global",                           "2001:db8:1::5", met("2001:db8:1::1", "2001:db8:1::5"), met("2001:db8:1::1", "2001:db8:2::1"), MediaStep::untouched},
    {"IPv4 inside, the edge met by IPv6",      "192.168.1.30", phone, met("2001:db8:1::1", "2001:db8:2::1"), MediaStep::door},
    {"phone and node on one machine",          "127.0.0.1",    met("127.0.0.1", "127.0.0.1"), far_edge, MediaStep::door},
    {"all on one machine",                     "127.0.0.12",   met("127.0.0.2", "127.0.0.12"), met("127.0.0.2", "127.0.0.13"), MediaStep::untouched},
    {"our own echo answers",                   "192.168.1.20", met("127.0.0.1", "127.0.0.1"), phone, MediaStep::untouched, SdpIce::none, false},
    {"a phone on the node's machine is called", "192.168.1.30", phone, met("127.0.0.1", "127.0.0.1"), MediaStep::door},
};
// clang-format on

TEST(MediaLadder, each_kind_of_call_takes_the_first_step_that_serves) {
    for (const Row& row : table) {
        MediaSight sight;
        sight.said = asio::ip::make_address(row.said);
        sight.ice = row.ice;
        sight.speaker = row.speaker;
        sight.listener = row.listener;
        sight.to_be_answered = row.offer;
        sight.asks_phone = row.phone;
        sight.said_in_mesh = sight.seen_in_mesh = row.mesh;
        const auto choice = choose_media(sight);
        EXPECT_EQ(name(choice.step), name(row.step)) << row.what << ": " << choice.why;
        EXPECT_FALSE(choice.why.empty()) << row.what;
        sight.doors_allowed = false;
        const auto forbidden = choose_media(sight);
        const bool door = row.step == MediaStep::door;
        EXPECT_EQ(name(forbidden.step), name(door ? MediaStep::nothing : row.step)) << row.what;
        EXPECT_EQ(forbidden.why.find("media.door") != std::string::npos, door) << forbidden.why;
    }
}

TEST(MediaLadder, a_friends_door_comes_before_ours_where_our_router_is_in_the_way_and_only_towards_outside) {
    MediaSight sight;
    sight.said = asio::ip::make_address("192.168.1.30");
    sight.speaker = phone;
    sight.listener = far_edge;
    sight.friend_lends = true;
    EXPECT_EQ(choose_media(sight).step, MediaStep::friends_door);
    EXPECT_EQ(
        choose_media(sight).why,
        "nobody in the Internet reaches 192.168.1.30, and the router gives each destination another port");
    std::swap(sight.speaker, sight.listener);
    sight.said = asio::ip::make_address("203.0.113.9");
    sight.to_be_answered = true;
    EXPECT_EQ(choose_media(sight).step, MediaStep::friends_door) << "called: the answer will be heard";
    sight.doors_allowed = false;
    EXPECT_EQ(choose_media(sight).step, MediaStep::nothing);
    sight = {};
    sight.friend_lends = true;
    sight.said = asio::ip::make_address("10.5.0.3");
    sight.speaker = met("192.168.1.20", "192.168.1.40");
    sight.listener = phone;
    EXPECT_EQ(choose_media(sight).step, MediaStep::door) << "in one house";
    sight.said = asio::ip::make_address("192.168.1.40");
    EXPECT_EQ(choose_media(sight).step, MediaStep::untouched);
    EXPECT_TRUE(is_door(MediaStep::door) && is_door(MediaStep::friends_door));
    EXPECT_FALSE(is_door(MediaStep::untouched) || is_door(MediaStep::nothing));
}

TEST(MediaLadder, the_reason_names_the_address) {
    MediaSight sight;
    sight.said = asio::ip::make_address("192.168.1.30");
    sight.speaker = phone;
    sight.listener = far_edge;
    EXPECT_EQ(choose_media(sight).why, "nobody in the Internet reaches 192.168.1.30");
}

}  // namespace
}  // namespace sip

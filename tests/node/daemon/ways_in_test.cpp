// tests/node/daemon/ways_in_test.cpp - where newcomers may begin.
#include "node/daemon/ways_in.hpp"

#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "node/state/way_in_table.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using Ways = std::vector<std::string>;

overlay::TransportAddress at(const char* text) {
    return *parse_transport_address(text);
}

TEST(WaysIn, where_others_reach_SIP_they_reach_the_DHT_and_each_address_is_told_once) {
    EXPECT_EQ(ways_in({at("udp:203.0.113.5:5060"), at("tls:203.0.113.5:5061")}, {4222, {}}, {}),
              Ways{"203.0.113.5:4222"});
}

TEST(WaysIn, the_port_of_the_router_stands_for_IPv4_and_our_own_for_IPv6) {
    EXPECT_EQ(ways_in({at("udp:203.0.113.5:5060"), at("udp:[2001:db8::1]:5060")}, {4222, 40000}, {}),
              (Ways{"203.0.113.5:40000", "[2001:db8::1]:4222"}));
}

TEST(WaysIn, whom_nobody_reaches_names_his_friends_nodes_and_never_more_than_three) {
    const std::vector<sip::Endpoint> friends = {{asio::ip::make_address("198.51.100.1"), 4222},
                                                {asio::ip::make_address("198.51.100.1"), 4222},
                                                {asio::ip::make_address("198.51.100.2"), 4222},
                                                {asio::ip::make_address("198.51.100.3"), 4222},
                                                {asio::ip::make_address("198.51.100.4"), 4222}};
    EXPECT_EQ(ways_in({}, {4222, {}}, friends),
              (Ways{"198.51.100.1:4222", "198.51.100.2:4222", "198.51.100.3:4222"}));
    EXPECT_EQ(ways_in({at("udp:203.0.113.5:5060")}, {4222, {}}, friends).size(), 3U);
}

TEST(WaysIn, an_invite_aims_nobody_at_his_own_network) {
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    WayInTable(database).add({{asio::ip::make_address("192.168.1.1"), 4222},
                              {asio::ip::make_address("127.0.0.1"), 4222},
                              {asio::ip::make_address("203.0.113.5"), 22},
                              {asio::ip::make_address("203.0.113.5"), 4222}},
                             std::chrono::sys_seconds{});
    const auto nodes = nodes_of_invites(database, OwnAddresses({}));
    ASSERT_EQ(nodes.size(), 1U);
    EXPECT_EQ(nodes[0].address().to_string(), "203.0.113.5");
    EXPECT_EQ(nodes[0].port(), 4222);
}

}  // namespace
}  // namespace node

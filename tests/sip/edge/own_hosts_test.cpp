// tests/sip/edge/own_hosts_test.cpp - which hosts in a URI mean this node.
#include "sip/edge/own_hosts.hpp"

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

TEST_F(EdgeTest, own_hosts_are_our_names_and_the_addresses_we_listen_on) {
    const Flow flow = udp_flow();
    EXPECT_TRUE(edge->is_own_host(key_name, 5080, flow));
    EXPECT_TRUE(edge->is_own_host("HOME.TEST.", std::nullopt, flow));
    EXPECT_TRUE(edge->is_own_host("127.0.0.2", 5060, flow));
    EXPECT_TRUE(edge->is_own_host("::ffff:127.0.0.2", std::nullopt, flow));
    EXPECT_FALSE(edge->is_own_host("127.0.0.2", 5070, flow));
    EXPECT_FALSE(edge->is_own_host("127.0.0.3", 5060, flow));
    EXPECT_FALSE(edge->is_own_host("nothome.test", 5060, flow));
    EXPECT_FALSE(edge->is_own_host("", std::nullopt, flow));
}

TEST_F(EdgeTest, an_address_of_ours_is_ours_in_whatever_numbers_it_is_written) {
    const Flow flow = udp_flow();
    for (const char* text : {"2130706434", "127.2", "127.0.2", "0x7f.0.0.2", "0177.0.0.2", "127.0.0.2."})
        EXPECT_TRUE(edge->is_own_host(text, 5060, flow)) << text;
    for (const char* text : {"2130706435", "127.3", "127.0.0.2.9", "99999999999"})
        EXPECT_FALSE(edge->is_own_host(text, 5060, flow)) << text;
}

TEST(OwnHosts, localhost_is_ours_for_who_came_over_the_loopback) {
    const OwnHosts own({}, {});
    EXPECT_TRUE(own.contain("LocalHost", 5080, udp_flow()));
    Flow outside = udp_flow();
    outside.local.address = asio::ip::make_address("192.0.2.1");
    EXPECT_FALSE(own.contain("localhost", std::nullopt, outside));
}

TEST(OwnHosts, an_address_that_the_host_says_leads_here_is_ours_and_no_domain) {
    ScriptedHost host;
    host.our_addresses = [](const asio::ip::address& address, std::optional<std::uint16_t> port) {
        return address == asio::ip::make_address("203.0.113.5") && (!port || *port == 40001);
    };
    const OwnHosts own({"Home.Test"}, {}, &host);
    EXPECT_TRUE(own.contain("203.0.113.5", 40001, udp_flow()));
    EXPECT_FALSE(own.contain("203.0.113.5", 5060, udp_flow()));
    EXPECT_FALSE(own.has_domain("203.0.113.5"));
    EXPECT_TRUE(own.has_domain("home.TEST."));
}

TEST(OwnHosts, we_call_ourselves_by_our_first_domain_or_by_the_address_that_was_met) {
    EXPECT_EQ(OwnHosts({"one.test", "two.test"}, {}).name(udp_flow()), "one.test");
    EXPECT_EQ(OwnHosts({}, {}).name(udp_flow()), "127.0.0.2:5060");
}

}  // namespace

}  // namespace sip::testing

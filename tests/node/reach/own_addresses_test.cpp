// tests/node/reach/own_addresses_test.cpp - what is ours, what others are given, what must not be called.
#include "node/reach/own_addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

overlay::TransportAddress at(const char* text) {
    return *parse_transport_address(text);
}

asio::ip::address host(const char* text) {
    return asio::ip::make_address(text);
}

sip::Flow flow(const char* local, const char* remote, sip::Transport transport = sip::Transport::udp) {
    sip::Flow flow;
    flow.transport = transport;
    flow.local = *parse_endpoint(local);
    flow.remote = *parse_endpoint(remote);
    return flow;
}

/// Behind a router that forwards 203.0.113.5:5060 to 192.168.1.2, in a mesh.
OwnAddresses at_home() {
    OwnAddresses own({overlay::Prefix(host("10.5.0.0"), 16)});
    (void)own.set({at("udp:192.168.1.2:5060"), at("udp:203.0.113.5:5062")},
                  {at("udp:203.0.113.5:5062"), at("tcp:203.0.113.5:5063")});
    return own;
}

TEST(OwnAddresses, wildcard_addresses_stand_for_those_of_the_interfaces_of_their_family) {
    const auto all =
        listening_addresses({at("udp:0.0.0.0:5060"), at("tcp:[::]:5070"), at("udp:127.0.0.2:5080")},
                            {asio::ip::make_address("192.0.2.1"), asio::ip::make_address("2001:db8::1")});
    EXPECT_THAT(
        all, ElementsAre(at("udp:192.0.2.1:5060"), at("tcp:[2001:db8::1]:5070"), at("udp:127.0.0.2:5080")));
}

TEST(OwnAddresses, only_callable_addresses_are_published_best_first_unless_some_are_configured) {
    const AddressJudge no_loopback = [](const overlay::TransportAddress& address) {
        return address.address.is_loopback() ? std::string("loopback") : std::string();
    };
    const std::vector<overlay::TransportAddress> listening{at("udp:[2001:db8::1]:5060"),
                                                           at("tcp:192.0.2.1:5060"), at("udp:127.0.0.1:5060"),
                                                           at("udp:192.0.2.1:5060")};
    EXPECT_THAT(
        publishable_addresses({}, listening, no_loopback),
        ElementsAre(at("udp:192.0.2.1:5060"), at("tcp:192.0.2.1:5060"), at("udp:[2001:db8::1]:5060")));
    EXPECT_THAT(publishable_addresses({at("udp:198.51.100.1:5060")}, listening, no_loopback),
                ElementsAre(at("udp:198.51.100.1:5060")));
    EXPECT_THAT(publishable_addresses({}, {at("udp:127.0.0.1:5060")}, no_loopback), IsEmpty());
    EXPECT_THAT(publishable_addresses({}, {at("wss:192.0.2.1:8443"), at("tls:192.0.2.1:5061")}, no_loopback),
                ElementsAre(at("tls:192.0.2.1:5061")));
}

TEST(OwnAddresses, only_other_advertised_addresses_are_news) {
    OwnAddresses own({});
    EXPECT_FALSE(own.set({at("udp:192.168.1.2:5060")}, {})) << "nobody else is told of it";
    EXPECT_TRUE(own.set({}, {at("udp:203.0.113.5:5060")}));
    EXPECT_FALSE(own.set({at("udp:192.168.1.2:5060")}, {at("udp:203.0.113.5:5060")}));
    EXPECT_THAT(own.advertised(), ElementsAre(at("udp:203.0.113.5:5060")));
    EXPECT_TRUE(own.set({}, {}));
}

TEST(OwnAddresses, the_routers_address_leads_here_only_at_a_port_that_it_forwards) {
    const auto own = at_home();
    EXPECT_TRUE(own.leads_here(host("203.0.113.5"), std::uint16_t{5062}));
    EXPECT_FALSE(own.leads_here(host("203.0.113.5"), std::uint16_t{5060})) << "of somebody else behind it";
    EXPECT_TRUE(own.leads_here(host("203.0.113.5"), std::nullopt));
    EXPECT_FALSE(own.leads_here(host("203.0.113.6"), std::nullopt));
}

TEST(OwnAddresses, a_host_in_the_mesh_is_as_much_ours_as_our_own) {
    const auto own = at_home();
    EXPECT_TRUE(own.is_ours(host("10.5.7.9")));
    EXPECT_TRUE(own.is_ours(host("192.168.1.2")));
    EXPECT_TRUE(own.is_ours(host("::ffff:192.168.1.2"))) << "the same, written as IPv6";
    EXPECT_FALSE(own.is_ours(host("10.6.0.1")));
}

TEST(OwnAddresses, nobodys_record_may_send_a_call_back_to_us_or_to_private_addresses) {
    const auto own = at_home();
    EXPECT_EQ(own.why_not(at("udp:198.51.100.1:5060")), "");
    EXPECT_EQ(own.why_not(at("udp:10.5.7.9:5060")), "") << "in the mesh";
    EXPECT_NE(own.why_not(at("udp:10.6.0.1:5060")), "");
    EXPECT_NE(own.why_not(at("udp:203.0.113.5:5062")), "");
    EXPECT_NE(own.why_not(at("udp:127.0.0.1:5060")), "");
}

TEST(OwnAddresses, DNS_is_as_much_a_stranger_as_a_record) {
    const auto own = at_home();
    EXPECT_EQ(own.why_not_of_dns(at("udp:198.51.100.1:5060"), false), "");
    EXPECT_EQ(own.why_not_of_dns(at("tcp:10.5.7.9:5060"), false), "") << "in the mesh";
    for (const char* bad :
         {"udp:169.254.169.254:80", "tcp:169.254.169.254:8080", "tcp:127.0.0.1:6379", "udp:224.0.0.251:5353",
          "udp:0.0.0.0:5060", "udp:255.255.255.255:5060", "udp:10.6.0.1:5060", "udp:[::1]:5060",
          "udp:[fe80::1]:5060", "udp:[ff02::fb]:5353", "udp:[fd00::1]:5060", "udp:[::ffff:127.0.0.1]:5060",
          "udp:[64:ff9b::a9fe:a9fe]:5060", "udp:[2002:7f00:1::]:5060", "tcp:198.51.100.1:25",
          "udp:203.0.113.5:5062"})
        EXPECT_NE(own.why_not_of_dns(at(bad), false), "") << bad;
}

TEST(OwnAddresses, names_of_our_own_networks_may_lead_to_private_addresses_and_to_no_others) {
    const auto own = at_home();
    for (const char* good : {"udp:10.6.0.1:5060", "tcp:192.168.7.7:5060", "udp:[fd00::1]:5060"})
        EXPECT_EQ(own.why_not_of_dns(at(good), true), "") << good;
    for (const char* bad : {"udp:169.254.169.254:5060", "tcp:127.0.0.1:6379", "udp:224.0.0.251:5353",
                            "udp:0.0.0.0:5060", "tcp:10.6.0.1:25", "udp:203.0.113.5:5062"})
        EXPECT_NE(own.why_not_of_dns(at(bad), true), "") << bad;
}

TEST(OwnAddresses, who_is_outside_meets_us_at_an_advertised_address_of_its_transport) {
    const auto own = at_home();
    EXPECT_EQ(own.seen_from(flow("192.168.1.2:5060", "198.51.100.1:5060")),
              *parse_endpoint("203.0.113.5:5062"));
    EXPECT_EQ(own.seen_from(flow("192.168.1.2:5060", "198.51.100.1:5060", sip::Transport::tcp)),
              *parse_endpoint("203.0.113.5:5063"));
    EXPECT_EQ(own.seen_from(flow("192.168.1.2:5061", "198.51.100.1:5061", sip::Transport::tls)),
              *parse_endpoint("192.168.1.2:5061"))
        << "none is advertised for TLS";
}

TEST(OwnAddresses, who_is_in_our_own_network_meets_us_where_it_came_in) {
    const auto own = at_home();
    EXPECT_EQ(own.seen_from(flow("192.168.1.2:5060", "192.168.1.9:5060")),
              *parse_endpoint("192.168.1.2:5060"));
    EXPECT_EQ(own.seen_from(flow("203.0.113.9:5060", "198.51.100.1:5060")),
              *parse_endpoint("203.0.113.9:5060"));
}

TEST(OwnAddresses, a_call_goes_over_IPv6_only_from_where_it_leads_outside) {
    const auto far = asio::ip::make_address("2a0f::20"), near = asio::ip::make_address("fd00::20");
    OwnAddresses own = at_home();
    EXPECT_FALSE(own.speaks(far));
    EXPECT_TRUE(own.speaks(near)) << "in a network of our own; whether it leads there is not known here";
    EXPECT_TRUE(own.speaks(host("198.51.100.1")));
    (void)own.set({at("udp:192.168.1.2:5060"), at("udp:[fd00::2]:5060")}, {});
    EXPECT_FALSE(own.speaks(far));
    (void)own.set({at("udp:192.168.1.2:5060"), at("udp:[2a0f:1::2]:5060")}, {});
    EXPECT_TRUE(own.speaks(far));
}

}  // namespace
}  // namespace node

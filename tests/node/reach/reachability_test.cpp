// tests/node/reach/reachability_test.cpp - networks in literals: what is published of each, and what a person
// is told.
#include "node/reach/reachability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "node/reach/reach_sentence.hpp"
#include "node/reach/reach_status.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using asio::ip::make_address_v4;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

overlay::TransportAddress at(std::string_view text) {
    return *parse_transport_address(text);
}

InterfaceAddress address(const std::string& text, unsigned prefix, unsigned interface = 2) {
    return {make_address(text), prefix, interface, false, false, false};
}

class Reach : public testing::Test {
protected:
    void build(Reachability::Settings settings = {}) {
        reach = std::make_unique<Reachability>(std::move(settings));
        reach->set_listening(
            {at("udp:0.0.0.0:5060"), at("tcp:0.0.0.0:5060"), at("udp:[::]:5060"), at("tcp:[::]:5060")},
            {4222}, now);
    }
    static Reachability::Settings with_pcp() {
        Reachability::Settings settings;
        settings.mapping.pcp = true;
        return settings;
    }
    /// A home: router 192.168.1.1, this machine 192.168.1.20.
    void at_home(std::vector<InterfaceAddress> more = {}, bool ipv6_router = false) {
        NetworkView view;
        view.addresses = {address("127.0.0.1", 8, 1), address("192.168.1.20", 24)};
        view.addresses.insert(view.addresses.end(), more.begin(), more.end());
        view.routes = {{make_address("192.168.1.1"), 2, 100}};
        if (ipv6_router) view.routes.push_back({make_address("fe80::1"), 2, 100});
        reach->set_network(view, now);
    }
    void come_in_over_ipv6() {
        for (const auto& each : reach->to_check(now))
            if (each.address.is_v6()) reach->dialled_back(each, true, now);
    }
    void open_pinholes() {
        const auto r = reach->pinholes().next_request(now);
        ASSERT_TRUE(r);
        MappingAnswer a{r->id, r->protocol, true, r->gateway.own, 7U, {}, {}};
        for (const auto& wish : r->wishes)
            a.grants.push_back({wish.inner, wish.outer, r->lease, {}, false});
        reach->pinholes().answered(a, now);
    }
    void answer(const char* outer, bool speaks = true) {
        const auto r = reach->mapping().next_request(now);
        ASSERT_TRUE(r);
        MappingAnswer a{r->id, r->protocol, speaks, {}, {}, {}, {}};
        if (speaks) {
            a.outer_address = make_address_v4(outer);
            for (const auto& wish : r->wishes)
                a.grants.push_back({wish.inner, wish.outer, r->lease, {}, false});
        }
        reach->mapping().answered(a, now);
    }
    void seen(const std::string& where, unsigned networks, unsigned of) {
        reach->set_seen({{make_address(where), networks, of}}, now);
    }
    std::vector<std::string> published() const {
        std::vector<std::string> all;
        for (const auto& each : reach->published())
            all.push_back(to_text(each));
        return all;
    }
    std::string says() const { return reach_sentence(*reach); }

    Reachability::Time now{1000h};
    std::unique_ptr<Reachability> reach;
};

TEST_F(Reach, a_lease_on_an_address_that_the_DHT_sees_us_at_is_published) {
    build();
    at_home();
    EXPECT_THAT(says(), AllOf(HasSubstr("192.168.1.1"), HasSubstr("being asked")));
    answer("203.0.113.5");
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), AllOf(HasSubstr("not known yet"), HasSubstr("no DHT node outside")));
    seen("203.0.113.5", 1, 1);
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.5:5060", "tcp:203.0.113.5:5060"));
    EXPECT_EQ(says(),
              "Others can reach you at udp:203.0.113.5:5060 and tcp:203.0.113.5:5060 (through your router "
              "192.168.1.1, by NAT-PMP).");
}

TEST_F(Reach, one_liar_among_the_DHT_nodes_takes_no_address_away) {
    build();
    at_home();
    answer("203.0.113.5");
    reach->set_seen({{make_address("198.51.100.66"), 5, 8}, {make_address("203.0.113.5"), 2, 8}}, now);
    EXPECT_EQ(published().size(), 2U);
    reach->set_seen({{make_address("198.51.100.66"), 7, 8}, {make_address("203.0.113.5"), 1, 8}}, now);
    EXPECT_EQ(published().size(), 2U) << "it may be over in a second";
    now += 10s;
    reach->on_time(now);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), HasSubstr("DHT nodes outside see us at 198.51.100.66"));
}

TEST_F(Reach, the_router_is_asked_again_when_the_DHT_sees_us_elsewhere) {
    build();
    at_home();
    answer("203.0.113.5");
    seen("203.0.113.5", 1, 1);
    for (const char* text : {"udp:203.0.113.5:5060", "tcp:203.0.113.5:5060"})
        reach->dialled_back(at(text), true, now);
    now += 10s;
    seen("203.0.113.77", 1, 1);
    answer("203.0.113.77");  // which says so itself: that need not last
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.77:5060", "tcp:203.0.113.77:5060"));
}

TEST_F(Reach, the_port_that_the_router_chose_is_published) {
    build();
    at_home();
    const auto r = reach->mapping().next_request(now);
    MappingAnswer a{r->id, r->protocol, true, make_address_v4("203.0.113.5"), 1U, {}, {}};
    for (const auto& wish : r->wishes)
        a.grants.push_back(
            {wish.inner, wish.inner.tcp ? std::uint16_t{40002} : std::uint16_t{40001}, 7200s, {}, false});
    reach->mapping().answered(a, now);
    seen("203.0.113.5", 1, 1);
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.5:40001", "tcp:203.0.113.5:40002"));
    EXPECT_THAT(reach->ours(), testing::Contains(at("udp:203.0.113.5:40001")));
    EXPECT_THAT(reach->ours(), testing::Contains(at("udp:192.168.1.20:5060")));
}

TEST_F(Reach, the_DHT_port_is_mapped_too_but_only_with_SIPs) {
    build();
    at_home();
    EXPECT_EQ(reach->mapping().ports(), (std::set<InnerPort>{{false, 4222}, {false, 5060}, {true, 5060}}));
    reach->set_listening({at("udp:127.0.0.1:5060")}, {4222}, now);
    EXPECT_TRUE(reach->mapping().ports().empty());
}

TEST_F(Reach, a_door_is_outside_where_the_router_grants_it_and_others_see_us) {
    build();
    at_home();
    reach->set_door_ports({40010}, now);
    EXPECT_TRUE(reach->mapping().ports().contains({false, 40010}));
    EXPECT_FALSE(reach->door_outside(40010)) << "not granted yet";
    answer("203.0.113.5");
    EXPECT_FALSE(reach->door_outside(40010)) << "nobody has seen us there";
    seen("203.0.113.5", 2, 2);
    EXPECT_EQ(reach->door_outside(40010), *parse_endpoint("203.0.113.5:40010"));
    EXPECT_FALSE(reach->door_outside(5060)) << "no door";
    EXPECT_EQ(published().size(), 2U) << "no door is published";
    reach->set_door_ports({}, now);
    EXPECT_FALSE(reach->door_outside(40010));
}

TEST_F(Reach, a_door_behind_a_second_router_is_none) {
    build();
    at_home();
    reach->set_door_ports({40010}, now);
    answer("192.168.0.7");
    seen("203.0.113.5", 2, 2);
    EXPECT_FALSE(reach->door_outside(40010));
}

TEST_F(Reach, doors_are_asked_for_where_sip_advertise_is_set_too) {
    Reachability::Settings settings;
    settings.advertise = {at("udp:203.0.113.5:5060")};
    build(settings);
    at_home();
    reach->set_door_ports({40010}, now);
    EXPECT_EQ(reach->mapping().ports(), (std::set<InnerPort>{{false, 40010}}));
    answer("203.0.113.5");
    seen("203.0.113.5", 2, 2);
    EXPECT_EQ(reach->door_outside(40010), *parse_endpoint("203.0.113.5:40010"));
}

TEST_F(Reach, a_silent_router_is_named_with_what_to_do) {
    build();
    at_home();
    answer("", false);
    answer("", false);
    EXPECT_EQ(
        says(),
        "Others cannot reach you: your router at 192.168.1.1 answers neither NAT-PMP nor UPnP. Forward "
        "UDP and TCP port 5060 on it to this machine (192.168.1.20): the node then finds out by itself.");
}

TEST_F(Reach, another_host_that_offers_UPnP_in_the_routers_place_is_named) {
    build();
    at_home();
    answer("", false);
    const auto r = reach->mapping().next_request(now);
    ASSERT_EQ(r->protocol, GatewayProtocol::upnp);
    reach->mapping().answered(
        {r->id, r->protocol, false, {}, {}, {}, "another host, 192.168.1.2, offers UPnP"}, now);
    EXPECT_THAT(says(),
                HasSubstr("your router at 192.168.1.1 answers neither NAT-PMP nor UPnP; another host, "
                          "192.168.1.2, offers UPnP. Forward UDP"));
}

TEST_F(Reach, a_router_that_refuses_is_quoted) {
    build();
    at_home();
    for (int i = 0; i < 2; ++i) {
        const auto r = reach->mapping().next_request(now);
        reach->mapping().answered({r->id,
                                   r->protocol,
                                   true,
                                   make_address_v4("203.0.113.5"),
                                   {},
                                   {{{false, 5060}, 0, {}, "it may not"}},
                                   {}},
                                  now);
    }
    EXPECT_THAT(says(), AllOf(HasSubstr("was asked for open ports, but it may not."),
                              HasSubstr("Forward UDP and TCP")));
}

TEST_F(Reach, double_translation_and_a_carriers_are_told_apart) {
    build();
    at_home();
    answer("192.168.0.7");
    seen("203.0.113.5", 1, 1);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), AllOf(HasSubstr("private address 192.168.0.7"), HasSubstr("second router"),
                              HasSubstr("Forward UDP and TCP port 5060 to 192.168.0.7 on that one too")));
    build();
    at_home();
    answer("100.72.3.4");
    seen("203.0.113.5", 1, 1);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), AllOf(HasSubstr("shared address 100.72.3.4"), HasSubstr("CGNAT"), HasSubstr("IPv6")));
}

TEST_F(Reach, no_router_is_asked_from_a_public_address_or_without_a_default_route) {
    build();
    NetworkView view;
    view.addresses = {address("203.0.113.20", 24)};
    view.routes = {{make_address("203.0.113.1"), 2, 100}};
    reach->set_network(view, now);
    EXPECT_FALSE(reach->mapping().next_request(now));
    view.addresses = {address("192.168.1.20", 24)};
    view.routes.clear();
    reach->set_network(view, now);
    EXPECT_FALSE(reach->mapping().next_request(now));
    EXPECT_THAT(says(), AllOf(HasSubstr("private addresses only"), HasSubstr("mesh.prefixes")));
}

TEST_F(Reach, a_global_IPv4_address_is_published_unless_the_DHT_sees_another) {
    build();
    NetworkView view;
    view.addresses = {address("203.0.113.20", 24)};
    reach->set_network(view, now);
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.20:5060", "tcp:203.0.113.20:5060"));
    seen("203.0.113.20", 3, 3);
    EXPECT_EQ(published().size(), 2U);
    seen("198.51.100.9", 3, 3);
    now += 10s;
    reach->on_time(now);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), HasSubstr("see us at 198.51.100.9"));
}

TEST_F(Reach, what_others_see_of_us_changes_nothing_while_it_changes_every_second) {
    build();
    at_home();
    answer("203.0.113.5");
    seen("203.0.113.5", 3, 3);
    const auto before = published();
    for (int i = 0; i < 692; ++i) {
        now += 40ms;
        seen(i % 2 == 0 ? "198.51.100.9" : "203.0.113.5", 3, 3);
        EXPECT_EQ(published(), before);
    }
}

TEST_F(Reach, of_IPv6_the_stable_address_is_published_and_no_temporary_deprecated_or_tentative_one) {
    build();
    auto temporary = address("2001:db8:1::aaaa", 64), old = address("2001:db8:2::1", 64),
         tentative = address("2001:db8:3::1", 64);
    temporary.temporary = true;
    old.deprecated = true;
    tentative.tentative = true;
    at_home({temporary, old, tentative, address("2001:db8:1::1", 64), address("fd00::1", 64)});
    come_in_over_ipv6();
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060", "tcp:[2001:db8:1::1]:5060"));
    // Nobody is sent back to ourselves by way of any of them.
    EXPECT_THAT(reach->ours(), testing::Contains(at("udp:[2001:db8:1::aaaa]:5060")));
}

TEST_F(Reach, an_address_made_from_the_hardwares_is_published_only_if_there_is_no_other) {
    build();
    at_home({address("2001:db8:1::211:22ff:fe33:4455", 64)});
    come_in_over_ipv6();
    EXPECT_THAT(published(), testing::Contains("udp:[2001:db8:1:0:211:22ff:fe33:4455]:5060"));
    at_home({address("2001:db8:1::211:22ff:fe33:4455", 64), address("2001:db8:1::1", 64)});
    come_in_over_ipv6();
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060", "tcp:[2001:db8:1::1]:5060"));
}

TEST_F(Reach, IPv6_is_published_when_others_came_in_and_withdrawn_when_they_could_not_twice) {
    build();
    at_home({address("2001:db8:1::1", 64)});
    answer("", false);
    answer("", false);
    EXPECT_THAT(published(), IsEmpty()) << "most homes have a firewall";
    EXPECT_THAT(
        says(),
        HasSubstr("You have the IPv6 address 2001:db8:1::1: whether calls get in there is not known yet."));
    const auto v6 = at("udp:[2001:db8:1::1]:5060");
    reach->dialled_back(v6, true, now);
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060"));
    reach->dialled_back(v6, false, now);
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060")) << "the other node may be at fault";
    reach->dialled_back(v6, false, now);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(
        says(),
        HasSubstr("You have the IPv6 address 2001:db8:1::1, but other nodes tried to call back and could "
                  "not: a firewall is in between."));
}

TEST_F(Reach, IPv6_is_told_unchecked_while_nobody_can_be_found_who_would_try) {
    build();
    reach->set_listening({at("udp:[::]:5060"), at("tcp:[::]:5060"), at("tls:[::]:5061")}, {4222}, now);
    at_home({address("2001:db8:1::1", 64)});
    const auto udp = at("udp:[2001:db8:1::1]:5060"), tcp = at("tcp:[2001:db8:1::1]:5060");
    for (const auto& each : {udp, tcp})
        reach->nobody_dials(each, {overlay::CallBackAnswer::What::nobody_offers, 0, {}});
    EXPECT_EQ(published().size(), 3U);
    EXPECT_THAT(says(), HasSubstr("whether calls get in there is not known yet"));
    reach->dialled_back(tcp, false, now, asio::ip::make_address("2001:db8:7::1"));
    EXPECT_EQ(published().size(), 3U) << "a stranger may lie";
    reach->dialled_back(tcp, false, now);
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060")) << "TLS goes as TCP does";
    reach->dialled_back(tcp, true, now);
    EXPECT_EQ(published().size(), 3U);
}

TEST_F(Reach, IPv6_told_unchecked_is_told_no_longer_once_a_contacts_node_has_tried_in_vain) {
    build();
    reach->set_listening({at("udp:[::]:5060")}, {4222}, now);
    at_home({address("2001:db8:1::1", 64)});
    const auto v6 = at("udp:[2001:db8:1::1]:5060");
    reach->nobody_dials(v6, {overlay::CallBackAnswer::What::nobody_offers, 0, {}});
    EXPECT_EQ(published().size(), 1U);
    reach->dialled_back(v6, false, now);
    EXPECT_THAT(published(), IsEmpty()) << "who calls there would wait for a firewall";
}

TEST_F(Reach, a_hole_in_the_IPv6_firewall_is_asked_for_and_published) {
    build(with_pcp());
    at_home({address("2001:db8:1::1", 64)}, true);
    EXPECT_EQ(reach->pinholes().ports(), (std::set<InnerPort>{{false, 5060}, {true, 5060}}));
    open_pinholes();
    EXPECT_THAT(published(), ElementsAre("udp:[2001:db8:1::1]:5060", "tcp:[2001:db8:1::1]:5060"));
    EXPECT_THAT(says(), HasSubstr("the router lets calls in"));
    const auto v6 = at("udp:[2001:db8:1::1]:5060");
    reach->dialled_back(v6, false, now);
    reach->dialled_back(v6, false, now);
    EXPECT_EQ(published().size(), 2U);
    const auto anew = reach->pinholes().next_request(now);
    ASSERT_TRUE(anew) << "once more";
    EXPECT_TRUE(anew->wishes.at(0).anew);
    reach->dialled_back(v6, false, now);
    EXPECT_THAT(published(), ElementsAre("tcp:[2001:db8:1::1]:5060"));
}

TEST_F(Reach, a_lease_that_nobody_comes_in_through_is_made_anew_once_and_then_withdrawn) {
    build();
    at_home();
    answer("203.0.113.5");
    seen("203.0.113.5", 2, 2);
    for (const char* text : {"udp:203.0.113.5:5060", "tcp:203.0.113.5:5060"}) {
        reach->dialled_back(at(text), false, now);
        EXPECT_FALSE(reach->mapping().next_request(now)) << "the other node may be at fault";
    }
    for (const char* text : {"udp:203.0.113.5:5060", "tcp:203.0.113.5:5060"})
        reach->dialled_back(at(text), false, now);
    EXPECT_EQ(published().size(), 2U);
    const auto anew = reach->mapping().next_request(now);
    ASSERT_TRUE(anew);
    ASSERT_EQ(anew->wishes.size(), 2U);
    EXPECT_TRUE(anew->wishes[0].anew && anew->wishes[1].anew);
    for (const char* text : {"udp:203.0.113.5:5060", "tcp:203.0.113.5:5060"})
        reach->dialled_back(at(text), false, now);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(says(), AllOf(HasSubstr("Others cannot reach you"),
                              HasSubstr("tried to call back there and could not"), HasSubstr("opened anew")));
    reach->dialled_back(at("udp:203.0.113.5:5060"), true, now);
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.5:5060"));
}

TEST_F(Reach, a_port_forwarded_by_hand_is_published_once_somebody_has_called_back) {
    build();
    at_home();
    answer("", false);
    answer("", false);
    seen("203.0.113.5", 2, 2);
    EXPECT_THAT(published(), IsEmpty());
    EXPECT_THAT(reach->ours(), Not(testing::Contains(at("udp:203.0.113.5:5060")))) << "may be a neighbour's";
    reach->dialled_back(at("udp:203.0.113.5:5060"), true, now);
    EXPECT_THAT(published(), ElementsAre("udp:203.0.113.5:5060"));
    EXPECT_THAT(says(), HasSubstr("another node has called back there"));
    at_home({address("192.168.1.21", 24)});  // another network: all that was proved is of the past
    EXPECT_THAT(published(), IsEmpty());
}

TEST_F(Reach, each_global_address_is_checked_every_six_hours_and_soon_again_after_a_failure) {
    build();
    at_home({address("2001:db8:1::1", 64)});
    answer("", false);
    answer("", false);
    seen("203.0.113.5", 2, 2);
    const auto v6 = at("udp:[2001:db8:1::1]:5060");
    EXPECT_EQ(reach->to_check(now).size(), 4U) << "UDP and TCP of the own and of the seen one";
    for (const auto& each : reach->to_check(now))
        reach->dialled_back(each, each != v6, now);
    EXPECT_THAT(reach->to_check(now), IsEmpty());
    now += 60s;
    EXPECT_THAT(reach->to_check(now), ElementsAre(v6));
    reach->dialled_back(v6, false, now);
    now += 60s;
    EXPECT_THAT(reach->to_check(now), ElementsAre(v6));
    reach->dialled_back(v6, false, now);
    now += 299s;
    EXPECT_THAT(reach->to_check(now), IsEmpty()) << "no longer every minute";
    now += 1s;
    EXPECT_THAT(reach->to_check(now), ElementsAre(v6));
    now += 6h;
    EXPECT_EQ(reach->to_check(now).size(), 4U);
    at_home({address("2001:db8:1::1", 64), address("10.1.1.1", 8, 3)});  // nothing is known of this network
    EXPECT_EQ(reach->to_check(now).size(), 4U);
}

TEST_F(Reach, no_stranger_alone_can_take_an_address_away) {
    build();
    NetworkView view;
    view.addresses = {address("203.0.113.20", 24)};
    reach->set_network(view, now);
    const auto own = at("udp:203.0.113.20:5060");
    const auto fails = [&](const char* witness) {
        reach->dialled_back(own, false, now, make_address(witness));
    };
    for (int i = 0; i < 20; ++i)
        fails("198.51.100.66");
    fails("198.51.7.7");
    EXPECT_EQ(published().size(), 2U) << "all of one network";
    fails("192.0.2.7");
    EXPECT_THAT(published(), ElementsAre("tcp:203.0.113.20:5060"));
    reach->dialled_back(own, true, now, make_address("192.0.2.7"));
    EXPECT_EQ(published().size(), 2U);
    fails("192.0.2.7");
    EXPECT_EQ(published().size(), 2U);
}

TEST_F(Reach, private_addresses_are_published_inside_the_mesh_alone) {
    build();
    at_home({address("10.77.0.3", 16, 3)});
    EXPECT_THAT(published(), IsEmpty());
    Reachability::Settings settings;
    settings.mesh = {*overlay::Prefix::parse("10.77.0.0/16")};
    build(settings);
    at_home({address("10.77.0.3", 16, 3)});
    EXPECT_THAT(published(), ElementsAre("udp:10.77.0.3:5060", "tcp:10.77.0.3:5060"));
    EXPECT_THAT(says(), AllOf(HasSubstr("People in your mesh"), HasSubstr("nobody outside")));
    EXPECT_TRUE(reach->reached_beside_us(make_address("10.77.9.9")));
    EXPECT_FALSE(reach->reached_beside_us(make_address("192.168.1.30")));
}

TEST_F(Reach, a_phone_beside_us_is_reached_where_our_own_IPv6_is) {
    build();
    at_home({address("2001:db8:1::1", 64)});
    come_in_over_ipv6();
    EXPECT_TRUE(reach->reached_beside_us(make_address("2001:db8:1::77")));
    EXPECT_FALSE(reach->reached_beside_us(make_address("2001:db8:2::77")));
    for (const char* text : {"udp:[2001:db8:1::1]:5060", "tcp:[2001:db8:1::1]:5060"}) {
        reach->dialled_back(at(text), false, now);
        reach->dialled_back(at(text), false, now);
    }
    EXPECT_FALSE(reach->reached_beside_us(make_address("2001:db8:1::77"))) << "behind the same firewall";
}

TEST_F(Reach, sip_advertise_overrides_everything_and_asks_nobody) {
    Reachability::Settings settings;
    settings.advertise = {at("udp:198.51.100.1:5062")};
    build(settings);
    at_home({address("2001:db8:1::1", 64)});
    EXPECT_FALSE(reach->mapping().next_request(now));
    EXPECT_THAT(published(), ElementsAre("udp:198.51.100.1:5062"));
    EXPECT_THAT(says(), AllOf(HasSubstr("sip.advertise"), HasSubstr("not checked")));
}

TEST_F(Reach, JSON_says_what_the_sentence_is_made_of) {
    build();
    at_home();
    answer("203.0.113.5");
    seen("203.0.113.5", 1, 1);
    const nlohmann::ordered_json json = reach_status(*reach, now);
    EXPECT_EQ(json["router"]["nat_pmp"], "speaks");
    EXPECT_EQ(json["router"]["outer_address"], "203.0.113.5");
    EXPECT_EQ(json["router"]["mappings"].size(), 3U);
    EXPECT_EQ(json["router"]["mappings"][0]["for_s"], 7200);
    EXPECT_EQ(json["addresses"][0]["how"], "mapped");
    EXPECT_EQ(json["addresses"][0]["standing"], "published");
    EXPECT_EQ(json["seen"][0]["address"], "203.0.113.5");
}

}  // namespace
}  // namespace node

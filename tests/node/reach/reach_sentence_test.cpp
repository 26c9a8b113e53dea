// tests/node/reach/reach_sentence_test.cpp - one sentence for each kind of home: what is so, why, and the one
// thing to do.
#include "node/reach/reach_sentence.hpp"

#include <gtest/gtest.h>

#include "node/addresses.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using Reach = Reachability;

const Reach::Time now{1000h};

overlay::TransportAddress at(std::string_view text) {
    return *parse_transport_address(text);
}

InterfaceAddress address(const std::string& text, unsigned prefix) {
    return {make_address(text), prefix, 2, false, false, false};
}

/// What a home is made of.
struct Home {
    const char* own = "192.168.1.20";
    const char* own6 = nullptr;
    GatewayProtocol grants = GatewayProtocol::upnp;
    const char* outer = nullptr;    // that the router grants ports on; none: it is silent
    const char* refuses = nullptr;  // why it does
    const char* seen = nullptr;
    bool router = true, pinhole = false;
};

void answer(PortMapper& mapper, const Home& home, bool v6) {
    for (int i = 0; i < 3; ++i) {
        const auto r = mapper.next_request(now);
        if (!r) return;
        MappingAnswer a{r->id, r->protocol, false, {}, {}, {}, {}};
        const bool grants = v6 ? home.pinhole : home.outer != nullptr && r->protocol == home.grants;
        if (grants) {
            a.speaks = true;
            a.outer_address = v6 ? r->gateway.own : make_address(home.outer);
            for (const auto& wish : r->wishes)
                a.grants.push_back({wish.inner, wish.outer, r->lease, {}, false});
        } else if (home.refuses != nullptr && r->protocol == GatewayProtocol::upnp) {
            a.speaks = true;
            a.fault = home.refuses;
        }
        mapper.answered(a, now);
        if (grants) return;
    }
}

std::unique_ptr<Reach> build(const Home& home, Reach::Settings settings = {}) {
    settings.mapping.pcp = true;
    auto reach = std::make_unique<Reach>(std::move(settings));
    reach->set_listening(
        {at("udp:0.0.0.0:5060"), at("tcp:0.0.0.0:5060"), at("udp:[::]:5060"), at("tcp:[::]:5060")}, {4222},
        now);
    NetworkView view;
    view.addresses = {address(home.own, 24)};
    if (home.router) view.routes = {{make_address("192.168.1.1"), 2, 100}};
    if (std::string_view(home.own).starts_with("100.")) view.routes = {{make_address("100.72.3.1"), 2, 100}};
    if (home.own6 != nullptr) {
        view.addresses.push_back(address(home.own6, 64));
        view.routes.push_back({make_address("fe80::1"), 2, 100});
    }
    reach->set_network(view, now);
    answer(reach->mapping(), home, false);
    answer(reach->pinholes(), home, true);
    if (home.seen != nullptr) reach->set_seen({{make_address(home.seen), 3, 3}}, now);
    return reach;
}

std::string says(const Home& home) {
    return reach_sentence(*build(home));
}

const std::string forward =
    "Forward UDP and TCP port 5060 on it to this machine (192.168.1.20): the node then finds out by itself.";
const std::string silent =
    "Others cannot reach you: your router at 192.168.1.1 answers neither PCP nor NAT-PMP nor UPnP. ";

TEST(Sentence, mapped_by_each_protocol) {
    for (const auto& [protocol, word] :
         {std::pair{GatewayProtocol::pcp, "PCP"}, std::pair{GatewayProtocol::nat_pmp, "NAT-PMP"},
          std::pair{GatewayProtocol::upnp, "UPnP"}}) {
        Home home;
        home.grants = protocol;
        home.outer = home.seen = "203.0.113.5";
        EXPECT_EQ(
            says(home),
            std::string("Others can reach you at udp:203.0.113.5:5060 and tcp:203.0.113.5:5060 (through "
                        "your router 192.168.1.1, by ") +
                word + ").");
    }
}

TEST(Sentence, nothing_opens_and_nobody_could_try) {
    Home home;
    home.seen = "203.0.113.5";
    EXPECT_EQ(says(home), silent + forward) << "also where a router gives each destination another port";
    auto reach = build(home);
    reach->nobody_dials(at("udp:203.0.113.5:5060"), {overlay::CallBackAnswer::What::nobody_offers, 0, {}});
    EXPECT_EQ(
        reach_sentence(*reach),
        silent + "No other node was found yet that could try whether they are forwarded already. " + forward);
    reach->nobody_dials(at("udp:203.0.113.5:5060"), {overlay::CallBackAnswer::What::nobody_offers, 3, {}});
    EXPECT_EQ(
        reach_sentence(*reach),
        silent + "No other node was found yet that could try whether they are forwarded already (3 asked). " +
            forward);
}

TEST(Sentence, nothing_opens_and_others_have_tried) {
    Home home;
    home.seen = "203.0.113.5";
    auto reach = build(home);
    reach->dialled_back(at("udp:203.0.113.5:5060"), false, now);
    reach->dialled_back(at("tcp:203.0.113.5:5060"), false, now);
    EXPECT_EQ(
        reach_sentence(*reach),
        silent + "Another node has tried 203.0.113.5 and did not get in. " + forward +
            " If that changes nothing, your provider has several customers behind that address (CGNAT): "
            "ask for one of your own, or for IPv6.");
}

TEST(Sentence, forwarded_by_hand) {
    Home home;
    home.seen = "203.0.113.5";
    auto reach = build(home);
    reach->dialled_back(at("udp:203.0.113.5:5060"), true, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others can reach you at udp:203.0.113.5:5060 (through a forwarded port; another node "
              "has called back there).");
}

TEST(Sentence, a_router_that_refuses) {
    Home home;
    home.refuses = "it may not";
    EXPECT_EQ(
        says(home),
        "Others cannot reach you: your router at 192.168.1.1 was asked for open ports, but it may not. " +
            forward);
}

TEST(Sentence, behind_a_carriers_address_forwarding_is_no_advice) {
    Home home;
    home.outer = "100.72.3.4";
    home.seen = "203.0.113.5";
    EXPECT_EQ(
        says(home),
        "Others cannot reach you: your router at 192.168.1.1 has only the shared address 100.72.3.4 from "
        "your provider (CGNAT), which no forwarded port gets past. Ask the provider for a public IPv4 "
        "address or for IPv6.");
    home = {};
    home.own = "100.72.3.4";
    EXPECT_EQ(says(home),
              "Others cannot reach you: your provider gives this machine only the shared address 100.72.3.4 "
              "(CGNAT), which no forwarded port gets past. Ask the provider for a public IPv4 address or for "
              "IPv6.");
}

TEST(Sentence, IPv6_before_and_after_a_check) {
    Home home;
    home.own6 = "2001:db8:1::20";
    EXPECT_EQ(says(home),
              silent + forward +
                  " You have the IPv6 address 2001:db8:1::20: whether calls get in there is not known yet.");
    auto reach = build(home);
    for (int i = 0; i < 2; ++i)
        for (const char* text : {"udp:[2001:db8:1::20]:5060", "tcp:[2001:db8:1::20]:5060"})
            reach->dialled_back(at(text), false, now);
    EXPECT_EQ(reach_sentence(*reach),
              silent + forward +
                  " You have the IPv6 address 2001:db8:1::20, but other nodes tried to call back "
                  "and could not: a firewall is in between. Let UDP and TCP port 5060 in to it at your "
                  "router's firewall.");
    for (const char* text : {"udp:[2001:db8:1::20]:5060", "tcp:[2001:db8:1::20]:5060"})
        reach->dialled_back(at(text), true, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others can reach you at udp:[2001:db8:1::20]:5060 and tcp:[2001:db8:1::20]:5060 (this "
              "machine's own). Callers "
              "without IPv6 cannot: your router at 192.168.1.1 answers neither PCP nor NAT-PMP nor UPnP. " +
                  forward);
}

TEST(Sentence, IPv6_that_nobody_could_try) {
    Home home;
    home.own6 = "2001:db8:1::20";
    auto reach = build(home);
    for (const char* text : {"udp:[2001:db8:1::20]:5060", "tcp:[2001:db8:1::20]:5060"})
        reach->nobody_dials(at(text), {overlay::CallBackAnswer::What::nobody_offers, 0, {}});
    EXPECT_EQ(reach_sentence(*reach),
              silent + forward +
                  " Others are told your IPv6 address 2001:db8:1::20, but whether calls "
                  "get in there is not known yet.");
}

TEST(Sentence, IPv6_with_a_hole_in_the_firewall) {
    Home home;
    home.own6 = "2001:db8:1::20";
    home.pinhole = true;
    EXPECT_EQ(says(home),
              "Others can reach you at udp:[2001:db8:1::20]:5060 and tcp:[2001:db8:1::20]:5060 (this "
              "machine's own; the router "
              "lets calls in). Callers without IPv6 cannot: your router at 192.168.1.1 answers neither PCP "
              "nor NAT-PMP nor "
              "UPnP. " +
                  forward);
}

TEST(Sentence, a_machine_at_a_provider) {
    Home home;
    home.own = "203.0.113.20";
    home.router = false;
    EXPECT_EQ(
        says(home),
        "Others can reach you at udp:203.0.113.20:5060 and tcp:203.0.113.20:5060 (this machine's own).");
    auto reach = build(home);
    for (int i = 0; i < 2; ++i)
        for (const char* text : {"udp:203.0.113.20:5060", "tcp:203.0.113.20:5060"})
            reach->dialled_back(at(text), false, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others cannot reach you: udp:203.0.113.20:5060 is this machine's, but other nodes tried to "
              "call back and could "
              "not: a firewall is in between. Let UDP and TCP port 5060 to 203.0.113.20 in at the firewall "
              "of this machine or "
              "its provider.");
}

TEST(Sentence, in_a_house_where_a_neighbours_node_has_the_port_another_one_is_told) {
    auto reach = build({});
    const auto r = [&] {
        for (;;) {
            auto request = reach->mapping().next_request(now + 1h);
            if (!request || request->protocol == GatewayProtocol::upnp) return request;
            reach->mapping().answered({request->id, request->protocol, false, {}, {}, {}, {}}, now + 1h);
        }
    }();
    ASSERT_TRUE(r);
    MappingAnswer a{r->id, r->protocol, true, make_address("203.0.113.5"), {}, {}, {}};
    for (const auto& wish : r->wishes)
        a.grants.push_back(
            {wish.inner, static_cast<std::uint16_t>(wish.inner.tcp ? 40002 : 40001), r->lease, {}, false});
    reach->mapping().answered(a, now + 1h);
    reach->set_seen({{make_address("203.0.113.5"), 3, 3}}, now + 1h);
    EXPECT_EQ(reach_sentence(*reach),
              "Others can reach you at udp:203.0.113.5:40001 and tcp:203.0.113.5:40002 (through your "
              "router 192.168.1.1, by UPnP).");
}

TEST(Sentence, names_of_sip_advertise) {
    Reach::Settings settings;
    settings.advertise_hosts = {{overlay::Transport::udp, "home.example.org", 5060}};
    Home home;
    home.seen = "203.0.113.5";
    auto reach = build(home, settings);
    EXPECT_EQ(reach_sentence(*reach),
              "Others cannot reach you: of sip.advertise nothing leads anywhere: home.example.org (it "
              "is being looked up). Mend the name, or take sip.advertise out: the node then finds out "
              "by itself.");
    reach->host_answered("home.example.org", {{make_address("203.0.113.5")}, {}, false}, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others are told to call you at udp:203.0.113.5:5060, as sip.advertise says; whether "
              "these let them in is not checked.");
    reach->host_answered("home.example.org", {{make_address("203.0.113.77")}, {}, false}, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others are told to call you at udp:203.0.113.77:5060, as sip.advertise says; whether "
              "these let them in is not checked. But DHT nodes outside see us at 203.0.113.5, not "
              "there: is the name of 203.0.113.77 up to date?");
    reach->host_answered("home.example.org", {{make_address("192.168.1.1")}, {}, false}, now);
    EXPECT_EQ(reach_sentence(*reach),
              "Others cannot reach you: a name of sip.advertise leads to udp:192.168.1.1:5060, which "
              "nobody outside can call (private address outside the mesh prefixes). Let it lead to "
              "your address outside.");
}

}  // namespace
}  // namespace node

// tests/node/routing/record_contacts_test.cpp - from a record to the Contacts of a 302.
#include "node/routing/record_contacts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "overlay/contact_filter.hpp"
#include "sip/relay_token.hpp"

namespace node {
namespace {

using testing::ElementsAre;

overlay::TransportAddress at(const char* text) {
    return *parse_transport_address(text);
}

sip::Flow caller(const char* remote, sip::Transport transport = sip::Transport::udp) {
    sip::Flow flow;
    flow.transport = transport;
    flow.remote = *parse_endpoint(remote);
    return flow;
}

const AddressJudge anything = [](const overlay::TransportAddress&) { return std::string(); };

std::vector<std::string> uris(const ComposedContacts& composed) {
    std::vector<std::string> all;
    for (const auto& contact : composed.contacts)
        all.push_back(contact.uri);
    return all;
}

TEST(Contacts, a_contact_has_explicit_address_port_and_transport) {
    EXPECT_EQ(contact_uri("bob", at("udp:192.0.2.1:5060")), "sip:bob@192.0.2.1:5060;transport=udp");
    EXPECT_EQ(contact_uri("bob", at("tcp:[2001:db8::1]:5070")), "sip:bob@[2001:db8::1]:5070;transport=tcp");
    EXPECT_EQ(contact_uri("", at("udp:192.0.2.1:5060")), "sip:192.0.2.1:5060;transport=udp");
}

TEST(Contacts, direct_phones_come_before_edges_and_each_by_q) {
    overlay::InnerRecord record;
    record.edges = {{{}, {at("udp:192.0.2.1:5060")}}, {{}, {at("udp:192.0.2.2:5060")}}};
    record.phones = {{0, 100, 0, {}}, {1, 900, 0, {}}};
    record.direct = {{at("udp:192.0.2.3:5062"), "bob-0x1~", 300}, {at("udp:192.0.2.4:5062"), "bob-0x2", 400}};
    const auto composed = compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything);
    EXPECT_THAT(
        uris(composed),
        ElementsAre("sip:bob-0x2@192.0.2.4:5062;transport=udp", "sip:bob-0x1~@192.0.2.3:5062;transport=udp",
                    "sip:bob@192.0.2.2:5060;transport=udp", "sip:bob@192.0.2.1:5060;transport=udp"));
    for (std::size_t i = 1; i < composed.contacts.size(); ++i)
        EXPECT_LE(composed.contacts[i].q, composed.contacts[i - 1].q);
}

TEST(Contacts, what_the_callers_phone_can_use_comes_first_because_phones_try_only_the_first) {
    overlay::InnerRecord record;
    record.edges = {{{}, {at("udp:192.0.2.1:5060"), at("tcp:192.0.2.1:5060"), at("udp:[2001:db8::1]:5060")}}};
    EXPECT_EQ(uris(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything)).front(),
              "sip:bob@192.0.2.1:5060;transport=udp");
    EXPECT_EQ(uris(compose_contacts(record, "bob", caller("192.0.2.9:5060", sip::Transport::tcp), anything))
                  .front(),
              "sip:bob@192.0.2.1:5060;transport=tcp");
    EXPECT_EQ(uris(compose_contacts(record, "bob", caller("[2001:db8::9]:5060"), anything)).front(),
              "sip:bob@[2001:db8::1]:5060;transport=udp");
}

TEST(Contacts, an_edges_TLS_address_carries_its_pin_and_stands_after_those_that_phones_can_use) {
    overlay::InnerRecord record;
    record.edges = {{{7}, {at("tls:192.0.2.1:5061"), at("udp:192.0.2.1:5060")}},
                    {{}, {at("tls:192.0.2.2:5061")}}};
    const auto composed =
        compose_contacts(record, "bob", caller("192.0.2.9:5060", sip::Transport::tls), anything);
    ASSERT_THAT(uris(composed),
                ElementsAre("sip:bob@192.0.2.1:5060;transport=udp", "sip:bob@192.0.2.1:5061;transport=tls",
                            "sip:bob@192.0.2.2:5061;transport=tls"));
    ASSERT_TRUE(composed.contacts[1].hop);
    EXPECT_EQ(*composed.contacts[1].hop,
              (sip::NextHop{
                  sip::Transport::tls, {asio::ip::make_address("192.0.2.1"), 5061}, {{}, sip::KeyHash{7}}}));
    EXPECT_FALSE(composed.contacts[0].hop);
    EXPECT_FALSE(composed.contacts[2].hop) << "zeros are no key";
}

TEST(Contacts, at_most_four_are_given) {
    overlay::InnerRecord record;
    record.edges.push_back({});
    for (int i = 1; i <= 6; ++i)
        record.edges[0].addresses.push_back(at(("udp:192.0.2." + std::to_string(i) + ":5060").c_str()));
    EXPECT_EQ(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything).contacts.size(), 4U);
}

TEST(Contacts, an_address_that_may_not_be_called_is_left_out_and_named) {
    overlay::InnerRecord record;
    record.edges = {{{}, {at("udp:127.0.0.1:5060"), at("udp:192.0.2.1:5060")}}};
    const auto composed = compose_contacts(
        record, "bob", caller("192.0.2.9:5060"), [](const overlay::TransportAddress& address) {
            return address.address.is_loopback() ? std::string("loopback") : std::string();
        });
    EXPECT_THAT(uris(composed), ElementsAre("sip:bob@192.0.2.1:5060;transport=udp"));
    EXPECT_THAT(composed.refused, ElementsAre("udp:127.0.0.1:5060: loopback"));
}

TEST(Contacts, a_record_gives_TLS_also_when_its_TLS_address_may_not_be_called) {
    overlay::InnerRecord record;
    record.edges = {{{7}, {at("udp:192.0.2.1:5060"), at("tls:127.0.0.1:5061")}}};
    const AddressJudge no_loopback = [](const overlay::TransportAddress& address) {
        return address.address.is_loopback() ? std::string("loopback") : std::string();
    };
    const auto gives = [&] {
        return compose_contacts(record, "bob", caller("192.0.2.9:5060"), no_loopback).gives_tls;
    };
    EXPECT_TRUE(gives());
    record.edges[0].tls_key_hash = {};
    EXPECT_FALSE(gives()) << "no key";
    record.edges = {{{7}, {at("udp:192.0.2.1:5060")}}};
    EXPECT_FALSE(gives()) << "no TLS";
}

TEST(Contacts, each_contact_at_an_edge_has_a_ticket_of_its_own_for_that_edges_key) {
    overlay::InnerRecord record;
    record.edges = {{{}, {at("udp:192.0.2.1:5060"), at("tcp:192.0.2.1:5060")}, crypto::TicketKey{1}},
                    {{}, {at("udp:192.0.2.2:5060")}}};
    record.direct = {{at("udp:192.0.2.4:5062"), "bob-0x2", 400}};
    int made = 0;
    const TicketFor ticket_for = [&](const crypto::TicketKey& key, crypto::TicketKind kind) {
        const char* of = kind == crypto::TicketKind::bearer ? "b" : "p";
        return of + std::to_string(key[0]) + "-" + std::to_string(++made);
    };
    EXPECT_THAT(
        uris(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything, {.ticket_for = ticket_for})),
        ElementsAre("sip:bob-0x2@192.0.2.4:5062;transport=udp",
                    "sip:bob@192.0.2.1:5060;transport=udp;tk=b1-1", "sip:bob@192.0.2.2:5060;transport=udp",
                    "sip:bob@192.0.2.1:5060;transport=tcp;tk=b1-3"));
    made = 0;
    const auto composed =
        compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything, {.ticket_for = ticket_for});
    EXPECT_EQ(composed.contacts[0].asked, "") << "a phone could not read one";
    EXPECT_EQ(composed.contacts[1].asked, "sip:bob@192.0.2.1:5060;transport=udp;tk=p1-2")
        << "of the passed-on call";
    EXPECT_EQ(composed.contacts[2].asked, "");
    EXPECT_EQ(composed.contacts[3].asked, "sip:bob@192.0.2.1:5060;transport=tcp;tk=p1-4");
    const TicketFor none = [](const crypto::TicketKey&, crypto::TicketKind) { return std::string(); };
    EXPECT_EQ(
        uris(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything, {.ticket_for = none}))[1],
        "sip:bob@192.0.2.1:5060;transport=udp");
}

/// The edge with the key {7} is beside us.
EdgeFinder beside(bool first) {
    return [first](const overlay::Edge& edge) {
        if (edge.tls_key_hash != crypto::Bytes<32>{7}) return EdgePlaces{};
        return EdgePlaces{{*parse_endpoint("192.168.1.21:5061")}, first};
    };
}

const AddressJudge public_ones_alone = [](const overlay::TransportAddress& address) {
    return overlay::is_global(address.address) ? std::string() : std::string("private");
};

TEST(Contacts, an_edge_beside_us_is_called_there_by_TLS_with_the_records_key_and_not_through_our_own_router) {
    overlay::InnerRecord record;
    record.edges = {{{7}, {at("udp:192.0.2.1:5060"), at("tls:192.0.2.1:5061")}}};
    const auto from = caller("192.168.1.9:5060");
    const auto composed =
        compose_contacts(record, "bob", from, public_ones_alone, {.beside_us = beside(true)});
    EXPECT_THAT(uris(composed),
                ElementsAre("sip:bob@192.0.2.1:5060;transport=udp", "sip:bob@192.168.1.21:5061;transport=tls",
                            "sip:bob@192.0.2.1:5061;transport=tls"));
    EXPECT_EQ(composed.contacts[1].hop->peer.key_hash, sip::KeyHash{7});
    EXPECT_THAT(composed.beside_us, ElementsAre("tls:192.168.1.21:5061"));
    EXPECT_THAT(uris(compose_contacts(record, "bob", from, public_ones_alone, {.beside_us = beside(false)})),
                ElementsAre("sip:bob@192.0.2.1:5060;transport=udp", "sip:bob@192.0.2.1:5061;transport=tls",
                            "sip:bob@192.168.1.21:5061;transport=tls"))
        << "behind, where the outer address is another house's: that costs a call nothing";
}

TEST(Contacts, a_record_without_an_address_leads_to_who_is_beside_us_alone) {
    overlay::InnerRecord record;
    record.edges = {{{7}, {}}};
    const auto from = caller("192.168.1.9:5060");
    EXPECT_THAT(uris(compose_contacts(record, "bob", from, public_ones_alone, {.beside_us = beside(true)})),
                ElementsAre("sip:bob@192.168.1.21:5061;transport=tls"));
    const auto nobody = compose_contacts(record, "bob", from, public_ones_alone);
    EXPECT_THAT(nobody.contacts, testing::IsEmpty());
    EXPECT_TRUE(nobody.without_address);
}

TEST(Contacts, what_anybody_may_say_on_our_network_takes_no_other_way_from_a_call) {
    overlay::InnerRecord record;
    record.edges = {{{7}, {at("udp:192.0.2.1:5060")}}};  // known by its key, and has no TLS outside
    const auto composed = compose_contacts(record, "bob", caller("192.168.1.9:5060"), public_ones_alone,
                                           {.beside_us = beside(true)});
    EXPECT_FALSE(composed.gives_tls) << "else a beacon would shut the way over UDP";
    EXPECT_EQ(composed.contacts.size(), 2U);
    record.edges[0].tls_key_hash = {};
    EXPECT_EQ(compose_contacts(record, "bob", caller("192.168.1.9:5060"), public_ones_alone,
                               {.beside_us = beside(true)})
                  .contacts.size(),
              1U)
        << "without a key in the record nobody is believed to be its edge";
}

overlay::InnerRecord met_through(std::initializer_list<const char*> relays) {
    overlay::InnerRecord record;
    std::uint8_t number = 0;
    for (const char* relay : relays) {
        const auto address = at(relay);
        record.through.push_back({address.address, address.port, {++number}, {9}, crypto::TicketKey{number}});
    }
    return record;
}

TEST(Contacts, an_edge_met_through_a_relay_comes_last_known_by_its_key_and_asked_for_by_its_token) {
    auto record = met_through({"tls:192.0.2.50:5061", "tls:192.0.2.51:5061"});
    record.edges = {{{8}, {at("udp:192.0.2.1:5060"), at("tls:192.0.2.1:5061")}}};
    record.phones = {{0, 500, 0, {}}};
    const auto composed = compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything);
    EXPECT_THAT(uris(composed),
                ElementsAre("sip:bob@192.0.2.1:5060;transport=udp", "sip:bob@192.0.2.1:5061;transport=tls",
                            "sip:bob@relay.alt;transport=tls", "sip:bob@relay.alt;transport=tls"));
    EXPECT_TRUE(composed.gives_tls);
    const auto& hop = composed.contacts[2].hop;
    ASSERT_TRUE(hop);
    EXPECT_EQ(hop->transport, sip::Transport::tls);
    EXPECT_EQ(sip::to_string(hop->endpoint), "192.0.2.50:5061");
    EXPECT_EQ(hop->peer.key_hash, sip::KeyHash{9});
    EXPECT_EQ(hop->peer.through, sip::token_text({1}));
    EXPECT_EQ(composed.contacts[3].hop->peer.through, sip::token_text({2}));
}

TEST(Contacts, a_relay_is_judged_as_any_address_and_told_when_it_may_not_be_called) {
    const auto record = met_through({"tls:127.0.0.1:5061", "tls:192.0.2.51:5061"});
    const auto judge = [](const overlay::TransportAddress& address) {
        return address.address.is_loopback() ? std::string("loopback") : std::string();
    };
    const auto composed = compose_contacts(record, "bob", caller("192.0.2.9:5060"), judge);
    EXPECT_EQ(composed.contacts.size(), 1U);
    EXPECT_THAT(composed.refused, ElementsAre("through tls:127.0.0.1:5061: loopback"));
    const auto none =
        compose_contacts(met_through({"tls:127.0.0.1:5061"}), "bob", caller("192.0.2.9:5060"), judge);
    EXPECT_TRUE(none.contacts.empty());
    EXPECT_TRUE(none.gives_tls) << "and he is not called in clear either";
}

TEST(Contacts, one_whom_this_node_relays_for_is_asked_for_here) {
    const auto record = met_through({"tls:192.0.2.50:5061"});
    const auto own = [](const overlay::TransportAddress&) { return std::string("this node's own address"); };
    const auto here = [](const overlay::ThroughEdge& edge) {
        EXPECT_EQ(edge.token[0], 1);
        return std::optional<sip::Endpoint>({asio::ip::make_address("127.0.0.1"), 5061});
    };
    const auto composed =
        compose_contacts(record, "bob", caller("192.0.2.9:5060"), own, {.relayed_here = here});
    ASSERT_EQ(composed.contacts.size(), 1U);
    EXPECT_EQ(sip::to_string(composed.contacts[0].hop->endpoint), "127.0.0.1:5061");
    EXPECT_TRUE(composed.refused.empty());
}

TEST(Contacts, tickets_through_a_relay_are_for_the_key_of_the_edge_behind_it) {
    const auto ticket = [](const crypto::TicketKey& key, crypto::TicketKind kind) {
        return (kind == crypto::TicketKind::bearer ? "b" : "p") + std::to_string(key[0]);
    };
    const auto composed = compose_contacts(met_through({"tls:192.0.2.50:5061"}), "bob",
                                           caller("192.0.2.9:5060"), anything, {.ticket_for = ticket});
    EXPECT_EQ(composed.contacts.at(0).asked, "sip:bob@relay.alt;transport=tls;tk=p1");
}

TEST(Contacts, at_most_four_relays_are_given) {
    const auto record = met_through({"tls:192.0.2.50:5061", "tls:192.0.2.51:5061", "tls:192.0.2.52:5061",
                                     "tls:192.0.2.53:5061", "tls:192.0.2.54:5061"});
    EXPECT_EQ(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything).contacts.size(),
              max_contacts);
}

}  // namespace
}  // namespace node

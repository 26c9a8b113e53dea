// tests/node/routing/record_contacts_test.cpp - from a record to the Contacts of a 302, and from bindings to
// a record.
#include "node/routing/record_contacts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "node/publish/own_record.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(Contacts, each_contact_at_an_edge_has_a_ticket_of_its_own_for_that_edges_key) {
    overlay::InnerRecord record;
    record.edges = {{{}, {at("udp:192.0.2.1:5060"), at("tcp:192.0.2.1:5060")}, crypto::TicketKey{1}},
                    {{}, {at("udp:192.0.2.2:5060")}}};
    record.direct = {{at("udp:192.0.2.4:5062"), "bob-0x2", 400}};
    int made = 0;
    const TicketFor ticket_for = [&](const crypto::TicketKey& key) {
        return std::to_string(key[0]) + "-" + std::to_string(++made);
    };
    EXPECT_THAT(
        uris(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything, ticket_for)),
        ElementsAre("sip:bob-0x2@192.0.2.4:5062;transport=udp", "sip:bob@192.0.2.1:5060;transport=udp;tk=1-1",
                    "sip:bob@192.0.2.2:5060;transport=udp", "sip:bob@192.0.2.1:5060;transport=tcp;tk=1-2"));
    const TicketFor none = [](const crypto::TicketKey&) { return std::string(); };
    EXPECT_EQ(uris(compose_contacts(record, "bob", caller("192.0.2.9:5060"), anything, none))[1],
              "sip:bob@192.0.2.1:5060;transport=udp");
}

TEST(OwnRecord, wildcard_addresses_stand_for_those_of_the_interfaces_of_their_family) {
    const auto all =
        listening_addresses({at("udp:0.0.0.0:5060"), at("tcp:[::]:5070"), at("udp:127.0.0.2:5080")},
                            {asio::ip::make_address("192.0.2.1"), asio::ip::make_address("2001:db8::1")});
    EXPECT_THAT(
        all, ElementsAre(at("udp:192.0.2.1:5060"), at("tcp:[2001:db8::1]:5070"), at("udp:127.0.0.2:5080")));
}

TEST(OwnRecord, only_callable_addresses_are_published_best_first_unless_some_are_configured) {
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

TEST(OwnRecord, a_user_without_phones_or_a_node_without_addresses_publishes_nothing) {
    const auto identity = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    EXPECT_FALSE(own_record({}, {at("udp:192.0.2.1:5060")}, identity));
    EXPECT_FALSE(own_record({sip::Binding{}}, {}, identity));
}

TEST(OwnRecord, a_phone_is_a_keyed_hash_that_is_stable_and_differs_between_nodes) {
    const auto one = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    const auto other = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{2}));
    sip::Binding binding;
    binding.contact = "sip:bob@192.0.2.9:5060";
    binding.instance = "<urn:uuid:1>";
    binding.q = 500;
    const std::vector<overlay::TransportAddress> addresses{at("udp:192.0.2.1:5060")};
    const auto record = own_record({binding}, addresses, one);
    ASSERT_TRUE(record);
    ASSERT_EQ(record->phones.size(), 1U);
    EXPECT_EQ(record->phones[0].q, 500);
    EXPECT_EQ(record->edges.at(0).addresses, addresses);
    EXPECT_TRUE(record->direct.empty());
    binding.contact = "sip:bob@192.0.2.9:6000";  // the same phone at another port
    EXPECT_EQ(own_record({binding}, addresses, one), record);
    EXPECT_NE(own_record({binding}, addresses, other)->phones[0].instance, record->phones[0].instance);
    EXPECT_EQ(own_record(std::vector(12, binding), addresses, one)->phones.size(), 8U);
}

/// A phone in 2001:db8:1::/64 that sends from where it says it is.
class DirectPhones : public testing::Test {
protected:
    static sip::Binding phone(const std::string& contact, const std::string& source) {
        sip::Binding binding;
        binding.contact = contact;
        binding.flow.remote = *parse_endpoint(source);
        binding.q = 700;
        return binding;
    }
    std::optional<overlay::DirectPhone> direct(const sip::Binding& binding) const {
        return direct_phone(binding, reached);
    }
    const HostJudge reached = [](const asio::ip::address& host) {
        return overlay::Prefix(asio::ip::make_address("2001:db8:1::"), 64).contains(host);
    };
    const sip::Binding good =
        phone("sip:alice-0x5f3e@[2001:db8:1::9]:5070;transport=udp", "[2001:db8:1::9]:5070");
    const crypto::Identity identity = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    const std::vector<overlay::TransportAddress> edge{at("udp:192.0.2.1:5060")};
};

TEST_F(DirectPhones, one_that_sends_from_its_own_contact_in_a_network_that_others_reach_is_direct) {
    const auto found = direct(good);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->address, at("udp:[2001:db8:1::9]:5070"));
    EXPECT_EQ(found->user, "alice-0x5f3e") << "many answer only to the user part that they registered";
    EXPECT_EQ(found->q, 700);
}

TEST_F(DirectPhones, one_behind_a_translator_or_a_proxy_or_in_another_network_is_not) {
    EXPECT_FALSE(direct(phone(good.contact, "[2001:db8:1::1]:5070"))) << "sent by another host";
    EXPECT_FALSE(direct(phone(good.contact, "[2001:db8:1::9]:40001"))) << "sent from another port";
    EXPECT_FALSE(direct(phone("sip:a@[2001:db8:2::9]:5070", "[2001:db8:2::9]:5070"))) << "another network";
    EXPECT_FALSE(direct(phone("sip:a@phone.example:5070", "[2001:db8:1::9]:5070"))) << "a name";
    auto routed = good;
    routed.path = "<sip:proxy.example;lr>";
    EXPECT_FALSE(direct(routed));
    EXPECT_FALSE(direct_phone(good, {})) << "nobody knows what others reach";
}

TEST_F(DirectPhones, a_TCP_phone_sends_from_a_port_of_its_own_and_one_on_TLS_needs_its_edge) {
    auto tcp = phone("sip:a@[2001:db8:1::9]:5070;transport=tcp", "[2001:db8:1::9]:40001");
    EXPECT_FALSE(direct(tcp)) << "it came over UDP";
    tcp.flow.transport = sip::Transport::tcp;
    EXPECT_EQ(direct(tcp)->address, at("tcp:[2001:db8:1::9]:5070"));
    tcp.flow.transport = sip::Transport::tls;
    EXPECT_FALSE(direct(tcp));
}

TEST_F(DirectPhones, a_user_part_that_fits_no_record_leaves_the_phone_to_its_edge) {
    EXPECT_FALSE(
        direct(phone("sip:" + std::string(65, 'a') + "@[2001:db8:1::9]:5070", "[2001:db8:1::9]:5070")));
    EXPECT_FALSE(direct(phone("sip:a%20b@[2001:db8:1::9]:5070", "[2001:db8:1::9]:5070")));
    EXPECT_EQ(direct(phone("sip:[2001:db8:1::9]:5070", "[2001:db8:1::9]:5070"))->user, "");
}

TEST_F(DirectPhones, the_policy_says_whether_the_phone_its_edge_or_both_are_published) {
    const auto record = [&](RecordContacts contacts, const std::vector<sip::Binding>& bindings) {
        return *own_record(bindings, edge, identity, {}, {contacts, reached});
    };
    EXPECT_TRUE(record(RecordContacts::edge, {good}).direct.empty());
    EXPECT_EQ(record(RecordContacts::edge, {good}).edges.size(), 1U);
    EXPECT_EQ(record(RecordContacts::both, {good}).direct.size(), 1U);
    EXPECT_EQ(record(RecordContacts::both, {good}).edges.size(), 1U);
    EXPECT_EQ(record(RecordContacts::direct, {good}).direct.size(), 1U);
    EXPECT_TRUE(record(RecordContacts::direct, {good}).edges.empty());
    // One of two phones is behind something: callers need the edge for it.
    const auto hidden = phone("sip:a@192.168.1.9:5070", "[2001:db8:1::1]:5070");
    EXPECT_EQ(record(RecordContacts::direct, {good, hidden}).edges.size(), 1U);
    EXPECT_EQ(record(RecordContacts::direct, {good, hidden}).direct.size(), 1U);
    for (const auto contacts : {RecordContacts::edge, RecordContacts::direct, RecordContacts::both})
        EXPECT_TRUE(overlay::encode(record(contacts, {good, hidden})));
}

TEST_F(DirectPhones, a_direct_phone_is_published_though_its_edge_has_no_address_for_others) {
    EXPECT_FALSE(own_record({good}, {}, identity, {}, {RecordContacts::edge, reached}));
    const auto record = own_record({good}, {}, identity, {}, {RecordContacts::both, reached});
    ASSERT_TRUE(record);
    EXPECT_EQ(record->direct.size(), 1U);
    EXPECT_TRUE(record->edges.empty());
    EXPECT_TRUE(overlay::encode(*record));
}

TEST_F(DirectPhones, callers_are_sent_to_the_phone_first_under_the_name_it_registered) {
    const auto record = own_record({good}, edge, identity, {}, {RecordContacts::both, reached});
    const auto composed = compose_contacts(*record, "alice", caller("[2001:db8:7::7]:5060"),
                                           [](const overlay::TransportAddress&) { return std::string(); });
    ASSERT_EQ(composed.contacts.size(), 2U);
    EXPECT_EQ(composed.contacts[0].uri, "sip:alice-0x5f3e@[2001:db8:1::9]:5070;transport=udp");
    EXPECT_EQ(composed.contacts[1].uri, "sip:alice@192.0.2.1:5060;transport=udp");
}

}  // namespace
}  // namespace node

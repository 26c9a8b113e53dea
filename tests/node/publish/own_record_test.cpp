// tests/node/publish/own_record_test.cpp - from bindings to a record.
#include "node/publish/own_record.hpp"

#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "node/routing/record_contacts.hpp"
#include "overlay/contact_filter.hpp"

namespace node {
namespace {

overlay::TransportAddress at(const char* text) {
    return *parse_transport_address(text);
}

TEST(OwnRecord, a_user_without_phones_or_a_node_without_addresses_publishes_nothing) {
    const auto identity = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    EXPECT_FALSE(own_record({}, {at("udp:192.0.2.1:5060")}, identity));
    EXPECT_FALSE(own_record({sip::Binding{}}, {}, identity));
}

TEST(OwnRecord, a_node_without_addresses_publishes_the_key_by_which_neighbours_know_it) {
    const auto identity = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1}));
    RecordPolicy policy;
    policy.neighbours = true;
    const auto record = own_record({sip::Binding{}}, {}, identity, {7}, policy);
    ASSERT_TRUE(record);
    ASSERT_EQ(record->edges.size(), 1U);
    EXPECT_TRUE(record->edges[0].addresses.empty());
    EXPECT_EQ(record->edges[0].tls_key_hash, (crypto::Bytes<32>{7}));
    EXPECT_TRUE(overlay::encode(*record));
    EXPECT_FALSE(own_record({sip::Binding{}}, {}, identity, {}, policy))
        << "without TLS nobody can prove to be it";
    EXPECT_FALSE(own_record({}, {}, identity, {7}, policy));
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
    sip::Flow caller;
    caller.remote = *parse_endpoint("[2001:db8:7::7]:5060");
    const auto composed = compose_contacts(*record, "alice", caller,
                                           [](const overlay::TransportAddress&) { return std::string(); });
    ASSERT_EQ(composed.contacts.size(), 2U);
    EXPECT_EQ(composed.contacts[0].uri, "sip:alice-0x5f3e@[2001:db8:1::9]:5070;transport=udp");
    EXPECT_EQ(composed.contacts[1].uri, "sip:alice@192.0.2.1:5060;transport=udp");
}

}  // namespace
}  // namespace node

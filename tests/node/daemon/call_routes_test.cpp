// tests/node/daemon/call_routes_test.cpp - which steps the configuration makes, and whom they ask.
#include "node/daemon/call_routes.hpp"

#include <gmock/gmock.h>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "tests/node/daemon/routes_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Routes : public RoutesTest {
protected:
    std::vector<sip::Binding> phones_of(const std::string& user, sip::Now) const override {
        const auto found = phones.find(user);
        return found == phones.end() ? std::vector<sip::Binding>() : found->second;
    }

    /// alice calls; the answer as far as it has come.
    std::optional<sip::RouteAnswer>& call(const std::string& user, const std::string& host) {
        sip::RouteQuestion question;
        question.uri = "sip:" + user + "@" + host;
        question.dialled.user = user;
        question.dialled.host = host;
        question.dialled.port = 5060;
        question.host_is_own = host == "home.test";
        question.from_own_user = true;
        question.caller = "sip:alice@home.test";
        answer.reset();
        routes->route(question, [this](sip::RouteAnswer given) { answer = std::move(given); });
        return answer;
    }
    Trace lookup(const std::string& uri) {
        std::optional<Trace> trace;
        routes->lookup(uri, {}, [&](Trace given) { trace = std::move(given); });
        EXPECT_TRUE(run_until([&] { return trace.has_value(); })) << uri;
        return trace.value_or(Trace{});
    }
    static std::vector<std::string> sentences(const Trace& trace) {
        std::vector<std::string> all;
        for (const auto& step : trace.steps)
            all.push_back(step.step + ": " + step.sentence);
        return all;
    }

    std::map<std::string, std::vector<sip::Binding>> phones;
    std::optional<sip::RouteAnswer> answer;
};

TEST_F(Routes, a_call_to_a_registered_user_is_answered_at_once) {
    start(neither_dns_nor_dht);
    phones["bob"].resize(1);
    phones["bob"][0].contact = "sip:bob-0x1@10.0.0.8:5080";
    ASSERT_TRUE(call("bob", "home.test"));
    EXPECT_EQ(answer->status, 302);
    ASSERT_EQ(answer->contacts.size(), 1U);
    EXPECT_EQ(answer->contacts[0].uri, "sip:bob-0x1@10.0.0.8:5080");
    EXPECT_EQ(routes->pending(), 0U);
    EXPECT_EQ(loop.poll(), 0U) << "nothing was left for the loop to do";
}

TEST_F(Routes, what_is_switched_off_is_not_asked_and_lookup_says_so) {
    start(neither_dns_nor_dht);
    EXPECT_EQ(routes->dns(), nullptr);
    EXPECT_THAT(sentences(lookup("carol@example.test")),
                testing::Contains("dns: DNS is switched off (dns.enabled = false)."));
    const auto by_key = lookup("carol@" + crypto::encode_name(identity(2).public_key()) + ".hedge.alt");
    EXPECT_THAT(sentences(by_key), ElementsAre("dht: The DHT is switched off (dht.enabled = false)."));
    EXPECT_EQ(by_key.answer.status, 504);
    EXPECT_EQ(routes->pending(), 0U);
}

TEST_F(Routes, lookup_of_a_name_that_nobody_has_says_why) {
    start(neither_dns_nor_dht);
    const auto nobody = lookup("mallory@home.test");
    EXPECT_EQ(nobody.answer.status, 404);
    EXPECT_THAT(sentences(nobody), ElementsAre("local: No such user at this node."));
    EXPECT_EQ(lookup("bob@home.test").answer.status, 480) << "a user, but no phone";
    const auto no_key = lookup("carol@nonsense.hedge.alt");
    EXPECT_EQ(no_key.answer.reason, "Bad key name");
    EXPECT_NE(no_key.answer.warning, "");
}

TEST_F(Routes, a_petname_of_the_contact_table_is_found_for_our_own_users) {
    start(neither_dns_nor_dht);
    tables->contacts.add({"mum", "12", "sip:carol@192.0.2.9", {}, {}});
    ASSERT_TRUE(call("mum", "home.test"));
    ASSERT_EQ(answer->contacts.size(), 1U);
    EXPECT_EQ(answer->contacts[0].uri, "sip:carol@192.0.2.9:5060;transport=udp");
}

TEST_F(Routes, a_pin_of_the_trust_table_is_the_key_that_a_domain_is_asked_for_by) {
    start(neither_dns_nor_dht);
    tables->trust.pin("example.test", identity(3).public_key(), now().wall);
    const auto trace = lookup("carol@example.test");
    ASSERT_TRUE(trace.binding);
    EXPECT_EQ(trace.binding->key, identity(3).public_key());
    EXPECT_THAT(sentences(trace), testing::Contains(HasSubstr("The DHT is switched off")));
}

TEST_F(Routes, DNS_is_asked_at_the_servers_of_the_configuration) {
    dns.answer = one_address;
    start(asking_dns());
    ASSERT_NE(routes->dns(), nullptr);
    EXPECT_FALSE(call("carol", "example.test")) << "never before the servers are asked";
    EXPECT_EQ(routes->pending(), 1U);
    ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(dns.asked_for("example.test", 1), 1U);
    EXPECT_EQ(routes->pending(), 0U);
}

TEST_F(Routes, an_address_of_this_node_that_DNS_gives_is_not_called) {
    dns.answer = one_address;
    start(asking_dns());
    ASSERT_FALSE(own.set({*parse_transport_address("udp:192.0.2.7:5060")}, {}));
    const auto trace = lookup("carol@example.test:5060");
    EXPECT_THAT(trace.answer.contacts, IsEmpty());
    std::vector<std::string> refused;
    for (const auto& step : trace.steps)
        refused.insert(refused.end(), step.refused_contacts.begin(), step.refused_contacts.end());
    EXPECT_THAT(refused, testing::Contains(HasSubstr("this node's own address")));
    EXPECT_THAT(trace.answer.warning, HasSubstr("sip.domains"));
}

TEST_F(Routes, no_call_and_no_probe_goes_where_a_hostile_domain_leads) {
    std::string address;
    dns.answer = [&](const test::BareDnsServer::Question& question) {
        using Records = std::vector<test::BareDnsServer::Record>;
        const bool asked = question.type == (address.size() == 4 ? 1 : 28);
        return std::optional(asked ? Records{{"", 0, address, 0}} : Records{});
    };
    const std::vector<std::pair<std::string, std::string>> addresses{
        {std::string("\xa9\xfe\xa9\xfe", 4), "link-local"},
        {std::string("\x7f\0\0\1", 4), "loopback"},
        {std::string("\xe0\0\0\xfb", 4), "multicast"},
        {std::string("\0\0\0\0", 4), "unspecified address"},
        {std::string("\x0a\x63\0\1", 4), "private address"},
        {std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16), "loopback"},
        {std::string("\x64\xff\x9b\0\0\0\0\0\0\0\0\0\xa9\xfe\xa9\xfe", 16), "private address"}};
    start(asking_dns());
    int i = 0;
    for (const auto& [bytes, reason] : addresses) {
        address = bytes;
        const auto trace = lookup("x@evil" + std::to_string(++i) + ".example:6379");
        EXPECT_EQ(trace.answer.status, 480) << reason;
        EXPECT_THAT(trace.answer.contacts, IsEmpty()) << reason;
        EXPECT_THAT(trace.answer.warning, HasSubstr(": " + reason));
    }
}

TEST_F(Routes, a_private_address_is_called_for_names_of_our_own_networks) {
    dns.answer = [](const test::BareDnsServer::Question& question) {
        using Records = std::vector<test::BareDnsServer::Record>;
        return std::optional(question.type == 1 ? Records{{"", 0, std::string("\x0a\x63\0\1", 4), 0}}
                                                : Records{});
    };
    start(asking_dns() + "unsigned = [\"corp.example\"]\n");
    EXPECT_EQ(lookup("x@pbx.corp.example:5060").answer.status, 302);
    EXPECT_EQ(lookup("x@corp.example.org:5060").answer.status, 480);
}

TEST_F(Routes, a_bare_address_is_called_in_the_mesh_alone) {
    start(std::string(neither_dns_nor_dht) + "[mesh]\nprefixes = [\"10.0.0.0/8\"]\n");
    ASSERT_TRUE(call("AK6XX", "10.180.1.75"));
    EXPECT_EQ(answer->status, 302);
    ASSERT_EQ(answer->contacts.size(), 1U);
    EXPECT_EQ(answer->contacts[0].uri, "sip:AK6XX@10.180.1.75:5060;transport=udp");
    ASSERT_TRUE(call("bob", "192.0.2.1"));
    EXPECT_EQ(answer->status, 403);
}

TEST_F(Routes, with_the_DHT_a_user_without_a_phone_here_is_asked_for_at_the_owners_other_nodes) {
    start(neither_dns_nor_dht);
    ASSERT_TRUE(call("bob", "home.test"));
    EXPECT_EQ(answer->status, 480);

    asio::io_context overlay_loop;
    start(neither_dns_nor_dht, overlay::Client(overlay_loop.get_executor(), {}, loop.get_executor()));
    EXPECT_FALSE(call("bob", "home.test"));
    EXPECT_EQ(routes->pending(), 1U);
    EXPECT_EQ(overlay_loop.poll(), 1U) << "the question, on the overlay's loop";
    EXPECT_TRUE(call("mallory", "home.test")) << "no user of ours, nobody is asked";
    EXPECT_EQ(answer->status, 404);
}

}  // namespace
}  // namespace node

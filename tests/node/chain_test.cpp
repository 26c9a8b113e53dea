// tests/node/chain_test.cpp - who is asked, in which order, and whose word counts. The steps are scripted
// here; each of them has its own test against the real thing.
#include "node/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/post.hpp>

#include "crypto/name.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

crypto::PublicKey key_of(std::uint8_t n) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{n})).public_key();
}
std::string host_of(const crypto::PublicKey& key) {
    return crypto::encode_name(key) + ".hedge.alt";
}

StepAnswer found(const std::string& contact) {
    StepAnswer step;
    step.verdict = Verdict::found;
    step.answer.status = 302;
    step.answer.contacts.push_back({contact, 1.0});
    return step;
}

StepAnswer nothing(Verdict verdict, int status) {
    StepAnswer step;
    step.verdict = verdict;
    step.answer.status = status;
    return step;
}

/// Answers as told, on the loop's next turn; or keeps silent.
class Scripted : public Resolver {
public:
    Scripted(asio::io_context& loop, std::string name) : loop_(loop), name_(std::move(name)) {}
    void resolve(const Target& target, StepDone done) override {
        asked.push_back(target);
        if (silent) {
            held.push_back(std::move(done));
            return;
        }
        StepAnswer step = answer;
        step.step = name_;
        asio::post(loop_, [step, done = std::move(done)] { done(step); });
    }
    StepAnswer answer = nothing(Verdict::missing, 480);
    bool silent = false;
    std::vector<Target> asked;
    std::vector<StepDone> held;

private:
    asio::io_context& loop_;
    std::string name_;
};

class ChainTest : public testing::Test {
protected:
    ChainTest() {
        rules.own_key = key_of(1);
        rules.pins["pinned.test"] = key_of(2);
        rules.deadline = std::chrono::milliseconds(150);
        local.answer = nothing(Verdict::refused, 404);
    }
    Chain make(bool with_dns = true, bool with_dht = true) {
        return Chain(loop, rules,
                     {local, with_dns ? &dns : nullptr, with_dht ? &dht : nullptr,
                      [](const std::string& host, auto, const auto&) {
                          return host == "192.0.2.1" || host == "own.test" || host == host_of(key_of(1));
                      }});
    }
    static sip::RouteQuestion question(const std::string& user, const std::string& host) {
        sip::RouteQuestion q;
        q.uri = "sip:" + user + "@" + host;
        q.user = user;
        q.host = host;
        q.from_own_user = true;
        return q;
    }
    sip::RouteAnswer call(Chain& chain, const sip::RouteQuestion& q) {
        std::optional<sip::RouteAnswer> answer;
        chain.route(q, [&](sip::RouteAnswer a) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(a);
        });
        loop.restart();
        loop.run();
        EXPECT_TRUE(answer);
        return answer.value_or(sip::RouteAnswer{});
    }
    sip::RouteAnswer call(const std::string& user, const std::string& host) {
        Chain chain = make();
        return call(chain, question(user, host));
    }
    Trace look_up(const std::string& uri) {
        Chain chain = make();
        Trace trace;
        chain.lookup(uri, [&](Trace t) { trace = std::move(t); });
        loop.restart();
        loop.run();
        return trace;
    }

    asio::io_context loop;
    ChainRules rules;
    Scripted local{loop, "local"}, dns{loop, "dns"}, dht{loop, "dht"};
};

TEST_F(ChainTest, a_host_of_our_own_is_answered_by_the_local_step_alone) {
    local.answer = found("sip:alice@10.0.0.9:5062");
    auto q = question("Alice", "192.0.2.1");
    q.host_is_own = true;
    q.from_own_user = false;  // strangers may call our users
    Chain chain = make();
    EXPECT_EQ(call(chain, q).contacts.at(0).uri, "sip:alice@10.0.0.9:5062");
    EXPECT_EQ(local.asked.at(0).label, "alice");
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, our_own_key_name_is_local_in_any_case) {
    local.answer = found("sip:alice@10.0.0.9");
    std::string host = host_of(key_of(1));
    for (char& c : host)
        c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(call("alice", host).status, 302);
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, a_key_name_is_asked_of_the_DHT_with_its_key_and_never_of_DNS) {
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    const auto answer = call("BOB", host_of(key_of(2)));
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
    ASSERT_EQ(dht.asked.size(), 1U);
    EXPECT_EQ(dht.asked[0].key, key_of(2));
    EXPECT_EQ(dht.asked[0].label, "bob");
    EXPECT_FALSE(dht.asked[0].fresh);
    EXPECT_THAT(dns.asked, IsEmpty());
}

TEST_F(ChainTest, a_malformed_key_name_is_404_Bad_key_name_and_nobody_is_asked) {
    std::string host = host_of(key_of(2));
    host[3] = host[3] == 'a' ? 'b' : 'a';
    const auto answer = call("bob", host);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.reason, "Bad key name");
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, another_alt_name_is_404_and_never_reaches_DNS) {
    EXPECT_EQ(call("bob", "riverside.alt").status, 404);
    EXPECT_EQ(call("bob", "alt").status, 404);
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, an_unpinned_domain_is_DNSs_and_the_DHT_is_never_asked) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dht.answer = found("sip:bob@203.0.113.6:5060;transport=udp");
    EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer = nothing(Verdict::missing, 480);
    const auto answer = call("bob", "Example.org");
    EXPECT_EQ(answer.status, 480);
    EXPECT_EQ(answer.warning, "no key known for example.org");
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, a_failing_DNS_falls_back_or_refuses_as_configured) {
    dns.answer = nothing(Verdict::failed, 504);
    EXPECT_EQ(call("bob", "example.org").warning, "no key known for example.org");
    rules.on_dns_failure = OnDnsFailure::refuse;
    EXPECT_EQ(call("bob", "example.org").status, 504);
}

TEST_F(ChainTest, with_DNS_off_a_domain_without_a_pin_has_no_key) {
    Chain chain = make(false);
    EXPECT_EQ(call(chain, question("bob", "example.org")).warning, "no key known for example.org");
}

TEST_F(ChainTest, a_pinned_domain_is_answered_by_the_pinned_key_whatever_DNS_says) {
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("bob", "pinned.test").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(dht.asked.at(0).key, key_of(2));
}

TEST_F(ChainTest, a_pinned_domain_without_a_record_is_480_and_unproven_DNS_is_only_mentioned) {
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    const auto answer = call("bob", "pinned.test");
    EXPECT_EQ(answer.status, 480);
    EXPECT_THAT(answer.contacts, IsEmpty());
    EXPECT_THAT(answer.warning, HasSubstr("unproven"));
}

TEST_F(ChainTest, a_slow_DNS_does_not_hold_up_a_pinned_domain) {
    dns.silent = true;
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("bob", "pinned.test").status, 302);
}

TEST_F(ChainTest, a_final_answer_of_the_DHT_goes_to_the_caller_as_it_is) {
    dht.answer = nothing(Verdict::refused, 410);
    EXPECT_EQ(call("bob", host_of(key_of(2))).status, 410);
    dht.answer = nothing(Verdict::failed, 504);
    EXPECT_EQ(call("bob", host_of(key_of(2))).status, 504);
    dht.answer = nothing(Verdict::missing, 480);
    dht.answer.answer.retry_after = std::chrono::seconds(30);
    EXPECT_EQ(call("bob", host_of(key_of(2))).retry_after, std::chrono::seconds(30));
}

TEST_F(ChainTest, with_the_DHT_off_a_key_name_is_504) {
    Chain chain = make(true, false);
    EXPECT_EQ(call(chain, question("bob", host_of(key_of(2)))).status, 504);
}

TEST_F(ChainTest, nobody_answers_by_the_deadline_is_504_and_a_late_answer_meets_nobody) {
    dht.silent = true;
    Chain chain = make();
    EXPECT_EQ(call(chain, question("bob", host_of(key_of(2)))).status, 504);
    EXPECT_EQ(chain.pending(), 0U);
    dht.held.at(0)(found("sip:late@192.0.2.7"));
}

TEST_F(ChainTest, an_answer_after_the_chain_is_gone_meets_nobody) {
    dht.silent = true;
    {
        Chain chain = make();
        chain.route(question("bob", host_of(key_of(2))), [](const sip::RouteAnswer&) { ADD_FAILURE(); });
    }
    dht.held.at(0)(found("sip:late@192.0.2.7"));
    loop.run();
}

TEST_F(ChainTest, a_stranger_is_routed_nowhere_but_to_our_own_users) {
    Chain chain = make();
    for (const auto& host : {std::string("example.org"), host_of(key_of(2)), std::string("pinned.test"),
                             std::string("198.51.100.1")}) {
        auto q = question("bob", host);
        q.from_own_user = false;
        EXPECT_EQ(call(chain, q).status, 403) << host;
    }
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(dht.asked, IsEmpty());
}

TEST_F(ChainTest, a_call_to_a_bare_address_is_refused_with_a_reason_and_no_loop_can_start) {
    const auto answer = call("bob", "198.51.100.1");
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.contacts, IsEmpty());
    EXPECT_FALSE(answer.warning.empty());
    EXPECT_THAT(dns.asked, IsEmpty());
}

TEST_F(ChainTest, too_many_lookups_at_once_get_503) {
    rules.max_pending = 2;
    dht.silent = true;
    Chain chain = make();
    int answers = 0;
    for (int i = 0; i < 2; ++i)
        chain.route(question("bob", host_of(key_of(2))), [&](const sip::RouteAnswer&) { ++answers; });
    int status = 0;
    chain.route(question("bob", host_of(key_of(2))), [&](const sip::RouteAnswer& a) { status = a.status; });
    EXPECT_EQ(status, 503);
    loop.run();
    EXPECT_EQ(answers, 2);
}

TEST_F(ChainTest, lookup_asks_past_the_caches_and_tells_every_step) {
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    dht.answer.verified_by = key_of(2);
    const Trace trace = look_up("bob@pinned.test");
    EXPECT_EQ(trace.steps.size(), 2U);
    EXPECT_EQ(trace.answer.status, 302);
    EXPECT_TRUE(dht.asked.at(0).fresh);
    const auto json = to_json(trace, {});
    EXPECT_EQ(json["verified_by"], crypto::encode_name(key_of(2)));
    EXPECT_EQ(json["contacts"][0]["uri"], "sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_THAT(trace_text(json), HasSubstr("A caller gets 302"));
}

TEST_F(ChainTest, lookup_shows_an_address_as_what_it_is) {
    const Trace trace = look_up("sip:bob@198.51.100.1;transport=tcp");
    EXPECT_EQ(trace.answer.contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=tcp");
    EXPECT_THAT(trace.steps.at(0).says, HasSubstr("403"));
    EXPECT_EQ(look_up("sip:bob@[2001:db8::1]:5070").answer.contacts.at(0).uri,
              "sip:bob@[2001:db8::1]:5070;transport=udp");
}

TEST_F(ChainTest, lookup_of_what_is_no_URI_is_400) {
    EXPECT_EQ(look_up("sip:").answer.status, 400);
    EXPECT_EQ(look_up("").answer.status, 400);
    EXPECT_EQ(look_up("sip:bob@exa mple").answer.status, 400);
}

TEST_F(ChainTest, a_name_inside_the_user_part_is_looked_up_for_phones_that_send_no_foreign_hosts) {
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(look_up("sip:bob%40" + host_of(key_of(2)) + "@192.0.2.1").answer.status, 302);
    EXPECT_EQ(dht.asked.at(0).label, "bob");
    EXPECT_EQ(dht.asked.at(0).key, key_of(2));
    EXPECT_EQ(look_up("sip:x%40y%40own.test@192.0.2.1").answer.status, 404);
    EXPECT_EQ(look_up("sip:%40own.test@192.0.2.1").answer.status, 404);
}

}  // namespace
}  // namespace node

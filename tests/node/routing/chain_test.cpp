// tests/node/routing/chain_test.cpp - who is asked, in which order, and whose word counts. The steps are
// scripted here; each of them has its own test against the real thing.
#include "node/routing/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "crypto/name.hpp"
#include "node/status/explain.hpp"
#include "tests/node/scratch.hpp"

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

/// A step: answers as told, or keeps silent.
struct Scripted {
    StepAnswer answer = nothing(Verdict::missing, 480);
    bool silent = false;
    std::vector<StepQuestion> asked;
};

/// The TXT of a domain, as DNS would give it.
struct ScriptedBindings {
    void bind(const crypto::PublicKey& key) {
        answer.state = KeyBinding::State::bound;
        answer.key = key;
        answer.max_age = std::chrono::hours(24);
    }
    KeyBinding answer{KeyBinding::State::absent, {}, {}, "No key in DNS.", {}};
    bool silent = false;
    std::vector<std::string> asked;
};

class ChainTest : public testing::Test, protected Chain::Directory {
protected:
    ChainTest() {
        rules.zones["riverside"] = key_of(7);
        rules.deadline = std::chrono::milliseconds(300);
        rules.joining = std::chrono::milliseconds(200);
        rules.binding_patience = rules.dht_patience = std::chrono::milliseconds(50);
        local.answer = nothing(Verdict::refused, 404);
        trust.pin("pinned.test", key_of(2), wall);
    }
    bool is_own_host(const std::string& host, std::optional<std::uint16_t>, const sip::Flow&) const override {
        return host == "192.0.2.1" || host == "own.test" || host == "localhost" || host == host_of(key_of(1));
    }
    bool is_user(const std::string& label) override { return users.contains(label); }
    crypto::PublicKey owner_of(const std::string&) const override { return key_of(1); }
    std::string clock_fault() const override { return clock_complaint; }
    std::string why_too_often(const asio::ip::address& address, const std::string& name) override {
        capped.push_back(name);
        return address.to_string() == too_often ? std::string("called too often") : std::string();
    }

    Chain make(bool with_dns = true, bool with_dht = true) {
        rules.ask_dns = with_dns;
        rules.ask_dht = with_dht;
        return Chain(rules, *this, trust, contacts);
    }
    [[nodiscard]] sip::Now now() const { return {steady, wall}; }
    void add_contact(const std::string& name, const std::string& uri, std::vector<std::uint8_t> secret = {},
                     std::optional<std::string> number = {}) {
        contacts.add({name, std::move(number), uri, std::move(secret), wall});
    }
    static sip::RouteQuestion question(const std::string& user, const std::string& host) {
        sip::RouteQuestion q;
        q.uri = "sip:" + user + "@" + host;
        q.dialled.user = user;
        q.dialled.host = host;
        q.from_own_user = true;
        return q;
    }
    void put(Chain& chain, const Chain::Question& question, Scripted& step, const char* name) {
        step.asked.push_back(question.target);
        if (step.silent) return;
        StepAnswer answer = step.answer;
        answer.step = name;
        chain.answered(question.id, question.step, answer, now());
    }
    void put(Chain& chain, const Chain::Question& question) {
        switch (question.step) {
            case Chain::StepName::local: return put(chain, question, local, "local");
            case Chain::StepName::dns: return put(chain, question, dns, "dns");
            case Chain::StepName::dht: return put(chain, question, dht, "dht");
            case Chain::StepName::key_binding: break;
        }
        bindings.asked.push_back(question.target.dialled.host);
        if (!bindings.silent) chain.key_binding_answered(question.id, bindings.answer, now());
    }
    /// Puts questions, and lets time pass, until there is nothing more to wait for.
    std::vector<Chain::Finished> run(Chain& chain) {
        std::vector<Chain::Finished> all;
        for (;;) {
            while (const auto question = chain.next_question())
                put(chain, *question);
            while (auto finished = chain.next_finished())
                all.push_back(std::move(*finished));
            const auto wake = chain.next_wake();
            if (!wake) return all;
            EXPECT_GT(*wake, steady) << "it would spin";
            steady = *wake;
            chain.on_time(now());
        }
    }
    Trace account(Chain& chain, Chain::LookupId id) {
        auto all = run(chain);
        EXPECT_EQ(all.size(), 1U) << "answered exactly once";
        if (all.empty()) return {};
        EXPECT_EQ(all[0].id, id);
        EXPECT_EQ(chain.pending(), 0U);
        return std::move(all[0].trace);
    }
    sip::RouteAnswer call(Chain& chain, const sip::RouteQuestion& q) {
        return account(chain, chain.route(q, now())).answer;
    }
    sip::RouteAnswer call(const std::string& user, const std::string& host) {
        Chain chain = make();
        return call(chain, question(user, host));
    }
    Trace look_up(const std::string& uri) {
        Chain chain = make();
        return account(chain, chain.lookup(uri, {}, now()));
    }

    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    std::chrono::steady_clock::time_point steady{std::chrono::hours(1)};
    std::chrono::sys_seconds wall{std::chrono::seconds(1'800'000'000)};
    TrustTable trust{database, {}, wall};
    ContactTable contacts{database};
    std::set<std::string> users;
    std::string clock_complaint, too_often;
    std::vector<std::string> capped;
    ChainRules rules;
    Scripted local, dns, dht;
    ScriptedBindings bindings;
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

TEST_F(ChainTest, a_name_of_the_DHT_alone_has_the_time_that_joining_takes_and_a_domain_has_not) {
    dht.silent = dns.silent = true;
    Chain chain = make();
    auto asked_at = steady;
    for (const auto& host : {host_of(key_of(2)), std::string("riverside")}) {
        EXPECT_EQ(call(chain, question("bob", host)).status, 504);
        EXPECT_EQ(steady - std::exchange(asked_at, steady), rules.deadline + rules.joining) << host;
    }
    EXPECT_EQ(call(chain, question("bob", "example.org")).status, 504);
    EXPECT_LE(steady - asked_at, rules.deadline);
}

TEST_F(ChainTest, nobody_answers_by_the_deadline_is_504_and_a_late_answer_meets_nobody) {
    dht.silent = true;
    Chain chain = make();
    const auto id = chain.route(question("bob", host_of(key_of(2))), now());
    EXPECT_EQ(account(chain, id).answer.status, 504);
    EXPECT_EQ(chain.pending(), 0U);
    chain.answered(id, Chain::StepName::dht, found("sip:late@192.0.2.7"), now());
    EXPECT_FALSE(chain.next_finished());
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

TEST_F(ChainTest, a_bare_address_in_a_mesh_prefix_is_called_by_our_own_users_alone) {
    rules.mesh = {overlay::Prefix(asio::ip::make_address("10.0.0.0"), 8),
                  overlay::Prefix(asio::ip::make_address("fd00::"), 8)};
    Chain chain = make();
    for (const auto& [host, contact] :
         {std::pair("10.180.1.75", "sip:bob@10.180.1.75:5060;transport=udp"),
          std::pair("fd00::7", "sip:bob@[fd00::7]:5060;transport=udp"),
          std::pair("::ffff:10.1.1.1", "sip:bob@[::ffff:10.1.1.1]:5060;transport=udp")}) {
        const auto answer = call(chain, question("bob", host));
        EXPECT_EQ(answer.status, 302) << host;
        ASSERT_EQ(answer.contacts.size(), 1U) << host;
        EXPECT_EQ(answer.contacts[0].uri, contact);
        auto stranger = question("bob", host);
        stranger.from_own_user = false;
        EXPECT_EQ(call(chain, stranger).status, 403) << host;
    }
    auto mail = question("bob", "10.180.1.75");
    mail.dialled.port = 25;
    EXPECT_EQ(call(chain, mail).status, 403) << "no phone's port";
    EXPECT_EQ(call(chain, question("bob", "11.0.0.1")).status, 403);
    EXPECT_THAT(capped, testing::Contains("bob@10.180.1.75")) << "counted as every other target";
}

TEST_F(ChainTest, who_is_turned_away_hears_what_DNS_came_to) {
    dns.answer = nothing(Verdict::failed, 480);
    dns.answer.answer.warning = "DNS failed for example.org (SERVFAIL)";
    EXPECT_EQ(call("bob", "example.org").warning,
              "DNS failed for example.org (SERVFAIL); no key known for example.org");
    rules.on_dns_failure = OnDnsFailure::refuse;
    EXPECT_EQ(call("bob", "example.org").warning, "DNS failed for example.org (SERVFAIL)");
}

TEST_F(ChainTest, too_many_lookups_at_once_get_503) {
    rules.max_pending = 2;
    dht.silent = true;
    Chain chain = make();
    for (int i = 0; i < 2; ++i)
        chain.route(question("bob", host_of(key_of(2))), now());
    const auto third = chain.route(question("bob", host_of(key_of(2))), now());
    const auto busy = chain.next_finished();
    ASSERT_TRUE(busy);
    EXPECT_EQ(busy->id, third);
    EXPECT_EQ(busy->trace.answer.status, 503);
    EXPECT_EQ(run(chain).size(), 2U);
}

TEST_F(ChainTest, lookup_asks_past_the_caches_and_tells_every_step) {
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    dht.answer.verified_by = key_of(2);
    const Trace trace = look_up("bob@pinned.test");
    EXPECT_EQ(trace.steps.size(), 3U);  // DNS, the TXT that may bind, the DHT
    EXPECT_EQ(trace.answer.status, 302);
    EXPECT_TRUE(dht.asked.at(0).fresh);
    const auto report = report_of(trace, {});
    const nlohmann::ordered_json json = report;
    EXPECT_EQ(json["verified_by"], crypto::encode_name(key_of(2)));
    EXPECT_EQ(json["contacts"][0]["uri"], "sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_THAT(trace_text(report), HasSubstr("A caller gets 302"));
}

TEST_F(ChainTest, lookup_says_of_a_bare_address_what_becomes_of_a_call_to_it) {
    const Trace refused = look_up("sip:bob@198.51.100.1;transport=tcp");
    EXPECT_EQ(refused.answer.status, 403) << "not: it goes there, and is refused with 403";
    EXPECT_THAT(refused.answer.contacts, IsEmpty());
    EXPECT_THAT(refused.steps.at(0).sentence, HasSubstr("mesh.prefixes alone"));
    EXPECT_THAT(look_up("fd00::7").steps.at(0).sentence, HasSubstr("fd00::7 is an address, and nobody"));
    rules.mesh = {overlay::Prefix(asio::ip::make_address("2001:db8::"), 32)};
    EXPECT_EQ(look_up("sip:bob@[2001:db8::1]:5070").answer.contacts.at(0).uri,
              "sip:bob@[2001:db8::1]:5070;transport=udp");
}

TEST_F(ChainTest, lookup_of_what_is_no_URI_is_400) {
    EXPECT_EQ(look_up("sip:").answer.status, 400);
    EXPECT_EQ(look_up("").answer.status, 400);
    EXPECT_EQ(look_up("sip:bob@exa mple").answer.status, 400);
    const Trace trace = look_up("sip:http://foo");
    EXPECT_EQ(trace.answer.status, 400);
    EXPECT_THAT(trace.steps.at(0).sentence, HasSubstr("no SIP address"));
}

TEST_F(ChainTest, a_name_inside_the_user_part_is_looked_up_for_phones_that_send_no_foreign_hosts) {
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(look_up("sip:bob%40" + host_of(key_of(2)) + "@192.0.2.1").answer.status, 302);
    EXPECT_EQ(dht.asked.at(0).label, "bob");
    EXPECT_EQ(dht.asked.at(0).key, key_of(2));
    EXPECT_EQ(look_up("sip:x%40y%40own.test@192.0.2.1").answer.status, 404);
    EXPECT_EQ(look_up("sip:%40own.test@192.0.2.1").answer.status, 404);
}

// ---- bound domains: DNSSEC, first use, and who wants to change them

TEST_F(ChainTest, a_TXT_that_DNSSEC_proves_binds_the_domain_and_the_DHT_answers_by_that_key) {
    bindings.bind(key_of(3));
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(dht.asked.at(0).key, key_of(3));
    EXPECT_EQ(trust.find("example.org", wall)->source, TrustSource::dnssec);
}

TEST_F(ChainTest, a_DNSSEC_binding_outlives_DNS_whether_it_is_dead_seized_bogus_or_lying) {
    bindings.bind(key_of(3));
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    ASSERT_EQ(call("bob", "example.org").status, 302);
    for (const auto state : {KeyBinding::State::failed, KeyBinding::State::absent, KeyBinding::State::bogus,
                             KeyBinding::State::insecure}) {
        bindings.answer = {state, {}, {}, "", {}};
        for (const auto& answer : {nothing(Verdict::failed, 504), nothing(Verdict::missing, 480),
                                   found("sip:bob@198.51.100.66:5060;transport=udp")}) {
            dns.answer = answer;
            EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
        }
    }
    EXPECT_EQ(trust.find("example.org", wall)->key, key_of(3));
}

TEST_F(ChainTest, a_bound_domain_takes_a_DNS_answer_only_when_it_proves_itself) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.secure = true;  // DNSSEC all the way
    EXPECT_EQ(call("bob", "pinned.test").contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.secure = false;
    dns.answer.edge_key = key_of(2);  // the host proves the pinned key
    EXPECT_EQ(call("bob", "pinned.test").contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.edge_key = key_of(5);
    const auto answer = call("bob", "pinned.test");
    EXPECT_EQ(answer.status, 480);
    EXPECT_THAT(answer.warning, HasSubstr("unproven"));
    EXPECT_FALSE(trust.find("pinned.test", wall)->new_key) << "a lying DNS cannot block a pinned domain";
}

TEST_F(ChainTest, a_record_of_the_DHT_is_preferred_to_a_DNS_answer_that_proves_itself_when_it_comes_soon) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.secure = true;
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("bob", "pinned.test").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
    dht.silent = true;
    EXPECT_EQ(call("bob", "pinned.test").contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=udp");
}

TEST_F(ChainTest, the_key_that_the_host_proves_on_the_first_call_serves_when_DNS_is_gone) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.edge_key = key_of(4);
    EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@198.51.100.1:5060;transport=udp");
    EXPECT_THAT(dht.asked, IsEmpty());
    EXPECT_EQ(trust.find("example.org", wall)->source, TrustSource::first_use);
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    for (const auto verdict : {Verdict::missing, Verdict::failed}) {
        dns.answer = nothing(verdict, 480);
        EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
        EXPECT_EQ(dht.asked.back().key, key_of(4));
    }
    // DNS leads elsewhere, and nobody there proves the key: the DHT is asked, the stranger not given.
    dns.answer = found("sip:bob@198.51.100.66:5060;transport=udp");
    EXPECT_EQ(call("bob", "example.org").contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
}

TEST_F(ChainTest, another_key_than_the_first_one_seen_is_403_until_the_person_decides) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.edge_key = key_of(4);
    ASSERT_EQ(call("bob", "example.org").status, 302);
    dns.answer.edge_key = key_of(5);
    for (int i = 0; i < 2; ++i) {
        const auto answer = call("bob", "example.org");
        EXPECT_EQ(answer.status, 403);
        EXPECT_EQ(answer.reason, "Key changed");
        EXPECT_THAT(answer.contacts, IsEmpty());
    }
    ASSERT_TRUE(trust.accept("example.org", wall));
    EXPECT_EQ(call("bob", "example.org").status, 302);
}

TEST_F(ChainTest, a_key_that_was_rejected_stays_so_when_the_binding_has_aged_out) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    dns.answer.edge_key = key_of(4);
    ASSERT_EQ(call("bob", "example.org").status, 302);
    dns.answer.edge_key = key_of(5);
    ASSERT_EQ(call("bob", "example.org").status, 403);
    ASSERT_TRUE(trust.reject("example.org"));
    wall += std::chrono::days(400);
    ASSERT_FALSE(trust.find("example.org", wall));
    const auto answer = call("bob", "example.org");
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.reason, "Key rejected");
}

TEST_F(ChainTest, a_DNSSEC_key_that_differs_from_the_pin_is_403_and_explained_and_a_rejected_one_is_ignored) {
    bindings.bind(key_of(6));
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    const auto answer = call("bob", "pinned.test");
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.reason, "Key changed");
    const std::string text = explanation(report_of(look_up("bob@pinned.test"), wall));
    EXPECT_THAT(text, HasSubstr("The key of pinned.test has changed"));
    EXPECT_THAT(text, HasSubstr("hedgewitch trust accept pinned.test"));
    ASSERT_TRUE(trust.reject("pinned.test"));
    EXPECT_EQ(call("bob", "pinned.test").status, 302);
    EXPECT_EQ(dht.asked.back().key, key_of(2));
}

TEST_F(ChainTest, a_TXT_that_never_comes_costs_its_patience_and_not_the_call) {
    bindings.silent = true;
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    EXPECT_EQ(call("bob", "example.org").status, 302);
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("bob", "pinned.test").status, 302);
}

// ---- zones and delegations

StepAnswer delegated(const crypto::PublicKey& from, const crypto::PublicKey& to) {
    StepAnswer step = found("sip:alice@192.0.2.9:5060;transport=udp");
    step.delegations.push_back({from, to});
    step.verified_by = to;
    return step;
}

TEST_F(ChainTest, a_zone_is_answered_by_its_key_and_never_by_DNS) {
    dht.answer = delegated(key_of(7), key_of(8));
    EXPECT_EQ(call("alice", "Riverside").status, 302);
    EXPECT_EQ(dht.asked.at(0).key, key_of(7));
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(bindings.asked, IsEmpty());
    EXPECT_EQ(trust.find("alice@riverside", wall)->key, key_of(8));
    EXPECT_EQ(trust.find("alice@riverside", wall)->source, TrustSource::authority);
}

TEST_F(ChainTest, a_zone_that_names_another_key_for_a_known_label_is_403_until_the_person_decides) {
    dht.answer = delegated(key_of(7), key_of(8));
    ASSERT_EQ(call("alice", "riverside").status, 302);
    dht.answer = delegated(key_of(7), key_of(9));
    EXPECT_EQ(call("alice", "riverside").reason, "Key changed");
    EXPECT_EQ(call("alice", "riverside").status, 403);
    ASSERT_TRUE(trust.reject("alice@riverside"));
    EXPECT_EQ(call("alice", "riverside").reason, "Key rejected") << "the zone still names the rejected key";
    dht.answer = delegated(key_of(7), key_of(8));
    EXPECT_EQ(call("alice", "riverside").status, 302);
}

TEST_F(ChainTest, a_zone_that_answers_itself_for_whom_it_delegated_is_a_changed_key_too) {
    dht.answer = delegated(key_of(7), key_of(8));
    ASSERT_EQ(call("alice", "riverside").status, 302);
    dht.answer = found("sip:alice@192.0.2.66:5060;transport=udp");
    EXPECT_EQ(call("alice", "riverside").status, 403);
}

TEST_F(ChainTest, a_node_that_a_zone_has_certified_neither_takes_a_delegation_back_nor_changes_the_key) {
    dht.answer = delegated(key_of(7), key_of(8));
    ASSERT_EQ(call("alice", "riverside").status, 302);
    const auto before = trust.find("alice@riverside", wall);
    dht.answer = found("sip:alice@192.0.2.66:5060;transport=udp");
    dht.answer.by_owner = false;
    EXPECT_EQ(call("alice", "riverside").status, 480) << "not to the thief, and no `Key changed`";
    EXPECT_EQ(trust.find("alice@riverside", wall), before);
    dht.answer = delegated(key_of(7), key_of(8));
    EXPECT_EQ(call("alice", "riverside").status, 302) << "the owner himself is still called";
}

// ---- contacts

TEST_F(ChainTest, a_petname_and_its_number_lead_to_the_contact_for_our_own_callers_alone) {
    const std::vector<std::uint8_t> secret(16, 0x5a);
    add_contact("mum", "sip:alice@" + host_of(key_of(2)), secret, "12");
    dht.answer = found("sip:alice@192.0.2.7:5060;transport=udp");
    for (const std::string dialled : {"mum", "Mum", "12"}) {
        auto q = question(dialled, "192.0.2.1");
        q.host_is_own = true;
        Chain chain = make();
        EXPECT_EQ(call(chain, q).contacts.at(0).uri, "sip:alice@192.0.2.7:5060;transport=udp") << dialled;
        EXPECT_EQ(dht.asked.back().label, "alice");
        EXPECT_EQ(dht.asked.back().secret, secret);
        q.from_own_user = false;
        EXPECT_EQ(call(chain, q).status, 404) << "a stranger learns nothing of our contacts";
    }
}

TEST_F(ChainTest, the_full_name_of_a_contact_is_asked_for_with_its_invite_and_the_trace_keeps_the_secret) {
    const std::vector<std::uint8_t> secret(16, 0x5a);
    add_contact("mum", "sip:alice@" + host_of(key_of(2)), secret);
    dht.answer = found("sip:alice@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(call("alice", host_of(key_of(2))).status, 302);
    EXPECT_EQ(dht.asked.back().secret, secret);
    EXPECT_EQ(call("carol", host_of(key_of(2))).status, 302);
    EXPECT_THAT(dht.asked.back().secret, IsEmpty());
    const auto report = report_of(look_up("mum"), wall);
    const nlohmann::ordered_json json = report;
    EXPECT_EQ(json["status"], 302);
    EXPECT_THAT(json.dump() + explanation(report), testing::Not(HasSubstr("5a5a")));
    EXPECT_THAT(json.dump(), testing::Not(HasSubstr("ZZZZ"))) << "0x5a is Z";
}

TEST_F(ChainTest, a_name_that_is_a_user_and_a_contact_is_485) {
    add_contact("mum", "sip:alice@" + host_of(key_of(2)));
    users.insert("mum");
    auto q = question("mum", "192.0.2.1");
    q.host_is_own = true;
    Chain chain = make();
    EXPECT_EQ(call(chain, q).status, 485);
    q.from_own_user = false;
    local.answer = found("sip:mum@10.0.0.9");
    EXPECT_EQ(call(chain, q).status, 302) << "for a stranger there is only the user";
}

TEST_F(ChainTest, a_contact_at_a_domain_is_found_as_the_domain_is_and_one_at_an_address_is_given) {
    add_contact("office", "sip:desk@example.org");
    add_contact("door", "sip:bell@192.0.2.44:5070");
    dns.answer = found("sip:desk@198.51.100.1:5060;transport=udp");
    EXPECT_EQ(look_up("office").answer.contacts.at(0).uri, "sip:desk@198.51.100.1:5060;transport=udp");
    auto q = question("door", "192.0.2.1");
    q.host_is_own = true;
    Chain chain = make();
    EXPECT_EQ(call(chain, q).contacts.at(0).uri, "sip:bell@192.0.2.44:5070;transport=udp");
}

TEST_F(ChainTest, a_user_whose_phone_is_not_here_is_looked_for_at_the_owners_other_nodes) {
    users.insert("alice");
    local.answer = nothing(Verdict::missing, 480);
    dht.answer = found("sip:alice@192.0.2.8:5060;transport=udp");
    auto q = question("alice", "192.0.2.1");
    q.host_is_own = true;
    Chain chain = make();
    EXPECT_EQ(call(chain, q).contacts.at(0).uri, "sip:alice@192.0.2.8:5060;transport=udp");
    EXPECT_EQ(dht.asked.at(0).key, key_of(1));
    dht.answer = nothing(Verdict::failed, 504);
    EXPECT_EQ(call(chain, q).status, 480);
    q.from_own_user = false;
    dht.asked.clear();
    EXPECT_EQ(call(chain, q).status, 480);
    EXPECT_THAT(dht.asked, IsEmpty()) << "a stranger cannot make us search";
}

// ---- clock, cap, other scripts

TEST_F(ChainTest, an_implausible_clock_is_500_for_others_and_no_matter_for_our_own_phones) {
    clock_complaint = "The clock says 1970.";
    for (const auto& host : {host_of(key_of(2)), std::string("example.org"), std::string("riverside")}) {
        const auto answer = call("bob", host);
        EXPECT_EQ(answer.status, 500) << host;
        EXPECT_EQ(answer.warning, clock_complaint);
    }
    EXPECT_THAT(dns.asked, IsEmpty());
    EXPECT_THAT(dht.asked, IsEmpty());
    local.answer = found("sip:alice@10.0.0.9");
    EXPECT_EQ(call("alice", host_of(key_of(1))).status, 302);
}

TEST_F(ChainTest, a_contact_that_was_given_too_often_is_left_out_and_the_last_one_makes_480) {
    dht.answer = found("sip:bob@192.0.2.7:5060;transport=udp");
    dht.answer.answer.contacts.push_back({"sip:bob@192.0.2.8:5060;transport=udp", 0.5});
    too_often = "192.0.2.7";
    EXPECT_EQ(call("bob", host_of(key_of(2))).contacts.at(0).uri, "sip:bob@192.0.2.8:5060;transport=udp");
    EXPECT_EQ(capped.at(0), "bob@" + host_of(key_of(2)));
    dht.answer.answer.contacts.resize(1);
    const auto answer = call("bob", host_of(key_of(2)));
    EXPECT_EQ(answer.status, 480);
    EXPECT_THAT(answer.warning, HasSubstr("called too often"));
    EXPECT_TRUE(answer.retry_after);
    capped.clear();
    EXPECT_EQ(look_up("bob@" + host_of(key_of(2))).answer.status, 302);
    EXPECT_THAT(capped, IsEmpty()) << "who asks does not count as a call";
}

TEST_F(ChainTest, a_domain_in_another_script_is_asked_as_DNS_wants_it) {
    dns.answer = found("sip:bob@198.51.100.1:5060;transport=udp");
    EXPECT_EQ(call("bob", "bücher.example").status, 302);
    EXPECT_EQ(dns.asked.at(0).dialled.host, "xn--bcher-kva.example");
    EXPECT_EQ(call("bob", "\xff.example").status, 404);
}

}  // namespace
}  // namespace node

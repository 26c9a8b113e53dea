// tests/node/routing/domain_policy_test.cpp - whose word counts about a domain, one line a case.
#include "node/routing/domain_policy.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace node {
namespace {

using std::chrono::milliseconds;

constexpr crypto::PublicKey ours{1}, other{2};  // the bound key, and one that is not

/// DNS has answered after 100 ms, the DHT (asked at once) after 200 ms, the TXT after 50 ms.
struct Case {
    std::string_view bound;  // "" | first_use | dnssec | pin | authority; with "!": another key waits
    std::string_view dns;    // off | open | missing | failed | final | found | secure | proves | proves_other
    std::string_view dht;    // "" (not asked) | open | missing | failed | final | found
    std::string_view txt;    // off | open | in
    int elapsed;
    std::string_view decision;
};

StepAnswer answer(std::string_view what, int found_status) {
    StepAnswer step;
    const bool is_found = what == "found" || what == "secure" || what.starts_with("proves");
    step.verdict = is_found            ? Verdict::found
                   : what == "missing" ? Verdict::missing
                   : what == "failed"  ? Verdict::failed
                                       : Verdict::refused;
    step.answer.status = found_status;  // tells whose answer it is
    step.secure = what == "secure";
    if (what == "proves") step.edge_key = ours;
    if (what == "proves_other") step.edge_key = other;
    return step;
}

constexpr int of_dns = 302, of_dht = 410;  // only to be told apart

Evidence evidence(const Case& c) {
    Evidence e;
    e.domain = "example.org";
    e.elapsed = milliseconds(c.elapsed);
    if (!c.bound.empty()) {
        TrustEntry entry;
        entry.name = e.domain;
        entry.key = ours;
        const auto source = c.bound.substr(0, c.bound.find('!'));
        entry.source = source == "pin"         ? TrustSource::pin
                       : source == "dnssec"    ? TrustSource::dnssec
                       : source == "authority" ? TrustSource::authority
                                               : TrustSource::first_use;
        if (c.bound.ends_with('!')) entry.new_key = other;
        e.bound = entry;
    }
    if (c.dns != "off") e.dns.ask(milliseconds(0));
    if (e.dns.asked && c.dns != "open") e.dns.answered(answer(c.dns, of_dns), milliseconds(100));
    if (!c.dht.empty()) e.dht.ask(milliseconds(0));
    if (e.dht.asked && c.dht != "open") e.dht.answered(answer(c.dht, of_dht), milliseconds(200));
    if (c.txt != "off") e.binding.ask(milliseconds(0));
    if (c.txt == "in") e.binding.answered({}, milliseconds(50));
    return e;
}

std::string text(const Decision& decision) {
    if (std::holds_alternative<AskDht>(decision)) {
        EXPECT_EQ(std::get<AskDht>(decision).key, ours);
        return "ask dht";
    }
    if (const auto* wait = std::get_if<WaitUntil>(&decision))
        return wait->elapsed == WaitUntil{}.elapsed ? "wait"
                                                    : "wait " + std::to_string(wait->elapsed.count());
    const auto& given = std::get<Answer>(decision).answer;
    if (given.status == of_dns) return "dns";
    if (given.status == of_dht && given.warning.starts_with("DNS has an unproven answer"))
        return "dht, unproven dns";
    if (given.status == of_dht) return "dht";
    if (given.status == 480) return given.warning;
    return std::to_string(given.status) + " " + (given.reason.empty() ? given.warning : given.reason);
}

// clang-format off
constexpr Case cases[] = {
    // bound       dns            dht        txt     ms    decision
    // ---- no key is bound: DNS, and nobody else
    {"",           "open",        "",        "open",   10, "wait"},
    {"",           "found",       "",        "in",    100, "dns"},
    {"",           "secure",      "",        "in",    100, "dns"},
    {"",           "found",       "",        "open",  100, "wait 800"},   // a TXT may still bind
    {"",           "found",       "",        "open",  799, "wait 800"},
    {"",           "found",       "",        "open",  800, "dns"},        // its patience is over
    {"",           "final",       "",        "in",    100, "dns"},
    {"",           "missing",     "",        "open",  100, "wait 800"},
    {"",           "missing",     "",        "in",    100, "no key known for example.org"},
    {"",           "failed",      "",        "in",    100, "no key known for example.org"},
    {"",           "off",         "",        "off",     0, "no key known for example.org"},
    // ---- pin, DNSSEC, authority: the DHT by that key, or DNS that proves itself
    {"pin",        "open",        "",        "open",    0, "ask dht"},
    {"dnssec",     "found",       "",        "in",    100, "ask dht"},
    {"authority",  "off",         "",        "off",     0, "ask dht"},
    {"pin",        "open",        "open",    "open",    0, "wait"},
    {"pin",        "open",        "found",   "in",    200, "dht"},
    {"pin",        "open",        "found",   "open",  200, "wait 900"},   // a TXT may name another key
    {"pin",        "open",        "found",   "open",  900, "dht"},
    {"pin",        "open",        "final",   "in",    200, "dht"},
    {"pin",        "found",       "found",   "in",    200, "dht"},        // whatever DNS says
    {"pin",        "secure",      "found",   "in",    200, "dht"},
    {"pin",        "secure",      "open",    "in",    100, "wait 1600"},  // the DHT knows more
    {"pin",        "secure",      "open",    "in",   1600, "dns"},
    {"dnssec",     "proves",      "open",    "in",   1600, "dns"},
    {"dnssec",     "proves",      "open",    "open", 1600, "wait 2300"},
    {"pin",        "secure",      "missing", "in",    200, "dns"},
    {"pin",        "secure",      "failed",  "open",  200, "wait 900"},
    {"pin",        "proves",      "failed",  "in",    200, "dns"},
    {"pin",        "found",       "open",    "in",    100, "wait"},
    {"pin",        "open",        "missing", "in",    200, "wait"},
    {"pin",        "found",       "missing", "in",    200, "dht, unproven dns"},
    {"pin",        "proves_other","missing", "in",    200, "dht, unproven dns"},
    {"dnssec",     "missing",     "missing", "in",    200, "dht"},
    {"dnssec",     "failed",      "failed",  "in",    200, "dht"},
    {"dnssec",     "failed",      "failed",  "open",  200, "wait 900"},
    {"pin",        "off",         "failed",  "off",   200, "dht"},
    // ---- first use: DNS first, when the host proves the key; the DHT when it does not
    {"first_use",  "open",        "",        "open",    0, "wait"},
    {"first_use",  "proves",      "",        "in",    100, "dns"},
    {"first_use",  "secure",      "",        "in",    100, "dns"},
    {"first_use",  "proves",      "",        "open",  100, "wait 800"},
    {"first_use",  "found",       "",        "in",    100, "ask dht"},
    {"first_use",  "missing",     "",        "open",  100, "ask dht"},
    {"first_use",  "failed",      "",        "in",    100, "ask dht"},
    {"first_use",  "off",         "",        "off",     0, "ask dht"},
    {"first_use",  "found",       "found",   "in",    200, "dht"},
    {"first_use",  "found",       "missing", "in",    200, "dht, unproven dns"},
    {"first_use",  "missing",     "failed",  "in",    200, "dht"},
    // ---- another key waits for the person
    {"pin!",       "open",        "",        "open",    0, "403 Key changed"},
    {"first_use!", "proves",      "",        "in",    100, "403 Key changed"},
    {"dnssec!",    "secure",      "found",   "in",    200, "403 Key changed"},
};
// clang-format on

TEST(DomainPolicy, says_whose_word_counts) {
    for (const Case& c : cases) {
        EXPECT_EQ(text(decide(evidence(c), {})), c.decision)
            << "bound: " << c.bound << ", dns: " << c.dns << ", dht: " << c.dht << ", txt: " << c.txt
            << ", after " << c.elapsed << " ms";
    }
}

TEST(DomainPolicy, a_failing_DNS_refuses_the_call_where_that_is_configured) {
    ChainRules rules;
    rules.on_dns_failure = OnDnsFailure::refuse;
    EXPECT_EQ(text(decide(evidence({"", "failed", "", "in", 100, {}}), rules)),
              "504 DNS failed for example.org");
    EXPECT_EQ(text(decide(evidence({"", "missing", "", "in", 100, {}}), rules)),
              "no key known for example.org");
    EXPECT_EQ(text(decide(evidence({"pin", "failed", "found", "in", 200, {}}), rules)), "dht");
}

TEST(DomainPolicy, a_key_that_the_person_has_rejected_is_403_at_once) {
    Evidence e = evidence({"", "proves_other", "", "open", 100, {}});
    e.rejected = true;
    EXPECT_EQ(text(decide(e, {})), "403 Key rejected");
    e.whole_account = true;
    EXPECT_EQ(text(decide(e, {})), "403 Key rejected");
}

TEST(DomainPolicy, who_wants_to_know_all_waits_for_all_and_gets_the_same_answer) {
    for (const Case& c : cases) {
        Evidence e = evidence(c);
        e.whole_account = true;
        const std::string decision = text(decide(e, {}));
        const bool open = e.dns.is_open() || e.dht.is_open() || e.binding.is_open();
        if (open || (c.bound.ends_with('!') && decision == "ask dht")) {
            EXPECT_TRUE(decision == "wait" || decision == "ask dht") << decision;
        } else {
            EXPECT_EQ(decision, c.decision) << c.bound << ", " << c.dns << ", " << c.dht;
        }
    }
}

TEST(DomainPolicy, the_DHT_has_its_patience_from_when_it_was_asked) {
    Evidence e = evidence({"dnssec", "secure", "", "in", 600, {}});
    e.dht.ask(milliseconds(600));  // a TXT that came after DNS has bound the domain
    EXPECT_EQ(text(decide(e, {})), "wait 2100");
}

}  // namespace
}  // namespace node

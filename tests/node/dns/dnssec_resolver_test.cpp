// tests/node/dns/dnssec_resolver_test.cpp - the rules with replies and time handed in: which client is asked,
// and what silence, SERVFAIL and a bogus answer lead to.
#include "node/dns/dnssec_resolver.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using Client = DnssecResolver::Client;

struct DnssecResolverTest : testing::Test {
    void start(Dnssec dnssec) {
        DnssecRules rules;
        rules.dnssec = dnssec;
        resolver.emplace(rules);
        resolver->servers_changed(now);
        obey();
    }
    /// What the driver does, without clients.
    void obey() {
        while (const auto command = resolver->next_command()) {
            if (const auto* put = std::get_if<DnssecResolver::Put>(&*command)) puts.push_back(*put);
            if (const auto* why = std::get_if<DnssecResolver::AskWhy>(&*command)) whys.push_back(why->id);
            if (const auto* end = std::get_if<DnssecResolver::EndCheck>(&*command)) used = end->use;
            if (std::holds_alternative<DnssecResolver::LookForServers>(*command)) ++looks;
            if (std::holds_alternative<DnssecResolver::StartCheck>(*command)) {
                ++checks;
                if (anchor) {
                    resolver->check_begun({"."}, now);
                } else {
                    resolver->check_failed("no anchor", false, now);
                }
            }
        }
    }
    QuestionId ask(const std::string& name) {
        const auto id = resolver->ask(name, DnsType::a, now);
        obey();
        return id;
    }
    void reply(QuestionId id, DnsStatus status, DnsSecurity security = DnsSecurity::insecure) {
        DnsReply given;
        given.status = status;
        given.security = security;
        resolver->replied(id, given, now);
        obey();
    }
    void wait_until_woken() {
        ASSERT_TRUE(resolver->next_wake());
        now = *resolver->next_wake();
        resolver->on_time(now);
        obey();
    }
    DnsStatus answer_to(QuestionId id) {
        const auto answer = resolver->next_answer();
        EXPECT_TRUE(answer && answer->id == id);
        return answer ? answer->reply.status : DnsStatus::silent;
    }

    DnssecResolver::Time now{1h};
    std::optional<DnssecResolver> resolver;
    std::vector<DnssecResolver::Put> puts;
    std::vector<QuestionId> whys;
    std::optional<bool> used;
    bool anchor = true;
    int checks = 0, looks = 0;
};

TEST_F(DnssecResolverTest, off_asks_plainly_and_checks_nothing) {
    start(Dnssec::off);
    const auto id = ask("example.org");
    ASSERT_EQ(puts.size(), 1U);
    EXPECT_EQ(puts[0].client, Client::plain);
    reply(id, DnsStatus::found);
    EXPECT_EQ(answer_to(id), DnsStatus::found);
    EXPECT_EQ(checks, 0);
}

TEST_F(DnssecResolverTest, questions_wait_for_the_check_and_are_validated_when_it_is_good) {
    start(Dnssec::automatic);
    ask("example.org");
    ASSERT_EQ(puts.size(), 1U) << "the check's own";
    EXPECT_EQ(puts[0].client, Client::checking);
    reply(puts[0].id, DnsStatus::found, DnsSecurity::secure);
    EXPECT_EQ(resolver->state(), DnssecState::validating);
    EXPECT_EQ(used, true);
    ASSERT_EQ(puts.size(), 2U);
    EXPECT_EQ(puts[1].client, Client::validating);
}

TEST_F(DnssecResolverTest, a_check_that_takes_too_long_lets_them_through_plainly) {
    start(Dnssec::automatic);
    ask("example.org");
    while (puts.size() < 2 && now < DnssecResolver::Time{1h} + 2s)
        wait_until_woken();
    ASSERT_EQ(puts.size(), 2U);
    EXPECT_EQ(puts[1].client, Client::plain);
    EXPECT_EQ(resolver->state(), DnssecState::checking);
}

TEST_F(DnssecResolverTest, a_check_that_fails_is_plain_with_a_reason_and_repeated_after_a_minute) {
    start(Dnssec::automatic);
    reply(puts.at(0).id, DnsStatus::bogus);
    EXPECT_EQ(resolver->state(), DnssecState::unavailable);
    EXPECT_FALSE(resolver->trouble().empty());
    ask("example.org");
    EXPECT_EQ(puts.back().client, Client::plain);
    EXPECT_EQ(checks, 1);
    now += 60s;
    ask("example.org");
    EXPECT_EQ(checks, 2);
}

TEST_F(DnssecResolverTest, required_and_without_an_anchor_nothing_is_asked) {
    anchor = false;
    start(Dnssec::require);
    const auto id = ask("example.org");
    EXPECT_TRUE(puts.empty());
    EXPECT_EQ(answer_to(id), DnsStatus::error);
    EXPECT_EQ(resolver->trouble(), "no anchor");
}

TEST_F(DnssecResolverTest, a_bogus_answer_is_a_failure_and_gives_reason_to_check_again) {
    start(Dnssec::automatic);
    reply(puts.at(0).id, DnsStatus::found, DnsSecurity::secure);
    now += 61s;
    const auto id = ask("example.org");
    reply(id, DnsStatus::bogus, DnsSecurity::bogus);
    EXPECT_EQ(answer_to(id), DnsStatus::bogus);
    EXPECT_EQ(checks, 2);
    EXPECT_EQ(resolver->state(), DnssecState::validating) << "until the check says otherwise";
}

TEST_F(DnssecResolverTest, the_servers_are_asked_why_it_is_SERVFAIL) {
    start(Dnssec::off);
    const auto refused = ask("a.test"), gone = ask("b.test"), failed = ask("c.test");
    for (const auto id : {refused, gone, failed})
        reply(id, DnsStatus::servfail);
    EXPECT_EQ(whys, (std::vector<QuestionId>{refused, gone, failed}));
    resolver->pinged(refused, {false, 5, "192.0.2.53:53"}, now);
    resolver->pinged(gone, {true, {}, "192.0.2.53:53"}, now);
    resolver->pinged(failed, {}, now);
    EXPECT_EQ(answer_to(refused), DnsStatus::refused);
    EXPECT_EQ(answer_to(gone), DnsStatus::unreachable);
    EXPECT_EQ(answer_to(failed), DnsStatus::servfail);
}

TEST_F(DnssecResolverTest, servers_that_are_not_there_end_all_questions_asked_before_it_was_found_out) {
    start(Dnssec::off);
    const auto first = ask("a.test"), second = ask("b.test");
    wait_until_woken();
    ASSERT_EQ(looks, 1);
    const auto third = ask("c.test");
    resolver->servers_pinged({true, {}, "192.0.2.53:53"}, now);
    EXPECT_EQ(answer_to(first), DnsStatus::unreachable);
    EXPECT_EQ(answer_to(second), DnsStatus::unreachable);
    EXPECT_FALSE(resolver->next_answer()) << "the third was asked later";
    resolver->cancel(third);
}

TEST_F(DnssecResolverTest, a_name_below_alt_reaches_no_client) {
    start(Dnssec::off);
    const auto id = ask("bob.alt");
    EXPECT_TRUE(puts.empty());
    EXPECT_EQ(answer_to(id), DnsStatus::error);
}

}  // namespace
}  // namespace node

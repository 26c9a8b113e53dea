// tests/node/dns/sip_lookup_test.cpp - one lookup with replies and time handed in; against real servers:
// sip_locator_test.cpp and its kin.
#include "node/dns/sip_lookup.hpp"

#include <gtest/gtest.h>

#include <map>

namespace node {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

struct SipLookupTest : testing::Test {
    SipLookup make(const std::string& host, std::optional<std::uint16_t> port = {}) {
        return {config, random, DnsQuestion{{{}, host, port, {}, false}}, now};
    }
    /// "a.test A" -> its index, of all that is asked now.
    std::map<std::string, std::size_t> questions(SipLookup& lookup) {
        std::map<std::string, std::size_t> all;
        while (const auto question = lookup.next_question())
            all[question->name + " " + std::string(name(question->type))] = question->index;
        return all;
    }
    static DnsReply found(std::string rdata) {
        DnsReply reply;
        reply.status = DnsStatus::found;
        reply.records = {std::move(rdata)};
        return reply;
    }
    static DnsReply nothing() {
        DnsReply reply;
        reply.status = DnsStatus::nxdomain;
        return reply;
    }
    static DnsReply failure(DnsStatus status) {
        DnsReply reply;
        reply.status = status;
        return reply;
    }
    SipLookupConfig config;
    RandomUpTo random = [](std::uint32_t bound) { return bound; };
    SipLookup::Time now{1h};
};

const std::string srv = "\0\1\0\1\x13\xc4\1a\4test\0"s;  // 1 1 5060 a.test

TEST_F(SipLookupTest, with_a_port_only_addresses_are_asked_and_a_missing_family_costs_its_grace) {
    SipLookup lookup = make("a.test", 5070);
    const auto asked = questions(lookup);
    ASSERT_EQ(asked.size(), 2U);
    lookup.replied(asked.at("a.test A"), found("\xc0\0\2\1"s), now);
    EXPECT_FALSE(lookup.take_answer());
    EXPECT_EQ(lookup.next_wake(), now + config.grace);
    now = lookup.next_wake();
    lookup.on_time(now);
    const auto answer = lookup.take_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, DnsOutcome::found);
    EXPECT_EQ(answer->targets.at(0).port, 5070);
}

TEST_F(SipLookupTest, NAPTR_and_SRV_are_asked_beside_each_other_and_then_the_addresses) {
    SipLookup lookup = make("example.test");
    auto asked = questions(lookup);
    EXPECT_TRUE(asked.contains("example.test NAPTR"));
    const auto udp = asked.at("_sip._udp.example.test SRV");
    for (const auto& [question, index] : asked)
        if (index != udp) lookup.replied(index, nothing(), now);
    lookup.replied(udp, found(srv), now);
    asked = questions(lookup);
    ASSERT_EQ(asked.size(), 2U);
    lookup.replied(asked.at("a.test A"), found("\xc0\0\2\1"s), now);
    lookup.replied(asked.at("a.test AAAA"), nothing(), now);
    const auto answer = lookup.take_answer();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->targets.size(), 1U);
    EXPECT_EQ(answer->targets[0].host, "a.test");
}

TEST_F(SipLookupTest, without_SRV_the_host_itself_is_asked_and_silence_ends_at_the_deadline) {
    SipLookup lookup = make("example.test");
    for (const auto& [question, index] : questions(lookup))
        lookup.replied(index, nothing(), now);
    EXPECT_EQ(questions(lookup).size(), 2U);
    EXPECT_EQ(lookup.next_wake(), now + config.deadline);
    now = lookup.next_wake();
    lookup.on_time(now);
    const auto answer = lookup.take_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, DnsOutcome::timeout);
    lookup.replied(0, nothing(), now);
    EXPECT_FALSE(lookup.take_answer()) << "once";
}

TEST_F(SipLookupTest, a_NAPTR_question_that_fails_ends_it_whatever_else_is_known) {
    for (const auto status : {DnsStatus::bogus, DnsStatus::servfail, DnsStatus::refused,
                              DnsStatus::unreachable, DnsStatus::error}) {
        SipLookup lookup = make("example.test");
        auto asked = questions(lookup);
        lookup.replied(asked.at("_sip._udp.example.test SRV"), found(srv), now);
        const auto addresses = questions(lookup);
        lookup.replied(addresses.at("a.test A"), found("\xc0\0\2\1"s), now);
        lookup.replied(asked.at("example.test NAPTR"), failure(status), now);
        const auto answer = lookup.take_answer();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->outcome, DnsOutcome::failed);
        EXPECT_EQ(answer->cause, status);
        EXPECT_TRUE(answer->targets.empty());
    }
}

TEST_F(SipLookupTest, a_NAPTR_question_that_nobody_answers_is_no_answer_of_none) {
    SipLookup lookup = make("example.test");
    for (const auto& [question, index] : questions(lookup))
        if (question != "example.test NAPTR" && question != "_sip._udp.example.test SRV")
            lookup.replied(index, nothing(), now);
    lookup.replied(1, found(srv), now);
    for (const auto& [question, index] : questions(lookup))
        lookup.replied(index, question == "a.test A" ? found("\xc0\0\2\1"s) : nothing(), now);
    EXPECT_EQ(lookup.next_wake(), now + config.deadline) << "no grace without it";
    now = lookup.next_wake();
    lookup.on_time(now);
    const auto answer = lookup.take_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome, DnsOutcome::timeout);
    EXPECT_EQ(answer->cause, DnsStatus::silent);
    EXPECT_TRUE(answer->targets.empty());
}

/// Order 10: TLS, order 20: UDP.
DnsReply tls_before_udp() {
    DnsReply reply;
    reply.status = DnsStatus::found;
    reply.records = {"\0\x0a\0\0\1s\x8SIPS+D2T\0\5_sips\4_tcp\7example\4test\0"s,
                     "\0\x14\0\0\1s\7SIP+D2U\0\4_sip\4_udp\7example\4test\0"s};
    return reply;
}

TEST_F(SipLookupTest, a_secure_service_that_fails_is_not_replaced_by_one_in_clear) {
    struct Case {
        const char* what;
        std::optional<DnsReply> tls_srv, tls_addresses;
        DnsOutcome outcome;
    };
    const DnsReply servfail = failure(DnsStatus::servfail);
    const Case cases[] = {
        {"its SRV fails", servfail, {}, DnsOutcome::failed},
        {"its SRV is forged", failure(DnsStatus::bogus), {}, DnsOutcome::failed},
        {"its SRV is silent", {}, {}, DnsOutcome::timeout},
        {"its addresses fail", found("\0\1\0\1\x13\xc5\1t\4test\0"s), servfail, DnsOutcome::failed},
        {"its addresses are silent", found("\0\1\0\1\x13\xc5\1t\4test\0"s), {}, DnsOutcome::timeout},
        {"DNS says that it is not there", nothing(), {}, DnsOutcome::found}};
    for (const Case& c : cases) {
        SipLookup lookup = make("example.test");
        auto asked = questions(lookup);
        lookup.replied(asked.at("example.test NAPTR"), tls_before_udp(), now);
        lookup.replied(asked.at("_sip._udp.example.test SRV"), found(srv), now);
        if (c.tls_srv) lookup.replied(asked.at("_sips._tcp.example.test SRV"), *c.tls_srv, now);
        for (const auto& [question, index] : questions(lookup)) {
            if (question.starts_with("a.test"))
                lookup.replied(index, question == "a.test A" ? found("\xc0\0\2\1"s) : nothing(), now);
            else if (c.tls_addresses)
                lookup.replied(index, *c.tls_addresses, now);
        }
        now += config.deadline;
        lookup.on_time(now);
        const auto answer = lookup.take_answer();
        ASSERT_TRUE(answer) << c.what;
        EXPECT_EQ(answer->outcome, c.outcome) << c.what;
        EXPECT_EQ(answer->targets.empty(), c.outcome != DnsOutcome::found) << c.what;
    }
}

TEST_F(SipLookupTest, what_leads_nowhere_says_why) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"\0\0\0\0\0\0\0"s, "its SRV record says that it has no such service"},
        {"\0\0\0\0\x13\xc4\003192\0010\0012\0016\0"s,
         "its SRV record leads to 192.0.2.6 (not asked: an address, but no valid one)"},
        {"\0\0\0\0\x13\xc4\1x\3alt\0"s,
         "its SRV record leads to x.alt (not asked: .alt is outside DNS (RFC 9476))"},
        {"\0\0\0"s, "its SRV record is malformed"},
        {srv, "its SRV record leads to a.test, which has no address"}};
    for (const auto& [rdata, why] : cases) {
        SipLookup lookup = make("example.test");
        for (const auto& [question, index] : questions(lookup))
            lookup.replied(index, question.starts_with("_sip._udp") ? found(rdata) : nothing(), now);
        for (const auto& [question, index] : questions(lookup)) {
            EXPECT_TRUE(question.starts_with("a.test")) << question << " must not be asked";
            lookup.replied(index, nothing(), now);
        }
        const auto answer = lookup.take_answer();
        ASSERT_TRUE(answer) << why;
        EXPECT_EQ(answer->outcome, DnsOutcome::missing);
        EXPECT_EQ(answer->why, why);
    }
}

}  // namespace
}  // namespace node

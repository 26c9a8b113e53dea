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

TEST_F(SipLookupTest, a_forged_NAPTR_ends_it) {
    SipLookup lookup = make("example.test");
    DnsReply bogus;
    bogus.status = DnsStatus::bogus;
    lookup.replied(questions(lookup).at("example.test NAPTR"), bogus, now);
    const auto answer = lookup.take_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cause, DnsStatus::bogus);
}

}  // namespace
}  // namespace node

// tests/node/media/stun_query_test.cpp - where two nodes outside see a port, asked by datagrams of which one
// may be lost or forged.
#include "node/media/stun_query.hpp"

#include <gtest/gtest.h>

#include "sip/transport/stun.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

sip::Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

const auto one = at("203.0.113.1", 5060), other = at("203.0.113.2", 3478), third = at("203.0.113.3", 3478);
const auto seen = at("198.51.100.7", 40000);

class StunQueryTest : public testing::Test {
protected:
    StunQuery::Time now{std::chrono::hours(1)};
    const std::array<StunQuery::Transaction, 2> ids{StunQuery::Transaction{'a', 'b', 'c'},
                                                    StunQuery::Transaction{'x', 'y', 'z'}};
    StunQuery query{{one, at("203.0.113.1", 3478), other, third}, ids, now};

    /// Sent now; answered as our own nodes do.
    bool answered(const sip::Endpoint& by, const sip::Endpoint& as) {
        for (const auto& send : sent) {
            if (send.to == by) return query.answered(by, sip::stun_answer(send.bytes, as).value());
        }
        return false;
    }
    std::vector<StunQuery::Send> sent = query.due(now);
};

TEST_F(StunQueryTest, two_at_different_addresses_are_asked_and_no_more) {
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].to, one);
    EXPECT_EQ(sent[1].to, other);
    EXPECT_NE(sent[0].bytes, sent[1].bytes);
    EXPECT_TRUE(sip::is_stun(sent[0].bytes));
    EXPECT_TRUE(query.due(now).empty());
}

TEST_F(StunQueryTest, the_same_answer_twice_is_a_port_that_the_router_keeps) {
    EXPECT_TRUE(answered(one, seen));
    EXPECT_EQ(query.verdict(now), StunVerdict::waiting);
    EXPECT_TRUE(answered(other, seen));
    EXPECT_EQ(query.verdict(now), StunVerdict::kept);
    EXPECT_EQ(query.outer(), seen);
    EXPECT_FALSE(query.next_wake());
}

TEST_F(StunQueryTest, two_different_ones_are_a_router_that_gives_each_another) {
    EXPECT_TRUE(answered(one, seen));
    EXPECT_TRUE(answered(other, at("198.51.100.7", 40009)));
    EXPECT_EQ(query.verdict(now), StunVerdict::each_another);
    EXPECT_EQ(query.outer(), seen);
}

TEST_F(StunQueryTest, each_is_asked_three_times_and_half_a_second_is_waited) {
    EXPECT_TRUE(answered(one, seen));
    EXPECT_EQ(query.next_wake(), now + 100ms);
    EXPECT_EQ(query.due(now + 100ms).size(), 1U) << "who has answered is not asked again";
    EXPECT_EQ(query.due(now + 250ms).size(), 1U);
    EXPECT_TRUE(query.due(now + 10s).empty());
    EXPECT_EQ(query.verdict(now + 499ms), StunVerdict::waiting);
    EXPECT_EQ(query.verdict(now + 500ms), StunVerdict::seen_once);
}

TEST_F(StunQueryTest, one_alone_is_asked_at_his_other_port_too) {
    query = StunQuery({one, at("203.0.113.1", 5062)}, ids, now);
    sent = query.due(now);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].to, at("203.0.113.1", 3478));
    EXPECT_TRUE(answered(one, seen));
    EXPECT_EQ(query.verdict(now + 249ms), StunVerdict::waiting);
    EXPECT_EQ(query.verdict(now + 250ms), StunVerdict::seen_once)
        << "he may have none: that is not waited for";
    auto same = query;
    EXPECT_TRUE(answered(at("203.0.113.1", 3478), at("198.51.100.7", 40009)));
    EXPECT_EQ(query.verdict(now), StunVerdict::each_another);
    query = same;
    EXPECT_TRUE(answered(at("203.0.113.1", 3478), seen));
    EXPECT_EQ(query.verdict(now), StunVerdict::seen_once) << "another address may be told another port";
    query = StunQuery({other}, ids, now);
    EXPECT_EQ(query.due(now).size(), 1U);
}

TEST_F(StunQueryTest, nobody_may_answer_who_was_not_asked_or_has_not_seen_the_question) {
    const auto good = sip::stun_answer(sent[0].bytes, seen).value();
    EXPECT_FALSE(query.answered(third, good));
    EXPECT_FALSE(query.answered(at("203.0.113.1", 5061), good));
    auto forged = good;
    forged[8] = '!';
    EXPECT_FALSE(query.answered(one, forged));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(query.answered(one, good.substr(0, size)));
    EXPECT_EQ(query.verdict(now + 1s), StunVerdict::silent);
    EXPECT_FALSE(query.outer());
}

TEST_F(StunQueryTest, IPv6_is_read_too) {
    const auto six = at("2001:db8::7", 40000);
    EXPECT_TRUE(answered(one, six));
    EXPECT_EQ(query.outer(), six);
}

TEST(StunIndication, opens_a_way_and_asks_nothing) {
    const auto bytes = stun_binding(false, "0123456789ab");
    EXPECT_TRUE(is_stun_indication(bytes));
    EXPECT_FALSE(is_stun_indication(stun_binding(true, "0123456789ab")));
    EXPECT_FALSE(sip::stun_answer(bytes, seen)) << "nobody answers it";
    EXPECT_FALSE(is_stun_indication(std::string(20, '\x80')));
}

}  // namespace
}  // namespace node

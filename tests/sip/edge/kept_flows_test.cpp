// tests/sip/edge/kept_flows_test.cpp - when a sign of life is due, and who is gone.
#include "sip/edge/kept_flows.hpp"

#include <set>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct KeptFlowsTest : ::testing::Test {
    KeptFlows flows;
    KeptFlows::Time now{1000h};
    const Flow one = udp_flow("203.0.113.1"), two = udp_flow("203.0.113.2");
    static KeptFlows::Wish phone() { return {KeptFlows::By::options, "sip:bob@192.168.1.5", {}}; }
    std::vector<Flow> due() {
        std::vector<Flow> all;
        while (const auto flow = flows.next_due(now))
            all.push_back(*flow);
        return all;
    }
};

TEST_F(KeptFlowsTest, a_sign_is_due_every_20_to_25_s_and_not_of_all_at_once) {
    std::map<Flow, KeptFlows::Wish> wanted;
    for (std::uint16_t port = 1; port <= 100; ++port)
        wanted[udp_flow("203.0.113.1", port)] = phone();
    flows.retain(wanted, now);
    std::map<Flow, std::vector<KeptFlows::Time>> signs;
    std::set<KeptFlows::Time> moments;
    const auto end = now + 5min;
    while (flows.next_wake() && *flows.next_wake() < end) {
        now = *flows.next_wake();
        moments.insert(now);
        for (const Flow& flow : due())
            signs[flow].push_back(now);
    }
    EXPECT_EQ(signs.size(), 100U);
    EXPECT_GT(moments.size(), 500U);
    for (const auto& [flow, times] : signs) {
        for (std::size_t i = 1; i < times.size(); ++i) {
            EXPECT_GE(times[i] - times[i - 1], 20s);
            EXPECT_LE(times[i] - times[i - 1], 25s);
        }
    }
}

TEST_F(KeptFlowsTest, what_is_wanted_no_more_is_let_go_and_what_stays_keeps_its_time) {
    flows.retain({{one, phone()}, {two, phone()}}, now);
    now += 15s;
    flows.retain({{one, phone()}}, now);
    EXPECT_EQ(flows.size(), 1U);
    now += 10s;
    EXPECT_EQ(due(), std::vector{one});
}

TEST_F(KeptFlowsTest, gone_is_who_has_answered_before_and_then_leaves_two_unanswered) {
    flows.retain({{one, phone()}}, now);
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(flows.missed(one)) << "who never answers may know no OPTIONS";
    flows.answered(one);
    EXPECT_FALSE(flows.missed(one));
    flows.answered(one);
    EXPECT_FALSE(flows.missed(one)) << "two in a row";
    EXPECT_TRUE(flows.missed(one));
    EXPECT_FALSE(flows.missed(two)) << "nobody asks there";
}

TEST_F(KeptFlowsTest, of_a_flow_that_is_only_watched_no_sign_is_due) {
    flows.retain({{one, {KeptFlows::By::nothing, {}, {}}}}, now);
    EXPECT_EQ(flows.next_wake(), std::nullopt);
    EXPECT_NE(flows.find(one), nullptr);
    flows.retain({{one, phone()}}, now);
    EXPECT_NE(flows.next_wake(), std::nullopt);
}

}  // namespace
}  // namespace sip::testing

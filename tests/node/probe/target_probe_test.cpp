// tests/node/probe/target_probe_test.cpp - one probe, with answers and time handed in.
#include "node/probe/target_probe.hpp"

#include <gtest/gtest.h>

#include "node/probe/options_repeats.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using State = TargetState;
using States = std::vector<State>;

struct TargetProbeTest : testing::Test {
    static DnsTarget target(const char* address, sip::Transport transport = sip::Transport::udp) {
        return {transport, asio::ip::make_address(address), 5060, 0, 0, "h"};
    }
    TargetProbe make(std::vector<DnsTarget> targets) {
        return {"example.org", std::move(targets), challenge, now, 5s};
    }
    EdgeChallenge challenge{42};
    TargetProbe::Time now{1h};
};

TEST_F(TargetProbeTest, asks_with_a_challenge_for_the_very_address_and_takes_the_key_that_is_proved) {
    const auto identity = crypto::Identity::generate();
    TargetProbe probe = make({target("192.0.2.1")});
    ASSERT_EQ(probe.begin_next(now), 0U);
    const OptionsAsk ask = probe.ask_of(0);
    EXPECT_EQ(ask.uri, "sip:example.org");
    EXPECT_EQ(ask.to, (sip::Endpoint{asio::ip::make_address("192.0.2.1"), 5060}));
    const auto proof = make_proof(identity, "example.org", ask.value, [](const auto&) { return true; });
    ASSERT_TRUE(proof);
    EXPECT_FALSE(probe.replied(0, {100, {}})) << "more is to come";
    EXPECT_TRUE(probe.replied(0, {200, *proof}));
    ASSERT_TRUE(probe.decided(now));
    EXPECT_EQ(probe.result(now).key, identity.public_key());
    EXPECT_EQ(probe.result(now).first, 0U);
}

TEST_F(TargetProbeTest, a_key_that_is_not_proved_is_told_and_does_not_count) {
    TargetProbe probe = make({target("192.0.2.1")});
    ASSERT_EQ(probe.begin_next(now), 0U);
    EXPECT_TRUE(probe.replied(0, {200, "k;sig=s"}));
    const auto result = probe.result(now);
    EXPECT_FALSE(result.key);
    EXPECT_FALSE(result.remark.empty());
    EXPECT_EQ(result.targets, States{State::answered});
}

TEST_F(TargetProbeTest, the_next_is_asked_when_one_is_silent_refuses_or_is_unavailable) {
    TargetProbe probe = make({target("192.0.2.1"), target("192.0.2.2"), target("192.0.2.3"),
                              target("192.0.2.4", sip::Transport::tls)});
    ASSERT_EQ(probe.begin_next(now), 0U);
    EXPECT_FALSE(probe.begin_next(now));
    now = probe.next_wake(now);
    ASSERT_EQ(probe.begin_next(now), 1U);
    probe.ended(1, State::refused);
    ASSERT_EQ(probe.begin_next(now), 2U);
    EXPECT_TRUE(probe.replied(2, {503, {}}));
    EXPECT_FALSE(probe.begin_next(now)) << "TLS is not spoken";
    now += 5s;
    ASSERT_TRUE(probe.decided(now));
    EXPECT_EQ(probe.result(now).targets,
              (States{State::silent, State::refused, State::unavailable, State::unknown}));
}

TEST(OptionsRepeats, doubles_from_T1_to_T2_and_is_T2_once_somebody_is_there) {
    OptionsRepeats repeats;
    OptionsRepeats::Time now{1h};
    for (const auto pause : {500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
        repeats.sent(now);
        EXPECT_EQ(*repeats.next_wake() - now, pause);
        now = *repeats.next_wake();
    }
    OptionsRepeats proceeding;
    proceeding.sent(now);
    proceeding.provisional();
    EXPECT_EQ(*proceeding.next_wake() - now, 500ms);
    proceeding.sent(now);
    EXPECT_EQ(*proceeding.next_wake() - now, 4000ms);
}

TEST(OptionsRepeats, ends_after_as_many_as_were_wanted) {
    OptionsRepeats repeats(2);
    const OptionsRepeats::Time now{1h};
    repeats.sent(now);
    EXPECT_TRUE(repeats.next_wake());
    repeats.sent(now);
    EXPECT_FALSE(repeats.next_wake());
}

}  // namespace
}  // namespace node

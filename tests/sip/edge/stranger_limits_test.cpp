// tests/sip/edge/stranger_limits_test.cpp - who gets an answer, in virtual time.
#include "sip/edge/stranger_limits.hpp"

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct GuardTest : ::testing::Test {
    StrangerLimits guard{60};
    std::chrono::steady_clock::time_point now{1000h};

    bool may_answer(StrangerAct act, const std::string& address = "192.0.2.66",
                    const std::string& agent = {}) {
        Request request;
        if (!agent.empty()) request.more = "User-Agent: " + agent + "\r\n";
        const std::string wire = request.text();
        return guard.may_answer(*MessageView::parse(wire), udp_flow(address.c_str()), act, now);
    }
    int answered(int tries, StrangerAct act, const std::string& address = "192.0.2.66") {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += may_answer(act, address) ? 1 : 0;
        return count;
    }
};

TEST_F(GuardTest, at_first_there_are_answers_then_silence_then_answers_again) {
    EXPECT_EQ(answered(1000, StrangerAct::probed), 60);
    EXPECT_EQ(guard.counters().silent, 940u);
    now += 1s;
    EXPECT_EQ(answered(1000, StrangerAct::probed), 1);
    now += 1min;
    EXPECT_EQ(answered(1000, StrangerAct::asked), 60);
}

TEST_F(GuardTest, guesses_of_passwords_are_dear) {
    EXPECT_EQ(answered(1000, StrangerAct::guessed), 12);
}

TEST_F(GuardTest, a_source_is_an_IPv4_address_or_an_IPv6_slash_64) {
    EXPECT_EQ(answered(1000, StrangerAct::probed, "192.0.2.66"), 60);
    EXPECT_EQ(answered(1000, StrangerAct::probed, "192.0.2.67"), 60);
    EXPECT_EQ(answered(1000, StrangerAct::probed, "::ffff:192.0.2.66"), 0);
    EXPECT_EQ(answered(1000, StrangerAct::probed, "2001:db8::1"), 60);
    EXPECT_EQ(answered(1000, StrangerAct::probed, "2001:db8::ffff:1"), 0);
    EXPECT_EQ(answered(1000, StrangerAct::probed, "2001:db8:0:1::1"), 60);
}

TEST_F(GuardTest, where_a_phone_has_logged_in_challenges_are_free_for_an_hour_and_guesses_are_not) {
    EXPECT_TRUE(may_answer(StrangerAct::logged_in));
    EXPECT_EQ(answered(1000, StrangerAct::asked), 1000);
    EXPECT_EQ(answered(1000, StrangerAct::probed), 1000);
    EXPECT_EQ(answered(1000, StrangerAct::guessed), 12);
    EXPECT_EQ(answered(1000, StrangerAct::invited), 0) << "the tokens went for guesses";
    now += 1h;
    EXPECT_EQ(answered(1000, StrangerAct::asked), 60);
}

TEST_F(GuardTest, scanners_get_nothing_from_the_first_packet_on) {
    for (const char* agent : {"friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.5"})
        EXPECT_FALSE(may_answer(StrangerAct::probed, "192.0.2.1", agent)) << agent;
    EXPECT_EQ(guard.counters().scanners, 4u);
    for (const char* agent : {"baresip v1.0.0", "Linphone/5.1.65", "Linphone Desktop (friendly)"})
        EXPECT_TRUE(may_answer(StrangerAct::probed, "192.0.2.1", agent)) << agent;
}

TEST_F(GuardTest, ten_thousand_sources_take_no_more_room_than_the_bound) {
    for (int i = 0; i < 10'000; ++i)
        (void)may_answer(StrangerAct::logged_in,
                         "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1");
    EXPECT_EQ(answered(100, StrangerAct::asked, "10.0.0.1"), 100);
    EXPECT_EQ(answered(100, StrangerAct::asked, "10.39.249.1"), 60)
        << "of too many homes the latest wait for tokens";
}

}  // namespace
}  // namespace sip::testing

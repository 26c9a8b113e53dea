// tests/node/probe/pings_test.cpp - each way asked, and what counts as an answer.
#include "node/probe/pings.hpp"

#include <gtest/gtest.h>

#include "node/probe/media_outlook.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

class PingsTest : public testing::Test {
protected:
    static PingWay way(sip::Transport transport, std::uint16_t port) {
        PingWay made;
        made.hop = {transport, {asio::ip::make_address("192.0.2.1"), port}, {}};
        made.uri = "sip:192.0.2.1";
        return made;
    }
    static sip::Flow flow_of(const PingWay& way) {
        const bool udp = way.hop.transport == sip::Transport::udp;
        return {
            way.hop.transport, {asio::ip::make_address("192.0.2.9"), 5060}, way.hop.endpoint, udp ? 0U : 7U};
    }
    /// What a node says to these bytes.
    static std::string answer(const std::string& request, const std::string& status = "200 OK") {
        std::string text = "SIP/2.0 " + status + "\r\n";
        for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
            const auto begin = request.find("\r\n" + std::string(name) + ": ") + 2;
            text += request.substr(begin, request.find("\r\n", begin) - begin) + "\r\n";
        }
        return text + "Content-Length: 0\r\n\r\n";
    }

    Pings pings;
    Pings::Time now{1h};
    const PingWay tls = way(sip::Transport::tls, 5061), udp = way(sip::Transport::udp, 5060);
};

TEST_F(PingsTest, the_ways_are_asked_at_once_and_each_tells_how_long_it_took) {
    ASSERT_TRUE(pings.open(1, {tls, udp}, now));
    const auto over_tls = pings.ask(1, 0, flow_of(tls), {1}, now);
    const auto over_udp = pings.ask(1, 1, flow_of(udp), {2}, now);
    EXPECT_TRUE(over_tls.starts_with("OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TLS ")) << over_tls;
    now += 30ms;
    EXPECT_TRUE(pings.received(flow_of(udp), answer(over_udp), now));
    EXPECT_FALSE(pings.next_finished());
    now += 10ms;
    EXPECT_TRUE(pings.received(flow_of(tls), answer(over_tls, "404 Not Found"), now));
    const auto finished = pings.next_finished();
    ASSERT_TRUE(finished);
    EXPECT_TRUE(finished->ways[0].answered) << "whatever is said: somebody is there";
    EXPECT_EQ(finished->ways[0].took, 40ms);
    EXPECT_EQ(finished->ways[1].took, 30ms);
    EXPECT_FALSE(pings.any());
}

TEST_F(PingsTest, an_answer_from_elsewhere_or_to_another_question_is_none) {
    ASSERT_TRUE(pings.open(1, {udp}, now));
    const auto request = pings.ask(1, 0, flow_of(udp), {1}, now);
    auto elsewhere = flow_of(udp);
    elsewhere.remote.port = 5062;
    EXPECT_FALSE(pings.received(elsewhere, answer(request), now));
    auto other = answer(request);
    other.replace(other.find("Call-ID: ") + 9, 4, "zzzz");
    EXPECT_FALSE(pings.received(flow_of(udp), other, now));
    EXPECT_FALSE(pings.received(flow_of(udp), request, now)) << "a request is the edge's";
}

TEST_F(PingsTest, over_UDP_it_is_asked_again_and_after_four_seconds_no_more) {
    ASSERT_TRUE(pings.open(1, {udp}, now));
    const auto request = pings.ask(1, 0, flow_of(udp), {1}, now);
    int again = 0;
    while (const auto wake = pings.next_wake()) {
        now = *wake;
        for (const auto& sending : pings.on_time(now)) {
            EXPECT_EQ(sending.bytes, request);
            ++again;
        }
        if (const auto finished = pings.next_finished()) {
            EXPECT_FALSE(finished->ways[0].answered);
            EXPECT_EQ(finished->ways[0].why, "no answer in 4 s");
        }
    }
    EXPECT_EQ(again, 3);
    EXPECT_EQ(now, Pings::Time(1h + 4s));
}

TEST_F(PingsTest, a_connection_that_fails_and_one_that_cannot_be_made_end_their_ways) {
    ASSERT_TRUE(pings.open(1, {tls, way(sip::Transport::tcp, 5060)}, now));
    (void)pings.ask(1, 0, flow_of(tls), {1}, now);
    pings.unreachable(1, 1, "no way");
    pings.flow_failed(flow_of(tls));
    const auto finished = pings.next_finished();
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->ways[0].why, "no connection, or not with the key of the record");
    EXPECT_EQ(finished->ways[1].why, "no way");
}

TEST_F(PingsTest, are_bounded) {
    for (Pings::Id id = 1; id <= Pings::most_pings; ++id)
        EXPECT_TRUE(pings.open(id, {udp}, now));
    EXPECT_FALSE(pings.open(99, {udp}, now));
}

TEST(MediaOutlook, is_told_by_the_way_and_by_both_homes) {
    using Kind = PingWay::Kind;
    using Verdict = MediaOutlook::Verdict;
    using enum HomeSound;
    const auto home_that = [](HomeSound does) {
        MediaHome home;
        home.opens_ports = does == opens;
        if (does == keeps || does == moves) home.symmetric = does == moves;
        home.doors = does != none;
        return home;
    };
    const auto verdict = [&](Kind way, HomeSound ours, HomeSound theirs) {
        EXPECT_EQ(sound_of(home_that(ours)), ours);
        return media_outlook(way, home_that(ours), theirs).verdict;
    };
    for (const auto way : {Kind::direct, Kind::through}) {
        EXPECT_EQ(verdict(way, opens, moves), Verdict::yes) << "its first packet tells its port";
        EXPECT_EQ(verdict(way, moves, opens), Verdict::yes);
        EXPECT_EQ(verdict(way, keeps, keeps), Verdict::likely) << "both send at once";
        EXPECT_EQ(verdict(way, keeps, moves), Verdict::unlikely);
        EXPECT_EQ(verdict(way, moves, keeps), Verdict::unlikely);
        EXPECT_EQ(verdict(way, moves, unknown), Verdict::unlikely) << "a node that does not tell";
        EXPECT_EQ(verdict(way, keeps, unknown), Verdict::likely);
        EXPECT_EQ(verdict(way, unknown, unknown), Verdict::likely);
        EXPECT_EQ(verdict(way, none, opens), Verdict::unlikely) << "doors are switched off";
        EXPECT_EQ(verdict(way, opens, none), Verdict::unlikely);
    }
    EXPECT_EQ(verdict(Kind::beside, moves, moves), Verdict::yes) << "no router in between";
    EXPECT_EQ(
        media_outlook(Kind::through, home_that(keeps), moves).says,
        "There may be no sound: their router gives each destination another port, and neither home can be "
        "sent to first. Have them ask a friend whose node can be reached to set reach.relay_media = "
        "\"contacts\".");
    auto with_a_friend = home_that(moves);
    EXPECT_NE(media_outlook(Kind::through, with_a_friend, keeps).says.find(" Ask a friend whose node"),
              std::string::npos);
    with_a_friend.lender = "carol";
    EXPECT_EQ(sound_of(with_a_friend), opens) << "hers can be sent to";
    const auto outlook = media_outlook(Kind::through, with_a_friend, moves);
    EXPECT_EQ(outlook.verdict, Verdict::yes);
    EXPECT_NE(outlook.says.find("through carol's door"), std::string::npos);
}

}  // namespace
}  // namespace node

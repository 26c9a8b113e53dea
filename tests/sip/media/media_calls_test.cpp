// tests/sip/media/media_calls_test.cpp - calls between two homes, message by message: what each side is told,
// and where the doors are aimed at.
#include "sip/media/media_calls.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sip {
namespace {

asio::ip::address ip(const std::string& text) {
    return asio::ip::make_address(text);
}
Endpoint at(const std::string& address, std::uint16_t port) {
    return {ip(address), port};
}

/// Hands out faces: to the Internet those of 198.51.100.1, at home those of 192.168.1.20.
struct ScriptedDoors : Doors {
    std::map<FaceId, Peer> aimed;
    std::map<FaceId, FaceId> joined;
    std::vector<FaceId> open_faces;
    FaceId last = 0;
    bool room = true, friend_has_one = true;
    std::string friend_;

    std::optional<Face> open(const Flow& towards) override {
        if (!room) return std::nullopt;
        const bool outside = towards.remote.address.to_string().starts_with("203.");
        const auto port = static_cast<std::uint16_t>(40000 + 2 * ++last);
        const auto* host = outside ? "198.51.100.1" : "192.168.1.20";
        open_faces.push_back(last);
        Face face{last, at(host, port), at(host, static_cast<std::uint16_t>(port + 1)), "scripted", {}};
        if (outside && friend_has_one) face.lender = friend_;
        return face;
    }
    std::string lender() const override { return friend_; }
    std::string why_not() const override { return "there is no port left"; }
    void join(FaceId a, FaceId b) override {
        joined[a] = b;
        joined[b] = a;
    }
    void aim(FaceId face, const Peer& peer) override { aimed[face] = peer; }
    void close(FaceId face) override {
        std::erase(open_faces, face);
        aimed.erase(face);
    }
    Traffic traffic(FaceId) const override { return {}; }
    asio::ip::address own_address(const asio::ip::address&) const override { return ip("192.168.1.20"); }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
};

const Flow alice{Transport::udp, at("192.168.1.20", 5060), at("192.168.1.30", 5060), 0};
const Flow bobs_edge{Transport::udp, at("192.168.1.20", 5060), at("203.0.113.9", 5060), 0};

std::string sdp(const std::string& address, unsigned port, const std::string& more = {}) {
    return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address + "\r\nt=0 0\r\nm=audio " +
           std::to_string(port) + " RTP/AVP 0\r\n" + more;
}
std::string refused_video(const std::string& text) {
    return text + "m=video 0 RTP/AVP 96\r\n";
}

class MediaCallsTest : public testing::Test {
protected:
    ScriptedDoors doors;
    MediaCalls calls{doors, true};
    std::string call_id = "call-1";

    struct Wire {
        std::string text;
        ParsedMessage message;
        explicit Wire(std::string wire) : text(std::move(wire)), message(*MessageView::parse(text)) {}
        Wire(const Wire&) = delete;
        Wire& operator=(const Wire&) = delete;
    };
    std::string fields(const std::string& from_tag, const std::string& to_tag, const std::string& cseq,
                       const std::string& body) const {
        return "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:alice@a.test>;tag=" + from_tag +
               "\r\nTo: <sip:bob@b.test>" + (to_tag.empty() ? "" : ";tag=" + to_tag) +
               "\r\nCall-ID: " + call_id + "\r\nCSeq: " + cseq + "\r\n" +
               (body.empty() ? "" : "Content-Type: application/sdp\r\n") +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    struct Way {
        Flow from, to;
        bool from_phone = true;
        bool to_phone = false;
        std::size_t target = 0;
    };
    const Way out{alice, bobs_edge}, in{bobs_edge, alice, false, true};

    MediaPath::Passed ask(const std::string& method, const std::string& from_tag, const std::string& to_tag,
                          const std::string& body, const Way& way) {
        const Wire wire(method + " sip:bob@b.test SIP/2.0\r\n" +
                        fields(from_tag, to_tag, "1 " + method, body));
        return calls.request(wire.message, {way.from, way.to, way.from_phone, way.to_phone, way.target});
    }
    std::string answer(int status, const std::string& method, const std::string& from_tag,
                       const std::string& to_tag, const std::string& body, const Way& way, bool offered) {
        const Wire wire("SIP/2.0 " + std::to_string(status) + " X\r\n" +
                        fields(from_tag, to_tag, "1 " + method, body));
        return calls
            .response(wire.message, {way.from, way.to, way.from_phone, way.to_phone, way.target}, offered)
            .value_or(body);
    }
    void end(const std::string& method, const std::string& from_tag, const std::string& to_tag) {
        const Wire wire(method + " sip:bob@b.test SIP/2.0\r\n" + fields(from_tag, to_tag, "1 " + method, ""));
        method == "BYE" ? calls.over(wire.message) : calls.refused(wire.message);
    }
    /// Alice, at home, calls Bob, whose edge answers with an address of the Internet.
    void established() {
        ASSERT_TRUE(ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out).body);
        (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    }
};

TEST_F(MediaCallsTest, an_offer_from_home_shows_the_outer_face_and_its_answer_the_inner_one) {
    const auto passed = ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    EXPECT_TRUE(passed.stays) << "a door must hear the BYE";
    EXPECT_EQ(passed.body,
              std::string("v=0\r\no=- 1 1 IN IP4 192.168.1.30\r\ns=-\r\nc=IN IP4 198.51.100.1\r\n"
                          "t=0 0\r\nm=audio 40002 RTP/AVP 0\r\n"));
    EXPECT_TRUE(doors.aimed.empty()) << "an offer aims nothing";
    const auto told =
        answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_NE(told.find("c=IN IP4 192.168.1.20\r\nt=0 0\r\nm=audio 40004 "), std::string::npos) << told;
    EXPECT_EQ(doors.joined[1], 2U);
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 20000));
    EXPECT_EQ(doors.aimed[1].rtcp, at("203.0.113.9", 20001));
    EXPECT_TRUE(doors.aimed[1].outside);
    EXPECT_EQ(doors.aimed[1].addresses, std::vector{ip("203.0.113.9")});
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.30", 11000));
    EXPECT_FALSE(doors.aimed[2].outside);
    end("BYE", "b", "a");
    EXPECT_TRUE(doors.open_faces.empty());
    EXPECT_EQ(calls.size(), 0U);
}

TEST_F(MediaCallsTest, which_door_a_call_has_is_told_as_it_is) {
    doors.friend_ = "carol";
    established();
    ASSERT_EQ(calls.reports().size(), 1U);
    EXPECT_EQ(calls.reports()[0].choice.step, MediaStep::friends_door);
    EXPECT_EQ(calls.counters().by_friend, 1U);
    EXPECT_EQ(doors.open_faces.size(), 2U);
    end("BYE", "b", "a");
    doors.friend_has_one = false;  // she would have lent one, and did not answer
    call_id = "call-2";
    established();
    EXPECT_EQ(calls.reports().at(0).choice.step, MediaStep::door);
    EXPECT_EQ(calls.counters().by_door, 1U);
}

TEST_F(MediaCallsTest, who_is_called_shows_a_friends_door_in_his_answer) {
    doors.friend_ = "carol";
    EXPECT_TRUE(ask("INVITE", "b", "", sdp("203.0.113.9", 20000), in).stays);
    const auto told = answer(200, "INVITE", "b", "a", sdp("192.168.1.30", 11000), {alice, bobs_edge}, true);
    EXPECT_NE(told.find("c=IN IP4 198.51.100.1"), std::string::npos) << told;
    EXPECT_EQ(calls.reports().at(0).choice.step, MediaStep::friends_door);
}

TEST_F(MediaCallsTest, what_is_repeated_says_the_same) {
    const auto first = ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out).body;
    EXPECT_EQ(ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out).body, first) << "another hop";
    const auto ok =
        answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true),
              ok);
    EXPECT_EQ(doors.open_faces.size(), 2U);
}

TEST_F(MediaCallsTest, a_call_that_nobody_takes_leaves_no_door) {
    (void)ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    EXPECT_EQ(doors.open_faces.size(), 1U);
    end("INVITE", "a", "");
    EXPECT_TRUE(doors.open_faces.empty());
}

TEST_F(MediaCallsTest, early_media_aims_by_its_own_answer_and_the_final_one_by_its) {
    (void)ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    (void)answer(183, "INVITE", "a", "b1", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 20000));
    (void)answer(183, "INVITE", "a", "b2", sdp("203.0.113.9", 30000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 30000)) << "forked beyond us";
    (void)answer(200, "INVITE", "a", "b1", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 20000));
    EXPECT_EQ(doors.open_faces.size(), 2U);
}

TEST_F(MediaCallsTest, an_offer_that_comes_late_is_answered_in_the_ACK) {
    EXPECT_TRUE(ask("INVITE", "a", "", "", out).stays);
    const auto offer =
        answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, false);
    EXPECT_NE(offer.find("c=IN IP4 192.168.1.20"), std::string::npos) << offer;
    EXPECT_TRUE(doors.aimed.empty());
    const auto ack = ask("ACK", "a", "b", sdp("192.168.1.30", 11000), out).body;
    ASSERT_TRUE(ack);
    EXPECT_NE(ack->find("c=IN IP4 198.51.100.1"), std::string::npos) << *ack;
    EXPECT_EQ(doors.aimed.size(), 2U);
}

TEST_F(MediaCallsTest, a_reliable_183_may_offer_and_its_PRACK_answers) {
    (void)ask("INVITE", "a", "", "", out);
    (void)answer(183, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, false);
    EXPECT_TRUE(doors.aimed.empty());
    EXPECT_TRUE(ask("PRACK", "a", "b", sdp("192.168.1.30", 11000), out).body);
    EXPECT_EQ(doors.aimed.size(), 2U);
}

TEST_F(MediaCallsTest, a_re_INVITE_aims_anew_when_it_is_answered_and_not_when_it_is_refused) {
    established();
    EXPECT_TRUE(ask("INVITE", "a", "b", sdp("192.168.1.30", 12000), out).body);
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.30", 11000)) << "refused: it stays";
    (void)ask("UPDATE", "b", "a", sdp("203.0.113.9", 21000), in);
    const auto told = answer(200, "UPDATE", "b", "a", sdp("192.168.1.30", 13000), {alice, bobs_edge}, true);
    EXPECT_NE(told.find("m=audio 40002 "), std::string::npos) << "the same face as before: " << told;
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 21000));
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.30", 13000));
    EXPECT_EQ(doors.open_faces.size(), 2U);
}

TEST_F(MediaCallsTest, hold_keeps_the_door_and_says_that_its_silence_means_nothing) {
    established();
    const auto held = ask("INVITE", "a", "b", sdp("0.0.0.0", 11000), out);
    EXPECT_FALSE(held.body) << "0.0.0.0 is no address to be written over";
    (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000, "a=recvonly\r\n"),
                 {bobs_edge, alice, false}, true);
    EXPECT_TRUE(doors.aimed[2].rests);
    EXPECT_FALSE(doors.aimed[2].rtp);
    EXPECT_TRUE(doors.aimed[1].rests);
    (void)ask("INVITE", "a", "b", sdp("192.168.1.30", 11000), out);
    (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.30", 11000));
    EXPECT_FALSE(doors.aimed[2].rests);
}

TEST_F(MediaCallsTest, a_refused_stream_gives_its_faces_back) {
    const auto offer = sdp("192.168.1.30", 11000) + "m=video 11002 RTP/AVP 96\r\n";
    EXPECT_TRUE(ask("INVITE", "a", "", offer, out).body);
    EXPECT_EQ(doors.open_faces.size(), 2U);
    const auto told = answer(200, "INVITE", "a", "b", refused_video(sdp("203.0.113.9", 20000)),
                             {bobs_edge, alice, false}, true);
    EXPECT_TRUE(told.ends_with("m=video 0 RTP/AVP 96\r\n"));
    EXPECT_EQ(doors.open_faces.size(), 2U) << "those of the audio";
}

TEST_F(MediaCallsTest, bundled_streams_of_an_answer_go_by_one_door) {
    const std::string video = "m=video 11002 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
    EXPECT_TRUE(ask("INVITE", "a", "", sdp("192.168.1.30", 11000) + video, out).body);
    const auto told = answer(200, "INVITE", "a", "b",
                             sdp("203.0.113.9", 20000) + "m=video 20000 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n",
                             {bobs_edge, alice, false}, true);
    const auto audio = told.find("m=audio "), second = told.find("m=video ");
    EXPECT_EQ(told.substr(audio + 8, 5), told.substr(second + 8, 5)) << told;
    EXPECT_EQ(doors.open_faces.size(), 2U);
}

TEST_F(MediaCallsTest, each_phone_that_rings_has_a_face_of_its_own_and_who_answers_keeps_his) {
    const Flow desk{Transport::udp, at("192.168.1.20", 5060), at("192.168.1.31", 5060), 0};
    const Flow mobile{Transport::udp, at("192.168.1.20", 5060), at("192.168.1.32", 5060), 0};
    const auto to_desk =
        ask("INVITE", "a", "", sdp("203.0.113.9", 20000), {bobs_edge, desk, false, true, 0}).body;
    const auto to_mobile =
        ask("INVITE", "a", "", sdp("203.0.113.9", 20000), {bobs_edge, mobile, false, true, 1}).body;
    ASSERT_TRUE(to_desk && to_mobile);
    EXPECT_NE(*to_desk, *to_mobile);
    const auto told =
        answer(200, "INVITE", "a", "m", sdp("192.168.1.32", 7000), {mobile, bobs_edge, true, false, 1}, true);
    EXPECT_NE(told.find("c=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 40006 "), std::string::npos) << told;
    EXPECT_EQ(doors.open_faces, (std::vector<Doors::FaceId>{2, 3})) << "the desk's is closed";
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.32", 7000));
    EXPECT_EQ(doors.aimed[3].rtp, at("203.0.113.9", 20000));
    end("INVITE", "a", "");  // what the losers said
    EXPECT_EQ(doors.open_faces.size(), 2U);
}

TEST_F(MediaCallsTest, whoever_speaks_from_the_Internet_aims_nothing_into_a_private_network) {
    (void)ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    (void)answer(200, "INVITE", "a", "b", sdp("192.168.1.1", 5353), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed[1].addresses, std::vector{ip("203.0.113.9")}) << "where he is met";
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 5353));
    (void)answer(200, "INVITE", "a", "b", sdp("127.0.0.1", 53), {bobs_edge, alice, false}, true);
    EXPECT_FALSE(doors.aimed[1].rtp) << "nor at a service";
}

TEST_F(MediaCallsTest, a_phone_behind_a_NAT_is_met_where_its_SIP_comes_from) {
    const Flow roaming{Transport::udp, at("198.51.100.1", 5060), at("203.0.113.50", 33000), 0};
    ASSERT_TRUE(ask("INVITE", "a", "", sdp("10.0.0.4", 4000), {roaming, bobs_edge}).body);
    (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, roaming, false}, true);
    EXPECT_EQ(doors.aimed[2].rtp, at("203.0.113.50", 4000));
    EXPECT_EQ(doors.aimed[2].addresses, std::vector{ip("203.0.113.50")});
}

TEST_F(MediaCallsTest, phones_that_use_ICE_are_left_alone_and_an_answer_without_it_gets_a_door) {
    const std::string ice =
        "a=ice-ufrag:x\r\na=ice-pwd:y\r\na=candidate:1 1 UDP 1694498815 203.0.113.1 6000 typ srflx raddr "
        "10.0.0.1 rport 5000\r\n";
    const auto offered = ask("INVITE", "a", "", sdp("192.168.1.30", 11000, ice), out);
    EXPECT_FALSE(offered.body);
    EXPECT_FALSE(offered.stays);
    EXPECT_EQ(answer(200, "INVITE", "a", "b", sdp("10.9.9.9", 20000, ice), {bobs_edge, alice, false}, true),
              sdp("10.9.9.9", 20000, ice));
    EXPECT_TRUE(doors.open_faces.empty());
    call_id = "call-2";
    (void)ask("INVITE", "a", "", sdp("203.0.113.9", 20000, ice), in);
    const auto told =
        answer(200, "INVITE", "a", "b", sdp("192.168.1.30", 11000), {alice, bobs_edge, true}, true);
    EXPECT_NE(told.find("c=IN IP4 198.51.100.1"), std::string::npos) << told;
    EXPECT_EQ(doors.aimed.size(), 2U) << "what comes to it goes on to the phone";
}

TEST_F(MediaCallsTest, without_a_port_the_call_goes_on_and_says_why_it_is_silent) {
    doors.room = false;
    const auto passed = ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    EXPECT_FALSE(passed.body);
    (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    const auto reports = calls.reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].call, "alice -> bob");
    EXPECT_EQ(reports[0].choice.step, MediaStep::nothing);
    EXPECT_EQ(reports[0].choice.why,
              "nobody in the Internet reaches 192.168.1.30, and there is no port left");
    EXPECT_EQ(calls.counters().silent, 1U);
}

TEST_F(MediaCallsTest, what_cannot_be_read_passes_as_it_is_and_is_counted) {
    EXPECT_FALSE(ask("INVITE", "a", "", "no SDP at all", out).body);
    EXPECT_EQ(calls.counters().unreadable, 1U);
}

TEST_F(MediaCallsTest, a_door_that_fell_silent_is_opened_anew_by_the_next_offer) {
    established();
    EXPECT_EQ(calls.face_closed(99), "");
    EXPECT_EQ(calls.face_closed(1), call_id) << "whoever is in it is not heard any more";
    EXPECT_EQ(calls.face_closed(1), "") << "said once";
    EXPECT_TRUE(doors.open_faces.empty());
    EXPECT_TRUE(ask("INVITE", "a", "b", sdp("192.168.1.30", 11000), out).body);
    (void)answer(200, "INVITE", "a", "b", sdp("203.0.113.9", 20000), {bobs_edge, alice, false}, true);
    EXPECT_EQ(doors.aimed.size(), 2U);
}

// --- doors that move in a call

struct MovedCallsTest : MediaCallsTest {
    const Flow tls{Transport::tls, at("192.168.1.20", 5061), at("203.0.113.9", 40001), 7};
    MediaPath::Moved bob_says(const std::string& address, std::uint16_t port, std::size_t stream = 0,
                              const std::string& tag = "b") {
        return calls.moved({call_id,
                            "a",
                            {tag},
                            false,
                            {{stream, at(address, port), at(address, static_cast<std::uint16_t>(port + 1))}}},
                           tls);
    }
};

TEST_F(MovedCallsTest, one_of_ours_is_told_with_all_streams_of_its_side_and_the_next_offer_says_so_too) {
    established();
    const auto move =
        calls.face_moved({1, at("198.51.100.77", 50002), at("198.51.100.77", 50003), "moved", {}});
    ASSERT_TRUE(move);
    EXPECT_EQ(move->call_id, call_id);
    EXPECT_EQ(move->caller_tag, "a");
    EXPECT_EQ(move->callee_tags, std::vector<std::string>{"b"});
    EXPECT_TRUE(move->of_caller);
    ASSERT_EQ(move->streams.size(), 1U);
    EXPECT_EQ(move->streams[0].rtp, at("198.51.100.77", 50002));
    const auto again = ask("INVITE", "a", "b", sdp("192.168.1.30", 11000), out).body;
    ASSERT_TRUE(again);
    EXPECT_NE(again->find("c=IN IP4 198.51.100.77\r\nt=0 0\r\nm=audio 50002 "), std::string::npos) << *again;
    EXPECT_FALSE(calls.face_moved({99, at("198.51.100.77", 1), at("198.51.100.77", 2), "", {}}))
        << "nobody's";
}

TEST_F(MovedCallsTest, one_of_a_call_that_only_rings_is_not_told_but_remembered) {
    (void)ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    EXPECT_FALSE(calls.face_moved({1, at("198.51.100.77", 50002), at("198.51.100.77", 50003), "moved", {}}));
}

TEST_F(MovedCallsTest, anothers_are_aimed_at_where_his_edge_says_and_nobody_else_is_heard_any_more) {
    established();
    EXPECT_EQ(bob_says("203.0.113.99", 30000), MediaPath::Moved::taken);
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.99", 30000));
    EXPECT_EQ(doors.aimed[1].rtcp, at("203.0.113.99", 30001));
    EXPECT_EQ(doors.aimed[1].addresses, std::vector{ip("203.0.113.99")});
    EXPECT_TRUE(doors.aimed[1].outside);
    EXPECT_EQ(doors.aimed[2].rtp, at("192.168.1.30", 11000)) << "our phone is where it was";
    EXPECT_EQ(calls.counters().moves, 1U);
    EXPECT_EQ(doors.open_faces.size(), 2U) << "none is opened for it";
}

TEST_F(MovedCallsTest, what_an_SDP_could_not_say_is_refused) {
    established();
    for (const auto& [address, port] : {std::pair("192.168.1.1", 30000),
                                        {"127.0.0.1", 30000},
                                        {"10.0.0.1", 30000},
                                        {"203.0.113.99", 1023},
                                        {"0.0.0.0", 30000},
                                        {"::1", 30000},
                                        {"2001:db8::1", 30000},
                                        {"fe80::1", 30000}})
        EXPECT_EQ(bob_says(address, static_cast<std::uint16_t>(port)), MediaPath::Moved::refused) << address;
    EXPECT_EQ(
        calls.moved({call_id, "a", {"b"}, false, {{0, at("203.0.113.99", 30000), at("203.0.113.66", 30001)}}},
                    tls),
        MediaPath::Moved::refused)
        << "two addresses of one door";
    EXPECT_EQ(doors.aimed[1].rtp, at("203.0.113.9", 20000)) << "it stays where it was";
    EXPECT_EQ(calls.counters().moves, 0U);
}

TEST_F(MovedCallsTest, of_another_call_another_leg_or_a_stream_without_a_door_nothing_is_changed) {
    established();
    EXPECT_EQ(bob_says("203.0.113.99", 30000, 1), MediaPath::Moved::no_door);
    EXPECT_EQ(bob_says("203.0.113.99", 30000, 0, "c"), MediaPath::Moved::no_door);
    call_id = "call-2";
    EXPECT_EQ(bob_says("203.0.113.99", 30000), MediaPath::Moved::no_door);
    call_id = "call-1";
    MediaMove of_alice{
        call_id, "a", {"b"}, true, {{0, at("203.0.113.99", 30000), at("203.0.113.99", 30001)}}};
    EXPECT_EQ(calls.moved(of_alice, tls), MediaPath::Moved::no_door) << "our own phone's is nobody's to say";
    end("BYE", "b", "a");
    EXPECT_EQ(bob_says("203.0.113.99", 30000), MediaPath::Moved::no_door);
}

TEST_F(MovedCallsTest, who_is_on_hold_moves_and_is_still_sent_nothing) {
    established();
    (void)ask("INVITE", "b", "a", sdp("0.0.0.0", 20000), in);
    (void)answer(200, "INVITE", "b", "a", sdp("192.168.1.30", 11000), {alice, bobs_edge}, true);
    ASSERT_FALSE(doors.aimed[1].rtp);
    EXPECT_EQ(bob_says("203.0.113.99", 30000), MediaPath::Moved::taken);
    EXPECT_FALSE(doors.aimed[1].rtp);
    EXPECT_TRUE(doors.aimed[1].rests);
    EXPECT_EQ(doors.aimed[1].addresses, std::vector{ip("203.0.113.99")});
}

TEST_F(MediaCallsTest, calls_that_ring_make_room_for_others_and_those_that_are_answered_do_not) {
    established();
    for (std::size_t i = 0; i < MediaCalls::max_calls + 20; ++i) {
        call_id = "ringing-" + std::to_string(i);
        (void)ask("INVITE", "a", "", sdp("192.168.1.30", 11000), out);
    }
    EXPECT_EQ(calls.size(), MediaCalls::max_calls);
    EXPECT_EQ(doors.open_faces.size(), MediaCalls::max_calls + 1);
    EXPECT_EQ(doors.aimed.size(), 2U) << "the call under way has kept its door";
}

TEST_F(MediaCallsTest, calls_of_which_no_end_was_heard_make_room_when_they_have_no_door_left) {
    for (std::size_t i = 0; i < MediaCalls::max_calls + 3; ++i) {
        call_id = "call-" + std::to_string(i);
        established();
        EXPECT_EQ(calls.face_closed(doors.last), call_id);
    }
    EXPECT_EQ(calls.size(), MediaCalls::max_calls);
    EXPECT_EQ(calls.counters().too_many, 0U);
}

TEST_F(MediaCallsTest, a_call_whose_sound_needs_us_is_known_before_it_is_passed_on) {
    const auto needs = [&](const std::string& body, const Flow& caller, const char* callee) {
        const Wire wire("INVITE sip:bob@b.test SIP/2.0\r\n" + fields("a", "", "1 INVITE", body));
        return calls.needs_us(wire.message, caller, at(callee, 5060));
    };
    EXPECT_TRUE(needs(sdp("192.168.1.30", 11000), alice, "203.0.113.9"));
    EXPECT_TRUE(needs("", alice, "203.0.113.9"));
    EXPECT_FALSE(needs(sdp("203.0.113.30", 11000), alice, "203.0.113.9"));
    EXPECT_FALSE(needs(sdp("192.168.1.30", 11000), alice, "192.168.1.31"));
    EXPECT_FALSE(needs("", alice, "192.168.1.31"));
}

}  // namespace
}  // namespace sip

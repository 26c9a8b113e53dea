// tests/sip/edge/doors_of_calls_test.cpp - the whole edge with its offers and answers: however a call ends or
// comes to nothing, its doors close with it, and at once.
#include <set>

#include "sip/media/media_calls.hpp"
#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

struct CountedDoors : Doors {
    std::set<FaceId> open_faces;
    FaceId last = 0;
    std::size_t room = 1000;
    bool full() const override { return open_faces.size() >= room; }
    std::optional<Face> open(const Flow& towards) override {
        if (full()) return std::nullopt;
        open_faces.insert(++last);
        const auto port = static_cast<std::uint16_t>(40000 + 2 * last);
        const auto& local = towards.local.address;
        return Face{last, {local, port}, {local, static_cast<std::uint16_t>(port + 1)}, "scripted", {}};
    }
    std::string why_not() const override { return {}; }
    std::string lender() const override { return {}; }
    void join(FaceId, FaceId) override {}
    void aim(FaceId, const Peer&) override {}
    void close(FaceId face) override { open_faces.erase(face); }
    Traffic traffic(FaceId) const override { return {}; }
    asio::ip::address own_address(const asio::ip::address&) const override { return {}; }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
};

/// A caller in the Internet, phones of bob's at home.
struct DoorsOfCalls : ProxyTest {
    CountedDoors doors;
    MediaCalls media{doors, true};
    const Flow outside = udp_flow("203.0.113.9", 5070);

    DoorsOfCalls() {
        host.media_path = &media;
        host.call_rule = [](const NextHop&) { return true; };
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    }
    static std::string sdp(const std::string& address) {
        return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address +
               "\r\nt=0 0\r\nm=audio 7078 RTP/AVP 0\r\n";
    }
    static Request offered() {
        Request request = call();
        request.more = "Contact: <sip:stranger@203.0.113.9:5070>\r\n";
        request.body = sdp("203.0.113.9");
        request.body +=
            std::string(600, ' ').replace(0, 2, "a=") + "\r\n";  // three times what came is enough
        request.more += "Content-Type: application/sdp\r\n";
        return request;
    }
    static std::string with_sdp(std::string response, const std::string& address) {
        const auto body = sdp(address);
        response.erase(response.find("Content-Length"));
        return response + "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    std::string invite, ok;
    void rings(std::size_t phones = 1) {
        send(outside, offered().text());
        invite = last_to(desk);
        ASSERT_TRUE(invite.starts_with("INVITE ")) << invite;
        send(desk, with_sdp(respond(invite, 183, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"), "10.0.0.5"));
        ASSERT_EQ(doors.open_faces.size(), 1 + phones) << "early media";
    }
    void answered() {
        send(desk, with_sdp(respond(invite, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"), "10.0.0.5"));
        ok = last_to(outside);
        ASSERT_EQ(status_of(ok), 200);
        send(outside, in_dialog("ACK", ok, "sip:bob@10.0.0.5:5062").text());
        ASSERT_EQ(doors.open_faces.size(), 2U);
    }
    void closed() {
        EXPECT_TRUE(doors.open_faces.empty());
        EXPECT_EQ(media.size(), 0U);
    }
};

TEST_F(DoorsOfCalls, when_it_is_refused_after_early_media) {
    for (const int status : {404, 486, 500, 603}) {
        rings();
        send(desk, respond(invite, status, "b"));
        EXPECT_GE(status_of(last_to(outside)), 400);
        closed();
        for (int second = 0; second < 40; ++second)
            pass(1s);
    }
}

TEST_F(DoorsOfCalls, when_it_is_cancelled) {
    rings();
    Request cancel = offered();
    cancel.method = "CANCEL";
    cancel.body.clear();
    cancel.more.clear();
    send(outside, cancel.text());
    send(desk, respond(last_to(desk), 200, "b"));
    send(desk, respond(invite, 487, "b"));
    closed();
}

TEST_F(DoorsOfCalls, when_nobody_takes_it_in_time) {
    rings();
    pass(config.rings);
    for (int second = 0; second < 40; ++second)
        pass(1s);
    closed();
}

TEST_F(DoorsOfCalls, those_of_the_phones_that_were_not_taken_up) {
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    rings(2);
    const std::string other = last_to(mobile);
    ASSERT_TRUE(other.starts_with("INVITE ")) << other;
    send(mobile, with_sdp(respond(other, 183, "m", "Contact: <sip:bob@10.0.0.6:5064>\r\n"), "10.0.0.6"));
    EXPECT_EQ(doors.open_faces.size(), 4U);
    send(desk, with_sdp(respond(invite, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"), "10.0.0.5"));
    EXPECT_EQ(status_of(last_to(outside)), 200);
    send(mobile, respond(other, 487, "m"));
    EXPECT_EQ(doors.open_faces.size(), 2U) << "the one that talks keeps its own";
}

TEST_F(DoorsOfCalls, those_of_a_call_that_only_rings_when_another_call_needs_them) {
    doors.room = 4;
    rings();
    answered();
    const auto rings_too = [&](const std::string& call_id) {
        Request other = offered();
        other.call_id = call_id;
        other.branch += call_id;
        send(outside, other.text());
        const std::string at_desk = last_to(desk);
        EXPECT_EQ(field(at_desk, "Call-ID"), call_id);
        send(desk, with_sdp(respond(at_desk, 183, "b" + call_id, "Contact: <sip:bob@10.0.0.5:5062>\r\n"),
                            "10.0.0.5"));
        return at_desk;
    };
    (void)rings_too("second");
    EXPECT_EQ(doors.open_faces.size(), 4U);
    const auto before = doors.open_faces;
    const std::string third = rings_too("third");
    EXPECT_EQ(doors.open_faces.size(), 4U) << "the second one's are the third one's now";
    EXPECT_TRUE(doors.open_faces.contains(*before.begin())) << "who talks keeps his";
    EXPECT_FALSE(doors.open_faces.contains(*before.rbegin()));
    send(desk, with_sdp(respond(third, 200, "bthird", "Contact: <sip:bob@10.0.0.5:5062>\r\n"), "10.0.0.5"));
    const auto talking = doors.open_faces;
    (void)rings_too("fourth");
    EXPECT_EQ(doors.open_faces, talking) << "those that talk make no room";
}

TEST_F(DoorsOfCalls, when_either_side_hangs_up) {
    rings();
    answered();
    send(desk, in_dialog("BYE", respond(invite, 200), "sip:stranger@203.0.113.9:5070", true).text());
    send(outside, respond(last_to(outside), 200));
    closed();
}

TEST_F(DoorsOfCalls, when_the_edge_hangs_up_itself) {
    rings();
    answered();
    EXPECT_EQ(edge->end_dialog("c1@phone", {408, "Nobody was heard for a minute"}, now), 1U);
    closed();
}

TEST_F(DoorsOfCalls, when_a_request_inside_of_it_gets_no_answer) {
    rings();
    answered();
    send(outside, in_dialog("UPDATE", ok, "sip:bob@10.0.0.5:5062").text());
    for (int second = 0; second < 40; ++second)
        pass(1s);
    EXPECT_EQ(edge->hung_up(), 1U);
    closed();
}

}  // namespace
}  // namespace sip::testing

// tests/node/media/many_calls_test.cpp - a thousand calls at once: how many are known and how many ports are
// open, what those get that come too late, and that nothing is left when they are over. Real sockets, on
// loopback.
#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <set>

#include "node/media/doors_driver.hpp"
#include "sip/media/media_calls.hpp"

namespace node {
namespace {

asio::ip::address ip(const char* text) {
    return asio::ip::make_address(text);
}

/// Its router sends on whatever it is asked for.
struct RouterHost : DoorsDriver::Host {
    std::set<std::uint16_t> ports;
    sip::MediaCalls* calls = nullptr;
    void set_door_ports(std::set<std::uint16_t> udp) override { ports = std::move(udp); }
    std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const override {
        return sip::Endpoint{ip("198.51.100.7"), udp};
    }
    std::vector<sip::Endpoint> stun_servers() const override { return {}; }
    std::optional<asio::ip::address> outer_address() const override { return std::nullopt; }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
    void face_closed(sip::Doors::FaceId face) override { (void)calls->face_closed(face); }
    void face_moved(const sip::Doors::Face&) override {}
    void look_at_address() override {}
};

class ManyCalls : public testing::Test {
protected:
    static constexpr std::size_t most_faces = 256;
    asio::io_context loop;
    RouterHost host;
    DoorsDriver doors{loop, host, most_faces};
    sip::MediaCalls calls{doors, true};
    const sip::Flow phone{sip::Transport::udp, {ip("127.0.0.20"), 5060}, {ip("127.0.0.30"), 5060}, 0};
    const sip::Flow far{sip::Transport::udp, {ip("127.0.0.21"), 5060}, {ip("203.0.113.9"), 5060}, 0};

    ManyCalls() {
        host.calls = &calls;
        doors.start({});
    }
    static std::string body(const char* address) {
        return std::string("v=0\r\no=- 1 1 IN IP4 ") + address + "\r\ns=-\r\nc=IN IP4 " + address +
               "\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n";
    }
    static std::string message(const std::string& first, int call, const std::string& to_tag,
                               const std::string& method, const std::string& sdp) {
        return first +
               "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:alice@a.test>;tag=a\r\n" +
               "To: <sip:bob@b.test>" + (to_tag.empty() ? "" : ";tag=" + to_tag) + "\r\nCall-ID: call-" +
               std::to_string(call) + "\r\nCSeq: 1 " + method + "\r\n" +
               (sdp.empty() ? "" : "Content-Type: application/sdp\r\n") +
               "Content-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" + sdp;
    }
    /// A phone of ours calls out. True: it was shown a door. In any case the call goes on.
    bool begins(int call) {
        const auto wire = message("INVITE sip:bob@b.test SIP/2.0", call, "", "INVITE", body("127.0.0.30"));
        return calls.request(*sip::MessageView::parse(wire), {phone, far, true, false, 0}).body.has_value();
    }
    void is_answered(int call) {
        const auto wire = message("SIP/2.0 200 OK", call, "b", "INVITE", body("203.0.113.9"));
        (void)calls.response(*sip::MessageView::parse(wire), {far, phone, false, true, 0}, true);
    }
    void ends(int call, bool answered) {
        const auto wire = message("BYE sip:bob@b.test SIP/2.0", call, answered ? "b" : "", "BYE", "");
        answered ? calls.over(*sip::MessageView::parse(wire)) : calls.refused(*sip::MessageView::parse(wire));
    }
    std::size_t open() const { return doors.counters().open; }
};

TEST_F(ManyCalls, a_thousand_that_ring_hold_256_ports_at_most_and_leave_none) {
    int with_door = 0;
    for (int call = 0; call < 1000; ++call) {
        with_door += begins(call) ? 1 : 0;
        ASSERT_LE(open(), most_faces);
        ASSERT_LE(calls.size(), sip::MediaCalls::max_calls);
    }
    EXPECT_EQ(with_door, 1000) << "those that ring longest make room";
    EXPECT_LE(host.ports.size(), 2 * (most_faces + DoorsDriver::pairs_ahead));
    for (int call = 0; call < 1000; ++call)
        ends(call, false);
    EXPECT_EQ(open(), 0U);
    EXPECT_EQ(calls.size(), 0U);
    EXPECT_LE(doors.counters().pool, DoorsDriver::pairs_ahead) << "and what they had bound is free";
    EXPECT_LE(host.ports.size(), 2 * DoorsDriver::pairs_ahead);
}

TEST_F(ManyCalls, those_that_talk_keep_their_doors_and_who_comes_then_rings_and_is_told_why_he_is_not_heard) {
    for (int call = 0; call < 1000; ++call) {
        (void)begins(call);
        is_answered(call);
        ASSERT_LE(open(), most_faces);
        ASSERT_LE(calls.size(), sip::MediaCalls::max_calls);
    }
    const auto reports = calls.reports();
    ASSERT_EQ(reports.size(), sip::MediaCalls::max_calls);
    std::size_t heard = 0, told = 0;
    for (const auto& report : reports) {
        heard += report.choice.step == sip::MediaStep::door ? 1 : 0;
        const bool why = report.choice.why.ends_with(", and too many doors are open");
        told += report.choice.step == sip::MediaStep::nothing && why ? 1 : 0;
    }
    EXPECT_EQ(heard, most_faces / 2) << "two ports a stream";
    EXPECT_EQ(heard + told, reports.size()) << "everybody else is told why";
    for (int call = 0; call < 1000; ++call)
        ends(call, true);
    EXPECT_EQ(open(), 0U);
    EXPECT_EQ(calls.size(), 0U);
    EXPECT_TRUE(begins(1000)) << "and the next one is heard again";
}

}  // namespace
}  // namespace node

// tests/sip/transport/transports_test.cpp - real sockets on loopback:
// addresses kept, bounds held, streams cut anywhere.
#include "sip/transport/transports.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <thread>

#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using asio::ip::tcp;
using asio::ip::udp;

std::string message(const std::string& name, const std::string& body = {}) {
    return "OPTIONS sip:" + name + "@example.test SIP/2.0\r\nCall-ID: " + name +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Got {
    Flow flow;
    std::string bytes;
};

// A loop with transports on it, stepped by the test; by default every message is echoed on its flow.
class TransportsTest : public testing::Test, protected Loop, public Transports::Listener {
protected:
    void listen(std::vector<Listen> where, TransportLimits limits = {}) {
        transports = std::make_unique<Transports>(loop, where, *this, limits);
    }
    void on_message(const Flow& flow, std::string_view bytes) override {
        messages.push_back({flow, std::string(bytes)});
        if (keeps) transports->keep(flow);
        if (hangs_up) {
            transports->send(flow, "bye");
            return transports->close(flow);
        }
        if (echo) transports->send(flow, std::string(bytes));
    }
    void on_broken_stream(const Flow& flow, std::string_view header, std::error_code) override {
        broken.push_back({flow, std::string(header)});
        transports->send(flow, "SIP/2.0 400 Bad Framing\r\n\r\n");
    }
    void on_flow_failed(const Flow& flow) override { failed.push_back(flow); }
    void before_sending() override { answered_before_sending.push_back(messages.size()); }
    void listen_on(Transport transport, const char* address, TransportLimits limits = {}) {
        listen({{transport, {make_address(address), 0}}}, limits);
    }
    std::uint16_t port() const { return transports->bound().front().endpoint.port; }

    // What the peer's socket has received when nothing more comes; `ended` tells whether the stream is over.
    std::string read_what_is_there(tcp::socket& peer, bool* ended = nullptr) {
        peer.non_blocking(true);
        std::string all;
        std::array<char, 65536> buffer;
        for (;;) {
            std::error_code error;
            const auto got = peer.read_some(asio::buffer(buffer), error);
            all.append(buffer.data(), got);
            if (ended != nullptr && error && error != asio::error::would_block) *ended = true;
            if (error) return all;
        }
    }
    // Reads until the stream ends. Returns what came; nullopt when it did not end.
    std::optional<std::string> read_to_end(tcp::socket& peer) {
        std::string all;
        bool ended = false;
        const bool over = run_until([&] {
            all += read_what_is_there(peer, &ended);
            return ended;
        });
        return over ? std::optional(all) : std::nullopt;
    }
    bool receives(tcp::socket& peer, std::size_t size, std::string& all) {
        return run_until([&] {
            all += read_what_is_there(peer);
            return all.size() >= size;
        });
    }
    /// Our own end of the connection from that port.
    static int connection_to_port(std::uint16_t peer) {
        for (int fd = 3; fd < 1024; ++fd) {
            sockaddr_in in{};
            socklen_t size = sizeof in;
            if (::getpeername(fd, reinterpret_cast<sockaddr*>(&in), &size) == 0 && in.sin_family == AF_INET &&
                ntohs(in.sin_port) == peer)
                return fd;
        }
        return -1;
    }
    tcp::socket connect(const char* address = "127.0.0.1") {
        tcp::socket peer(loop);
        peer.connect({make_address(address), port()});
        return peer;
    }
    std::optional<std::string> receive(udp::socket& peer, udp::endpoint* from = nullptr) {
        std::array<char, 65536> buffer;
        std::optional<std::string> got;
        peer.non_blocking(true);
        run_until([&] {
            std::error_code error;
            udp::endpoint sender;
            const auto size = peer.receive_from(asio::buffer(buffer), sender, 0, error);
            if (error) return false;
            got.emplace(buffer.data(), size);
            if (from != nullptr) *from = sender;
            return true;
        });
        return got;
    }
    static bool has_ipv6() {
        asio::io_context probe;
        std::error_code error;
        udp::socket socket(probe);
        socket.open(udp::v6(), error);
        if (!error) socket.bind({make_address("::1"), 0}, error);
        return !error;
    }

    std::unique_ptr<Transports> transports;
    std::vector<Got> messages, broken;
    std::vector<Flow> failed;
    std::vector<std::size_t> answered_before_sending;  // how many messages, each time
    bool echo = true;
    bool hangs_up = false;  // after the first message
    bool keeps = false;     // each of them is from somebody known
};

TEST_F(TransportsTest, what_a_batch_of_datagrams_is_answered_with_is_told_of_once_before_it_leaves) {
    listen_on(Transport::udp, "127.0.0.1");
    udp::socket peer(loop, {make_address("127.0.0.1"), 0});
    for (int i = 0; i < 10; ++i)
        peer.send_to(asio::buffer("hello", 5), {make_address("127.0.0.1"), port()});
    ASSERT_TRUE(run_until([&] { return messages.size() == 10; }));
    ASSERT_TRUE(receive(peer));
    EXPECT_EQ(answered_before_sending, std::vector<std::size_t>{10});
}

TEST_F(TransportsTest, what_is_answered_on_a_connection_is_told_of_before_it_leaves) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    const std::string two = message("one") + message("two");
    peer.write_some(asio::buffer(two));
    std::string got;
    ASSERT_TRUE(receives(peer, two.size(), got));
    ASSERT_FALSE(answered_before_sending.empty());
    EXPECT_EQ(answered_before_sending.front(), messages.size());
}

TEST_F(TransportsTest, a_reply_over_udp_leaves_from_the_address_that_was_asked) {
    listen_on(Transport::udp, "0.0.0.0");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    for (const char* asked : {"127.0.0.2", "127.0.0.1", "127.77.0.3"}) {
        peer.send_to(asio::buffer(message("a")), {make_address(asked), port()});
        udp::endpoint from;
        ASSERT_EQ(receive(peer, &from), message("a")) << asked;
        EXPECT_EQ(from, udp::endpoint(make_address(asked), port()));
        EXPECT_EQ(messages.back().flow.local, (Endpoint{make_address(asked), port()}));
        EXPECT_EQ(messages.back().flow.remote,
                  (Endpoint{make_address("127.0.0.1"), peer.local_endpoint().port()}));
    }
}

TEST_F(TransportsTest, a_reply_over_udp_on_ipv6_leaves_from_the_address_that_was_asked) {
    if (!has_ipv6()) GTEST_SKIP() << "no ::1 on this machine";
    listen({{Transport::udp, {make_address("::"), 0}}, {Transport::tcp, {make_address("::1"), 0}}});
    udp::socket peer(loop, udp::endpoint(make_address("::1"), 0));
    peer.send_to(asio::buffer(message("six")), {make_address("::1"), port()});
    udp::endpoint from;
    ASSERT_EQ(receive(peer, &from), message("six"));
    EXPECT_EQ(from, udp::endpoint(make_address("::1"), port()));
    EXPECT_EQ(messages.back().flow.local, (Endpoint{make_address("::1"), port()}));
}

TEST_F(TransportsTest, the_ipv6_wildcard_leaves_the_ipv4_port_to_an_ipv4_socket) {
    if (!has_ipv6()) GTEST_SKIP() << "no ::1 on this machine";
    listen_on(Transport::udp, "::");
    asio::io_context other;
    EXPECT_NO_THROW(Transports(other, {{Transport::udp, {make_address("0.0.0.0"), port()}}}, *this));
}

TEST_F(TransportsTest, hundreds_of_datagrams_at_once_are_answered_in_order) {
    listen_on(Transport::udp, "127.0.0.1");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    for (int i = 0; i < 300; ++i)
        peer.send_to(asio::buffer(message(std::to_string(i))), {make_address("127.0.0.1"), port()});
    for (int i = 0; i < 300; ++i)
        ASSERT_EQ(receive(peer), message(std::to_string(i)));
    EXPECT_EQ(transports->counters().datagrams_in, 300U);
    EXPECT_EQ(transports->counters().datagrams_out, 300U);
}

TEST_F(TransportsTest, the_largest_datagram_comes_whole) {
    listen_on(Transport::udp, "127.0.0.1");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    const std::string big = message("big", std::string(65507 - message("big").size() - 4, 'x'));
    ASSERT_EQ(big.size(), 65507U);
    peer.send_to(asio::buffer(big), {make_address("127.0.0.1"), port()});
    EXPECT_EQ(receive(peer), big);
}

// RFC 5626 §4.4.1.
TEST_F(TransportsTest, a_ping_asks_for_a_pong_and_who_has_given_one_and_then_gives_none_has_ended) {
    keeps = true;
    listen_on(Transport::tcp, "127.0.0.1");
    tcp::socket peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    const Flow flow = messages[0].flow;
    std::string came;
    ASSERT_TRUE(receives(peer, message("a").size(), came));
    for (int i = 0; i < 3; ++i)
        transports->ping(flow);  // this peer may know no pings
    came.clear();
    ASSERT_TRUE(receives(peer, 12, came));
    EXPECT_EQ(came, "\r\n\r\n\r\n\r\n\r\n\r\n");
    EXPECT_TRUE(transports->alive(flow));
    asio::write(peer, asio::buffer("\r\n", 2));
    for (int turn = 0; turn < 5; ++turn) {
        loop.run_one_for(10ms);
        loop.restart();
    }
    transports->ping(flow);
    EXPECT_TRUE(transports->alive(flow)) << "one is under way";
    transports->ping(flow);
    EXPECT_FALSE(transports->alive(flow));
    EXPECT_TRUE(run_until([&] { return failed == std::vector{flow}; }));
    transports->ping(flow);
    transports->ping({});
}

TEST_F(TransportsTest, the_kernel_asks_after_a_minute_whether_the_other_end_is_there) {
    listen_on(Transport::tcp, "127.0.0.1");
    tcp::socket peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    int seconds = 0;
    socklen_t size = sizeof seconds;
    const int fd = connection_to_port(peer.local_endpoint().port());
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, &size), 0);
    EXPECT_EQ(seconds, 60);
}

TEST_F(TransportsTest, keepalives_over_udp_are_no_messages) {
    listen_on(Transport::udp, "127.0.0.1");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    for (const std::string& bytes :
         {std::string("\r\n\r\n"), std::string(1, '\0'), std::string(), message("a")})
        peer.send_to(asio::buffer(bytes), {make_address("127.0.0.1"), port()});
    ASSERT_EQ(receive(peer), message("a"));
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(transports->counters().keepalives, 3U);
}

TEST_F(TransportsTest, a_datagram_that_cannot_be_sent_holds_up_no_other) {
    listen_on(Transport::udp, "0.0.0.0");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    const Endpoint remote{make_address("127.0.0.1"), peer.local_endpoint().port()};
    Flow flow{Transport::udp, {make_address("127.0.0.1"), port()}, remote, 0};
    Flow no_such_source = flow;
    no_such_source.local.address = make_address("192.0.2.1");  // not an address of this machine
    transports->send(no_such_source, "lost");
    transports->send(flow, std::string(70000, 'x'));  // larger than any datagram
    transports->send(flow, "kept");
    EXPECT_EQ(receive(peer), "kept");
    EXPECT_EQ(transports->counters().send_errors, 2U);
    flow.local.port = static_cast<std::uint16_t>(port() ^ 1U);
    transports->send(flow, "no socket");
    EXPECT_EQ(transports->counters().sends_dropped, 1U);
}

TEST_F(TransportsTest, an_unspecified_local_address_lets_the_kernel_choose) {
    listen_on(Transport::udp, "0.0.0.0");
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    transports->send({Transport::udp,
                      {make_address("0.0.0.0"), port()},
                      {make_address("127.0.0.1"), peer.local_endpoint().port()},
                      0},
                     "hello");
    EXPECT_EQ(receive(peer), "hello");
}

TEST_F(TransportsTest, datagrams_beyond_the_queue_are_dropped_and_counted) {
    TransportLimits limits;
    limits.unsent_datagrams = 10;
    listen_on(Transport::udp, "127.0.0.1", limits);
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    const Flow flow{Transport::udp,
                    {make_address("127.0.0.1"), port()},
                    {make_address("127.0.0.1"), peer.local_endpoint().port()},
                    0};
    for (int i = 0; i < 15; ++i)
        transports->send(flow, std::to_string(i));
    EXPECT_EQ(transports->counters().sends_dropped, 5U);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(receive(peer), std::to_string(i));
}

TEST_F(TransportsTest, a_taken_port_is_named_in_the_error) {
    listen_on(Transport::udp, "127.0.0.1");
    asio::io_context other;
    try {
        Transports(other, {{Transport::udp, {make_address("127.0.0.1"), port()}}}, *this);
        FAIL() << "bound twice";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("UDP 127.0.0.1:" + std::to_string(port())),
                  std::string::npos)
            << error.what();
        EXPECT_EQ(error.code(), asio::error::address_in_use);
    }
}

TEST_F(TransportsTest, a_stream_may_be_cut_at_any_byte) {
    listen_on(Transport::tcp, "127.0.0.1");
    const std::string wire = message("cut", "v=0\r\n");
    auto peer = connect();
    peer.set_option(tcp::no_delay(true));
    for (std::size_t cut = 1; cut < wire.size(); ++cut) {
        asio::write(peer, asio::buffer(wire.data(), cut));
        // The first part must be read by itself, or nothing was cut.
        for (int turn = 0; turn < 3; ++turn)
            loop.poll();
        loop.restart();
        ASSERT_EQ(messages.size(), cut - 1) << cut;
        asio::write(peer, asio::buffer(wire.data() + cut, wire.size() - cut));
        std::string all;
        ASSERT_TRUE(receives(peer, wire.size(), all)) << cut;
        ASSERT_EQ(all, wire);
        ASSERT_EQ(messages.back().bytes, wire);
    }
    EXPECT_EQ(transports->counters().connections_accepted, 1U);
}

TEST_F(TransportsTest, a_stream_that_trickles_byte_by_byte_is_understood) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    peer.set_option(tcp::no_delay(true));
    const std::string wire = message("slow", "body");
    for (const char c : wire) {
        asio::write(peer, asio::buffer(&c, 1));
        loop.poll();
        loop.restart();
    }
    std::string all;
    ASSERT_TRUE(receives(peer, wire.size(), all));
    EXPECT_EQ(all, wire);
}

TEST_F(TransportsTest, pipelined_messages_and_pings_are_answered_in_order) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    asio::write(peer, asio::buffer(message("1") + "\r\n\r\n" + message("2", "body") + "\r\n" + message("3") +
                                   "\r\n\r\n"));
    const std::string expected = message("1") + "\r\n" + message("2", "body") + message("3") + "\r\n";
    std::string all;
    ASSERT_TRUE(receives(peer, expected.size(), all));
    EXPECT_EQ(all, expected);
    EXPECT_EQ(transports->counters().keepalives, 2U);
    EXPECT_EQ(messages.front().flow.local, (Endpoint{make_address("127.0.0.1"), port()}));
    EXPECT_EQ(messages.front().flow.remote.port, peer.local_endpoint().port());
    EXPECT_NE(messages.front().flow.connection, 0U);
}

TEST_F(TransportsTest, a_broken_stream_is_closed_after_its_400_reached_the_peer) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    const std::string header = "OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n";
    // More than one read's worth behind it: closing with that unread would reset the connection and lose the
    // 400.
    asio::write(peer, asio::buffer(message("ok") + header + std::string(100'000, 'x')));
    EXPECT_EQ(read_to_end(peer), message("ok") + "SIP/2.0 400 Bad Framing\r\n\r\n");
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken.front().bytes, header);
    peer.close();
    EXPECT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(transports->counters().connections_closed_bad, 1U);
}

TEST_F(TransportsTest, a_broken_stream_whose_peer_stays_is_closed_anyway) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    asio::write(peer, asio::buffer(std::string("OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n")));
    EXPECT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
}

TEST_F(TransportsTest, a_header_that_never_ends_is_closed_unanswered) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    std::error_code ignored;
    asio::write(peer, asio::buffer("OPTIONS sip:x SIP/2.0\r\nX: " + std::string(70'000, 'x')), ignored);
    EXPECT_EQ(read_to_end(peer), "");
    EXPECT_TRUE(broken.empty());
}

TEST_F(TransportsTest, who_says_nothing_is_closed) {
    TransportLimits limits;
    limits.first_message = 50ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    auto peer = connect();
    EXPECT_EQ(read_to_end(peer), "");
    EXPECT_EQ(transports->counters().connections_closed_bad, 1U);
}

TEST_F(TransportsTest, slowloris_is_closed_although_it_keeps_sending) {
    TransportLimits limits;
    limits.first_message = 100ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    auto peer = connect();
    std::string all;
    asio::write(peer, asio::buffer(message("good")));
    ASSERT_TRUE(receives(peer, message("good").size(), all));
    asio::write(peer, asio::buffer(std::string("OPTIONS sip:x SIP/2.0\r\n")));
    const bool closed = run_until([&] {
        std::error_code error;
        asio::write(peer, asio::buffer("X", 1), error);
        return transports->counters().connections_open == 0;
    });
    EXPECT_TRUE(closed);
    EXPECT_EQ(transports->counters().connections_closed_bad, 1U);
}

TEST_F(TransportsTest, a_quiet_connection_lives_on_by_single_crlf_and_pings) {
    TransportLimits limits;
    limits.first_message = 60ms;
    limits.idle = 1000ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    auto peer = connect();
    keeps = true;
    asio::write(peer, asio::buffer(message("a") + "\r\n"));  // the CRLF is not the start of a message
    std::string all;
    for (int i = 0; i < 12; ++i) {
        const auto until = std::chrono::steady_clock::now() + 100ms;
        run_until([&] { return std::chrono::steady_clock::now() > until; });
        asio::write(peer, asio::buffer(std::string("\r\n\r\n")));
    }
    ASSERT_TRUE(receives(peer, message("a").size() + 24, all));
    EXPECT_EQ(transports->counters().connections_open, 1U);
    EXPECT_EQ(read_to_end(peer), "");  // and then idle
    EXPECT_EQ(transports->counters().connections_closed_bad, 0U);
}

TEST_F(TransportsTest, too_many_connections_of_one_source_are_refused_and_others_are_served) {
    TransportLimits limits;
    limits.connections_per_source = 3;
    listen_on(Transport::tcp, "0.0.0.0", limits);
    keeps = true;
    std::vector<tcp::socket> greedy;
    for (int i = 0; i < 8; ++i) {
        greedy.push_back(connect("127.0.0.1"));
        if (i >= 3) continue;
        asio::write(greedy.back(), asio::buffer(message("known")));
        std::string all;
        ASSERT_TRUE(receives(greedy.back(), message("known").size(), all));
    }
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_refused == 5; }));
    tcp::socket other(loop, tcp::endpoint(make_address("127.0.0.9"), 0));  // another source address
    other.connect({make_address("127.0.0.1"), port()});
    asio::write(other, asio::buffer(message("other")));
    std::string all;
    EXPECT_TRUE(receives(other, message("other").size(), all));
    asio::write(greedy.front(), asio::buffer(message("first")));
    all.clear();
    EXPECT_TRUE(receives(greedy.front(), message("first").size(), all));
    greedy.erase(greedy.begin());  // ended by its peer: its place may be taken
    loop.poll();
    loop.restart();
    auto later = connect("127.0.0.1");
    asio::write(later, asio::buffer(message("later")));
    all.clear();
    EXPECT_TRUE(receives(later, message("later").size(), all));
}

TEST_F(TransportsTest, no_more_than_all_connections_are_held) {
    TransportLimits limits;
    limits.connections = 4;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    std::vector<tcp::socket> peers;
    for (int i = 0; i < 6; ++i)
        peers.push_back(connect());
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_made_room == 2; }));
    EXPECT_EQ(transports->counters().connections_open, 4U);
    EXPECT_EQ(read_to_end(peers[0]), "") << "the oldest";
    EXPECT_EQ(read_to_end(peers[1]), "");
}

TEST_F(TransportsTest, who_has_proved_nothing_makes_room_and_who_has_stays) {
    TransportLimits limits;
    limits.connections = 4;
    listen_on(Transport::tcp, "0.0.0.0", limits);
    keeps = true;
    auto phone = connect();
    asio::write(phone, asio::buffer(message("phone")));
    std::string all;
    ASSERT_TRUE(receives(phone, message("phone").size(), all));
    keeps = false;
    std::vector<tcp::socket> idle;
    for (int i = 0; i < 20; ++i) {
        idle.emplace_back(loop, tcp::endpoint(make_address("127.0.0.9"), 0));
        idle.back().connect({make_address("127.0.0.1"), port()});
        asio::write(idle.back(), asio::buffer(message("idle")));
    }
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_made_room >= 17; }));
    EXPECT_EQ(transports->counters().connections_refused, 0U);
    const Endpoint to{make_address("127.0.0.1"), port()};
    ASSERT_TRUE(transports->reach(Transport::tcp, to)) << "also for one that we open";
    all.clear();
    asio::write(phone, asio::buffer(message("still")));
    EXPECT_TRUE(receives(phone, message("still").size(), all));
}

TEST_F(TransportsTest, who_has_proved_nothing_in_its_time_is_closed_however_busy) {
    TransportLimits limits;
    limits.unknown = 120ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    auto stranger = connect();
    asio::write(stranger, asio::buffer(message("stranger")));
    const bool closed = run_until([&] {
        std::error_code error;
        asio::write(stranger, asio::buffer("\r\n\r\n", 4), error);
        return transports->counters().connections_open == 0;
    });
    EXPECT_TRUE(closed);
    EXPECT_EQ(transports->counters().connections_closed_bad, 0U);
}

TEST_F(TransportsTest, unfinished_messages_are_bounded_in_bytes_together) {
    TransportLimits limits;
    limits.held_bytes = 300'000;
    listen_on(Transport::tcp, "0.0.0.0", limits);
    std::size_t most = 0;
    tcp::socket modest(loop, tcp::endpoint(make_address("127.0.0.9"), 0));
    modest.connect({make_address("127.0.0.1"), port()});
    const std::string whole = message("modest", std::string(20'000, 'm'));
    asio::write(modest, asio::buffer(whole.substr(0, 15'000)));
    const std::string part = message("greedy", std::string(60'000, 'g')).substr(0, 50'000);
    std::vector<tcp::socket> greedy;
    for (int i = 0; i < 20; ++i) {
        greedy.push_back(connect());
        std::error_code ignored;
        asio::write(greedy.back(), asio::buffer(part), ignored);
        run_until([&] {
            most = std::max(most, transports->counters().bytes_held);
            return transports->counters().bytes_held > 250'000 ||
                   transports->counters().bytes_held > most / 2;
        });
    }
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_made_room >= 10; }));
    EXPECT_LE(most, limits.held_bytes);
    std::string all;
    asio::write(modest, asio::buffer(whole.substr(15'000)));
    EXPECT_TRUE(receives(modest, whole.size(), all)) << "another's greed does not cost it its message";
    greedy.clear();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 1; }));
    EXPECT_LE(transports->counters().bytes_held, 32U * 1024);
}

TEST_F(TransportsTest, what_waits_to_be_sent_is_in_the_same_bound) {
    TransportLimits limits;
    limits.held_bytes = 500'000;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    echo = false;
    std::vector<tcp::socket> peers;
    for (int i = 0; i < 8; ++i) {
        peers.push_back(connect());
        asio::write(peers.back(), asio::buffer(message("a")));
    }
    ASSERT_TRUE(run_until([&] { return messages.size() == 8; }));
    for (const auto& got : std::vector<Got>(messages))
        transports->send(got.flow, std::string(200'000, 'x'));
    EXPECT_LE(transports->counters().bytes_held, limits.held_bytes);
    EXPECT_GE(transports->counters().connections_made_room, 5U);
}

TEST_F(TransportsTest, datagrams_that_wait_are_bounded_in_bytes) {
    TransportLimits limits;
    limits.unsent_datagram_bytes = 100'000;
    listen_on(Transport::udp, "127.0.0.1", limits);
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    const Flow flow{Transport::udp,
                    transports->bound()[0].endpoint,
                    {make_address("127.0.0.1"), peer.local_endpoint().port()},
                    0};
    for (int i = 0; i < 5; ++i)
        transports->send(flow, std::string(30'000, 'x'));
    EXPECT_EQ(transports->counters().sends_dropped, 2U);
    ASSERT_TRUE(run_until([&] { return transports->counters().datagrams_out == 3; }));
    transports->send(flow, std::string(30'000, 'x'));
    EXPECT_EQ(transports->counters().sends_dropped, 2U) << "what was sent counts no more";
}

TEST_F(TransportsTest, a_shut_UDP_port_is_told_and_costs_no_other_datagram) {
    std::vector<Listen> where{{Transport::udp, {make_address("127.0.0.1"), 0}},
                              {Transport::udp, {make_address("0.0.0.0"), 0}}};
    if (has_ipv6()) {
        where.push_back({Transport::udp, {make_address("::1"), 0}});
        where.push_back({Transport::udp, {make_address("::"), 0}});
    }
    listen(where);
    echo = false;
    udp::socket open(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    std::uint64_t told = 0;
    for (std::size_t i = 0; i < where.size(); ++i) {
        const auto* host = where[i].endpoint.address.is_v6() ? "::1" : "127.0.0.1";
        std::uint16_t shut = 0;
        {
            udp::socket once(loop, udp::endpoint(make_address(host), 0));
            shut = once.local_endpoint().port();
        }
        const Endpoint local{make_address(host), transports->bound()[i].endpoint.port};
        const Flow dead{Transport::udp, local, {make_address(host), shut}, 0};
        failed.clear();
        transports->send(dead, message("lost"));
        ASSERT_TRUE(run_until([&] { return !failed.empty(); })) << host;
        EXPECT_EQ(failed.front(), dead) << to_string(failed.front().local);
        EXPECT_EQ(transports->counters().unreachable, ++told);
    }
    const Endpoint local{make_address("127.0.0.1"), transports->bound()[0].endpoint.port};
    const Flow dead{Transport::udp, local, {make_address("127.0.0.1"), 1}, 0};
    const Flow alive{Transport::udp, local, {make_address("127.0.0.1"), open.local_endpoint().port()}, 0};
    for (int i = 0; i < 20; ++i) {
        transports->send(dead, message("lost"));
        loop.poll();
        loop.restart();
        transports->send(alive, message("found"));
        open.send_to(asio::buffer(message("in")), udp::endpoint(local.address, local.port));
        EXPECT_EQ(receive(open), message("found")) << i;
    }
    EXPECT_TRUE(run_until([&] { return messages.size() == 20; })) << "nor is any lost that comes in";
    EXPECT_EQ(transports->counters().send_errors, 0U);
}

TEST_F(TransportsTest, a_peer_that_ended_its_side_is_asked_nothing_more) {
    listen_on(Transport::tcp, "127.0.0.1");
    echo = false;
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    const Flow flow = messages.front().flow;
    EXPECT_TRUE(transports->alive(flow));
    peer.shutdown(tcp::socket::shutdown_send);
    ASSERT_TRUE(run_until([&] { return !failed.empty(); })) << "at once, not when its time is over";
    EXPECT_EQ(failed.front(), flow);
    EXPECT_FALSE(transports->alive(flow));
    EXPECT_EQ(transports->counters().connections_open, 1U) << "a late answer still goes out";
}

TEST_F(TransportsTest, a_peer_that_ended_its_side_still_gets_a_late_answer) {
    listen_on(Transport::tcp, "127.0.0.1");
    echo = false;
    auto peer = connect();
    asio::write(peer, asio::buffer(message("late")));
    peer.shutdown(tcp::socket::shutdown_send);
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    const auto until = std::chrono::steady_clock::now() + 50ms;
    run_until([&] { return std::chrono::steady_clock::now() > until; });
    transports->send(messages.front().flow, "answer");
    std::string all;
    EXPECT_TRUE(receives(peer, 6, all));
    EXPECT_EQ(all, "answer");
}

TEST_F(TransportsTest, a_half_closed_connection_ends_after_its_time) {
    TransportLimits limits;
    limits.half_closed = 80ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    peer.shutdown(tcp::socket::shutdown_send);
    EXPECT_EQ(read_to_end(peer), message("a"));
    EXPECT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(transports->counters().connections_closed_bad, 0U);
}

TEST_F(TransportsTest, sending_to_a_connection_that_is_gone_is_harmless_and_counted) {
    TransportLimits limits;
    limits.half_closed = 10ms;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    {
        auto peer = connect();
        asio::write(peer, asio::buffer(message("a")));
        ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
        peer.set_option(asio::socket_base::linger(true, 0));  // closes with a RST
    }
    transports->send(messages.front().flow, std::string(1000, 'x'));  // may still meet the open connection
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    const auto before = transports->counters().sends_dropped;
    transports->send(messages.front().flow, "too late");
    transports->close(messages.front().flow);
    EXPECT_EQ(transports->counters().sends_dropped, before + 1);
    auto again = connect();
    asio::write(again, asio::buffer(message("b")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 2; }));
    EXPECT_NE(messages[1].flow.connection, messages[0].flow.connection);
}

TEST_F(TransportsTest, a_flow_of_another_run_does_not_reach_the_stranger_with_its_number) {
    listen_on(Transport::tcp, "127.0.0.1");
    echo = false;
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    Flow old = messages.front().flow;
    old.remote.port = static_cast<std::uint16_t>(old.remote.port ^ 1U);
    transports->send(old, "secret");
    EXPECT_EQ(transports->counters().sends_dropped, 1U);
}

TEST_F(TransportsTest, close_sends_what_was_queued) {
    listen_on(Transport::tcp, "127.0.0.1");
    echo = false;
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    const std::string last_words(200'000, 'w');
    transports->send(messages.front().flow, last_words);
    transports->close(messages.front().flow);
    transports->send(messages.front().flow, "after the end");
    EXPECT_EQ(read_to_end(peer), last_words);
    EXPECT_EQ(transports->counters().sends_dropped, 1U);
}

TEST_F(TransportsTest, closing_from_inside_the_callback_is_allowed) {
    hangs_up = true;
    listen_on(Transport::tcp, "127.0.0.1");
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a") + message("never read")));
    EXPECT_EQ(read_to_end(peer), "bye");
}

TEST_F(TransportsTest, a_peer_that_does_not_read_is_closed_at_its_bound) {
    TransportLimits limits;
    limits.unsent_bytes = 64 * 1024;
    listen_on(Transport::tcp, "127.0.0.1", limits);
    echo = false;
    auto peer = connect();
    asio::write(peer, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    // Loopback buffers take some megabytes before the connection's own bound is met.
    for (int i = 0; i < 4000 && transports->counters().connections_open == 1; ++i) {
        transports->send(messages.front().flow, std::string(16 * 1024, 'x'));
        loop.poll();
        loop.restart();
    }
    EXPECT_EQ(transports->counters().connections_open, 0U);
    EXPECT_EQ(transports->counters().connections_closed_bad, 1U);
}

TEST_F(TransportsTest, without_descriptors_accepting_pauses_and_goes_on) {
    listen_on(Transport::tcp, "127.0.0.1");
    keeps = true;
    // One connection first: UBSan looks at an object of each type once, and needs a descriptor for that.
    tcp::socket early(loop, tcp::v4());
    early.connect({make_address("127.0.0.1"), port()});
    asio::write(early, asio::buffer(message("early")));
    std::string all;
    ASSERT_TRUE(receives(early, message("early").size(), all));
    loop.run_for(20ms);
    loop.restart();
    tcp::socket peer(loop, tcp::v4());
    peer.connect({make_address("127.0.0.1"), port()});
    asio::write(peer, asio::buffer(message("waiting")));
    // No descriptor above those in use: accept() fails with EMFILE.
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    const int lowest = dup(0);
    ASSERT_GE(lowest, 0);
    close(lowest);
    rlimit tight = old;
    tight.rlim_cur = static_cast<rlim_t>(lowest);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    int turns = 0;
    const auto until = std::chrono::steady_clock::now() + 350ms;
    while (std::chrono::steady_clock::now() < until) {
        turns += static_cast<int>(loop.run_one_for(10ms));
        loop.restart();
    }
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    EXPECT_GE(transports->counters().accept_errors, 1U);
    EXPECT_LT(turns, 30);  // 100 ms pauses, no spin
    all.clear();
    EXPECT_TRUE(receives(peer, message("waiting").size(), all));
}

TEST_F(TransportsTest, without_descriptors_who_has_proved_nothing_makes_room) {
    listen_on(Transport::tcp, "127.0.0.1");
    auto idle = connect();
    asio::write(idle, asio::buffer(message("idle")));
    std::string all;
    ASSERT_TRUE(receives(idle, message("idle").size(), all));
    auto peer = connect();
    asio::write(peer, asio::buffer(message("new")));
    const int lowest = dup(0);
    ASSERT_GE(lowest, 0);
    close(lowest);
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    const rlimit tight{static_cast<rlim_t>(lowest), old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    all.clear();
    const bool served = receives(peer, message("new").size(), all);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    EXPECT_TRUE(served);
    EXPECT_EQ(transports->counters().accept_errors, 1U);
    EXPECT_EQ(read_to_end(idle), "");
}

TEST_F(TransportsTest, transports_may_be_destroyed_with_everything_under_way) {
    listen(
        {{Transport::udp, {make_address("127.0.0.1"), 0}}, {Transport::tcp, {make_address("127.0.0.1"), 0}}});
    udp::socket peer(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    tcp::socket stream(loop);
    stream.connect({make_address("127.0.0.1"), transports->bound()[1].endpoint.port});
    asio::write(stream, asio::buffer(message("a")));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    transports->send(messages.front().flow, "queued");
    transports->send({Transport::udp,
                      transports->bound()[0].endpoint,
                      {make_address("127.0.0.1"), peer.local_endpoint().port()},
                      0},
                     "queued");
    transports.reset();
    loop.poll();  // what was pending finds nothing to call
}

}  // namespace
}  // namespace sip

// tests/sip/transport/reach_test.cpp - connections that we open, over real sockets on loopback; and STUN.
#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include "sip/transport/transports.hpp"
#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using asio::ip::tcp;
using asio::ip::udp;

const std::string message = "OPTIONS sip:a@example.test SIP/2.0\r\nContent-Length: 0\r\n\r\n";

struct ReachTest : testing::Test, Loop, Transports::Listener {
    std::vector<std::pair<Flow, std::string>> messages;
    std::vector<Flow> failed;
    bool answers = true;
    std::unique_ptr<Transports> transports;
    tcp::acceptor far{loop, tcp::endpoint(make_address("127.0.0.1"), 0)};

    void listen(const std::vector<Listen>& where, TransportLimits limits = {}) {
        transports = std::make_unique<Transports>(loop, where, *this, limits);
    }
    void on_message(const Flow& flow, std::string_view bytes) override { messages.emplace_back(flow, bytes); }
    void on_flow_failed(const Flow& flow) override { failed.push_back(flow); }
    bool may_answer(const Flow&) override { return answers; }
    void listen_tcp(TransportLimits limits = {}) {
        listen(
            {{Transport::tcp, {make_address("0.0.0.0"), 0}}, {Transport::udp, {make_address("0.0.0.0"), 0}}},
            limits);
    }
    [[nodiscard]] Endpoint far_end() const {
        return {far.local_endpoint().address(), far.local_endpoint().port()};
    }
};

TEST_F(ReachTest, a_connection_is_opened_once_and_what_was_sent_before_it_stood_arrives) {
    listen_tcp();
    const auto flow = transports->reach(Transport::tcp, far_end());
    ASSERT_TRUE(flow);
    EXPECT_EQ(to_string(flow->local), "127.0.0.1:" + std::to_string(transports->bound()[0].endpoint.port))
        << "the address that the kernel takes, and the port at which we listen";
    transports->send(*flow, message);
    EXPECT_TRUE(transports->alive(*flow));
    EXPECT_EQ(transports->reach(Transport::tcp, far_end()), flow);
    tcp::socket peer = far.accept();
    std::string got(message.size(), '\0');
    ASSERT_TRUE(run_until([&] { return peer.available() >= message.size(); }));
    asio::read(peer, asio::buffer(got));
    EXPECT_EQ(got, message);
    asio::write(peer, asio::buffer(message));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    EXPECT_EQ(messages[0].first, *flow) << "what comes back comes on the same flow";
    EXPECT_EQ(transports->counters().connections_opened, 1U);
}

TEST_F(ReachTest, a_refused_connection_is_told_and_tried_anew_the_next_time) {
    listen_tcp();
    const Endpoint nobody = far_end();
    far.close();
    const auto flow = transports->reach(Transport::tcp, nobody);
    ASSERT_TRUE(flow);
    transports->send(*flow, message);
    ASSERT_TRUE(run_until([&] { return !failed.empty(); }));
    EXPECT_EQ(failed, std::vector<Flow>{*flow});
    EXPECT_FALSE(transports->alive(*flow));
    transports->send(*flow, message);
    ASSERT_TRUE(run_until([&] { return failed.size() == 2; })) << "a send on what is gone is told too";
    const auto again = transports->reach(Transport::tcp, nobody);
    ASSERT_TRUE(again);
    EXPECT_NE(again->connection, flow->connection);
}

TEST_F(ReachTest, a_connection_that_does_not_come_about_is_given_up) {
    TransportLimits limits;
    limits.connect = 50ms;
    listen_tcp(limits);
    // A full backlog answers no SYN.
    tcp::acceptor full(loop);
    full.open(tcp::v4());
    full.bind({make_address("127.0.0.1"), 0});
    full.listen(0);
    std::vector<tcp::socket> fillers;
    for (int i = 0; i < 3; ++i) {
        // connect() waits for minutes here, also on a socket that does not block.
        fillers.emplace_back(loop).async_connect(full.local_endpoint(), [](const std::error_code&) {});
    }
    const auto flow =
        transports->reach(Transport::tcp, {make_address("127.0.0.1"), full.local_endpoint().port()});
    ASSERT_TRUE(flow);
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(run_until([&] { return !failed.empty(); }));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 45ms);
}

TEST_F(ReachTest, the_peer_ends_a_connection_and_it_is_told) {
    listen_tcp();
    const auto flow = transports->reach(Transport::tcp, far_end());
    tcp::socket peer = far.accept();
    run_until([&] { return false || loop.poll_one() == 0; });
    peer.set_option(asio::socket_base::linger(true, 0));
    peer.close();
    ASSERT_TRUE(run_until([&] { return !failed.empty(); }));
    EXPECT_EQ(failed[0], *flow);
}

TEST_F(ReachTest, bounds_and_transports_that_we_do_not_have_give_no_flow) {
    TransportLimits limits;
    limits.connections_opened = 1;
    listen_tcp(limits);
    EXPECT_TRUE(transports->reach(Transport::tcp, far_end()));
    EXPECT_FALSE(transports->reach(Transport::tcp, {make_address("127.0.0.9"), 5060}));
    EXPECT_FALSE(transports->reach(Transport::tls, far_end()));
    EXPECT_FALSE(transports->reach(Transport::udp, {make_address("2001:db8::1"), 5060}));
    const auto flow = transports->reach(Transport::udp, {make_address("127.0.0.9"), 5060});
    ASSERT_TRUE(flow);
    EXPECT_EQ(flow->local.address, make_address("127.0.0.1"));
    EXPECT_TRUE(transports->alive(*flow));
}

TEST_F(ReachTest, a_STUN_request_on_the_SIP_port_is_answered) {
    listen_tcp();
    udp::socket phone(loop, udp::endpoint(make_address("127.0.0.1"), 0));
    const std::string request(
        "\0\x01\0\0\x21\x12\xa4\x42"
        "abcdefghijkl",
        20);
    phone.send_to(asio::buffer(request), {make_address("127.0.0.1"), transports->bound()[1].endpoint.port});
    ASSERT_TRUE(run_until([&] { return phone.available() > 0; }));
    std::array<char, 100> answer{};
    EXPECT_EQ(phone.receive(asio::buffer(answer)), 32U);
    EXPECT_EQ(std::string(answer.data(), 2), std::string("\x01\x01"));
    EXPECT_EQ(transports->counters().stun_answers, 1U);
    EXPECT_TRUE(messages.empty());

    answers = false;
    phone.send_to(asio::buffer(request), {make_address("127.0.0.1"), transports->bound()[1].endpoint.port});
    ASSERT_TRUE(run_until([&] { return transports->counters().datagrams_dropped == 1; }));
    EXPECT_EQ(transports->counters().stun_answers, 1U)
        << "who may not be answered is not answered here either";
    EXPECT_EQ(phone.available(), 0U);
}

}  // namespace
}  // namespace sip

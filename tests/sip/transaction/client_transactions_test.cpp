// tests/sip/transaction/client_transactions_test.cpp - RFC 3261 §17.1 by the clock.
#include "sip/transaction/client_transactions.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

using Outcome = ClientTransactions::Outcome;
using Kind = ClientTransactions::Event::Kind;

struct ClientTest : ::testing::Test {
    Sent sent;
    ClientTransactions clients{{}, sent};
    ClientTransactions::Time now{1000h};
    const Flow udp = udp_flow("192.0.2.1", 5060), tcp = tcp_flow("192.0.2.1", 3);

    static std::string request(const std::string& method) {
        Request r;
        r.method = method;
        r.branch = "z9hG4bKours";
        r.more = "Route: <sip:192.0.2.1;lr>\r\n";
        r.body = "v=0\r\n";
        return r.text();
    }
    Outcome answer(int status, const std::string& method = "INVITE",
                   const std::string& branch = "z9hG4bKours") {
        const std::string wire =
            "SIP/2.0 " + std::to_string(status) + " X\r\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=" + branch +
            "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:bob@example.net>;tag=2\r\nCall-ID: c\r\n"
            "CSeq: 1 " +
            method + "\r\n\r\n";
        return clients.receive(*MessageView::parse(wire), now);
    }
    std::vector<Kind> pass(std::chrono::milliseconds time) {
        std::vector<Kind> kinds;
        for (; time.count() > 0; time -= 100ms) {
            now += 100ms;
            for (const auto& event : clients.on_time(now))
                kinds.push_back(event.kind);
        }
        return kinds;
    }
};

TEST_F(ClientTest, an_INVITE_is_repeated_with_doubled_intervals_until_timer_B) {
    clients.start("z9hG4bKours", udp, Method::invite, request("INVITE"), now);
    EXPECT_EQ(pass(31'900ms), std::vector<Kind>{});
    EXPECT_EQ(sent.items.size(), 7U);  // 0 .5 1.5 3.5 7.5 15.5 31.5
    EXPECT_EQ(pass(100ms), std::vector<Kind>{Kind::timeout});
    EXPECT_EQ(clients.size(), 0U);
    EXPECT_EQ(clients.next_wake(), std::nullopt);
}

TEST_F(ClientTest, other_requests_are_repeated_at_most_every_four_seconds_also_after_a_provisional) {
    clients.start("z9hG4bKours", udp, Method::message, request("MESSAGE"), now);
    pass(8s);
    EXPECT_EQ(sent.items.size(), 5U);  // 0 .5 1.5 3.5 7.5
    EXPECT_EQ(answer(100, "MESSAGE"), Outcome::news);
    pass(8s);
    EXPECT_EQ(sent.items.size(), 7U);  // 12 16
    EXPECT_EQ(pass(16s), std::vector<Kind>{Kind::timeout});
}

TEST_F(ClientTest, on_a_stream_nothing_is_repeated) {
    clients.start("z9hG4bKours", tcp, Method::invite, request("INVITE"), now);
    EXPECT_EQ(pass(32s), std::vector<Kind>{Kind::timeout});
    EXPECT_EQ(sent.items.size(), 1U);
}

TEST_F(ClientTest, a_refusal_is_ACKed_each_time_it_comes_and_told_once) {
    clients.start("z9hG4bKours", udp, Method::invite, request("INVITE"), now);
    EXPECT_EQ(answer(180), Outcome::news);
    EXPECT_EQ(pass(60s), std::vector<Kind>{}) << "a ringing phone ends no transaction";
    EXPECT_EQ(answer(486), Outcome::news);
    EXPECT_EQ(answer(486), Outcome::absorbed);
    ASSERT_EQ(sent.items.size(), 3U);
    const std::string& ack = sent.items[1].bytes;
    EXPECT_TRUE(ack.starts_with("ACK sip:bob@example.net SIP/2.0\r\n")) << ack;
    EXPECT_EQ(field(ack, "To"), "<sip:bob@example.net>;tag=2");
    EXPECT_EQ(field(ack, "CSeq"), "1 ACK");
    EXPECT_EQ(field(ack, "Route"), "<sip:192.0.2.1;lr>");
    EXPECT_TRUE(field(ack, "Via").ends_with("branch=z9hG4bKours;rport")) << ack;
    EXPECT_TRUE(ack.ends_with("\r\n\r\n"));
    EXPECT_EQ(pass(31s), std::vector<Kind>{});
    EXPECT_EQ(pass(1s), std::vector<Kind>{Kind::finished});  // timer D
    EXPECT_EQ(answer(486), Outcome::stray);
}

TEST_F(ClientTest, every_2xx_is_news_for_32_seconds_and_never_ACKed_here) {
    clients.start("z9hG4bKours", udp, Method::invite, request("INVITE"), now);
    EXPECT_EQ(answer(200), Outcome::news);
    EXPECT_EQ(answer(200), Outcome::news);
    EXPECT_EQ(answer(486), Outcome::absorbed);
    EXPECT_EQ(sent.items.size(), 1U);
    EXPECT_EQ(pass(32s), std::vector<Kind>{Kind::finished});  // timer M
    EXPECT_EQ(answer(200), Outcome::stray);
}

TEST_F(ClientTest, CANCEL_waits_for_a_provisional_and_is_a_transaction_of_its_own) {
    clients.start("z9hG4bKours", udp, Method::invite, request("INVITE"), now);
    clients.cancel("z9hG4bKours", {}, now);
    EXPECT_EQ(sent.items.size(), 1U);
    answer(100);
    clients.cancel("z9hG4bKours", "SIP;cause=200", now);
    clients.cancel("z9hG4bKours", {}, now);
    ASSERT_EQ(sent.items.size(), 2U);
    EXPECT_TRUE(sent.items[1].bytes.starts_with("CANCEL sip:bob@example.net"));
    EXPECT_EQ(field(sent.items[1].bytes, "Reason"), "SIP;cause=200");
    pass(600ms);
    EXPECT_EQ(sent.items.size(), 3U) << "timer E";
    EXPECT_EQ(answer(200, "CANCEL"), Outcome::absorbed);
    EXPECT_EQ(answer(487), Outcome::news);
}

TEST_F(ClientTest, a_broken_flow_fails_what_waits_on_it_and_nothing_else) {
    clients.start("z9hG4bKours", tcp, Method::invite, request("INVITE"), now);
    clients.start("z9hG4bKother", udp, Method::message, request("MESSAGE"), now);
    EXPECT_TRUE(clients.fail(tcp_flow("192.0.2.1", 4)).empty());
    const auto events = clients.fail(tcp);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, Kind::no_way);
    EXPECT_EQ(events[0].branch, "z9hG4bKours");
    EXPECT_EQ(clients.size(), 1U);
    EXPECT_TRUE(clients.fail(tcp).empty());
}

TEST_F(ClientTest, the_branch_and_the_method_must_fit) {
    clients.start("z9hG4bKours", udp, Method::invite, request("INVITE"), now);
    EXPECT_EQ(answer(200, "INVITE", "z9hG4bKthei"), Outcome::stray);
    EXPECT_EQ(answer(200, "BYE"), Outcome::stray);
    EXPECT_EQ(answer(200, "CANCEL"), Outcome::stray);
    EXPECT_EQ(answer(200), Outcome::news);
}

}  // namespace

}  // namespace sip::testing

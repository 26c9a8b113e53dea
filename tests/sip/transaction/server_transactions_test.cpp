// tests/sip/transaction/server_transactions_test.cpp - RFC 3261 §17.2: once handled, always answered the
// same.
#include "sip/transaction/server_transactions.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct Calls : EdgeTest {
    Calls() {
        phone = udp_flow("10.0.0.5", 5060);
        register_bob("<sip:bob@10.0.0.5>");
        phone = udp_flow();
        sent.items.clear();
    }
    static Request call() {
        Request request;
        request.uri = "sip:bob@home.test";
        request.from = "<sip:stranger@elsewhere.test>;tag=s";
        request.body = std::string(600, '.');  // else no 100 before he repeats himself
        return request;
    }
    Request cancel(Request request = call()) {
        request.method = "CANCEL";
        return request;
    }
    std::vector<int> statuses() {
        std::vector<int> all;
        for (const auto& item : sent.items)
            all.push_back(status_of(item.bytes));
        return all;
    }
    void answer(const RouteAnswer& route) {
        ASSERT_FALSE(host.waiting.empty());
        edge->answered(host.waiting.back(), route, now);
    }
    /// An authenticated INVITE of alice, whose answers are resent until the ACK.
    Request own_call() {
        Request request = call();
        request.from = "<sip:alice@home.test>;tag=own";
        const auto refusal = receive(request.text());
        acknowledge(request);
        request = authorized(request, refusal);
        sent.items.clear();
        return request;
    }
};

TEST_F(Calls, a_retransmitted_INVITE_gets_the_identical_bytes) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    const auto first = receive(call().text());
    ASSERT_EQ(status_of(first), 302);
    pass(700ms);
    EXPECT_EQ(receive(call().text()), first);
    EXPECT_EQ(host.questions.size(), 1U);
    EXPECT_EQ(edge->counters().retransmissions, 1U);
}

TEST_F(Calls, a_retransmitted_REGISTER_and_a_challenged_INVITE_get_the_identical_bytes) {
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    EXPECT_EQ(receive(request.text()), refusal);
    const Request good = authorized(request, refusal);
    const auto ok = receive(good.text());
    ASSERT_EQ(status_of(ok), 200);
    pass(4s);
    EXPECT_EQ(receive(good.text()), ok);
    EXPECT_EQ(store.kept.at("alice").size(), 1U);
    Request abroad;
    const auto challenged = receive(abroad.text());
    ASSERT_EQ(status_of(challenged), 407);
    EXPECT_EQ(receive(abroad.text()), challenged);
}

TEST_F(Calls, answers_that_keep_no_state_are_identical_too) {
    Request request = call();
    request.uri = "sip:nobody@home.test";
    const auto first = receive(request.text());
    ASSERT_EQ(status_of(first), 404);
    pass(40s);
    EXPECT_EQ(receive(request.text()), first);
}

TEST_F(Calls, the_answer_to_an_own_caller_is_resent_by_timer_G_until_the_ACK) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    const Request request = own_call();
    const auto answer = receive(request.text());
    ASSERT_EQ(status_of(answer), 302);
    for (const auto wait : {499ms, 1ms, 999ms, 1ms, 2000ms, 4000ms, 4000ms})
        pass(wait);
    EXPECT_EQ(sent.items.size(), 6U);  // at 0, 0.5, 1.5, 3.5, 7.5 and 11.5 s
    for (const auto& item : sent.items)
        EXPECT_EQ(item.bytes, answer);
    acknowledge(request);
    pass(4s);
    EXPECT_EQ(receive(request.text()), "");  // confirmed: a late INVITE is absorbed
    pass(1s);                                // timer I
    EXPECT_EQ(sent.items.size(), 6U);
}

TEST_F(Calls, without_an_ACK_the_transaction_ends_after_32_seconds) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    receive(own_call().text());
    for (int i = 0; i < 320; ++i)
        pass(100ms);
    EXPECT_EQ(sent.items.size(), 11U);  // 0 .5 1.5 3.5 7.5 11.5 15.5 19.5 23.5 27.5 31.5
    pass(60s);
    EXPECT_EQ(sent.items.size(), 11U);
}

TEST_F(Calls, a_stranger_is_answered_once_for_each_packet_it_sent) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    receive(call().text());
    for (int i = 0; i < 320; ++i)
        pass(100ms);
    EXPECT_EQ(sent.items.size(), 1U);  // a forged source address is not to get eleven
}

TEST_F(Calls, on_a_stream_nothing_is_resent) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    const auto flow = tcp_flow();
    receive(flow, call().text());
    for (int i = 0; i < 320; ++i)
        pass(100ms);
    EXPECT_EQ(sent.items.size(), 1U);
    EXPECT_EQ(sent.items[0].flow, flow);
}

TEST_F(Calls, a_slow_route_gets_100_after_200_ms_and_its_answer_is_resent_until_the_ACK) {
    EXPECT_EQ(receive(call().text()), "");
    pass(199ms);
    EXPECT_TRUE(sent.items.empty());
    pass(1ms);
    EXPECT_EQ(statuses(), std::vector{100});
    EXPECT_EQ(field(sent.items[0].bytes, "To").find("tag"), std::string::npos);
    const std::string trying = sent.items[0].bytes;
    EXPECT_EQ(receive(call().text()), trying);
    sent.items.clear();
    answer(redirect_to("sip:bob@10.0.0.5:5060"));
    EXPECT_EQ(statuses(), std::vector{302});
    EXPECT_EQ(edge->next_wake(), now.steady + 500ms);
    pass(499ms);
    EXPECT_EQ(sent.items.size(), 1U);
    pass(1ms);
    EXPECT_EQ(statuses(), (std::vector{302, 302}));
    acknowledge(call());
    pass(5s);
    EXPECT_EQ(sent.items.size(), 2U);
}

TEST_F(Calls, a_route_that_never_answers_is_504_after_12_seconds_and_its_late_answer_is_dropped) {
    receive(call().text());
    pass(11'900ms);
    EXPECT_EQ(statuses(), std::vector{100});
    pass(100ms);
    EXPECT_EQ(statuses(), (std::vector{100, 504}));
    answer(redirect_to("sip:bob@10.0.0.5:5060"));
    EXPECT_EQ(sent.items.size(), 2U);
}

TEST_F(Calls, a_MESSAGE_gets_no_100) {
    Request request = call();
    request.method = "MESSAGE";
    receive(request.text());
    pass(3s);
    EXPECT_TRUE(sent.items.empty());
    answer(redirect_to("sip:bob@10.0.0.5:5060"));
    EXPECT_EQ(statuses(), std::vector{302});
}

TEST_F(Calls, CANCEL_is_200_and_its_INVITE_487_with_the_same_To_tag) {
    receive(call().text());
    const auto before = sent.items.size();
    edge->receive(phone, cancel().text(), now);
    ASSERT_EQ(sent.items.size(), before + 2);
    const std::string ok = sent.items[before].bytes;
    const std::string terminated = sent.items[before + 1].bytes;
    EXPECT_EQ(status_of(ok), 200);
    EXPECT_EQ(field(ok, "CSeq"), "1 CANCEL");
    EXPECT_EQ(status_of(terminated), 487);
    EXPECT_EQ(field(terminated, "CSeq"), "1 INVITE");
    EXPECT_EQ(field(ok, "To"), field(terminated, "To"));
    answer(redirect_to("sip:bob@10.0.0.5:5060"));  // too late
    EXPECT_EQ(sent.items.size(), before + 2);
    const std::string first = sent.items[before].bytes;
    EXPECT_EQ(receive(cancel().text()), first);
}

TEST_F(Calls, CANCEL_of_nothing_is_481_and_that_of_an_answered_call_changes_nothing) {
    EXPECT_EQ(status(cancel().text()), 481);
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    receive(call().text());
    EXPECT_EQ(status(cancel().text()), 200);
}

TEST_F(Calls, a_stranger_with_the_right_branch_can_neither_cancel_nor_collect_an_answer) {
    receive(call().text());
    const Flow other = udp_flow("10.6.6.6", 5070);
    EXPECT_EQ(status_of(receive(other, cancel().text())), 481);
    receive(other, call().text());
    EXPECT_EQ(host.questions.size(), 2U);
}

TEST_F(Calls, an_RFC_2543_client_is_matched_without_a_branch) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    for (const std::string branch : {"", "z9hG4bK", "1"}) {
        Request request = call();
        request.branch = branch;
        request.call_id = "old" + branch;
        const auto asked = host.questions.size();
        const auto first = receive(request.text());
        EXPECT_EQ(status_of(first), 302) << branch;
        EXPECT_EQ(receive(request.text()), first);
        EXPECT_EQ(host.questions.size(), asked + 1);
        Request other = request;
        other.cseq = 2;
        receive(other.text());
        EXPECT_EQ(host.questions.size(), asked + 2);
        Request ack = request;
        ack.method = "ACK";
        ack.to = "<sip:bob@example.net>;tag=wrong";
        receive(ack.text());
        EXPECT_EQ(receive(request.text()), first);  // that ACK was for something else
        ack.to = field(first, "To");
        receive(ack.text());
        EXPECT_EQ(receive(request.text()), "");  // confirmed
    }
}

TEST_F(Calls, the_CANCEL_and_ACK_of_an_RFC_2543_client_may_bring_the_Via_that_we_returned) {
    for (const std::string branch : {"", "1", "z9hG4bK"}) {
        Request request = call();
        request.branch = branch;
        request.call_id = "returned" + branch;
        receive(request.text());
        ASSERT_FALSE(host.waiting.empty());
        Request returned = request;
        returned.via_extra = ";received=10.0.0.9;rport=5070";
        sent.items.clear();
        edge->receive(phone, cancel(returned).text(), now);
        EXPECT_EQ(statuses(), (std::vector<int>{200, 487})) << branch;
        const auto answer = sent.items.back().bytes;
        EXPECT_EQ(receive(request.text()), answer) << "not acknowledged yet";
        Request ack = returned;
        ack.method = "ACK";
        ack.to = field(answer, "To");
        receive(ack.text());
        EXPECT_EQ(receive(request.text()), "");
        Request other = cancel(returned);
        other.branch += "2";
        EXPECT_EQ(status_of(receive(other.text())), 481) << "of another branch";
    }
}

TEST_F(Calls, the_answer_goes_where_RFC_3581_and_18_2_2_say) {
    Request request = call();
    request.uri = "sip:nobody@home.test";
    const auto went = [&](const std::string& via, const Flow& flow) {
        std::string text = request.text();
        const std::string old = "SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKone;rport";
        text.replace(text.find(old), old.size(), via);
        edge->receive(flow, text, now);
        return sent.items.back().flow;
    };
    const Flow flow = udp_flow("10.0.0.9", 40000);
    Flow expected = flow;
    EXPECT_EQ(went("SIP/2.0/UDP 192.168.1.5:5080;branch=z9hG4bKa;rport", flow), expected);
    EXPECT_NE(field(sent.items.back().bytes, "Via").find("received=10.0.0.9"), std::string::npos);
    EXPECT_NE(field(sent.items.back().bytes, "Via").find("rport=40000"), std::string::npos);
    expected.remote.port = 5080;
    EXPECT_EQ(went("SIP/2.0/UDP 192.168.1.5:5080;branch=z9hG4bKb", flow), expected);
    expected.remote.port = 5060;
    EXPECT_EQ(went("SIP/2.0/UDP 192.168.1.5;branch=z9hG4bKc", flow), expected);
    EXPECT_EQ(went("SIP/2.0/UDP 192.168.1.5;branch=z9hG4bKd;maddr=192.0.2.66", flow), expected);
    EXPECT_EQ(went("SIP/2.0/UDP 192.168.1.5:5080;branch=z9hG4bKe", tcp_flow()), tcp_flow());
}

struct Crowd : Calls {
    Crowd() {
        config.max_transactions = 4;
        start();
    }
    static Request numbered(int n, Request request = call()) {
        request.branch = "z9hG4bKn" + std::to_string(n);
        request.call_id = "n" + std::to_string(n);
        return request;
    }
};

TEST_F(Crowd, live_calls_are_never_displaced_and_new_ones_get_503_with_Retry_After) {
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(receive(numbered(i).text()), "");
    const auto refused = receive(numbered(9).text());
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(field(refused, "Retry-After"), "");
    for (int i = 0; i < 50; ++i)
        receive(numbered(100 + i, Request{}).text());  // junk to be challenged
    sent.items.clear();
    for (const RouteId& id : host.waiting)
        edge->answered(id, redirect_to("sip:bob@10.0.0.5:5060"), now);
    EXPECT_EQ(statuses(), (std::vector{302, 302, 302, 302}));
}

TEST_F(Crowd, a_CANCEL_is_served_when_there_is_no_room) {
    for (int i = 0; i < 4; ++i)
        receive(numbered(i).text());
    edge->receive(phone, cancel(numbered(2)).text(), now);
    EXPECT_EQ(statuses(), (std::vector{200, 487}));
    EXPECT_EQ(receive(numbered(9).text()), "");  // which made room
}

TEST_F(Crowd, answered_ones_make_room_the_oldest_challenge_first) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    receive(numbered(0).text());
    receive(numbered(1, Request{}).text());
    const auto kept = receive(numbered(2, Request{}).text());
    receive(numbered(3).text());
    EXPECT_EQ(status_of(receive(numbered(4).text())), 302);  // in place of 1
    const auto asked = host.questions.size();
    EXPECT_EQ(receive(numbered(2, Request{}).text()), kept);
    EXPECT_EQ(status_of(receive(numbered(0).text())), 302);
    EXPECT_EQ(host.questions.size(), asked);
    const auto new_nonce = receive(numbered(1, Request{}).text());
    EXPECT_EQ(status_of(new_nonce), 407);
}

TEST(ServerTransactions, kept_answers_are_bounded_in_bytes) {
    Sent sent;
    ServerTransactions transactions(secret, {1000, 10'000}, sent);
    const auto now = ServerTransactions::Time{} + 1h;
    for (int i = 0; i < 100; ++i) {
        Request request;
        request.branch += std::to_string(i);
        const std::string text = request.text();
        const auto message = MessageView::parse(text);
        const auto key = transactions.key_of(*message, udp_flow());
        ASSERT_TRUE(transactions.open(key, *message, udp_flow()));
        transactions.final(key, 480, std::string(1000, 'x'), ServerTransactions::Resend::until_ack, now);
    }
    EXPECT_EQ(transactions.size(), 10U);
}

TEST(ServerTransactions, RFC_6026_after_a_2xx_the_INVITE_is_absorbed_for_32_seconds) {
    Sent sent;
    ServerTransactions transactions(secret, {}, sent);
    const auto now = ServerTransactions::Time{} + 1h;
    const std::string text = Request{}.text();
    const auto message = MessageView::parse(text);
    for (const Flow& flow : {udp_flow(), tcp_flow("10.0.0.8")}) {
        const auto key = transactions.key_of(*message, flow);
        ASSERT_TRUE(transactions.open(key, *message, flow));
        transactions.final(key, 200, "OK", ServerTransactions::Resend::until_ack, now);
        EXPECT_TRUE(transactions.absorb(key, *message, flow));
        transactions.on_time(now + 31s);
        EXPECT_TRUE(transactions.known(key));
    }
    EXPECT_EQ(sent.items.size(), 2U);  // the core of the UAS repeats a 2xx, not the transaction
    EXPECT_EQ(transactions.next_wake(), now + 32s);
    transactions.on_time(now + 32s);
    EXPECT_EQ(transactions.size(), 0U);
    EXPECT_FALSE(transactions.next_wake());
}

TEST(ServerTransactions, on_streams_a_request_other_than_INVITE_is_forgotten_at_its_answer) {
    Sent sent;
    ServerTransactions transactions(secret, {}, sent);
    Request request;
    request.method = "OPTIONS";
    const std::string text = request.text();
    const auto message = MessageView::parse(text);
    const auto key = transactions.key_of(*message, tcp_flow());
    ASSERT_TRUE(transactions.open(key, *message, tcp_flow()));
    transactions.final(key, 200, "OK", ServerTransactions::Resend::no, ServerTransactions::Time{});
    EXPECT_EQ(transactions.size(), 0U);
}

// --- how much is answered to an address that may be forged

struct Amplification : ::testing::Test {
    Sent sent;
    ServerTransactions transactions{secret, {100, std::size_t{1024} * 1024}, sent};
    ServerTransactions::Time now{1000h};
    const std::string wire = Request{}.text();
    const std::size_t limit = 3 * wire.size();

    ServerTransactions::Key open(const Flow& flow) {
        const auto request = MessageView::parse(wire);
        const auto key = transactions.key_of(*request, flow);
        EXPECT_TRUE(transactions.open(key, *request, flow));
        return key;
    }
    std::size_t answered() const {
        std::size_t bytes = 0;
        for (const auto& item : sent.items)
            bytes += item.bytes.size();
        return bytes;
    }
    std::string of(std::size_t size) const { return std::string(size, 'x'); }
};

TEST_F(Amplification, all_answers_of_a_transaction_are_no_more_than_three_times_what_came) {
    const auto key = open(udp_flow());
    for (int i = 0; i < 20; ++i)
        transactions.provisional(key, of(limit / 8));
    EXPECT_LE(answered(), limit);
    ASSERT_TRUE(transactions.final(key, 200, of(limit / 8), ServerTransactions::Resend::until_ack, now));
    EXPECT_EQ(sent.items.back().bytes.size(), limit / 8) << "there was room left for the final one";
    for (int i = 0; i < 20; ++i)  // as the callee repeats it, RFC 6026
        (void)transactions.final(key, 200, of(limit / 8), ServerTransactions::Resend::until_ack, now);
    EXPECT_LE(answered(), limit);
    EXPECT_GT(transactions.withheld(), 0u);
}

TEST_F(Amplification, no_provisional_answer_takes_the_room_of_the_final_one) {
    const auto key = open(udp_flow());
    transactions.provisional(key, of(300));
    EXPECT_EQ(answered(), 0u) << "so he will repeat himself";
    const auto request = MessageView::parse(wire);
    for (int i = 0; i < 2; ++i)
        EXPECT_TRUE(transactions.absorb(key, *request, udp_flow()));
    EXPECT_EQ(answered(), 300u) << "and by then hears the 100";
    transactions.final(key, 200, of(1'200), ServerTransactions::Resend::until_ack, now);
    EXPECT_EQ(answered(), 1'500u);
    EXPECT_LE(answered(), 3 * limit);
}

TEST_F(Amplification, what_is_repeated_by_a_timer_is_counted_too_and_what_comes_again_brings_room) {
    const auto key = open(udp_flow());
    transactions.final(key, 486, of(limit / 2), ServerTransactions::Resend::until_ack, now);
    for (int i = 0; i < 100; ++i) {
        now += 500ms;
        transactions.on_time(now);
        if (i == 40) break;
    }
    EXPECT_LE(answered(), limit);
    const auto before = answered();
    const auto request = MessageView::parse(wire);
    for (int i = 0; i < 10; ++i)
        (void)transactions.absorb(key, *request, udp_flow());
    EXPECT_GT(answered(), before);
    EXPECT_LE(answered(), 11 * limit);
}

TEST_F(Amplification, who_has_proved_himself_and_who_came_by_TCP_is_answered_in_full) {
    const auto proven = open(udp_flow());
    EXPECT_FALSE(transactions.proven(proven));
    transactions.prove(proven);
    EXPECT_TRUE(transactions.proven(proven));
    const auto by_tcp = open(tcp_flow("10.0.0.8"));
    for (const auto& key : {proven, by_tcp}) {
        sent.items.clear();
        for (int i = 0; i < 20; ++i)
            transactions.provisional(key, of(limit));
        EXPECT_EQ(answered(), 20 * limit);
    }
    EXPECT_EQ(transactions.withheld(), 0u);
}

}  // namespace

}  // namespace sip::testing

// tests/sip/edge/dialog_keeper_test.cpp - phones behind NATs stay within reach, and a call whose other end is
// gone is hung up at the one that is left: the edge between phones and other nodes that are wire text.
#include "sip/edge/dialog_keeper.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

using Lines = std::vector<std::string>;

Flow tls_flow(const char* remote, std::uint64_t connection) {
    return {Transport::tls,
            {asio::ip::make_address("127.0.0.2"), 5061},
            {asio::ip::make_address(remote), 40002},
            connection};
}

struct DialogKeeperTest : ProxyTest {
    const Flow nat = udp_flow("203.0.113.9", 40000);  // bob's phone, whose Contact is of the network behind
    const std::string bobs = "<sip:bob@192.168.7.5:5060>";

    /// Messages of this method that went to `flow` meanwhile, each answered with `status`; 0: with silence.
    std::vector<std::string> sent_to(const Flow& flow, const std::string& method, std::chrono::seconds time,
                                     int status = 0) {
        std::vector<std::string> all;
        for (auto passed = 0ms; passed < time; passed += 500ms) {
            const auto before = sent.items.size();
            pass(500ms);
            for (auto i = before; i < sent.items.size(); ++i) {
                const Sent::Item item = sent.items[i];
                if (item.flow.remote != flow.remote || !item.bytes.starts_with(method + " ")) continue;
                all.push_back(item.bytes);
                if (status != 0) send(flow, respond(item.bytes, status));
            }
        }
        return all;
    }
    /// A stranger's call to bob, answered. What bob's phone got, and what the caller got.
    std::string at_phone, at_caller;
    void talk(const Flow& phone_flow, const std::string& contact) {
        send(caller, call().text());
        at_phone = last_to(phone_flow);
        ASSERT_TRUE(at_phone.starts_with("INVITE ")) << at_phone;
        send(phone_flow, respond(at_phone, 200, "b", "Contact: " + contact + "\r\n"));
        at_caller = last_to(caller);
        ASSERT_EQ(status_of(at_caller), 200);
        send(caller, in_dialog("ACK", at_caller, "sip:bob@h").text());
        seen = sent.items.size();
    }
};

TEST_F(DialogKeeperTest, a_phone_behind_a_NAT_is_asked_for_a_sign_every_20_to_25_s) {
    bob_has(nat, bobs);
    const auto asked = sent_to(nat, "OPTIONS", 120s, 200);
    EXPECT_GE(asked.size(), 4U);
    EXPECT_LE(asked.size(), 6U);
    EXPECT_TRUE(asked[0].starts_with("OPTIONS sip:bob@192.168.7.5:5060 SIP/2.0\r\n")) << asked[0];
    EXPECT_EQ(field(asked[0], "To"), bobs);
    EXPECT_NE(field(asked[0], "Via").find(";rport"), std::string::npos);
    EXPECT_NE(field(asked[0], "Call-ID"), field(asked[1], "Call-ID"));
    EXPECT_EQ(edge->hung_up(), 0U);
}

TEST_F(DialogKeeperTest, so_is_one_that_has_its_flow_registered_or_is_met_in_the_open_network_and_no_other) {
    struct Row {
        const char *remote, *contact, *more;
        bool kept;
    };
    for (const Row& row :
         std::vector<Row>{{"10.0.0.5", "<sip:bob@10.0.0.5:5062>", "", false},
                          {"10.0.0.5", "<sip:bob@10.0.0.5:5063>", "", true},
                          {"10.0.0.5", "<sip:bob@10.0.0.5:5062>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"",
                           "Supported: outbound\r\n", true},
                          {"203.0.113.9", "<sip:bob@203.0.113.9:5062>", "", true}}) {
        start();
        const Flow flow = udp_flow(row.remote, 5062);
        bob_has(flow, row.contact, row.more);
        EXPECT_EQ(!sent_to(flow, "OPTIONS", 30s, 200).empty(), row.kept) << row.remote << row.contact;
    }
}

TEST_F(DialogKeeperTest, over_a_restart_too_and_not_any_more_once_it_has_gone) {
    bob_has(nat, bobs);
    pass(1s);
    start();
    EXPECT_FALSE(sent_to(nat, "OPTIONS", 30s, 200).empty());
    phone = nat;
    Request bye = registration(bobs + ";expires=0", 90, {}, "bob");
    bye.call_id = "another";
    EXPECT_EQ(status_of(as("bob", "builder", bye)), 200);
    (void)sent_to(nat, "OPTIONS", 2s);
    EXPECT_TRUE(sent_to(nat, "OPTIONS", 90s).empty());
    EXPECT_EQ(edge->next_wake(), std::nullopt) << "and nobody is woken for nothing";
}

TEST_F(DialogKeeperTest, any_answer_is_a_sign_and_who_never_gives_one_is_no_reason_to_hang_up) {
    bob_has(nat, bobs);
    talk(nat, bobs);
    (void)sent_to(nat, "OPTIONS", 300s);
    EXPECT_EQ(edge->hung_up(), 0U) << "it may know no OPTIONS";
    (void)sent_to(nat, "OPTIONS", 300s, 405);
    EXPECT_EQ(edge->hung_up(), 0U);
}

TEST_F(DialogKeeperTest, a_phone_that_falls_silent_ends_the_call_at_the_other_side) {
    bob_has(nat, bobs);
    talk(nat, bobs);
    (void)sent_to(nat, "OPTIONS", 60s, 200);
    const auto byes = sent_to(caller, "BYE", 120s, 200);
    ASSERT_EQ(byes.size(), 1U);
    const std::string& bye = byes[0];
    EXPECT_TRUE(bye.starts_with("BYE sip:stranger@10.0.0.9:5070 SIP/2.0\r\n")) << bye;
    EXPECT_EQ(field(bye, "From"), "<sip:bob@home.test>;tag=b");
    EXPECT_EQ(field(bye, "To"), call().from);
    EXPECT_EQ(field(bye, "Call-ID"), call().call_id);
    EXPECT_EQ(field(bye, "Reason"), "SIP;cause=408;text=\"The other side is gone\"");
    EXPECT_EQ(field(bye, "Route"), "");
    EXPECT_EQ(edge->hung_up(), 1U);
    // What is over is over: bob, should he come back, hears so.
    send(nat, in_dialog("BYE", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(lines().back(), "481 > 203.0.113.9:40000");
}

TEST_F(DialogKeeperTest, the_CSeq_of_a_BYE_of_ours_is_above_all_that_its_receiver_has_seen) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    config.delivery = Delivery::proxy;
    Request request = call();
    request.more += "Record-Route: <sip:between@192.0.2.50;lr>\r\n";  // so that we stay
    request.via_extra = "";
    const std::string second_via = "Via: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKb\r\n";
    std::string wire = request.text();
    wire.insert(wire.find("Via:"), second_via);
    send(udp_flow("192.0.2.50", 5060), wire);
    const std::string invite = last_to(desk);
    send(desk, respond(invite, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
    const Flow between = udp_flow("192.0.2.50", 5060);
    const std::string ok = last_to(between);
    ASSERT_EQ(status_of(ok), 200);
    Request info = in_dialog("INFO", ok, "sip:bob@10.0.0.5:5062");
    info.cseq = 41;
    info.more.erase(0, info.more.find("\r\n") + 2);  // that of who stands between
    send(between, info.text());
    send(desk, respond(last_to(desk), 200));
    EXPECT_EQ(edge->end_dialog(request.call_id, {503, "No sound for 60 \"s\""}, now), 1U);
    const std::string to_bob = last_to(desk), to_caller = last_to(between);
    EXPECT_TRUE(to_bob.starts_with("BYE sip:bob@10.0.0.5:5062 SIP/2.0\r\n")) << to_bob;
    EXPECT_EQ(field(to_bob, "CSeq"), "42 BYE");
    EXPECT_EQ(field(to_bob, "From"), request.from);
    EXPECT_EQ(field(to_bob, "To"), "<sip:bob@home.test>;tag=b");
    EXPECT_EQ(field(to_bob, "Reason"), "SIP;cause=503;text=\"No sound for 60 \\\"s\\\"\"");
    EXPECT_TRUE(to_caller.starts_with("BYE sip:stranger@10.0.0.9:5070 SIP/2.0\r\n")) << to_caller;
    EXPECT_EQ(field(to_caller, "CSeq"), "1 BYE") << "bob has not spoken";
    EXPECT_EQ(field(to_caller, "Route"), "<sip:between@192.0.2.50;lr>");
    EXPECT_EQ(edge->end_dialog(request.call_id, {503, "again"}, now), 0U);
}

TEST_F(DialogKeeperTest, a_Contact_that_was_told_anew_is_where_the_BYE_goes) {
    bob_has(nat, bobs);
    talk(nat, bobs);
    Request again = in_dialog("INVITE", at_caller, "sip:bob@192.168.7.5:5060");
    again.more += "Contact: <sip:moved@10.0.0.9:5090>\r\n";
    send(caller, again.text());
    ASSERT_TRUE(last_to(nat).starts_with("INVITE"));
    send(nat, respond(last_to(nat), 200, "b", "Contact: <sip:bob@192.168.7.5:5066>\r\n"));
    EXPECT_EQ(edge->end_dialog(call().call_id, {408, "x"}, now), 1U);
    EXPECT_TRUE(last_to(nat).starts_with("BYE sip:bob@192.168.7.5:5066 ")) << last_to(nat);
    EXPECT_TRUE(last_to(caller).starts_with("BYE sip:moved@10.0.0.9:5090 ")) << last_to(caller);
}

TEST_F(DialogKeeperTest, a_call_that_goes_past_us_is_nobody_whom_we_could_hang_up) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    ASSERT_EQ(field(last_to(desk), "Record-Route"), "");
    send(desk, respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
    EXPECT_EQ(edge->end_dialog(call().call_id, {408, "x"}, now), 0U);
}

TEST_F(DialogKeeperTest, a_request_inside_of_a_call_that_nobody_answers_ends_it) {
    bob_has(nat, bobs);
    talk(nat, bobs);
    Request again = in_dialog("INVITE", at_caller, "sip:bob@192.168.7.5:5060");
    again.more += "Contact: <sip:stranger@10.0.0.9:5070>\r\n";
    send(caller, again.text());
    const auto byes = sent_to(caller, "BYE", 60s, 200);
    ASSERT_EQ(byes.size(), 1U);
    EXPECT_EQ(field(byes[0], "Reason"), "SIP;cause=408;text=\"The other side does not answer\"");
}

// --- connections

struct NodesTest : DialogKeeperTest {
    const Flow node = tls_flow("192.0.2.8", 31);  // another's, which has called us and proved its zone
    void node_calls() {
        sent.peers[node] = {KeyHash{8}, std::array<std::uint8_t, 32>{9}, {}};
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
        Request request = call();
        std::string wire = request.text();
        wire.insert(wire.find("Via:"), "Via: SIP/2.0/TLS 192.0.2.8:5061;branch=z9hG4bKn\r\n");
        wire.insert(wire.find("Contact:"), "Record-Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n");
        send(node, wire);
        at_phone = last_to(desk);
        send(desk, respond(at_phone, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
        ASSERT_EQ(status_of(last_to(node)), 200);
        seen = sent.items.size();
    }
    /// Alice, our user, is in a call with carol at a node that we call over TLS.
    Flow opened;
    void we_call_a_node() {
        host.at_once = redirect_to("sip:carol@192.0.2.7:5061;transport=tls");
        host.at_once->contacts[0].hop =
            NextHop{Transport::tls, {asio::ip::make_address("192.0.2.7"), 5061}, {{}, KeyHash{7}}};
        host.at_once->gives_tls = true;
        Request request = call();
        request.uri = "sip:carol@elsewhere.test";
        request.to = "<sip:carol@elsewhere.test>";
        request.from = "<sip:alice@home.test>;tag=s";
        phone = caller;
        const auto refusal = receive(request.text());
        acknowledge(request);
        send(caller, authorized(request, refusal).text());
        opened = sent.items.back().flow;
        ASSERT_EQ(opened.transport, Transport::tls);
        sent.peers[opened] = {KeyHash{7}, {}, {}};
        send(opened,
             respond(last_to(opened), 200, "c", "Contact: <sip:carol@192.0.2.7:5061;transport=tls>\r\n"));
        ASSERT_EQ(status_of(last_to(caller)), 200);
        seen = sent.items.size();
    }
    void lose(const Flow& flow) {
        sent.dead.push_back(flow);
        edge->flow_failed(flow, now);
    }
};

TEST_F(NodesTest, connections_that_a_call_uses_are_pinged_as_long_as_it_lives) {
    node_calls();
    for (int i = 0; i < 120; ++i)
        pass(1s);
    EXPECT_GE(sent.pinged.size(), 4U);
    EXPECT_LE(sent.pinged.size(), 6U);
    for (const Flow& flow : sent.pinged)
        EXPECT_EQ(flow, node);
    send(desk, in_dialog("BYE", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true).text());
    send(node, respond(last_to(node), 200));
    pass(30s);
    sent.pinged.clear();
    for (int i = 0; i < 60; ++i)
        pass(1s);
    EXPECT_EQ(sent.pinged, std::vector<Flow>{});
}

TEST_F(NodesTest, when_the_other_node_is_gone_for_30_s_its_call_ends_at_the_phone) {
    node_calls();
    lose(node);
    EXPECT_TRUE(sent_to(desk, "BYE", 29s, 200).empty()) << "it may come back";
    const auto byes = sent_to(desk, "BYE", 10s, 200);
    ASSERT_EQ(byes.size(), 1U);
    EXPECT_TRUE(byes[0].starts_with("BYE sip:bob@10.0.0.5:5062 "));
    EXPECT_EQ(field(byes[0], "Reason"), "SIP;cause=408;text=\"The connection to the other side is lost\"");
    EXPECT_EQ(field(byes[0], "CSeq"), "2 BYE");
}

TEST_F(NodesTest, when_it_has_come_back_by_another_connection_the_call_goes_on_over_that) {
    node_calls();
    lose(node);
    pass(10s);
    const Flow again = tls_flow("192.0.2.8", 77);
    sent.peers[again] = sent.peers[node];
    EXPECT_TRUE(sent_to(desk, "BYE", 120s).empty());
    EXPECT_EQ(edge->hung_up(), 0U);
    EXPECT_FALSE(sent.pinged.empty());
    EXPECT_EQ(sent.pinged.back(), again);
    send(desk, in_dialog("BYE", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(sent.items.back().flow, again);
    EXPECT_TRUE(sent.items.back().bytes.starts_with("BYE "));
}

TEST_F(NodesTest, nobody_elses_connection_takes_its_place) {
    node_calls();
    lose(node);
    sent.peers[tls_flow("192.0.2.8", 78)] = {KeyHash{99}, std::array<std::uint8_t, 32>{9}, {}};
    EXPECT_EQ(sent_to(desk, "BYE", 40s, 200).size(), 1U);
}

TEST_F(NodesTest, a_connection_of_ours_that_breaks_is_opened_anew_and_the_call_goes_on) {
    we_call_a_node();
    const auto before = sent.expected.size();
    lose(opened);
    sent.reopens = true;
    EXPECT_TRUE(sent_to(caller, "BYE", 120s).empty());
    EXPECT_EQ(sent.expected.size(), before + 1) << "once";
    EXPECT_EQ(edge->hung_up(), 0U);
}

TEST_F(NodesTest, and_is_the_end_of_the_call_when_it_cannot_be) {
    we_call_a_node();
    lose(opened);
    sent.reopens = true;
    std::vector<std::string> byes;
    for (int i = 0; i < 45 && byes.empty(); ++i) {
        byes = sent_to(caller, "BYE", 1s, 200);
        for (std::uint64_t connection = 500; connection <= 500 + sent.expected.size(); ++connection) {
            Flow flow = opened;
            flow.connection = connection;
            if (flow != opened && sent.alive(flow)) lose(flow);  // each new one fails too
        }
    }
    ASSERT_EQ(byes.size(), 1U);
    EXPECT_TRUE(byes[0].starts_with("BYE sip:stranger@10.0.0.9:5070 "));
    EXPECT_EQ(field(byes[0], "From"), "<sip:carol@elsewhere.test>;tag=c");
}

TEST_F(NodesTest, a_phone_that_has_registered_again_over_another_connection_keeps_its_call) {
    const Flow first = tcp_flow("10.0.0.5", 7), second = tcp_flow("10.0.0.5", 8);
    for (const bool comes_back : {true, false}) {
        start();
        sent.dead.clear();
        bob_has(first, "<sip:bob@10.0.0.5:40001;transport=tcp>");
        talk(first, "<sip:bob@10.0.0.5:40001;transport=tcp>");
        lose(first);
        pass(5s);
        if (comes_back) bob_has(second, "<sip:bob@10.0.0.5:40001;transport=tcp>");
        const auto byes = sent_to(caller, "BYE", 60s, 200);
        EXPECT_EQ(byes.size(), comes_back ? 0U : 1U);
        if (!comes_back) continue;
        send(caller, in_dialog("BYE", at_caller, "sip:bob@10.0.0.5:40001;transport=tcp").text());
        EXPECT_EQ(sent.items.back().flow, second);
    }
}

TEST_F(NodesTest, the_end_of_a_connection_that_no_call_uses_is_nothing) {
    node_calls();
    pass(2s);
    const auto wake = edge->next_wake();
    for (std::uint64_t connection = 100; connection < 200; ++connection)
        lose(tls_flow("198.51.100.9", connection));
    EXPECT_EQ(edge->next_wake(), wake);
    EXPECT_EQ(edge->hung_up(), 0U);
}

}  // namespace
}  // namespace sip::testing

// tests/sip/edge/inbound_call_test.cpp - calls from outside at the edge: judged once, refused alike, and
// shown to the phone as the judge says, while the caller sees what he wrote.
#include "sip/edge/inbound_call.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

using Lines = std::vector<std::string>;
using Kind = InboundVerdict::Kind;

struct InboundEdgeTest : ProxyTest {
    InboundVerdict verdict;
    std::vector<std::string> judged;  // "bob exists reachable ticket"
    const std::string from = "Alice <sip:alice@127.0.0.9>;tag=s;x=y";
    const std::string shown = "\"mum\" <sip:alice@" + key_name + ">;tag=s";

    InboundEdgeTest() {
        config.delivery = Delivery::automatic;
        verdict.mark = {"mum", "sip:alice@" + key_name, true};
        config.judges_strangers = true;
        host.judgement = [this](const InboundCall& call) {
            judged.push_back(std::string(call.callee) + (call.exists ? " exists" : "") +
                             (call.reachable ? " reachable " : " ") + std::string(call.ticket));
            return verdict;
        };
        start();
    }
    Request invite() const {
        Request request = call();
        request.uri = "sip:bob@home.test;tk=ticket";
        request.from = from;
        return request;
    }
    /// Bob's phone, called, has answered 200; what the caller got.
    std::string said;
    std::string establish() {
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
        send(caller, invite().text());
        said = respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
        send(desk, said);
        seen = sent.items.size();
        return last_to(caller);
    }
};

TEST_F(InboundEdgeTest, the_phone_sees_the_mark_and_the_caller_what_he_wrote) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, invite().text());
    EXPECT_EQ(judged, Lines{"bob exists reachable ticket"});
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"}))
        << "proxied, for a 302 shows no mark";
    const std::string at_phone = last_to(desk);
    EXPECT_EQ(field(at_phone, "From"), shown);
    EXPECT_EQ(field(at_phone, "P-Asserted-Identity"), "\"mum\" <sip:alice@" + key_name + ">");
    EXPECT_EQ(at_phone.find("tk="), std::string::npos) << "the ticket goes no further";
    for (const int status : {180, 486}) {
        send(desk, respond(at_phone, status));
        EXPECT_EQ(status_of(last_to(caller)), status);
        EXPECT_EQ(field(last_to(caller), "From"), from);
    }
}

TEST_F(InboundEdgeTest, requests_inside_the_dialog_are_shown_so_in_both_directions) {
    const std::string ok = establish();
    EXPECT_EQ(field(ok, "From"), from);
    EXPECT_NE(field(ok, "Record-Route"), "") << "or the other names would meet";
    Request ack = in_dialog("ACK", ok, "sip:bob@10.0.0.5:5062");
    ack.cseq = 1;
    send(caller, ack.text());
    EXPECT_EQ(field(last_to(desk), "From"), shown);
    send(caller, in_dialog("INFO", ok, "sip:bob@10.0.0.5:5062").text());
    EXPECT_EQ(field(last_to(desk), "From"), shown);
    send(desk, respond(last_to(desk), 200));
    EXPECT_EQ(field(last_to(caller), "From"), from);

    Request bye = in_dialog("BYE", said, "sip:stranger@10.0.0.9:5070", true);
    bye.to = shown;  // as the phone knows him
    send(desk, bye.text());
    EXPECT_EQ(field(last_to(caller), "To"), from);
    send(caller, respond(last_to(caller), 200));
    EXPECT_EQ(status_of(last_to(desk)), 200);
    EXPECT_EQ(field(last_to(desk), "To"), shown);
}

// What a stranger who was refused holds: nothing.
TEST_F(InboundEdgeTest, a_refusal_gives_no_route_and_no_way_back_in) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, invite().text());
    send(desk, respond(last_to(desk), 180, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
    const std::string ringing = last_to(caller);
    ASSERT_NE(field(ringing, "Record-Route"), "") << "PRACK and UPDATE need it";
    send(desk, respond(last_to(desk), 486, "b"));
    ASSERT_EQ(status_of(last_to(caller)), 486);
    EXPECT_EQ(field(last_to(caller), "Record-Route"), "");
    fresh();
    for (const std::string method :
         {"MESSAGE", "REFER", "NOTIFY", "INVITE", "INFO", "UPDATE", "BYE", "PUBLISH"}) {
        for (const char* tag : {"s", "another"}) {
            Request request = in_dialog(method, ringing, "sip:bob@10.0.0.5:5062");
            request.from = "<sip:alice@127.0.0.9>;tag=" + std::string(tag);
            request.branch += tag;
            send(caller, request.text());
            EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"}) << method << " " << tag;
        }
    }
    EXPECT_EQ(judged.size(), 1u);
    EXPECT_GT(edge->counters().dialogs_refused, 7u);
}

TEST_F(InboundEdgeTest, a_response_without_a_tag_or_of_a_refusal_carries_no_route_of_any_kind) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    for (const int status : {302, 404, 486, 500, 603}) {
        Request request = invite();
        request.call_id = request.branch = "z9hG4bK" + std::to_string(status);
        send(caller, request.text());
        send(desk, respond(last_to(desk), status));
        EXPECT_EQ(status_of(last_to(caller)), status);
        EXPECT_EQ(field(last_to(caller), "Record-Route"), "") << status;
    }
}

TEST_F(InboundEdgeTest, in_an_answered_call_what_is_new_is_judged_as_the_first_was) {
    const std::string ok = establish();
    judged.clear();
    std::vector<std::string> proven;
    host.judgement = [&](const InboundCall& call) {
        judged.push_back(std::string(call.callee) + " " + std::string(call.request.method_text()));
        proven.emplace_back(call.proven);
        return verdict;
    };
    for (const std::string method : {"INFO", "UPDATE", "PRACK", "OPTIONS", "INVITE"}) {
        send(caller, in_dialog(method, ok, "sip:bob@10.0.0.5:5062").text());
        EXPECT_EQ(lines().back(), method + " > 10.0.0.5:5062");
    }
    EXPECT_EQ(judged, Lines{});
    for (const std::string method : {"MESSAGE", "REFER", "NOTIFY", "SUBSCRIBE", "PUBLISH", "FANCY"}) {
        send(caller, in_dialog(method, ok, "sip:bob@10.0.0.5:5062").text());
        EXPECT_EQ(lines(), Lines{method + " > 10.0.0.5:5062"});
        EXPECT_EQ(judged.back(), "bob " + method);
        EXPECT_EQ(proven.back(), "sip:alice@" + key_name) << "he is who he was";
        EXPECT_EQ(field(last_to(desk), "From"), shown);
    }
    verdict.kind = Kind::refuse;
    Request refer = in_dialog("REFER", ok, "sip:bob@10.0.0.5:5062");
    refer.branch += "again";
    send(caller, refer.text());
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
}

TEST_F(InboundEdgeTest, whom_a_user_of_ours_has_called_and_met_by_his_key_is_known_and_nobody_else) {
    std::vector<std::string> proven;
    host.judgement = [&](const InboundCall& call) {
        proven.emplace_back(call.proven);
        return verdict;
    };
    host.full_names["carol"] = "sip:carol@" + key_name;
    const Endpoint there{asio::ip::make_address("192.0.2.7"), 5061};
    phone = caller;
    sent.reopens = true;
    host.at_once = redirect_to("sip:carol@192.0.2.7:5061;transport=tls");
    host.at_once->contacts[0].hop = NextHop{Transport::tls, there, PeerExpectation{{}, KeyHash{7}}};
    host.at_once->gives_tls = true;
    Request request = call("z9hG4bKkey");
    request.call_id = "by-key";
    request.uri = "sip:carol@home.test";
    request.to = "<sip:carol@home.test>";
    request.from = "<sip:alice@home.test>;tag=s";
    const auto refusal = receive(request.text());
    acknowledge(request);
    send(caller, authorized(request, refusal).text());
    Flow opened;
    for (const auto& item : sent.items) {
        if (item.flow.transport == Transport::tls) opened = item.flow;
    }
    ASSERT_EQ(opened.transport, Transport::tls) << sent.items.back().bytes;
    sent.peers[opened] = {KeyHash{7}, {}, {}};
    const std::string ok =
        respond(last_to(opened), 200, "c", "Contact: <sip:carol@192.0.2.7:5061;transport=tls>\r\n");
    send(opened, ok);
    ASSERT_EQ(status_of(last_to(caller)), 200);
    const auto refer = [&](const char* branch) {
        Request handed = in_dialog("REFER", ok, "sip:stranger@10.0.0.9:5070", true);
        handed.branch = branch;
        handed.more += "Refer-To: <sip:dora@" + key_name + "?Replaces=x%3bfrom-tag%3dy%3bto-tag%3dz>\r\n";
        return handed.text();
    };
    send(opened, refer("z9hG4bKr1"));
    ASSERT_EQ(proven.size(), 1U);
    EXPECT_EQ(proven.back(), "sip:carol@" + key_name);
    EXPECT_NE(field(last_to(caller), "Refer-To").find("?Replaces=x%3bfrom-tag%3dy%3bto-tag%3dz>"),
              std::string::npos);
    Flow another = opened;
    another.connection += 40;
    sent.peers[another] = {KeyHash{8}, std::array<std::uint8_t, 32>{8}, {}};
    send(another, refer("z9hG4bKr3"));
    ASSERT_EQ(proven.size(), 2U);
    EXPECT_EQ(proven.back(), "") << "somebody else's connection, though he names the dialog";
}

TEST_F(InboundEdgeTest, a_NOTIFY_passes_unjudged_to_a_phone_that_has_sent_a_REFER) {
    const std::string ok = establish();
    judged.clear();
    send(desk, in_dialog("REFER", said, "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(lines(), Lines{"REFER > 10.0.0.9:5070"});
    send(caller, in_dialog("NOTIFY", ok, "sip:bob@10.0.0.5:5062").text());
    EXPECT_EQ(lines(), Lines{"NOTIFY > 10.0.0.5:5062"});
    EXPECT_EQ(judged, Lines{});
}

TEST_F(InboundEdgeTest,
       From_is_written_anew_whatever_the_caller_says_later_and_after_a_restart_he_is_nobody) {
    config.flow_key = config.secret;
    start();
    const std::string ok = establish();
    Request info = in_dialog("INFO", ok, "sip:bob@10.0.0.5:5062");
    info.from = "\"Your bank\" <sip:bank@example.org>;tag=s";
    send(caller, info.text());
    EXPECT_EQ(field(last_to(desk), "From"), shown);
    start();
    info.branch += "later";
    info.cseq = 3;
    send(caller, info.text());
    EXPECT_EQ(field(last_to(desk), "From"), "\"?\" <sip:unverified@unverified.invalid>;tag=s");
    judged.clear();
    Request again = in_dialog("INVITE", ok, "sip:bob@10.0.0.5:5062");
    send(caller, again.text());
    EXPECT_EQ(judged, Lines{"bob exists reachable "}) << "of a call that we have forgotten: judged again";
}

TEST_F(InboundEdgeTest, what_commands_the_phone_is_taken_out_for_all_but_the_known) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    const std::string commands =
        "Call-Info: <http://x>;answer-after=0\r\nAlert-Info: <http://x>;info=alert-autoanswer\r\n"
        "Answer-Mode: Auto\r\nPriv-Answer-Mode: Auto\r\nReplaces: x;to-tag=1;from-tag=2\r\n"
        "Join: x;to-tag=1;from-tag=2\r\nReply-To: <sip:x@y>\r\n";
    for (const bool known : {false, true}) {
        verdict.mark.known = known;
        Request request = invite();
        request.call_id = request.branch = known ? "z9hG4bKk" : "z9hG4bKu";
        request.more += commands;
        send(caller, request.text());
        for (const char* name :
             {"Call-Info", "Alert-Info", "Answer-Mode", "Priv-Answer-Mode", "Replaces", "Join", "Reply-To"})
            EXPECT_EQ(field(last_to(desk), name) != "", known) << name;
        said = respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
        send(desk, said);
        Request again = in_dialog("INVITE", last_to(caller), "sip:bob@10.0.0.5:5062");
        again.branch += request.branch;
        again.more += commands;
        send(caller, again.text());
        EXPECT_EQ(field(last_to(desk), "Alert-Info") != "", known) << "in the dialog too";
    }
}

// --- without our Route (RFC 3261 §12): a client that ignores Record-Route

TEST_F(InboundEdgeTest, ACK_and_BYE_to_the_address_of_record_are_known_by_their_tags) {
    const std::string ok = establish();
    for (const std::string method : {"ACK", "UPDATE", "BYE"}) {
        Request request = in_dialog(method, ok, "sip:bob@home.test");
        request.more.clear();
        send(caller, request.text());
        EXPECT_EQ(lines(), Lines{method + " > 10.0.0.5:5062"});
        EXPECT_TRUE(last_to(desk).starts_with(method + " sip:bob@10.0.0.5:5062 SIP/2.0\r\n"))
            << last_to(desk);
        EXPECT_EQ(field(last_to(desk), "From"), shown);
    }
}

TEST_F(InboundEdgeTest, so_are_those_of_our_own_phone_and_not_those_of_anybody_else) {
    const std::string ok = establish();
    Request stolen = in_dialog("BYE", ok, "sip:bob@home.test");
    stolen.more.clear();
    for (const Flow& other : {udp_flow("10.0.0.9", 5071), udp_flow("10.0.0.66", 5070)}) {
        stolen.branch += "x";
        send(other, stolen.text());
        EXPECT_EQ(lines(), Lines{"481 > " + to_string(other.remote)});
    }
    Request wrong = stolen;
    wrong.from = "<sip:alice@127.0.0.9>;tag=other";
    wrong.branch += "y";
    send(caller, wrong.text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"});
    Request bye = in_dialog("BYE", said, "sip:alice@" + key_name, true);
    bye.more.clear();
    send(desk, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.9:5070"});
    EXPECT_TRUE(last_to(caller).starts_with("BYE sip:stranger@10.0.0.9:5070 SIP/2.0\r\n")) << last_to(caller);
}

TEST_F(InboundEdgeTest, a_CANCEL_of_the_caller_reaches_the_phone_under_the_name_that_it_knows) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request request = invite();
    send(caller, request.text());
    send(desk, respond(last_to(desk), 180));
    request.method = "CANCEL";
    request.more.clear();
    request.body.clear();
    send(caller, request.text());
    EXPECT_TRUE(last_to(desk).starts_with("CANCEL ")) << last_to(desk);
    EXPECT_EQ(field(last_to(desk), "From"), shown);
}

TEST_F(InboundEdgeTest, what_others_assert_is_taken_out_in_both_directions) {
    verdict.mark = {"? Alice", "", false};
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    const std::string claims =
        "P-Asserted-Identity: <sip:mum@x>\r\nRemote-Party-ID: <sip:mum@x>\r\n"
        "p-preferred-identity: <sip:mum@x>\r\nP-Asserted-Identity: <tel:+1>\r\n";
    Request request = invite();
    request.more += claims;
    send(caller, request.text());
    EXPECT_EQ(field(last_to(desk), "From"), "\"? Alice\" <sip:alice@127.0.0.9>;tag=s");
    EXPECT_EQ(last_to(desk).find("mum"), std::string::npos);
    EXPECT_EQ(last_to(desk).find("Identity"), std::string::npos);
    send(desk, respond(last_to(desk), 183, "b", claims));
    EXPECT_EQ(status_of(last_to(caller)), 183);
    EXPECT_EQ(last_to(caller).find("mum"), std::string::npos);
}

TEST_F(InboundEdgeTest, with_delivery_redirect_the_policy_holds_and_no_mark_is_shown) {
    config.delivery = Delivery::redirect;
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, invite().text());
    EXPECT_EQ(lines(), Lines{"302 > 10.0.0.9:5070"});
    EXPECT_EQ(judged.size(), 1u);
}

TEST_F(InboundEdgeTest, refused_unknown_and_phoneless_get_the_same_bytes) {
    verdict.kind = Kind::refuse;
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    const auto answer = [&](const std::string& user, const std::string& method, bool remember) {
        verdict.remember = remember;
        Request request = invite();
        request.method = method;
        request.uri = "sip:" + user + "@home.test";
        request.branch = "z9hG4bK" + user + method + (remember ? "r" : "");
        send(caller, request.text());
        std::string text = last_to(caller);
        for (const auto& part : {request.branch, field(text, "To").substr(field(text, "To").find("tag="))})
            text.replace(text.find(part), part.size(), "X");
        return text;
    };
    for (const char* method : {"INVITE", "MESSAGE", "SUBSCRIBE"}) {
        const auto refused = answer("bob", method, false);
        EXPECT_EQ(status_of(refused), 480);
        EXPECT_EQ(answer("alice", method, false), refused) << "has no phone";
        EXPECT_EQ(answer("nobody", method, false), refused);
        EXPECT_EQ(answer("a%20b", method, false), refused);
        EXPECT_EQ(answer("bob", method, true), refused);
    }
    EXPECT_EQ(lines().size(), 15u) << "and no phone heard of it";
}

TEST_F(InboundEdgeTest, one_that_must_be_remembered_is_judged_once) {
    verdict.kind = Kind::refuse;
    verdict.remember = true;
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, invite().text());
    const auto first = last_to(caller);
    send(caller, invite().text());
    EXPECT_EQ(lines(), (Lines{"480 > 10.0.0.9:5070", "480 > 10.0.0.9:5070"}));
    EXPECT_EQ(last_to(caller), first);
    EXPECT_EQ(judged.size(), 1u);
}

TEST_F(InboundEdgeTest, one_to_be_ignored_gets_no_answer_at_all) {
    verdict.kind = Kind::ignore;
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, invite().text());
    EXPECT_EQ(lines(), Lines{});
    pass(40s);
    EXPECT_EQ(lines(), Lines{});
}

TEST_F(InboundEdgeTest, own_users_are_not_judged) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request request = invite();
    request.from = "<sip:alice@home.test>;tag=1";
    send(caller, request.text());
    send(caller, authorized(request, last_to(caller)).text());
    EXPECT_EQ(judged, Lines{});
    EXPECT_EQ(field(last_to(desk), "From"), "<sip:alice@home.test>;tag=1");
}

TEST_F(InboundEdgeTest, OPTIONS_says_the_same_for_every_label) {
    Request request = invite();
    request.method = "OPTIONS";
    for (const char* user : {"bob", "nobody"}) {
        request.uri = "sip:" + std::string(user) + "@home.test";
        request.branch = "z9hG4bK" + std::string(user);
        send(caller, request.text());
        EXPECT_EQ(status_of(last_to(caller)), 200) << user;
    }
    EXPECT_EQ(judged, Lines{});
}

TEST_F(InboundEdgeTest, a_call_that_does_not_ring_costs_two_answers_and_one_of_a_contact_none) {
    config.source_requests = 10;
    start();
    verdict.kind = Kind::refuse;
    const auto answered = [&](int calls) {
        for (int i = 0; i < calls; ++i) {
            Request request = invite();
            request.uri = "sip:bob@home.test";
            request.branch += std::to_string(sent.items.size()) + "." + std::to_string(i);
            send(caller, request.text());
        }
        return lines().size();
    };
    EXPECT_EQ(answered(50), 5u);
    EXPECT_EQ(edge->guarded().silent, 45u);
    pass(1min);
    verdict.known = true;
    EXPECT_EQ(answered(10), 10u);
}

TEST_F(InboundEdgeTest, a_caller_of_ours_who_wants_privacy_is_not_named_to_the_host) {
    host.at_once.reset();
    for (const bool hides : {false, true}) {
        Request request;
        request.branch = hides ? "z9hG4bKh" : "z9hG4bKo";
        request.call_id = request.branch;
        if (hides) request.more = "Privacy: id\r\n";
        (void)as_alice(request);
        EXPECT_EQ(host.questions.back().caller.empty(), hides);
    }
}

TEST(InboundCall, a_ticket_is_read_off_a_SIP_URI_only) {
    EXPECT_EQ(ticket_in("sip:bob@192.0.2.1:5060;transport=udp;tk=AbC-_9"), "AbC-_9");
    EXPECT_EQ(ticket_in("sip:bob@192.0.2.1"), "");
    EXPECT_EQ(ticket_in("sip:bob@192.0.2.1;tk"), "");
    EXPECT_EQ(ticket_in("tel:1;tk=a"), "");
}

TEST(InboundCall, privacy_is_asked_for_by_id_user_or_header) {
    for (const auto& [value, wanted] : std::map<std::string, bool>{{"id", true},
                                                                   {"USER;critical", true},
                                                                   {"header", true},
                                                                   {"none", false},
                                                                   {"session", false},
                                                                   {"identity", false}}) {
        Request request;
        request.more = "Privacy: " + value + "\r\n";
        const std::string wire = request.text();
        EXPECT_EQ(wants_privacy(*MessageView::parse(wire)), wanted) << value;
    }
}

}  // namespace
}  // namespace sip::testing

// tests/sip/edge/call_routing_test.cpp - the ways to our phones, redirects that come back, and who is
// redirected.
#include "sip/edge/call_routing.hpp"

#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

TEST_F(ProxyTest, two_UDP_phones_that_stand_where_they_say_talk_without_us) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    EXPECT_EQ(field(last_to(desk), "Record-Route"), "");
    Request routed = call("z9hG4bKrouted");
    routed.more += "Route: <sip:home.test;lr>\r\n";  // has us as its outbound proxy, and wants us to stay
    send(caller, routed.text());
    EXPECT_NE(field(last_to(desk), "Record-Route"), "");
    EXPECT_EQ(field(last_to(desk), "Route"), "");
}

TEST_F(ProxyTest, a_phone_on_TCP_is_called_over_its_connection_and_when_that_is_gone_at_its_contact) {
    const Flow tcp = tcp_flow("10.0.0.5", 7);
    bob_has(tcp, "<sip:bob@10.0.0.5:5062;transport=tcp>");
    send(caller, call().text());
    auto items = fresh();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[1].flow, tcp);
    EXPECT_TRUE(field(items[1].bytes, "Record-Route").ends_with(";transport=tcp;lr>")) << items[1].bytes;
    EXPECT_TRUE(field(items[1].bytes, "Record-Route", 1).ends_with(":5060;lr>"));
    sent.dead.push_back(tcp);
    send(caller, call("z9hG4bKagain").text());
    items = fresh();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(to_string(items[1].flow.remote), "10.0.0.5:5062");
    EXPECT_EQ(items[1].flow.transport, Transport::tcp);
    edge->flow_failed(items[1].flow, now);
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
}

struct LargeTest : ProxyTest {
    static std::string large(const std::string& branch) {
        Request request = call(branch);
        request.body = std::string(4000, 'v');
        return request.text();
    }
    Lines ways() {
        Lines all;
        for (const auto& item : fresh()) {
            if (MessageView::parse(item.bytes)->is_request())
                all.push_back(std::string(name(item.flow.transport)) + " " + to_string(item.flow.remote));
        }
        return all;
    }
};

TEST_F(LargeTest, what_is_too_large_for_a_datagram_goes_over_TCP_and_by_UDP_again_when_that_is_refused) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call("z9hG4bKsmall").text());
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
    send(caller, large("z9hG4bKlarge"));
    auto items = fresh();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[1].flow.transport, Transport::tcp);
    EXPECT_TRUE(field(items[1].bytes, "Via").starts_with("SIP/2.0/TCP "));
    edge->flow_failed(items[1].flow, now);
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
    send(caller, large("z9hG4bKagain"));
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"}) << "nobody listens there, that is known now";
}

TEST_F(LargeTest, a_firewall_that_says_nothing_costs_a_second_and_only_once) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, large("z9hG4bKlarge"));
    EXPECT_EQ(ways(), Lines{"TCP 10.0.0.5:5062"});
    pass(999ms);
    EXPECT_EQ(ways(), Lines{});
    pass(1ms);
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
    send(caller, large("z9hG4bKagain"));
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
}

TEST_F(LargeTest, to_a_phone_behind_a_NAT_its_flow_is_the_only_way) {
    bob_has(desk, "<sip:bob@192.168.7.7:5062>");
    send(caller, large("z9hG4bKlarge"));
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
}

TEST_F(LargeTest, a_MESSAGE_too_and_with_no_TCP_of_our_own_it_stays_a_datagram) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request text = call("z9hG4bKmessage");
    text.method = "MESSAGE";
    text.body = std::string(2000, 'm');
    send(caller, text.text());
    EXPECT_EQ(ways(), Lines{"TCP 10.0.0.5:5062"});
    sent.reachable = false;
    send(caller, large("z9hG4bKlarge"));
    EXPECT_EQ(ways(), Lines{"UDP 10.0.0.5:5062"});
}

TEST_F(ProxyTest, sips_goes_to_phones_on_TLS_alone) {  // RFC 3261 §26.2.2
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request secure = call();
    secure.uri = "sips:bob@home.test";
    send(caller, secure.text());
    EXPECT_EQ(lines().back(), "480 > 10.0.0.9:5070");
    for (const Transport over : {Transport::tls, Transport::wss}) {
        Flow flow = tcp_flow("10.0.0.6", 30 + static_cast<std::uint64_t>(over));
        flow.transport = over;
        bob_has(flow, "<sip:bob@10.0.0.6:40001;transport=" + std::string(uri_value(over)) + ">");
    }
    secure.branch = "z9hG4bKtls";
    send(caller, secure.text());
    std::vector<Transport> over;
    for (const auto& item : fresh()) {
        if (MessageView::parse(item.bytes)->is_request()) over.push_back(item.flow.transport);
    }
    std::sort(over.begin(), over.end());
    EXPECT_EQ(over, (std::vector{Transport::tls, Transport::wss})) << "and not the one on UDP";
}

TEST_F(ProxyTest, sips_is_not_redirected_to_where_it_would_go_in_clear) {
    config.delivery = Delivery::redirect;
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request secure = call();
    secure.uri = "sips:bob@home.test";
    send(caller, secure.text());
    EXPECT_EQ(lines().back(), "480 > 10.0.0.9:5070");
}

TEST_F(ProxyTest, two_flows_of_one_instance_are_two_ways_to_one_phone) {  // RFC 5626 §5
    const std::string instance = ";+sip.instance=\"<urn:uuid:1>\"";
    const std::string outbound = "Supported: outbound\r\n";
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>" + instance + ";reg-id=1", outbound);
    bob_has(desk, "<sip:bob@10.0.0.5:5062>" + instance + ";reg-id=2", outbound);
    send(caller, call().text());
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"})) << "the latest first";
    send(desk, respond(last_to(desk), 430));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.5:5062", "INVITE > 10.0.0.6:5064"}));
    EXPECT_NE(field(last_to(mobile), "Record-Route"), "") << "its flow is for the whole dialog";
}

TEST_F(ProxyTest, a_caller_that_asks_for_its_flow_by_ob_keeps_us_in_the_dialog) {  // RFC 5626 §4.3
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request asking = call();
    asking.more = "Contact: <sip:stranger@10.0.0.9:5070;ob>\r\n";
    send(caller, asking.text());
    EXPECT_NE(field(last_to(desk), "Record-Route"), "");
}

TEST_F(ProxyTest, a_binding_with_a_Path_is_reached_along_it) {
    bob_has(desk, "<sip:bob@192.168.1.5>", "Path: <sip:token@10.0.0.5:5062;lr>\r\nSupported: path\r\n");
    send(caller, call().text());
    EXPECT_EQ(lines().back(), "INVITE > 10.0.0.5:5062");
    EXPECT_EQ(field(last_to(desk), "Route"), "<sip:token@10.0.0.5:5062;lr>");
}

// --- redirects that come back

struct ReturnTest : ProxyTest {
    const Flow there = udp_flow("10.0.3.7", 5060);
    ReturnTest() {
        config.delivery = Delivery::automatic;
        start();
        host.at_once = redirect_to("sip:bob@10.0.3.7:5060;transport=udp");
    }
    static Request alice(const std::string& uri, const std::string& agent, const std::string& branch) {
        Request request = call(branch);
        request.uri = uri;
        request.from = "<sip:alice@home.test>;tag=a";
        request.more += "User-Agent: " + agent + "\r\n";
        return request;
    }
    /// Authenticated; the final answer, or what was sent last.
    std::string alice_calls(Request request) {
        const std::string refusal = receive(request.text());
        EXPECT_EQ(status_of(refusal), 407);
        acknowledge(request);
        request = authorized(request, refusal);
        seen = sent.items.size();
        send(caller, request.text());
        return sent.items.back().bytes;
    }
    static std::string contact_in(const std::string& answer) {
        const std::string value = field(answer, "Contact");
        return value.substr(1, value.find('>') - 1);
    }
};

TEST_F(ReturnTest, a_phone_known_to_follow_is_redirected_and_any_other_proxied) {
    const auto answer = alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK1"));
    EXPECT_EQ(status_of(answer), 302);
    EXPECT_TRUE(contact_in(answer).starts_with("sip:bob@10.0.3.7:5060;transport=udp;hw=")) << answer;
    alice_calls(alice("sip:bob@example.net", "Linphone/5.1", "z9hG4bK2"));
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.3.7:5060"}));
    Request routed = alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK3");
    routed.more += "Route: <sip:home.test;lr>\r\n";
    alice_calls(routed);
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.3.7:5060"}));
}

TEST_F(ReturnTest, where_a_call_of_ours_led_nowhere_is_looked_up_anew_and_where_somebody_was_it_is_not) {
    const Flow callee = udp_flow("10.0.3.7", 5060);
    const std::string uri = "sip:bob@example.net";
    unsigned calls = 0;
    const auto ends_with = [&](int status) {
        host.anew.clear();
        alice_calls(alice(uri, "Linphone/5.1", "z9hG4bKf" + std::to_string(++calls)));
        send(callee, respond(last_to(callee), status));
        return host.anew;
    };
    for (const int gone : {404, 403, 480, 488, 500})
        EXPECT_EQ(ends_with(gone), std::vector{uri}) << gone;
    for (const int present : {486, 600, 603, 407})
        EXPECT_TRUE(ends_with(present).empty()) << present;
    alice_calls(alice(uri, "Linphone/5.1", "z9hG4bKs"));
    EXPECT_TRUE(host.anew.empty());
    pass(40s);
    EXPECT_EQ(host.anew, std::vector{uri}) << "silence";
    host.anew.clear();
    alice_calls(alice(uri, "baresip v1.0.0", "z9hG4bKr"));
    EXPECT_EQ(host.anew, std::vector{uri}) << "redirected: nobody tells";
}

// What linphonec 5.1 registers over TCP and TLS is the client end of its connection: answered 302 with it,
// baresip was refused there.
TEST_F(ReturnTest, redirect_leads_to_a_phone_that_listens_and_the_others_get_the_call_on_their_flow) {
    config.delivery = Delivery::redirect;
    start();
    const auto over = [](Transport transport, std::uint16_t port) {
        Flow flow = tcp_flow("10.0.0.5", port);
        flow.transport = transport;
        flow.remote.port = port;
        return flow;
    };
    const auto answer = [&](const Flow& flow, const std::string& contact) {
        store = {};  // no phone is left of those before
        start();
        bob_has(flow, contact);
        send(caller, call("z9hG4bK" + std::to_string(flow.connection)).text());
        return lines().back();
    };
    EXPECT_EQ(answer(over(Transport::tcp, 40001), "<sip:bob@10.0.0.5:5062;transport=tcp>"),
              "302 > 10.0.0.9:5070");
    EXPECT_EQ(answer(over(Transport::tls, 40002), "<sip:bob@10.0.0.5:5061;transport=tls>"),
              "302 > 10.0.0.9:5070");
    EXPECT_EQ(answer(over(Transport::tcp, 40003), "<sip:bob@10.0.0.5:40003;transport=tcp>"),
              "INVITE > 10.0.0.5:40003");
    EXPECT_EQ(answer(over(Transport::tls, 40004), "<sip:bob@10.0.0.5:40004;transport=tls>"),
              "INVITE > 10.0.0.5:40004");
    EXPECT_EQ(answer(over(Transport::wss, 40005), "<sip:bob@x.invalid;transport=ws>"),
              "INVITE > 10.0.0.5:40005");
    EXPECT_EQ(answer(desk, "<sip:bob@10.0.0.5:5062>"), "302 > 10.0.0.9:5070");
}

TEST_F(ReturnTest, a_redirected_INVITE_that_comes_back_is_proxied_to_the_very_contact_and_remembered) {
    const auto answer = alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK1"));
    Request back = alice(contact_in(answer), "baresip v1.0.0", "z9hG4bK2");
    back.call_id = "new@phone";  // linphone makes a new one
    const auto questions = host.questions.size();
    alice_calls(back);
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.3.7:5060"}));
    EXPECT_TRUE(last_to(there).starts_with("INVITE sip:bob@10.0.3.7:5060;transport=udp SIP/2.0\r\n"));
    EXPECT_EQ(host.questions.size(), questions);
    alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK3"));
    EXPECT_EQ(lines().back(), "INVITE > 10.0.3.7:5060") << "it returns: the detour buys nothing";
}

TEST_F(ReturnTest, a_redirected_INVITE_may_come_back_with_credentials_for_the_far_side) {
    const auto answer = alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK1"));
    host.at_once = RouteAnswer{403, {}, {}, {}, {}};  // what the chain says to bare addresses
    alice_calls(alice(contact_in(answer), "baresip v1.0.0", "z9hG4bK2"));
    const std::string challenge = "WWW-Authenticate: Digest realm=\"far\", nonce=\"n\"\r\n";
    send(there, respond(last_to(there), 401, "b", challenge));
    EXPECT_EQ(status_of(last_to(caller)), 401);
    Request again = alice(contact_in(answer), "baresip v1.0.0", "z9hG4bK3");
    again.more +=
        "Authorization: Digest username=\"a\", realm=\"far\", nonce=\"n\", uri=\"x\", response=\"r\"\r\n";
    alice_calls(again);
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.3.7:5060"}));
    EXPECT_NE(last_to(there).find("realm=\"far\""), std::string::npos);
}

TEST_F(ReturnTest, a_token_is_good_three_times_for_one_contact_one_user_and_one_minute) {
    host.at_once = redirect_to("sip:bob@10.0.3.7:5060;transport=udp");
    const auto given = contact_in(alice_calls(alice("sip:bob@example.net", "baresip", "z9hG4bK1")));
    host.at_once = RouteAnswer{403, {}, {}, {}, {}};  // what the chain says to bare addresses
    std::string elsewhere = given;
    elsewhere.replace(elsewhere.find("10.0.3.7"), 9, "192.0.2.8");
    EXPECT_EQ(status_of(alice_calls(alice(elsewhere, "baresip", "z9hG4bK2"))), 403);
    Request bob = alice(given, "baresip", "z9hG4bK3");
    bob.from = "<sip:bob@home.test>;tag=b";
    EXPECT_EQ(status_of(as("bob", "builder", bob)), 403);
    for (const std::string branch : {"z9hG4bK4", "z9hG4bK41", "z9hG4bK42"}) {
        alice_calls(alice(given, "baresip", branch));
        EXPECT_EQ(lines().back(), "INVITE > 10.0.3.7:5060");
    }
    EXPECT_EQ(status_of(alice_calls(alice(given, "baresip", "z9hG4bK5"))), 403);
    host.at_once = redirect_to("sip:bob@10.0.3.7:5060;transport=udp");
    config.delivery = Delivery::redirect;
    start();
    const auto late = contact_in(alice_calls(alice("sip:bob@example.net", "x", "z9hG4bK6")));
    host.at_once = RouteAnswer{403, {}, {}, {}, {}};
    pass(71s);
    EXPECT_EQ(status_of(alice_calls(alice(late, "x", "z9hG4bK7"))), 403);
    EXPECT_EQ(status_of(alice_calls(alice("sip:bob@10.0.3.7:5060;hw=0", "x", "z9hG4bK8"))), 403);
}

TEST_F(ReturnTest, a_contact_that_is_bound_here_needs_no_token) {
    bob_has(desk, "<sip:bob-0x1@10.0.0.5:5062>");
    alice_calls(alice("sip:bob-0x1@10.0.0.5:5062", "x", "z9hG4bK1"));
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"}));
}

TEST_F(ReturnTest, a_stranger_is_sent_to_the_only_phone_when_that_is_directly_reachable_else_proxied) {
    host.at_once = redirect_to("sip:bob@10.0.0.5:5062");
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    EXPECT_EQ(status_of(receive(call("z9hG4bK1").text())), 302);
    seen = sent.items.size();
    std::string proxied = call("z9hG4bK2").text();
    proxied.insert(proxied.find("Via:"), "Via: SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKedge;rport\r\n");
    send(caller, proxied);
    EXPECT_EQ(lines().back(), "INVITE > 10.0.0.5:5062") << "a proxy may not follow";
    Request message = call("z9hG4bK3");
    message.method = "MESSAGE";
    send(caller, message.text());
    EXPECT_EQ(lines().back(), "MESSAGE > 10.0.0.5:5062");
    bob_has(mobile, "<sip:bob@192.168.1.6:5060>");
    send(caller, call("z9hG4bK4").text());
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.6:5064", "INVITE > 10.0.0.5:5062"}));
}

TEST_F(ReturnTest, a_user_of_ours_without_a_phone_here_is_called_where_the_router_found_it) {
    Request own = alice("sip:bob@home.test", "x", "z9hG4bK1");
    alice_calls(own);
    EXPECT_EQ(lines().back(), "INVITE > 10.0.3.7:5060");
}

TEST_F(ReturnTest, an_account_may_ask_for_its_own_way) {
    users.users["alice"].delivery = Delivery::proxy;
    alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK1"));
    EXPECT_EQ(lines().back(), "INVITE > 10.0.3.7:5060");
    users.users["alice"].delivery = Delivery::redirect;
    EXPECT_EQ(status_of(alice_calls(alice("sip:bob@example.net", "Linphone", "z9hG4bK2"))), 302);
}

TEST_F(ReturnTest, what_would_happen_to_a_call_is_told_as_it_then_happens) {
    phone = caller;
    register_alice("<sip:alice@10.0.0.9:5070>", 1, "User-Agent: baresip v1.0.0\r\n");
    const auto would = [&](bool tls = false, const char* contact = "sip:bob@10.0.3.7:5060") {
        RouteAnswer found = redirect_to(contact);
        found.gives_tls = tls;
        return edge->would_redirect("alice", edge->bindings("alice", now).at(0), "", found, now);
    };
    EXPECT_TRUE(would());
    EXPECT_FALSE(would(true)) << "to a node that does TLS";
    EXPECT_FALSE(would(false, "sip:bob@192.0.2.7:5060")) << "who cannot send to an address of our network";
    const auto answer = alice_calls(alice("sip:bob@example.net", "baresip v1.0.0", "z9hG4bK1"));
    EXPECT_EQ(status_of(answer), 302);
    alice_calls(alice(contact_in(answer), "baresip v1.0.0", "z9hG4bK2"));
    EXPECT_FALSE(would()) << "it came back";
    users.users["alice"].delivery = Delivery::redirect;
    EXPECT_TRUE(would());
}

TEST_F(ReturnTest, the_server_of_a_domain_is_asked_for_the_domain_wherever_it_is) {  // RFC 3261 §16.6
    RouteAnswer found = redirect_to("sips:bob@sip.example.net:5061");
    found.contacts[0].asked = "sip:bob@example.net";
    found.contacts[0].hop = NextHop{Transport::udp, {asio::ip::make_address("10.0.3.7"), 5060}};
    host.at_once = found;
    alice_calls(alice("sip:bob@example.net", "Linphone", "z9hG4bK1"));
    EXPECT_TRUE(last_to(there).starts_with("INVITE sip:bob@example.net SIP/2.0\r\n")) << last_to(there);
}

// --- the plan, as a table

struct PlanTest : ::testing::Test {
    struct Row {
        const char* what;
        Delivery delivery;
        const char *caller, *agent;       // caller: the user of ours, or nobody
        const char* callee;               // our user who is meant, or nobody
        std::vector<std::string> phones;  // Contacts of the callee
        RouteAnswer route;
        const char* expected;
    };
    ScriptedHost host;
    Sent sent;
    UserTable users;
    const Now now{std::chrono::steady_clock::time_point{} + 1000h, std::chrono::sys_seconds{1'800'000'000s}};
    Transport over = Transport::udp;
    const char* more = "";  // header fields of the INVITE
    std::string says_to_be = "<sip:alice@10.0.0.9:5070>";
    CallerMark mark;
    bool forwards = true;

    static Binding binding(const std::string& contact) {
        Binding b;
        b.contact = contact;
        b.expires = std::chrono::sys_seconds{1'800'000'000s + 1h};
        const auto hop = next_hop(contact);
        b.flow = {hop->transport, {asio::ip::make_address("10.0.0.1"), 5060}, hop->endpoint, 0};
        return b;
    }
    static std::string text(const CallRouting::Plan& plan) {
        if (const auto* refuse = std::get_if<CallRouting::Refuse>(&plan))
            return std::to_string(refuse->answer.status);
        if (const auto* redirect = std::get_if<CallRouting::Redirect>(&plan))
            return redirect->marked ? "302 marked" : "302";
        const auto& fork = std::get<CallRouting::Fork>(plan);
        std::string all;
        for (const auto& callee : fork.targets) {
            all += all.empty() ? "to " : " and ";
            for (std::size_t i = 0; i < callee.hops.size(); ++i)
                all += (i == 0 ? "" : ", then ") + callee.hops[i].uri;
        }
        for (const auto& [set, word] : {std::pair(fork.caller_is_ours, " ours"),
                                        {fork.follows_3xx, " follows"},
                                        {fork.stays, " stays"},
                                        {fork.caller_is_phone, " phone"}})
            all += set ? word : "";
        return all;
    }
    std::string plan(const Row& row) {
        MemoryStore store;
        for (const std::string& contact : row.phones)
            store.kept["bob"].push_back(binding(contact));
        EdgeConfig config;
        config.delivery = row.delivery;
        config.forwards = forwards;
        const OwnHosts own({"home.test"}, {});
        const Registrar registrar({}, store, now);
        const Dialogs known(secret);
        const DialogRouting dialogs(known, own, registrar, host);
        const CallRouting calls(config, users, registrar, dialogs, sent);
        Request request;
        request.more = more + std::string("User-Agent: ") + row.agent + "\r\nContact: " + says_to_be + "\r\n";
        const std::string wire = request.text();
        PendingRoutes::Pending pending;
        pending.request = StoredRequest(*MessageView::parse(wire));
        pending.flow = udp_flow("10.0.0.9", 5070);
        pending.flow.transport = over;
        pending.caller = row.caller;
        pending.callee = row.callee;
        pending.mark = mark;
        return text(calls.plan(pending, row.route, now.steady));
    }
    void expect(const std::vector<Row>& rows) {
        for (const Row& row : rows)
            EXPECT_EQ(plan(row), row.expected) << row.what;
    }
};

const std::string desk_phone = "sip:bob@10.0.0.5:5062", far_phone = "sip:bob@10.0.3.7:5060;transport=udp";
const RouteAnswer here = redirect_to(desk_phone), far = redirect_to(far_phone);

TEST_F(PlanTest, a_route_that_leads_nowhere_is_refused_as_it_says) {
    expect({
        {"an error", Delivery::proxy, "alice", "x", "", {}, {404, {}, {}, {}, {}}, "404"},
        {"an error with contacts",
         Delivery::proxy,
         "alice",
         "x",
         "",
         {},
         {403, {}, far.contacts, {}, {}},
         "403"},
        {"302 to nobody", Delivery::redirect, "alice", "x", "", {}, {302, {}, {}, {}, {}}, "480"},
        {"no SIP", Delivery::proxy, "alice", "x", "", {}, {200, {}, {}, {}, {}}, "500"},
    });
}

// Across a NAT the BYE of an hour later would not come back.
TEST_F(PlanTest, by_itself_nobody_is_redirected_from_where_the_callee_cannot_reach_him_hours_later) {
    const RouteAnswer open = redirect_to("sip:bob@192.0.2.7:5060");
    expect({{"private to open",
             Delivery::automatic,
             "alice",
             "baresip 1",
             "",
             {},
             open,
             "to sip:bob@192.0.2.7:5060 ours follows phone"},
            {"as he wishes", Delivery::redirect, "alice", "baresip 1", "", {}, open, "302 marked"},
            {"in one network", Delivery::automatic, "alice", "baresip 1", "", {}, far, "302 marked"}});
    says_to_be = "<sip:alice@192.168.7.5:5070>";
    expect({{"a NAT before us",
             Delivery::automatic,
             "alice",
             "baresip 1",
             "",
             {},
             far,
             "to sip:bob@10.0.3.7:5060;transport=udp ours follows phone"}});
}

TEST_F(PlanTest, our_users_calls_go_by_what_the_account_wants_and_what_the_phone_does) {
    expect({
        {"a phone that follows", Delivery::automatic, "alice", "baresip 1", "", {}, far, "302 marked"},
        {"one that may not",
         Delivery::automatic,
         "alice",
         "Linphone",
         "",
         {},
         far,
         "to sip:bob@10.0.3.7:5060;transport=udp ours follows phone"},
        {"always redirected", Delivery::redirect, "alice", "Linphone", "", {}, far, "302 marked"},
        {"always proxied",
         Delivery::proxy,
         "alice",
         "baresip 1",
         "",
         {},
         far,
         "to sip:bob@10.0.3.7:5060;transport=udp ours follows phone"},
        {"to a phone here",
         Delivery::automatic,
         "alice",
         "baresip 1",
         "bob",
         {desk_phone},
         here,
         "302 marked"},
        {"to two phones here",
         Delivery::automatic,
         "alice",
         "baresip 1",
         "bob",
         {desk_phone, "sip:bob@10.0.0.6:5064"},
         here,
         "to sip:bob@10.0.0.5:5062 and sip:bob@10.0.0.6:5064 ours phone"},
        {"to two phones here, redirected: one would never ring",
         Delivery::redirect,
         "alice",
         "baresip 1",
         "bob",
         {desk_phone, "sip:bob@10.0.0.6:5064"},
         here,
         "to sip:bob@10.0.0.5:5062 and sip:bob@10.0.0.6:5064 ours phone"},
        {"to a user whose phone is elsewhere",
         Delivery::proxy,
         "alice",
         "x",
         "bob",
         {},
         far,
         "to sip:bob@10.0.3.7:5060;transport=udp ours follows phone"},
    });
}

TEST_F(PlanTest, strangers_reach_our_users_phones_and_no_302_of_theirs_is_followed) {
    expect({
        {"one phone, in reach", Delivery::automatic, "", "x", "bob", {desk_phone}, here, "302"},
        {"proxied", Delivery::proxy, "", "x", "bob", {desk_phone}, here, "to sip:bob@10.0.0.5:5062 phone"},
        {"on TCP",
         Delivery::automatic,
         "",
         "x",
         "bob",
         {"sip:bob@10.0.0.5:5062;transport=tcp"},
         here,
         "to sip:bob@10.0.0.5:5062;transport=tcp, then sip:bob@10.0.0.5:5062;transport=tcp phone"},
    });
    mark = {"mum", "sip:mum@far.test", true};
    expect({{"shown as another: a 302 could not",
             Delivery::automatic,
             "",
             "x",
             "bob",
             {desk_phone},
             here,
             "to sip:bob@10.0.0.5:5062 stays phone"}});
}

TEST_F(PlanTest, who_reaches_nobody_but_us_or_came_by_us_on_purpose_is_not_redirected) {
    more = "Route: <sip:home.test;lr>\r\n";
    expect({{"we are its outbound proxy",
             Delivery::automatic,
             "alice",
             "baresip 1",
             "",
             {},
             far,
             "to sip:bob@10.0.3.7:5060;transport=udp ours follows stays phone"}});
    more = "";
    over = Transport::wss;
    expect({{"a browser",
             Delivery::redirect,
             "alice",
             "SIP.js",
             "",
             {},
             far,
             "to sip:bob@10.0.3.7:5060;transport=udp ours follows phone"}});
}

TEST_F(PlanTest, contacts_of_a_route_are_ways_to_one_callee_the_best_first_and_a_known_key_before_others) {
    RouteAnswer route = redirect_to("sip:bob@192.0.2.1", 0.5);
    route.contacts.push_back({"sip:bob@192.0.2.2", 1.0});
    RouteContact pinned{"sip:bob@192.0.2.3;transport=tls", 1.0};
    pinned.hop = NextHop{Transport::tls, {asio::ip::make_address("192.0.2.3"), 5061}, {{}, KeyHash{7}}};
    route.contacts.push_back(pinned);
    expect(
        {{"three",
          Delivery::proxy,
          "alice",
          "x",
          "",
          {},
          route,
          "to sip:bob@192.0.2.3;transport=tls, then sip:bob@192.0.2.2, then sip:bob@192.0.2.1 ours follows "
          "phone"}});
}

TEST_F(PlanTest, a_redirect_server_alone_forks_nothing_and_marks_nothing) {
    forwards = false;
    expect({{"own", Delivery::proxy, "alice", "x", "", {}, far, "302"},
            {"stranger", Delivery::automatic, "", "x", "bob", {desk_phone}, here, "302"}});
}

}  // namespace

}  // namespace sip::testing

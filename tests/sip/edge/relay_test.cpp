// tests/sip/edge/relay_test.cpp - the whole edge against who has seen its tokens: nobody makes a relay of us,
// in-dialog requests go to where the other side was met, and further only for our own users.
#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

// Alice, one of ours, has called Bob at another edge, through us. Everybody on the way has seen both tokens.
struct RelayTest : ProxyTest {
    const Flow there = udp_flow("192.0.2.7", 5060);
    std::string invite, ok;
    RelayTest() {
        host.at_once = redirect_to("sip:bob@192.0.2.7:5060;transport=udp");
        Request request = call();
        request.uri = "sip:bob@example.net";
        request.from = "<sip:alice@home.test>;tag=a";
        const std::string refusal = receive(request.text());
        acknowledge(request);
        send(caller, authorized(request, refusal).text());
        invite = last_to(there);
        send(there, respond(invite, 200, "b", "Contact: <sip:bob@198.51.100.5:5060>\r\n"));
        ok = last_to(caller);
        fresh();
    }
    // As Alice's phone would send it, whoever does: her route set is in Bob's INVITE, upside down.
    [[nodiscard]] Request of_alice(const std::string& method, const std::string& uri) const {
        return in_dialog(method, ok, uri);
    }
    [[nodiscard]] Request of_bob(const std::string& method, const std::string& uri) const {
        return in_dialog(method, ok, uri, true);
    }
};

const std::string victim = "sip:victim@203.0.113.9:5060";
const std::string bobs_contact = "sip:bob@198.51.100.5:5060";

TEST_F(RelayTest, our_user_follows_the_dialog_to_the_Contact_of_the_far_phone_and_to_a_new_one) {
    send(caller, of_alice("ACK", bobs_contact).text());
    EXPECT_EQ(lines(), Lines{"ACK > 198.51.100.5:5060"});
    send(caller, of_alice("BYE", bobs_contact).text());
    EXPECT_EQ(lines(), Lines{"BYE > 198.51.100.5:5060"});
    send(caller, of_alice("UPDATE", "sip:bob@198.51.100.77:5060").text());  // Bob changed networks
    EXPECT_EQ(lines(), Lines{"UPDATE > 198.51.100.77:5060"});
}

TEST_F(RelayTest, the_far_side_can_send_nothing_by_the_route_of_our_user) {
    const Flow mallory = udp_flow("198.51.100.66", 5060);
    for (const Flow& stranger : {there, mallory}) {
        for (const std::string method : {"BYE", "MESSAGE", "INVITE", "INFO"}) {
            Request request = of_alice(method, victim);
            request.branch += std::to_string(stranger.remote.address.to_v4().to_uint());
            send(stranger, request.text());
            EXPECT_EQ(lines(), Lines{"403 > " + to_string(stranger.remote)});
            if (method == "INVITE") {
                request.method = "ACK";
                send(stranger, request.text());
                EXPECT_EQ(lines(), Lines{}) << "it ends our 403";
            }
        }
        Request ack = of_alice("ACK", victim);
        ack.branch += "alone";
        send(stranger, ack.text());
        EXPECT_EQ(lines(), Lines{});
    }
    EXPECT_EQ(edge->counters().relay_refused, 9U) << "the first challenge of the call is counted, too";
}

TEST_F(RelayTest, one_token_alone_or_both_upside_down_open_no_way_either) {
    Request upside_down = of_bob("MESSAGE", victim);
    send(there, upside_down.text());
    EXPECT_EQ(lines(), Lines{"MESSAGE > 10.0.0.9:5070"}) << "to the flow of the call, whatever the URI says";
    Request alone = of_alice("MESSAGE", victim);
    alone.more = alone.more.substr(alone.more.find("\r\n") + 2);  // only the side it goes to
    alone.branch += "alone";
    send(caller, alone.text());
    EXPECT_EQ(lines(), Lines{"403 > 10.0.0.9:5070"}) << "not even for our user";
}

TEST_F(RelayTest, the_host_where_the_far_side_was_met_may_always_be_reached) {
    Request bye = of_alice("BYE", "sip:bob@192.0.2.7:5099");
    send(udp_flow("198.51.100.66", 5060), bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 192.0.2.7:5099"});
}

TEST_F(RelayTest, a_phone_that_moved_is_still_ours_once_it_has_registered) {
    const Flow moved = udp_flow("10.0.0.77", 5070);
    send(moved, of_alice("BYE", bobs_contact).text());
    EXPECT_EQ(lines(), Lines{"403 > 10.0.0.77:5070"});
    phone = moved;
    register_alice("<sip:alice@10.0.0.77:5070>");
    fresh();
    Request bye = of_alice("BYE", bobs_contact);
    bye.branch += "again";
    send(moved, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 198.51.100.5:5060"});
}

TEST_F(RelayTest, a_dialog_with_the_open_network_leads_into_no_other) {
    host.call_rule = nullptr;
    send(caller, of_alice("BYE", "sip:printer@192.168.1.1:5060").text());
    EXPECT_EQ(lines(), Lines{"403 > 10.0.0.9:5070"});
    send(caller, of_alice("UPDATE", "sip:x@127.0.0.1:5060").text());
    EXPECT_EQ(lines(), Lines{"403 > 10.0.0.9:5070"});
}

TEST_F(RelayTest, a_name_is_looked_up_for_our_user_and_for_nobody_else) {
    host.questions.clear();
    host.at_once = redirect_to("sip:bob@203.0.113.20:5060;transport=udp");
    send(there, of_alice("MESSAGE", "sip:bob@phone.example.net").text());
    EXPECT_EQ(lines(), Lines{"MESSAGE > 192.0.2.7:5060"}) << "its neighbour may know";
    EXPECT_TRUE(host.questions.empty());
    send(caller, of_alice("BYE", "sip:bob@phone.example.net").text());
    pass(1ms);
    EXPECT_EQ(lines(), Lines{"BYE > 203.0.113.20:5060"});
}

// A call that came through a proxy: its next hop is what the proxy says, not the flow.
struct TransitTest : ProxyTest {
    const Flow proxy = udp_flow("192.0.2.50", 5060);
    std::string ok;
    TransitTest() {
        bob_has(desk, "<sip:bob@192.168.1.5:5060>");
        std::string wire = call().text();
        wire.insert(wire.find("Via:"),
                    "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKp\r\n"
                    "Record-Route: <sip:192.0.2.50;lr>\r\n");
        send(proxy, wire);
        send(desk, respond(last_to(desk), 200, "b", "Contact: <sip:bob@192.168.1.5:5060>\r\n"));
        ok = last_to(proxy);
        fresh();
    }
};

TEST_F(TransitTest, our_phone_answers_by_the_route_and_a_stranger_cannot_use_it) {
    Request bye = in_dialog("BYE", ok, "sip:stranger@10.0.0.9:5070", true);
    send(desk, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 192.0.2.50:5060"});
    EXPECT_EQ(field(last_to(proxy), "Route"), "<sip:192.0.2.50;lr>");
    Request relayed = in_dialog("MESSAGE", ok, victim, true);
    relayed.more = relayed.more.substr(0, relayed.more.find("Route: <sip:192.0.2.50"));
    send(proxy, relayed.text());
    EXPECT_EQ(lines(), Lines{"403 > 192.0.2.50:5060"});
}

TEST_F(ProxyTest, a_connection_that_ended_is_no_way_to_anywhere_else) {
    const Flow tcp = tcp_flow("10.0.0.5", 7);
    bob_has(tcp, "<sip:bob@10.0.0.5:5062;transport=tcp>");
    send(caller, call().text());
    send(tcp, respond(last_to(tcp), 200));
    const std::string ok = last_to(caller);
    fresh();
    sent.dead.push_back(tcp);
    send(caller, in_dialog("MESSAGE", ok, victim).text());
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
    Request bye = in_dialog("BYE", ok, "sip:bob@10.0.0.5:5062;transport=tcp");
    send(caller, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.5:5062"}) << "the same host may be called";
}

}  // namespace

}  // namespace sip::testing

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
    std::string invite, said, ok;  // what Bob's edge said, and what Alice got of it
    RelayTest() {
        host.at_once = redirect_to("sip:bob@192.0.2.7:5060;transport=udp");
        Request request = call();
        request.uri = "sip:bob@example.net";
        request.from = "<sip:alice@home.test>;tag=a";
        const std::string refusal = receive(request.text());
        acknowledge(request);
        send(caller, authorized(request, refusal).text());
        invite = last_to(there);
        said = respond(invite, 200, "b", "Contact: <sip:bob@198.51.100.5:5060>\r\n");
        send(there, said);
        ok = last_to(caller);
        fresh();
    }
    // As Alice's phone would send it, whoever does.
    [[nodiscard]] Request of_alice(const std::string& method, const std::string& uri) const {
        return in_dialog(method, ok, uri);
    }
    [[nodiscard]] Request of_bob(const std::string& method, const std::string& uri) const {
        return in_dialog(method, said, uri, true);
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
    EXPECT_EQ(edge->counters().relay_refused, 8U) << "the first challenge of the call is none";
}

TEST_F(RelayTest, the_far_side_reaches_the_flow_of_the_call_whatever_its_URI_says) {
    send(there, of_bob("MESSAGE", victim).text());
    EXPECT_EQ(lines(), Lines{"MESSAGE > 10.0.0.9:5070"});
}

TEST_F(RelayTest, what_the_far_side_was_given_is_not_what_our_user_was_given) {
    const auto theirs = of_bob("INFO", victim), ours = of_alice("INFO", victim);
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t k = 0; k < 2; ++k)
            EXPECT_NE(field(theirs.text(), "Route", i), field(ours.text(), "Route", k));
    }
    // One datagram in the name of her phone, with all that the far side has seen: nothing leaves to a third
    // party.
    for (const std::string& uri : {victim, bobs_contact, std::string("sip:x@203.0.113.9:25;transport=tcp")}) {
        Request forged = of_alice("INFO", uri);
        forged.more = theirs.more;
        forged.branch += std::to_string(uri.size());
        send(caller, forged.text());
        EXPECT_EQ(lines(), Lines{"INFO > 192.0.2.7:5060"})
            << "known by its tags alone, it goes where Bob was met";
        EXPECT_TRUE(last_to(there).starts_with("INFO " + bobs_contact + " SIP/2.0\r\n"));
    }
}

TEST_F(RelayTest, a_connection_from_the_address_of_our_users_phone_says_what_the_phone_may_say) {
    const Request bye = of_alice("BYE", "sip:bob@198.51.100.5:5070");
    send(tcp_flow("10.0.0.66", 9), bye.text());
    const Lines other = lines();
    ASSERT_EQ(other.size(), 1U);
    EXPECT_TRUE(other[0].starts_with("403 ")) << "another machine: " << other[0];
    Request again = bye;
    again.branch += "again";
    send(tcp_flow(caller.remote.address.to_string().c_str(), 8), again.text());
    EXPECT_EQ(lines(), Lines{"BYE > 198.51.100.5:5070"});
}

TEST_F(RelayTest, no_port_of_another_service_is_a_next_hop_not_even_of_our_user) {
    for (const char* uri :
         {"sip:x@198.51.100.5:25;transport=tcp", "sip:x@198.51.100.5:53", "sip:x@198.51.100.5:1023"}) {
        Request request = of_alice("INFO", uri);
        request.branch += std::to_string(std::string(uri).size()) + uri[std::string(uri).size() - 1];
        send(caller, request.text());
        EXPECT_EQ(lines(), Lines{"403 > 10.0.0.9:5070"}) << uri;
    }
    Request tls = of_alice("INFO", "sip:x@198.51.100.5:5061");
    send(caller, tls.text());
    EXPECT_EQ(lines(), Lines{"INFO > 198.51.100.5:5061"});
}

TEST_F(RelayTest, one_token_alone_opens_no_way_either) {
    Request alone = of_alice("MESSAGE", victim);
    alone.more = alone.more.substr(alone.more.find("\r\n") + 2);  // only the side it goes to
    alone.branch += "alone";
    send(caller, alone.text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"}) << "not even for our user";
}

TEST_F(RelayTest, the_endpoint_where_the_far_side_was_met_may_always_be_reached_and_no_other_port_of_it) {
    const Flow mallory = udp_flow("198.51.100.66", 5060);
    send(mallory, of_alice("INFO", "sip:bob@192.0.2.7:5099").text());
    EXPECT_EQ(lines(), Lines{"403 > 198.51.100.66:5060"});
    send(mallory, of_alice("BYE", "sip:bob@192.0.2.7:5060").text());
    EXPECT_EQ(lines(), Lines{"BYE > 192.0.2.7:5060"});
}

TEST_F(RelayTest, a_token_of_yesterday_opens_nothing_but_the_dialog_that_we_know_to_live) {
    now.wall += FlowTokens::lifetime + 1min;
    send(caller, of_alice("INFO", bobs_contact).text());
    EXPECT_EQ(lines(), Lines{"INFO > 198.51.100.5:5060"});
    config.flow_key = config.secret;
    start();  // and have forgotten all
    Request info = of_alice("INFO", bobs_contact);
    info.branch += "late";
    send(caller, info.text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"});
}

TEST_F(RelayTest, after_the_BYE_nobody_says_anything_more) {
    send(there, of_bob("BYE", "sip:alice@10.0.0.9:5070").text());
    send(caller, respond(last_to(caller), 200));
    fresh();
    for (const std::string method : {"INFO", "UPDATE", "MESSAGE", "INVITE"}) {
        send(there, of_bob(method, "sip:alice@10.0.0.9:5070").text());
        EXPECT_EQ(lines(), Lines{"481 > 192.0.2.7:5060"}) << method;
    }
    send(caller, of_alice("INFO", bobs_contact).text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"});
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

// --- a new request of our own user with a Route beyond us, and methods that we do not know

struct OwnUserTest : ProxyTest {
    std::string as_alice_at(Request request) {
        request.uri = "sip:bob@example.net";
        request.from = "<sip:alice@home.test>;tag=a";
        const std::string refusal = receive(request.text());
        EXPECT_TRUE(refusal.find("-Authenticate:") != std::string::npos) << refusal;
        acknowledge(request);
        fresh();
        send(caller, authorized(request, refusal).text());
        return last_to(caller);
    }
};

TEST_F(OwnUserTest, a_Route_beyond_us_is_followed_where_our_user_may_call) {
    Request request = call();
    request.more += "Route: <sip:home.test;lr>, <sip:192.0.2.50:5070;lr>, <sip:192.0.2.51;lr>\r\n";
    as_alice_at(request);
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 192.0.2.50:5070"}));
    const std::string out = last_to(udp_flow("192.0.2.50", 5070));
    EXPECT_TRUE(out.starts_with("INVITE sip:bob@example.net SIP/2.0\r\n")) << out;
    EXPECT_EQ(field(out, "Route"), "<sip:192.0.2.50:5070;lr>");
    EXPECT_EQ(field(out, "Route", 1), "<sip:192.0.2.51;lr>");
    EXPECT_TRUE(host.questions.empty());
}

TEST_F(OwnUserTest, else_he_hears_that_it_leads_elsewhere_and_nothing_is_dropped_in_silence) {
    int i = 0;
    for (const char* route :
         {"sip:proxy.example.net;lr", "sip:127.0.0.1:5060;lr", "sip:192.0.2.50:25;lr", "tel:+1"}) {
        Request request = call("z9hG4bKr" + std::to_string(++i));
        request.call_id += std::to_string(i);
        request.more += "Route: <" + std::string(route) + ">\r\n";
        as_alice_at(request);
        EXPECT_EQ(status_of(last_to(caller)), 403) << route;
        EXPECT_NE(field(last_to(caller), "Warning"), "") << route;
        EXPECT_EQ(lines(), Lines{"403 > 10.0.0.9:5070"});
    }
}

TEST_F(OwnUserTest, a_method_that_we_do_not_know_is_passed_on_for_our_user_and_is_501_for_a_stranger) {
    Request request = call();
    request.method = "FANCY";
    as_alice_at(request);
    EXPECT_EQ(lines(), Lines{"FANCY > 10.0.0.5:5062"});
    Request strange = call("z9hG4bKs");
    strange.method = "FANCY";
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, strange.text());
    EXPECT_EQ(lines(), Lines{"501 > 10.0.0.9:5070"});
    strange.uri = "sip:bob@home.test;tk=ticket";  // perhaps a contact: the policy is asked
    strange.branch += "2";
    send(caller, strange.text());
    EXPECT_EQ(lines(), Lines{"FANCY > 10.0.0.5:5062"});
}

// A call that came through a proxy: its next hop is what the proxy says, not the flow.
struct TransitTest : ProxyTest {
    const Flow proxy = udp_flow("192.0.2.50", 5060);
    std::string said, ok;
    TransitTest() {
        bob_has(desk, "<sip:bob@192.168.1.5:5060>");
        std::string wire = call().text();
        wire.insert(wire.find("Via:"),
                    "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKp\r\n"
                    "Record-Route: <sip:192.0.2.50;lr>\r\n");
        send(proxy, wire);
        said = respond(last_to(desk), 200, "b", "Contact: <sip:bob@192.168.1.5:5060>\r\n");
        send(desk, said);
        ok = last_to(proxy);
        fresh();
    }
};

TEST_F(TransitTest, our_phone_answers_by_the_route_and_a_stranger_cannot_use_it) {
    Request bye = in_dialog("BYE", said, "sip:stranger@10.0.0.9:5070", true);
    send(desk, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 192.0.2.50:5060"});
    EXPECT_EQ(field(last_to(proxy), "Route"), "<sip:192.0.2.50;lr>");
    Request relayed = in_dialog("MESSAGE", said, victim, true);
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

// tests/sip/edge/hostile_response_test.cpp - a callee whose responses break rules, and what of it arrives at
// those who call him and others over one connection.
#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"
#include "tests/sip/stream_frames.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

const std::string smuggled =
    "INVITE sip:alice@home.test SIP/2.0\r\nVia: SIP/2.0/TLS 203.0.113.1;branch=z9hG4bKevil\r\n"
    "Max-Forwards: 70\r\nFrom: \"mum\" <sip:mum@home.test>;tag=x\r\nTo: <sip:alice@home.test>\r\n"
    "Call-ID: evil\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";

struct HostileResponse : ProxyTest {
    // Another node, whose users call bob and carol over its one connection.
    const Flow node{Transport::tls,
                    {asio::ip::make_address("127.0.0.2"), 5061},
                    {asio::ip::make_address("192.0.2.8"), 40002},
                    9};

    HostileResponse() {
        users.users["carol"] = credentials_of("carol", "hedgewitch", "singing");
        register_phone("bob", "builder", desk, "<sip:bob@10.0.0.5:5062>");
        register_phone("carol", "singing", mobile, "<sip:carol@10.0.0.6:5064>");
    }
    void register_phone(const std::string& user, const std::string& password, const Flow& flow,
                        const std::string& contact) {
        phone = flow;
        EXPECT_EQ(status_of(as(user, password, registration(contact, 1, {}, user))), 200);
        phone = caller;
    }
    Request call_to(const std::string& user, const std::string& method = "INVITE") {
        Request request = call("z9hG4bK" + user + std::to_string(++calls_));
        request.method = method;
        request.uri = "sip:" + user + "@home.test";
        request.to = "<" + request.uri + ">";
        request.call_id = user + std::to_string(calls_);
        host.at_once = redirect_to(user == "bob" ? "sip:bob@10.0.0.5:5062" : "sip:carol@10.0.0.6:5064");
        return request;
    }
    /// What the node reads from its connection.
    [[nodiscard]] std::vector<std::string> arrived() const {
        std::string bytes;
        std::vector<std::string> meant;
        for (const auto& item : sent.items) {
            if (item.flow != node) continue;
            bytes += item.bytes;
            meant.push_back(item.bytes);
            EXPECT_TRUE(well_formed(item.bytes)) << item.bytes;
        }
        const auto read = frames(bytes);
        EXPECT_TRUE(read) << "its place in the stream is lost:\n" << bytes;
        EXPECT_EQ(read.value_or(Lines{}), meant);
        return meant;
    }
    unsigned calls_ = 0;
};

/// A good response, spoilt.
std::string spoilt(std::string good, const std::string& from, const std::string& to) {
    const auto at = good.find(from);
    EXPECT_NE(at, std::string::npos) << from << '\n' << good;
    return good.replace(at, from.size(), to);
}

std::vector<std::string> all_spoilt(const std::string& good) {
    const std::string length = "Content-Length: 0\r\n\r\n", our_via = "Via: " + field(good, "Via") + "\r\n",
                      their_via = "Via: " + field(good, "Via", 1) + "\r\n";
    std::string many;
    for (std::size_t i = 0; i < MessageView::max_fields; ++i)
        many += "X: y\r\n";
    const std::string size = std::to_string(smuggled.size());
    return {
        spoilt(good, length, "Content-Length: 5000\r\n\r\n"),
        spoilt(good, length, "Content-Length: 500\r\n\r\nabc"),
        spoilt(good, length, "l: 0\r\nContent-Length: " + size + "\r\n\r\n") + smuggled,
        spoilt(good, length, "Content-Length: " + size + "\r\nl: 0\r\n\r\n") + smuggled,
        spoilt(good, length, "Content-Length: many\r\n\r\n") + smuggled,
        spoilt(good, length, "Content-Length:\r\n\r\n") + smuggled,
        spoilt(good, length, "Content-Length: -1\r\n\r\n"),
        spoilt(good, length, "Content-Length: 0\n\r\n" + smuggled),
        spoilt(good, "From: ", "From: <sip:mum@home.test>;tag=s\r\nFrom: "),
        spoilt(good, "To: ", "t: <sip:x@y>;tag=z\r\nTo: "),
        spoilt(good, "CSeq: ", "CSeq: 7 BYE\r\nCSeq: "),
        spoilt(good, "CSeq: 1", "CSeq: 4294967296"),
        spoilt(good, "Call-ID: ", "Call-ID: other\r\nCall-ID: "),
        spoilt(good, "Call-ID: ", "Call-ID"),
        spoilt(good, "\r\nTo: ", "\nTo: "),
        spoilt(good, ";tag=b", ";tag="),
        spoilt(good, ";tag=b", ";tag=b;tag=c"),
        spoilt(good, "Content-Length", many + "Content-Length"),
        // Well formed, and no answer to what was asked.
        spoilt(good, their_via, ""),
        spoilt(good, our_via + their_via, our_via),
        spoilt(good, their_via, their_via + "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKmore\r\n"),
        spoilt(good, "branch=z9hG4bKbob", "branch=z9hG4bKcarol"),
        spoilt(good, "Call-ID: bob", "Call-ID: carol"),
        spoilt(good, "CSeq: 1 ", "CSeq: 2 "),
        spoilt(good, ";tag=s", ";tag=another"),
    };
}

TEST_F(HostileResponse, one_that_a_request_would_be_refused_for_is_dropped_and_the_good_one_still_counts) {
    for (const std::string method : {"INVITE", "MESSAGE", "SUBSCRIBE"}) {
        for (const int status : {180, 200, 302, 486}) {
            send(node, call_to("bob", method).text());
            const std::string request = last_to(desk);
            const auto before = arrived().size();
            const auto refused =
                edge->counters().responses_refused + edge->proxied().misfits + edge->counters().unreadable;
            const auto bad = all_spoilt(respond(request, status));
            for (const std::string& wire : bad)
                send(desk, wire);
            EXPECT_EQ(arrived().size(), before) << method << ' ' << status;
            EXPECT_EQ(
                edge->counters().responses_refused + edge->proxied().misfits + edge->counters().unreadable,
                refused + bad.size())
                << "each is counted";
            send(desk, respond(request, 200));
            ASSERT_EQ(arrived().size(), before + 1) << method << ' ' << status;
            EXPECT_EQ(status_of(arrived().back()), 200);
        }
    }
}

TEST_F(HostileResponse, a_liar_does_not_break_the_call_of_another_on_the_same_connection) {
    send(node, call_to("bob").text());
    send(node, call_to("carol").text());
    const std::string to_carol = last_to(mobile);
    for (const std::string& wire : all_spoilt(respond(last_to(desk), 180)))
        send(desk, wire);
    send(mobile, respond(to_carol, 200));
    const auto read = arrived();
    EXPECT_EQ(status_of(read.back()), 200);
    EXPECT_EQ(field(read.back(), "Call-ID"), field(to_carol, "Call-ID"));
}

// RFC 3261 §8.2.6.2: the tag is right, so it is an answer; the name is not his to give.
TEST_F(HostileResponse, whatever_names_a_callee_writes_the_caller_gets_his_own_words_back) {
    const Request request = call_to("bob");
    send(node, request.text());
    std::string good = respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
    good = spoilt(good, "From: " + request.from, "From: \"Your bank\" <sip:bank@home.test>;tag=s");
    good = spoilt(good, "To: " + request.to, "To: \"Your bank\" <sip:bank@home.test>");
    for (int repeated = 0; repeated < 2; ++repeated) {  // the second when the request is not kept any more
        const auto before = sent.items.size();
        send(desk, good);
        ASSERT_EQ(sent.items.size(), before + 1);
        EXPECT_EQ(field(arrived().back(), "From"), request.from);
        EXPECT_EQ(field(arrived().back(), "To"), request.to + ";tag=b");
        pass(1s);
    }
}

TEST_F(HostileResponse, a_request_in_its_body_stays_a_body) {
    send(node, call_to("bob", "MESSAGE").text());
    const std::string ok = respond(last_to(desk), 200);
    send(desk, spoilt(ok, "Content-Length: 0\r\n\r\n", "\r\n" + smuggled));  // over UDP no length is needed
    const auto read = arrived();
    EXPECT_EQ(field(read.back(), "Content-Length"), std::to_string(smuggled.size()));
    EXPECT_TRUE(read.back().ends_with("\r\n\r\n" + smuggled));
}

TEST_F(HostileResponse, what_follows_a_body_in_a_datagram_goes_nowhere) {
    send(node, call_to("bob", "MESSAGE").text());
    send(desk, respond(last_to(desk), 200) + smuggled);
    EXPECT_EQ(arrived().back().find("mum"), std::string::npos);
    EXPECT_EQ(status_of(arrived().back()), 200);
}

TEST_F(HostileResponse, the_requests_of_a_callee_are_written_anew_too) {
    send(node, call_to("bob").text());
    const std::string ok = respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
    send(desk, ok);
    const auto before = arrived().size();
    Request bye = in_dialog("BYE", ok, "sip:stranger@10.0.0.9:5070", true);
    std::string wire = spoilt(bye.text(), "Content-Length: 0\r\n\r\n", "l: 00\r\nContent-Length: 0\r\n\r\n");
    send(desk, wire + smuggled);
    ASSERT_EQ(arrived().size(), before + 1);
    EXPECT_TRUE(arrived().back().starts_with("BYE ")) << arrived().back();
    EXPECT_EQ(arrived().back().find("mum"), std::string::npos);
}

TEST_F(HostileResponse, more_header_lines_than_we_hold_get_a_request_its_400) {
    Request request = call_to("bob");
    for (std::size_t i = 0; i < MessageView::max_fields; ++i)
        request.more += "X: y\r\n";
    send(caller, request.text());
    EXPECT_EQ(lines().back(), "400 > 10.0.0.9:5070");
    EXPECT_TRUE(last_to(caller).starts_with("SIP/2.0 400 Too many header lines\r\n"));
    EXPECT_EQ(field(last_to(caller), "Call-ID"), request.call_id);
}

TEST_F(HostileResponse, a_Via_that_we_cannot_read_is_known_again_by_who_wrote_it) {
    for (const std::string sent_by : {"[fe80::1%25eth0]:5070", "10.0.0.9 5070", "10.0.0.9:99999"}) {
        const std::string wire = spoilt(call_to("bob").text(), "10.0.0.9:5070;", sent_by + ";");
        const std::string branch =
            wire.substr(wire.find(";branch="), wire.find(";rport") - wire.find(";branch="));
        send(caller, wire);
        EXPECT_EQ(status_of(last_to(caller)), 400);
        EXPECT_TRUE(field(last_to(caller), "Via").starts_with("SIP/2.0/UDP " + sent_by + branch + ";"))
            << last_to(caller);
    }
}

TEST_F(HostileResponse, an_empty_tag_is_a_400_with_one_tag) {
    Request request = call_to("bob");
    request.to += ";tag=";
    send(caller, request.text());
    const std::string to = field(last_to(caller), "To");
    EXPECT_EQ(status_of(last_to(caller)), 400);
    EXPECT_EQ(to.find(";tag="), to.rfind(";tag=")) << to;
    EXPECT_FALSE(to.ends_with("tag=")) << to;
}

}  // namespace

}  // namespace sip::testing

// tests/sip/syntax/message_test.cpp
#include "sip/syntax/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace std::string_literals;
using sip::Errc;
using sip::Header;
using sip::MessageView;
using sip::Method;

constexpr std::string_view invite =
    "INVITE sip:bob@riverside.example;transport=udp SIP/2.0\r\n"
    "v: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa1 , SIP/2.0/TCP [2001:db8::7];branch=z9hG4bKa0\r\n"
    "VIA: SIP/2.0/UDP origin.example;branch=z9hG4bK9\r\n"
    "f: \"Zoë \\\"Z, \\\" Lund\" <sip:zoe@hill.example>;tag=fr1\r\n"
    "To:\r\n  <sip:bob@riverside.example>\r\n\t;tag = to1\r\n"
    "i: 1-2-3@hill.example\r\n"
    "CSeq: 0017\r\n INVITE\r\n"
    "m: <sip:zoe@192.0.2.7:5062>;q=0.5, \"a,b\" <sip:zoe,2@10.0.0.1>\r\n"
    "X-Mood : cheerful\r\n"
    "Session-Expires: 90\r\n"
    "l: 4\r\n"
    "\r\n"
    "v=0\nNEXT";

TEST(Message, a_request_gives_its_start_line_headers_and_body) {
    const auto m = MessageView::parse(invite);
    ASSERT_TRUE(m);
    EXPECT_TRUE(m->is_request());
    EXPECT_EQ(m->method(), Method::invite);
    EXPECT_EQ(m->method_text(), "INVITE");
    EXPECT_EQ(m->request_uri(), "sip:bob@riverside.example;transport=udp");
    EXPECT_EQ(m->version(), "SIP/2.0");
    EXPECT_EQ(m->call_id(), "1-2-3@hill.example");
    EXPECT_EQ(m->from_tag(), "fr1");
    EXPECT_EQ(m->to_tag(), "to1");
    EXPECT_EQ(m->cseq()->number, 17U);
    EXPECT_EQ(m->cseq()->method, "INVITE");
    EXPECT_EQ(m->body(), "v=0\n") << "bytes beyond Content-Length are discarded (§18.3)";
    EXPECT_TRUE(m->wire().ends_with("v=0\n"));
    EXPECT_EQ(m->header("x-mood"), "cheerful");
    EXPECT_EQ(m->header("x"), "90") << "x is the compact form of Session-Expires";
    EXPECT_EQ(m->header(Header::route), std::nullopt);
    EXPECT_EQ(m->header("no-such"), std::nullopt);
    EXPECT_EQ(sip::check(*m), std::nullopt);
}

TEST(Message, several_values_on_a_line_and_on_several_lines_are_one_list) {
    const auto m = MessageView::parse(invite);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->count(Header::via), 2U);
    std::vector<std::string> hosts;
    m->each_value(Header::via, [&](std::string_view v) {
        hosts.emplace_back(sip::Via::parse(v)->host);
        return true;
    });
    EXPECT_THAT(hosts, testing::ElementsAre("192.0.2.7", "2001:db8::7", "origin.example"));
    EXPECT_EQ(m->top_via()->port, 5062);
    EXPECT_EQ(m->top_via()->branch(), "z9hG4bKa1");

    std::vector<std::string> contacts;
    m->each_value(Header::contact, [&](std::string_view v) {
        contacts.emplace_back(v);
        return true;
    });
    EXPECT_THAT(contacts,
                testing::ElementsAre("<sip:zoe@192.0.2.7:5062>;q=0.5", "\"a,b\" <sip:zoe,2@10.0.0.1>"));
}

TEST(Message, credentials_and_dates_keep_their_commas) {
    const auto m = MessageView::parse(
        "REGISTER sip:h SIP/2.0\r\nAuthorization: Digest username=\"a\", realm=\"b\"\r\nDate: Sat, 13 Nov "
        "2010 23:29:00 "
        "GMT\r\n\r\n");
    ASSERT_TRUE(m);
    int seen = 0;
    for (const Header h : {Header::authorization, Header::date}) {
        m->each_value(h, [&](std::string_view v) {
            EXPECT_EQ(v, m->header(h));
            ++seen;
            return true;
        });
    }
    EXPECT_EQ(seen, 2);
}

TEST(Message, a_response_gives_status_reason_and_the_method_of_its_CSeq) {
    const auto m = MessageView::parse("SIP/2.0 486 Обеда́ют\r\nCSeq: 3 BYE\r\n\r\n");
    ASSERT_TRUE(m);
    EXPECT_FALSE(m->is_request());
    EXPECT_EQ(m->status(), 486);
    EXPECT_EQ(m->reason(), "Обеда́ют");
    EXPECT_EQ(m->method(), Method::bye);
    EXPECT_EQ(MessageView::parse("SIP/2.0 100 \r\nCSeq: 3 BYE\r\n\r\n")->reason(), "");
    EXPECT_EQ(MessageView::parse("SIP/2.0 100\r\nCSeq: 3 BYE\r\n\r\n")->status(), 100);
}

TEST(Message, a_status_that_is_not_three_digits_from_100_to_699_is_no_SIP) {
    for (const std::string status : {"4294967301", "99", "099", "700", "20", "2xx", "-10", "20O"}) {
        const auto m = MessageView::parse("SIP/2.0 " + status + " Fine\r\nCSeq: 3 BYE\r\n\r\n");
        ASSERT_FALSE(m) << status;
        EXPECT_EQ(m.error(), Errc::not_sip);
    }
}

TEST(Message, what_has_no_start_line_is_not_sip) {
    for (const std::string_view wire :
         {"", "\r\n\r\n", "hello", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "INVITE\r\nVia: x\r\n\r\n",
          "SIP/3.0 200 OK\r\nA: b\r\n\r\n", "INV<ITE sip:a SIP/2.0\r\nA: b\r\n\r\n",
          "INVITE SIP/2.0\r\nA: b\r\n\r\n"}) {
        const auto m = MessageView::parse(wire);
        ASSERT_FALSE(m) << wire;
        EXPECT_EQ(m.error(), Errc::not_sip) << wire;
    }
}

TEST(Message, a_start_line_alone_is_incomplete) {
    EXPECT_EQ(MessageView::parse("OPTIONS sip:h SIP/2.0\r\n").error(), Errc::incomplete);
    EXPECT_EQ(MessageView::parse("OPTIONS sip:h SIP/2.0\r\n\r\n").error(), Errc::incomplete);
}

TEST(Message, one_field_more_than_the_index_holds_is_refused) {
    std::string wire = "OPTIONS sip:h SIP/2.0\r\n";
    for (std::size_t i = 0; i < MessageView::max_fields; ++i)
        wire += "X: y\r\n";
    EXPECT_EQ(MessageView::parse(wire + "\r\n")->fields().size(), MessageView::max_fields);
    EXPECT_EQ(MessageView::parse(wire + "X: y\r\n\r\n").error(), Errc::too_many_headers);
    EXPECT_EQ(MessageView::parse(std::string(65536, 'x')).error(), Errc::too_large);
}

TEST(Message, leading_CRLFs_are_skipped) {
    EXPECT_TRUE(MessageView::parse("\r\n\r\n\r\n" + std::string(invite)));
}

TEST(Message, every_cut_and_every_flipped_byte_is_read_without_harm) {
    for (std::size_t n = 0; n <= invite.size(); ++n) {
        const std::string wire(invite.substr(0, n));  // its own allocation: ASan sees a read beyond
        if (const auto m = MessageView::parse(wire)) (void)sip::check(*m);
        std::string flipped(invite);
        if (n == flipped.size()) break;
        for (const char c : {'\0', '\r', '\n', '"', '<', ',', ';', '\\'}) {
            flipped[n] = c;
            const auto m = MessageView::parse(flipped);
            if (m) (void)sip::check(*m);
        }
    }
}

TEST(HeaderNames, every_name_finds_its_header_in_any_case_and_a_near_miss_does_not) {
    for (int i = 0; i < static_cast<int>(Header::other); ++i) {
        const auto h = static_cast<Header>(i);
        EXPECT_EQ(sip::header_of(name(h)), h);
        EXPECT_EQ(sip::header_of(sip::lowercase(name(h))), h);
        EXPECT_EQ(sip::header_of(std::string(name(h)) + "s"), Header::other) << name(h);
    }
    EXPECT_EQ(sip::header_of("K"), Header::supported);
    EXPECT_EQ(sip::header_of("C%6Fntact"), Header::other);
    EXPECT_EQ(sip::header_of(""), Header::other);
    EXPECT_EQ(sip::method_of("register"), Method::unknown) << "methods are case-sensitive (§7.1)";
    for (int i = 0; i < static_cast<int>(Method::unknown); ++i) {
        EXPECT_EQ(sip::method_of(name(static_cast<Method>(i))), static_cast<Method>(i));
    }
}

TEST(Via, white_space_may_stand_around_slashes_colons_and_parameters) {
    const auto v = sip::Via::parse(
        "SIP  / 2.0\r\n /TCP     spindle.example : 5072  ;\r\n  branch  =   z9hG4bK9ikj8  ; rport");
    ASSERT_TRUE(v);
    EXPECT_EQ(v->transport, "TCP");
    EXPECT_EQ(v->host, "spindle.example");
    EXPECT_EQ(v->port, 5072);
    EXPECT_EQ(v->branch(), "z9hG4bK9ikj8");
    EXPECT_EQ(v->parameter("rport"), "");
}

TEST(Via, a_received_parameter_may_be_an_IPv6_address_with_or_without_brackets) {
    for (const std::string_view address : {"2001:db8::9:255", "[2001:db8::9:255]"}) {
        const std::string text =
            "SIP/2.0/UDP [2001:db8::9:1]:5061;received=" + std::string(address) + ";branch=z9hG4bKx";
        const auto v = sip::Via::parse(text);
        ASSERT_TRUE(v) << text;
        EXPECT_TRUE(v->host_is_ipv6);
        EXPECT_EQ(v->host, "2001:db8::9:1");
        EXPECT_EQ(v->port, 5061);
        EXPECT_EQ(v->parameter("received"), address);
    }
}

TEST(Via, what_is_no_Via_is_refused) {
    for (const std::string_view text :
         {"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 host", "SIP/2.0/UDPhost", "SIP/2.0/UDP host:99999",
          "SIP/2.0/UDP host;", "SIP/2.0/UDP host;;branch=x", "SIP/2.0/UDP host;=x", "SIP/2.0/UDP 2001:db8::1",
          "SIP/2.0/UDP [::1", "SIP/2.0/UDP [::g]", "SIP/2.0/UDP ho st", "SIP/2.0/UDP ;branch=x",
          "SIP/2.0/UDP [2001:db8:::192.0.2.1]"}) {
        EXPECT_FALSE(sip::Via::parse(text)) << text;
    }
}

TEST(CSeq, is_a_32_bit_number_and_a_method) {
    EXPECT_EQ(sip::CSeq::parse("4294967295 ACK")->number, 4294967295U);
    EXPECT_EQ(sip::CSeq::parse("1 \t a-Method")->method, "a-Method");
    for (const std::string_view text :
         {"", "1", "ACK", "4294967296 ACK", "-1 ACK", "1 A CK", "1ACK", "1 A,CK", "0x1 ACK"}) {
        EXPECT_FALSE(sip::CSeq::parse(text)) << text;
    }
}

TEST(Number, is_plain_decimal_within_its_bound) {
    EXPECT_EQ(sip::parse_number(" 0068 ", 255), 68U);
    EXPECT_EQ(sip::parse_number("255", 255), 255U);
    EXPECT_EQ(sip::parse_number("00000000000000000000000000000000001"), 1U);
    for (const std::string_view text : {"", " ", "256", "-1", "+1", "1 2", "1e3", "18446744073709551617"}) {
        EXPECT_FALSE(sip::parse_number(text, 255)) << text;
    }
}

}  // namespace

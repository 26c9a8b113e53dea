// tests/sip/syntax/message_test.cpp
#include "sip/syntax/message.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/message_check.hpp"

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

TEST(Message, of_more_fields_than_the_index_holds_the_first_are_indexed_and_that_is_odd) {
    std::string wire = "OPTIONS sip:h SIP/2.0\r\n";
    for (std::size_t i = 0; i < MessageView::max_fields; ++i)
        wire += "X: y\r\n";
    EXPECT_EQ(MessageView::parse(wire + "\r\n")->fields().size(), MessageView::max_fields);
    const std::string more = wire + "X: y\r\nContent-Length: 2\r\n\r\nhi";
    const auto too_many = MessageView::parse(more);
    ASSERT_TRUE(too_many) << "it is to get an answer";
    EXPECT_EQ(too_many->fields().size(), MessageView::max_fields);
    EXPECT_EQ(too_many->oddity(), "Too many header lines");
    EXPECT_EQ(too_many->body(), "hi");
    std::string response = more;
    response.replace(0, response.find('\r'), "SIP/2.0 200 OK");
    EXPECT_EQ(MessageView::parse(response).error(), Errc::not_sip);
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

}  // namespace

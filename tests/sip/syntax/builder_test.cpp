// tests/sip/syntax/builder_test.cpp
#include "sip/syntax/builder.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;
using sip::Flow;
using sip::Header;
using sip::MessageView;
using sip::ResponseBuilder;

Flow from(const char* address, std::uint16_t port) {
    Flow flow;
    flow.remote = {asio::ip::make_address(address), port};
    return flow;
}

std::string answer(std::string_view request, const Flow& flow, int status = 200,
                   std::string_view tag = "mine") {
    const auto m = MessageView::parse(request);
    EXPECT_TRUE(m) << request;
    return ResponseBuilder(*m, flow, status, {}, tag).finish();
}

std::string with_via(std::string_view via) {
    return "OPTIONS sip:h SIP/2.0\r\nVia: " + std::string(via) +
           "\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n";
}

TEST(ResponseBuilder, copies_what_8_2_6_says_in_order) {
    const std::string request =
        "INVITE sip:bob@h SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa, SIP/2.0/TCP "
        "x.example\r\nCSeq: 7 INVITE\r\n"
        "t:\r\n \"B, ob\" <sip:bob@h>\r\nVia: SIP/2.0/UDP y.example\r\nSubject: secret\r\nFrom: "
        "<sip:a@b>;tag=f\r\ni: c@d\r\n\r\n";
    const auto m = MessageView::parse(request);
    ASSERT_TRUE(m);
    EXPECT_EQ(ResponseBuilder(*m, from("192.0.2.7", 5060), 302, {}, "t1")
                  .add(Header::contact, "<sip:bob@192.0.2.9>")
                  .add("X-Note", "1")
                  .finish("hello", "text/plain"),
              "SIP/2.0 302 Moved Temporarily\r\n"
              "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa, SIP/2.0/TCP x.example\r\n"
              "Via: SIP/2.0/UDP y.example\r\n"
              "From: <sip:a@b>;tag=f\r\n"
              "To: \"B, ob\" <sip:bob@h>;tag=t1\r\n"
              "Call-ID: c@d\r\n"
              "CSeq: 7 INVITE\r\n"
              "Contact: <sip:bob@192.0.2.9>\r\n"
              "X-Note: 1\r\n"
              "Content-Type: text/plain\r\n"
              "Content-Length: 5\r\n\r\nhello");
}

TEST(ResponseBuilder, a_tag_is_added_once_and_not_to_a_100) {
    const std::string request = with_via("SIP/2.0/UDP 192.0.2.7");
    EXPECT_NE(answer(request, from("192.0.2.7", 5060)).find("To: <sip:h>;tag=mine\r\n"), std::string::npos);
    EXPECT_NE(answer(request, from("192.0.2.7", 5060), 100).find("To: <sip:h>\r\n"), std::string::npos);
    std::string tagged = request;
    tagged.replace(tagged.find("To: <sip:h>"), 11, "To: <sip:h>;tag=yours");
    EXPECT_NE(answer(tagged, from("192.0.2.7", 5060)).find("To: <sip:h>;tag=yours\r\n"), std::string::npos);
}

TEST(ResponseBuilder, an_empty_tag_gives_way_to_ours) {
    const auto to = [](const std::string& theirs, int status) {
        std::string request = with_via("SIP/2.0/UDP 192.0.2.7");
        request.replace(request.find("To: <sip:h>"), 11, "To: " + theirs);
        const std::string text = answer(request, from("192.0.2.7", 5060), status);
        const auto m = MessageView::parse(text);
        return m ? std::string(m->header(Header::to).value_or("")) : text;
    };
    EXPECT_EQ(to("<sip:h>;tag=", 400), "<sip:h>;tag=mine");
    EXPECT_EQ(to("<sip:h>;tag", 400), "<sip:h>;tag=mine");
    EXPECT_EQ(to("\"a;b\" <sip:h;x>;c=\"d;e\";tag=;f", 400), "\"a;b\" <sip:h;x>;c=\"d;e\";f;tag=mine");
    EXPECT_EQ(to("sip:h;tag=", 100), "sip:h");
}

struct ViaCase {
    std::string_view via, expected;
};

TEST(ResponseBuilder, the_top_Via_says_where_the_request_really_came_from) {
    const Flow v4 = from("192.0.2.7", 40000);
    const Flow v6 = from("2001:db8::7", 40000);
    const Flow mapped = from("::ffff:192.0.2.7", 40000);
    const std::vector<std::pair<Flow, ViaCase>> cases{
        {v4, {"SIP/2.0/UDP 192.0.2.7:5060;branch=b", "SIP/2.0/UDP 192.0.2.7:5060;branch=b"}},
        {mapped, {"SIP/2.0/UDP 192.0.2.7:5060;branch=b", "SIP/2.0/UDP 192.0.2.7:5060;branch=b"}},
        {v4, {"SIP/2.0/UDP 10.0.0.1;branch=b", "SIP/2.0/UDP 10.0.0.1;branch=b;received=192.0.2.7"}},
        {v4, {"SIP/2.0/UDP phone.example;branch=b", "SIP/2.0/UDP phone.example;branch=b;received=192.0.2.7"}},
        {v4,
         {"SIP/2.0/UDP 192.0.2.7;rport;branch=b",
          "SIP/2.0/UDP 192.0.2.7;branch=b;received=192.0.2.7;rport=40000"}},
        {mapped, {"SIP/2.0/UDP x;rport", "SIP/2.0/UDP x;received=192.0.2.7;rport=40000"}},
        // What a peer claims about itself is not believed.
        {v4,
         {"SIP/2.0/UDP x;received=203.0.113.5;rport=5;branch=b",
          "SIP/2.0/UDP x;branch=b;received=192.0.2.7;rport=40000"}},
        {v6, {"SIP/2.0/UDP [2001:DB8:0::7];branch=b", "SIP/2.0/UDP [2001:DB8:0::7];branch=b"}},
        {v6,
         {"SIP/2.0/UDP [2001:db8::9];rport", "SIP/2.0/UDP [2001:db8::9];received=2001:db8::7;rport=40000"}},
        {v4,
         {"SIP /\r\n 2.0 / UDP\r\n\t192.0.2.7 ;\r\n branch =\r\n b", "SIP / 2.0 / UDP 192.0.2.7;branch = b"}},
        // Malformed: what can be read of it.
        {v4, {"SIP/2.0/UDP 192.0.2.7;;branch=b,;,,", "SIP/2.0/UDP 192.0.2.7;branch=b"}},
        {v4, {"SIP/2.0/UDP 192.0.2.7;branch=\"b", "SIP/2.0/UDP 192.0.2.7"}},
        {v4, {"nonsense", "SIP/2.0/UDP 192.0.2.7:40000"}},
        {v4, {"nonsense;branch=b", "SIP/2.0/UDP 192.0.2.7:40000;branch=b"}},
        // Malformed, and yet its sender looks for what it wrote (§8.2.6.2).
        {v6,
         {"SIP/2.0/UDP [fe80::1%eth0]:5060;branch=b",
          "SIP/2.0/UDP [fe80::1%eth0]:5060;branch=b;received=2001:db8::7"}},
        {v4,
         {"SIP/2.0/UDP 192.0.2.7:99999;rport;branch=b",
          "SIP/2.0/UDP 192.0.2.7:99999;branch=b;received=192.0.2.7;rport=40000"}},
        {v4,
         {"SIP/2.0/UDP 192.0.2.7 5060;branch=b", "SIP/2.0/UDP 192.0.2.7 5060;branch=b;received=192.0.2.7"}},
        {v4, {"SIP/2.0/UDP my_phone!;branch=b<c>", "SIP/2.0/UDP my_phone!;branch=b<c>;received=192.0.2.7"}},
        {v4,
         {"SIP/2.0/UDP 192.0.2.7:99999;branch=b, SIP/2.0/TCP x",
          "SIP/2.0/UDP 192.0.2.7:99999;branch=b;received=192.0.2.7, SIP/2.0/TCP x"}},
    };
    for (const auto& [flow, c] : cases) {
        const std::string text = answer(with_via(c.via), flow);
        const auto m = MessageView::parse(text);
        ASSERT_TRUE(m) << text;
        EXPECT_EQ(m->header(Header::via), c.expected);
    }
}

TEST(ResponseBuilder, a_request_without_anything_gets_an_answer_without_it) {
    EXPECT_EQ(answer("OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=b\r\n\r\n",
                     from("192.0.2.7", 5060), 400),
              "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=b\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(answer("OPTIONS sip:h SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n", from("2001:db8::7", 5060), 400),
              "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP [2001:db8::7]:5060\r\nCSeq: 1 "
              "OPTIONS\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseBuilder, of_fields_that_stand_there_twice_the_first_is_taken) {
    const std::string text = answer(
        "INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7\r\nCSeq: 5 INVITE\r\nCall-ID: one\r\nCSeq: 59 "
        "INVITE\r\nCall-ID: two\r\n\r\n",
        from("192.0.2.7", 5060), 400);
    EXPECT_NE(text.find("Call-ID: one\r\nCSeq: 5 INVITE\r\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("two"), std::string::npos);
}

TEST(ResponseBuilder, nothing_given_can_add_a_line) {
    const std::string request = with_via("SIP/2.0/UDP 192.0.2.7");
    const auto m = MessageView::parse(request);
    ASSERT_TRUE(m);
    const std::string text =
        ResponseBuilder(*m, from("192.0.2.7", 5060), 400, "No\r\nX-Evil: 1", "t\r\nX-Evil: 2")
            .add(Header::warning, "399 h \"a\r\nX-Evil: 3\nX-Evil: 4\rX-Evil: 5\0\""s)
            .add("X-Evil: 6\r\nY", "z")
            .add(Header::server, "folded\r\n\t value")
            .finish();
    EXPECT_EQ(text.find("\nX-Evil"), std::string::npos) << text;
    EXPECT_EQ(text.find('\0'), std::string::npos);
    EXPECT_NE(text.find("Server: folded value\r\n"), std::string::npos) << text;
    const auto read_back = MessageView::parse(text);
    ASSERT_TRUE(read_back);
    EXPECT_EQ(read_back->fields().size(), 8U) << text;
}

TEST(ResponseBuilder, a_100_carries_the_Timestamp) {
    std::string request = with_via("SIP/2.0/UDP 192.0.2.7");
    request.insert(request.find("From:"), "Timestamp: 54.2\r\n");
    EXPECT_NE(answer(request, from("192.0.2.7", 5060), 100).find("Timestamp: 54.2\r\n"), std::string::npos);
    EXPECT_EQ(answer(request, from("192.0.2.7", 5060), 200).find("Timestamp"), std::string::npos);
}

TEST(RequestBuilder, writes_a_request_that_parses_without_fault) {
    const std::string text = sip::RequestBuilder(sip::Method::register_, "sip:h\r\nX: y")
                                 .add(Header::via, "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx")
                                 .add(Header::from, "<sip:a@h>;tag=1")
                                 .add(Header::to, "<sip:a@h>")
                                 .add(Header::call_id, "c")
                                 .add(Header::cseq, "1 REGISTER")
                                 .finish();
    EXPECT_TRUE(
        text.starts_with("REGISTER sip:hX:y SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx\r\n"))
        << text;
    EXPECT_TRUE(text.ends_with("Content-Length: 0\r\n\r\n"));
}

}  // namespace

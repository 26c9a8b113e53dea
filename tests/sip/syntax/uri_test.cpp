// tests/sip/syntax/uri_test.cpp
#include "sip/syntax/uri.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;
using sip::UriView;

TEST(Uri, gives_its_parts) {
    const auto u = UriView::parse(
        "sips:al%69ce:pa$$@Example.ORG:5061;transport=tcp;lr?Subject=hi%20you&Priority=urgent");
    ASSERT_TRUE(u);
    EXPECT_TRUE(u->is_sip());
    EXPECT_TRUE(u->is_sips());
    EXPECT_EQ(u->user, "al%69ce");
    EXPECT_EQ(u->password, "pa$$");
    EXPECT_EQ(u->host, "Example.ORG");
    EXPECT_EQ(u->port, 5061);
    EXPECT_EQ(u->parameter("TRANSPORT"), "tcp");
    EXPECT_EQ(u->parameter("lr"), "");
    EXPECT_EQ(u->parameter("maddr"), std::nullopt);
    EXPECT_EQ(u->headers, "Subject=hi%20you&Priority=urgent");
}

TEST(Uri, a_user_may_hold_semicolons_and_question_marks) {
    EXPECT_EQ(UriView::parse("sip:user;par=u%40example.net@example.com")->user, "user;par=u%40example.net");
    EXPECT_EQ(UriView::parse("sip:what?now@example.com")->user, "what?now");
    const auto odd = UriView::parse(
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/"
        ";;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
}

TEST(Uri, an_IPv6_host_stands_in_brackets) {
    const auto with_port = UriView::parse("sip:bob@[2001:db8::10]:5070;lr");
    ASSERT_TRUE(with_port);
    EXPECT_EQ(with_port->host, "2001:db8::10");
    EXPECT_TRUE(with_port->host_is_ipv6);
    EXPECT_EQ(with_port->port, 5070);
    // RFC 5118 §4.3: what looks like a port is the end of the address.
    const auto ambiguous = UriView::parse("sip:bob@[2001:db8::10:5070]");
    EXPECT_EQ(ambiguous->host, "2001:db8::10:5070");
    EXPECT_EQ(ambiguous->port, std::nullopt);
    EXPECT_EQ(UriView::parse("sip:[::ffff:192.0.2.1]")->host, "::ffff:192.0.2.1");
    for (const std::string_view text :
         {"sip:bob@2001:db8::10", "sip:bob@[2001:db8::10", "sip:[::1]5060", "sip:[fe80::1%eth0]",
          "sip:[2001:db8:::192.0.2.1]", "sip:[]", "sip:[1:2:3]"}) {
        EXPECT_FALSE(UriView::parse(text)) << text;
    }
}

TEST(Uri, malformed_ones_are_refused) {
    for (const std::string_view text : {"",
                                        ":",
                                        "sip",
                                        "sip:",
                                        "sip:@host",
                                        "sip:a@",
                                        "sip:a@b@c",
                                        "sip:a b@c",
                                        "<sip:a@b>",
                                        " sip:a@b",
                                        "sip:a@b ",
                                        "sip:a%4@b",
                                        "sip:a%zz@b",
                                        "sip:a@b:",
                                        "sip:a@b:65536",
                                        "sip:a@b:5x",
                                        "sip:a@b;",
                                        "sip:a@b;;lr",
                                        "sip:a@b;x=\ty",
                                        "sip:a@b;x ;y",
                                        "sip:a@b?",
                                        "sip:a@ho\"st",
                                        "1sip:a@b",
                                        "sip:\x01@b",
                                        "sip:a@b;x=\"y\"",
                                        "tel:",
                                        "http://x y",
                                        "sip:zo\xc3\xab@b"}) {
        EXPECT_FALSE(UriView::parse(text)) << text;
    }
    EXPECT_FALSE(UriView::parse("sip:a\0b@c"s));
}

TEST(Uri, other_schemes_are_kept_whole) {
    const auto u = UriView::parse("soap.beep://192.0.2.103:3002");
    ASSERT_TRUE(u);
    EXPECT_FALSE(u->is_sip());
    EXPECT_EQ(u->scheme, "soap.beep");
    EXPECT_TRUE(UriView::parse("nobodyKnowsThisScheme:totallyopaquecontent"));
}

TEST(Uri, an_escaped_parameter_name_is_found) {
    const auto u = UriView::parse("sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    ASSERT_TRUE(u);
    EXPECT_EQ(u->parameter("lr"), "");
    EXPECT_EQ(u->parameter("name"), "v%61lue%25%34%31");
}

TEST(Uri, unescape_decodes_once_and_keeps_NUL_and_what_is_no_escape) {
    EXPECT_EQ(sip::unescape("sips%3Auser%40example.com"), "sips:user@example.com");
    EXPECT_EQ(sip::unescape("%2541"), "%41");
    EXPECT_EQ(sip::unescape("null-%00-null"), "null-\0-null"s);
    EXPECT_EQ(sip::unescape("%Z%45%4"), "%ZE%4");
}

TEST(Uri, escape_user_gives_a_user_that_parses_and_unescapes_to_the_same) {
    std::string every;
    for (int c = 0; c < 256; ++c)
        every += static_cast<char>(c);
    const std::string uri = "sip:" + sip::escape_user(every) + "@h";
    const auto u = UriView::parse(uri);
    ASSERT_TRUE(u) << uri;
    EXPECT_EQ(sip::unescape(u->user), every);
    EXPECT_EQ(sip::escape_user("j@h:1"), "j%40h%3A1");
}

}  // namespace

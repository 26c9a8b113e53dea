// tests/sip/syntax/uri_test.cpp
#include "sip/syntax/uri.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;
using sip::NameAddrView;
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

bool same(std::string_view a, std::string_view b) {
    const auto x = UriView::parse(a);
    const auto y = UriView::parse(b);
    EXPECT_TRUE(x) << a;
    EXPECT_TRUE(y) << b;
    EXPECT_EQ(equivalent(*x, *y), equivalent(*y, *x)) << "equality is symmetric";
    return equivalent(*x, *y);
}

TEST(UriEquivalence, follows_the_examples_of_RFC_3261_19_1_4) {
    EXPECT_TRUE(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
    EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    EXPECT_TRUE(same("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
    EXPECT_TRUE(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                     "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
    EXPECT_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
    EXPECT_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
    EXPECT_FALSE(same("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"));
    EXPECT_FALSE(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
}

TEST(UriEquivalence, a_reserved_character_and_its_escape_differ) {
    EXPECT_FALSE(same("sip:a;b@h", "sip:a%3Bb@h"));
    EXPECT_TRUE(same("sip:a%3bb@h", "sip:a%3Bb@h"));
    EXPECT_FALSE(same("sip:%00@h", "sip:%00%00@h")) << "NUL must not end a comparison (RFC 4475 §3.1.1.4)";
}

TEST(UriEquivalence, IPv6_addresses_are_compared_as_addresses) {
    EXPECT_TRUE(same("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0::1]"));
    EXPECT_FALSE(same("sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]"));
}

TEST(UriEquivalence, a_URI_with_very_many_parameters_equals_only_its_own_text) {
    std::string many = "sip:a@h";
    for (int i = 0; i < 40; ++i)
        many += ";p" + std::to_string(i);
    EXPECT_TRUE(same(many, many));
    EXPECT_FALSE(same(many, many + ";q"));
}

TEST(NameAddr, quoted_and_bare_display_names_and_none) {
    const auto quoted = NameAddrView::parse(
        "\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->display_name, "\"J Rosenberg \\\\\\\"\"");
    EXPECT_EQ(quoted->uri, "sip:jdrosen@example.com");
    EXPECT_EQ(quoted->parameter("TAG"), "98asjd8");

    const auto bare = NameAddrView::parse("Зоя Лунд<sip:zoe@hill.example;lr>;x=\"a;tag=no\";tag=yes");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->display_name, "Зоя Лунд");
    EXPECT_EQ(bare->uri, "sip:zoe@hill.example;lr");
    EXPECT_EQ(bare->parameter("tag"), "yes");
    EXPECT_EQ(bare->parameter("x"), "\"a;tag=no\"");

    const auto plain = NameAddrView::parse(" sip:+19725552222@gw1.example.net;unknownparam ");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->uri, "sip:+19725552222@gw1.example.net")
        << "without <> parameters are the header's (§20)";
    EXPECT_EQ(plain->parameter("unknownparam"), "");
    EXPECT_EQ(plain->display_name, "");
}

TEST(NameAddr, a_NUL_may_be_quoted_but_not_stand_bare) {
    EXPECT_TRUE(NameAddrView::parse("\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\" <sip:a@b>"s));
    EXPECT_FALSE(NameAddrView::parse("\"NUL:\0\" <sip:a@b>"s));
}

TEST(NameAddr, malformed_ones_are_refused) {
    for (const std::string_view text :
         {"", "<", "<sip:a@b", "\"A <sip:a@b>", "\"A\" sip:a@b", "Bell, Alexander <sip:a@b>",
          "sip:a@b?Route=%3Csip:c%3E", "sip:a,b@c", "<sip:a@b>;", "<sip:a@b>;;x", "<sip:a@b>x",
          "<sip:a@b>;tag=\"x", "<sip:a@b>;x=y z", "\"a\\\r\n\"<sip:a@b>", ";tag=x", "sip:a@b;tag=<x>"}) {
        EXPECT_FALSE(NameAddrView::parse(text)) << text;
    }
}

TEST(Parameters, the_first_of_a_name_counts_and_quotes_hide_semicolons) {
    EXPECT_EQ(sip::find_parameter("a=1;A=2", "a"), "1");
    EXPECT_EQ(sip::find_parameter("x=\"\\\";a=1\";a=2", "a"), "2");
    EXPECT_EQ(sip::find_parameter(";; ;a", "a"), "");
    EXPECT_EQ(sip::find_parameter("a=b=c", "a"), "b=c");
    EXPECT_EQ(sip::find_parameter("x=\"open;a=1", "a"), std::nullopt);
}

}  // namespace

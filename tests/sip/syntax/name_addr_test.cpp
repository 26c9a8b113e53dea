// tests/sip/syntax/name_addr_test.cpp
#include "sip/syntax/name_addr.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;
using sip::NameAddrView;

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

TEST(NameAddr, the_uri_in_an_address_is_what_stands_between_the_brackets) {
    EXPECT_EQ(sip::uri_in("\"A\" <sip:a@b;lr>;tag=x"), "sip:a@b;lr");
    EXPECT_EQ(sip::uri_in("sip:a@b;tag=x"), "sip:a@b");
    EXPECT_EQ(sip::uri_in("<sip:a@b"), "");
}

}  // namespace

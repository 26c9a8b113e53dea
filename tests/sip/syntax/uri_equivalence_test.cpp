// tests/sip/syntax/uri_equivalence_test.cpp
#include "sip/syntax/uri_equivalence.hpp"

#include <gtest/gtest.h>

namespace {

using sip::UriView;

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

}  // namespace

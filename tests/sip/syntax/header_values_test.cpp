// tests/sip/syntax/header_values_test.cpp
#include "sip/syntax/header_values.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

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

TEST(Values, commas_in_quotes_and_brackets_divide_nothing) {
    std::string_view rest = " <sip:a,b@h> , \"x, y\" <sip:c@h>,, d ";
    std::vector<std::string_view> values;
    while (!rest.empty())
        values.push_back(sip::next_value(rest));
    EXPECT_EQ(values, (std::vector<std::string_view>{"<sip:a,b@h>", "\"x, y\" <sip:c@h>", "", "d"}));
}

}  // namespace

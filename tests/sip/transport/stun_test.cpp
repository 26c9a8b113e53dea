// tests/sip/transport/stun_test.cpp - RFC 5769's vectors where they fit, and what gets no answer.
#include "sip/transport/stun.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

using namespace std::string_literals;

const std::string transaction = "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"s;  // of RFC 5769 §2
const std::string magic = "\x21\x12\xa4\x42"s;

std::string request(const std::string& attributes = {}, const std::string& type = "\0\x01"s) {
    return type + "\0"s + static_cast<char>(attributes.size()) + magic + transaction + attributes;
}

TEST(Stun, the_mapped_address_is_that_of_RFC_5769) {
    const auto v4 = stun_answer(request(), {asio::ip::make_address("192.0.2.1"), 32853});
    EXPECT_EQ(v4, "\x01\x01\0\x0c"s + magic + transaction + "\0\x20\0\x08\0\x01\xa1\x47\xe1\x12\xa6\x43"s);
    const auto v6 =
        stun_answer(request(), {asio::ip::make_address("2001:db8:1234:5678:11:2233:4455:6677"), 32853});
    EXPECT_EQ(v6, "\x01\x01\0\x18"s + magic + transaction + "\0\x20\0\x14\0\x02\xa1\x47"s +
                      "\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9"s);
}

TEST(Stun, an_attribute_that_must_be_understood_is_420_and_an_optional_one_is_passed_over) {
    const Endpoint source{asio::ip::make_address("192.0.2.1"), 1};
    const auto answer = stun_answer(request("\0\x03\0\x04\0\0\0\0"s), source);  // CHANGE-REQUEST
    EXPECT_EQ(answer,
              "\x01\x11\0\x10"s + magic + transaction + "\0\x09\0\x04\0\0\x04\x14\0\x0a\0\x02\0\x03\0\0"s);
    const auto named = stun_answer(request("\x80\x22\0\x05"
                                           "abcde\0\0\0"s),
                                   source);  // SOFTWARE
    ASSERT_TRUE(named);
    EXPECT_EQ(named->substr(0, 2), "\x01\x01"s);
}

TEST(Stun, what_is_no_Binding_request_gets_no_answer) {
    const Endpoint source{asio::ip::make_address("192.0.2.1"), 1};
    for (const std::string& junk :
         {std::string{}, request().substr(0, 19), request({}, "\x01\x01"s), request({}, "\0\x11"s),
          request() + "abcd", request("\0\x06\0\xff"s), request("ab"), "OPTIONS sip:a@b SIP/2.0\r\n\r\n"s,
          "\0\x01\0\0abcd"s + transaction}) {
        EXPECT_EQ(stun_answer(junk, source), std::nullopt) << junk;
    }
    EXPECT_FALSE(is_stun("OPTIONS sip:a@b SIP/2.0\r\n\r\n"));
    EXPECT_FALSE(is_stun("\r\n\r\n"));
}

}  // namespace

}  // namespace sip::testing

// tests/sip/syntax/request_uri_test.cpp
#include "sip/syntax/request_uri.hpp"

#include <gtest/gtest.h>

namespace {

TEST(RequestUri, headers_and_a_method_are_taken_out_and_all_else_stays) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"sip:bob@h", "sip:bob@h"},
        {"sip:bob@h:5070;transport=tcp;lr", "sip:bob@h:5070;transport=tcp;lr"},
        {"sip:bob@h?Subject=x", "sip:bob@h"},
        {"sip:bob@[2001:db8::1]:5070?Replaces=a&b=c", "sip:bob@[2001:db8::1]:5070"},
        {"sip:bob@h;method=INVITE", "sip:bob@h"},
        {"sip:bob@h;METHOD=REFER;x", "sip:bob@h;x"},
        {"sip:bob@h;x;%6Dethod=BYE;y=1?To=z", "sip:bob@h;x;y=1"},
        {"sip:bob;method=x?y@h;ob", "sip:bob;method=x?y@h;ob"},  // of the user
        {"tel:+123;method=x", "tel:+123;method=x"},
        {"no URI", "no URI"},
    };
    for (const auto& [uri, expected] : cases)
        EXPECT_EQ(sip::as_request_uri(uri), expected) << uri;
}

}  // namespace

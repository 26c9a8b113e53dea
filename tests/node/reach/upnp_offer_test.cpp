// tests/node/reach/upnp_offer_test.cpp - whose description of the router is believed, and what is said of
// others.
#include "node/reach/upnp_offer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;

const auto router = asio::ip::make_address("192.168.1.1");

TEST(UpnpOffer, only_the_routers_own_address_is_believed) {
    for (const char* good : {"http://192.168.1.1:5000/rootDesc.xml", "http://192.168.1.1/x"})
        EXPECT_EQ(why_not_believed(good, router), "") << good;
    for (const char* bad :
         {"http://192.168.1.10:5000/x", "http://192.168.1.1.evil.example/x", "http://192.168.1.1@evil/x",
          "https://192.168.1.1/x", "http://192.168.1.1", "ftp://192.168.1.1/", ""})
        EXPECT_NE(why_not_believed(bad, router), "") << bad;
}

TEST(UpnpOffer, who_offers_it_instead_is_named_with_the_reason) {
    EXPECT_THAT(why_not_believed("http://192.168.1.2:5000/x", router),
                testing::AllOf(HasSubstr("another host on the network, 192.168.1.2,"),
                               HasSubstr("the default route leads to 192.168.1.1")));
    EXPECT_THAT(why_not_believed("http://fritz.box:49000/x", router), HasSubstr("by the name fritz.box,"));
}

TEST(UpnpOffer, no_text_of_strangers_gets_into_a_sentence) {
    for (const std::string& url :
         {std::string("http://a b\n\x1b[31m/"), "http://" + std::string(65, 'a') + "/",
          std::string("http://<script>/"), std::string("http:///")})
        EXPECT_THAT(why_not_believed(url, router), HasSubstr("an address that cannot be read")) << url;
    EXPECT_THAT(why_not_believed("http://192.168.1.1@evil/x", router), Not(HasSubstr("@")));
}

TEST(UpnpOffer, over_IPv6_the_host_is_what_stands_in_brackets) {
    const auto here = asio::ip::make_address_v6("2001:db8::1");
    for (const char* good : {"http://[2001:db8::1]:5000/x", "http://[2001:0db8:0::1]/x"}) {
        EXPECT_EQ(host6_of(good), here) << good;
        EXPECT_EQ(why_not_believed(good, here), "") << good;
    }
    EXPECT_EQ(host6_of("http://[fe80::1]:49000/x"), asio::ip::make_address_v6("fe80::1"));
    for (const char* bad :
         {"http://[2001:db8::1", "http://[2001:db8::1]", "http://[2001:db8::1]x/", "http://[]/",
          "http://[::1.2.3.4.5]/", "http://2001:db8::1/", "https://[2001:db8::1]/", ""}) {
        EXPECT_FALSE(host6_of(bad)) << bad;
        EXPECT_NE(why_not_believed(bad, here), "") << bad;
    }
    EXPECT_THAT(why_not_believed("http://[2001:db8::2]:5000/x", here),
                testing::AllOf(HasSubstr("another host on the network, 2001:db8::2,"),
                               HasSubstr("the default route leads to 2001:db8::1")));
}

}  // namespace
}  // namespace node

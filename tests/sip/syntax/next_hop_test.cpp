// tests/sip/syntax/next_hop_test.cpp
#include "sip/syntax/next_hop.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

std::string shown(std::string_view uri) {
    const auto hop = next_hop(uri);
    return hop ? std::string(name(hop->transport)) + " " + to_string(hop->endpoint) : "nowhere";
}

TEST(NextHop, an_address_says_where_and_the_transport_how) {
    EXPECT_EQ(shown("sip:a@192.0.2.1"), "UDP 192.0.2.1:5060");
    EXPECT_EQ(shown("sip:a@192.0.2.1:5080;transport=TCP"), "TCP 192.0.2.1:5080");
    EXPECT_EQ(shown("sip:[2001:db8::1];transport=tls"), "TLS [2001:db8::1]:5061");
    EXPECT_EQ(shown("sips:a@192.0.2.1"), "TLS 192.0.2.1:5061");
    EXPECT_EQ(shown("sips:a@192.0.2.1;transport=tcp"), "TLS 192.0.2.1:5061") << "§26.2.2";
}

TEST(NextHop, a_name_a_strange_transport_or_port_0_is_none) {
    for (const char* uri : {"sip:a@example.net", "sip:a@192.0.2.1;transport=carrier-pigeon",
                            "sip:a@192.0.2.1:0", "tel:+49123", "mailto:a@b", ""})
        EXPECT_EQ(shown(uri), "nowhere") << uri;
}

TEST(NextHop, nobody_makes_us_send_to_a_third_party_by_maddr) {
    EXPECT_EQ(shown("sip:a@192.0.2.1;maddr=198.51.100.7"), "UDP 192.0.2.1:5060");
}

}  // namespace
}  // namespace sip

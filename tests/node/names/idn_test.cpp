// tests/node/names/idn_test.cpp - host names in any script: what becomes an A-label, and what is refused.
#include "node/names/idn.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

TEST(Idn, names_in_any_script_become_a_labels) {
    EXPECT_EQ(to_ascii_host("Bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_host("BÜCHER.EXAMPLE."), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_host("u\u0308.test"), "xn--tda.test");  // composed first (NFC)
    EXPECT_EQ(to_ascii_host("例え。テスト"), "xn--r8jz45g.xn--zckzah");
    EXPECT_EQ(to_ascii_host("דוגמה.test"), "xn--6dbbec0c.test");
}

TEST(Idn, the_processing_is_non_transitional) {
    EXPECT_EQ(to_ascii_host("faß.de"), "xn--fa-hia.de");  // transitional would call fass.de, somebody else
}

TEST(Idn, a_labels_pass_in_lowercase_when_they_are_valid) {
    EXPECT_EQ(to_ascii_host("XN--BCHER-KVA.Example"), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii_host("xn--fa-hia.de"), "xn--fa-hia.de");
    for (const char* bad : {"xn--.test", "xn--a.test", "a.xn--0", "xn--ls8h.la"})
        EXPECT_FALSE(to_ascii_host(bad)) << bad;
}

TEST(Idn, plain_names_and_addresses_pass_as_they_are) {
    EXPECT_EQ(to_ascii_host("Example.ORG."), "example.org");
    EXPECT_EQ(to_ascii_host("r3---sn-x.example"), "r3---sn-x.example");  // IDNA would refuse it, DNS has such
    EXPECT_EQ(to_ascii_host("mum"), "mum");
    EXPECT_EQ(to_ascii_host("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(to_ascii_host("2001:db8::1"), "2001:db8::1");
}

TEST(Idn, what_looks_like_alt_or_an_address_is_one_afterwards) {
    EXPECT_EQ(to_ascii_host("bob.ａｌｔ"), "bob.alt");
    EXPECT_EQ(to_ascii_host("１９２.０.２.１"), "192.0.2.1");
}

TEST(Idn, what_is_no_host_name_is_refused) {
    using namespace std::string_literals;
    std::string long_label;
    for (int i = 0; i < 80; ++i)
        long_label += "ü";
    for (const std::string& bad : {""s, "."s, "ü..test"s, "\xff.test"s, "ü\xc3"s, "ü test"s, "ü\r\nVia: x"s,
                                   "-ü.test"s, "☃.test"s, "ü\0.test"s, "a\0b"s, "a b"s, "ü%41.test"s,
                                   "ü:5060"s, "אבa.test"s, long_label + ".test", std::string(2000, 'a')}) {
        EXPECT_FALSE(to_ascii_host(bad)) << testing::PrintToString(bad);
    }
}

}  // namespace
}  // namespace node

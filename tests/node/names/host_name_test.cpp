// tests/node/names/host_name_test.cpp - what is a host name, and what is not.
#include "node/names/host_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace node {
namespace {

TEST(HostName, host_names_are_letters_digits_hyphens_in_labels) {
    for (const char* good : {"a", "a.b", "a-b.c_d.e9", "EXAMPLE.test"})
        EXPECT_TRUE(is_host_name(good)) << good;
    for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a\r\n", "ä.test", "a/b"})
        EXPECT_FALSE(is_host_name(bad)) << bad;
    EXPECT_TRUE(is_host_name(std::string(63, 'a')));
    EXPECT_FALSE(is_host_name(std::string(64, 'a')));
    std::string long_name = std::string(63, 'a');
    while (long_name.size() < 253)
        long_name += ".a";
    EXPECT_TRUE(is_host_name(long_name.substr(0, 253)));
    EXPECT_FALSE(is_host_name(long_name + ".aa"));
}

TEST(HostName, what_ends_in_a_number_is_an_address_or_nothing) {
    for (const char* number : {"300.1.2.3", "192.0.2.6", "1.2.3", "12", "a.test.7", "127.0x1", "0x7f000001",
                               "0x", "host.0X1f", "300.1.2.3."})
        EXPECT_TRUE(ends_in_a_number(number)) << number;
    for (const char* name : {"a", "1.a", "4.3.2.1.in-addr.arpa", "a.1b", "0xyz", "a.0xyz", "", ".", "a."})
        EXPECT_FALSE(ends_in_a_number(name)) << name;
}

}  // namespace
}  // namespace node

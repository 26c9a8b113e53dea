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

}  // namespace
}  // namespace node

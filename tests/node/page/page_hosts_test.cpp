// tests/node/page/page_hosts_test.cpp - under which names a browser may speak to this machine.
#include "node/page/page_hosts.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

const PageHosts hosts({"box", "Box.local", "example.org"});

TEST(PageHosts, addresses_localhost_and_names_of_ours_are_ours) {
    for (const auto* host : {"192.168.1.20", "192.168.1.20:8443", "[fd00::1]:8443", "[::1]", "localhost:8443",
                             "LOCALHOST", "box", "BOX.local:8443", "example.org"})
        EXPECT_TRUE(hosts.is_ours(host)) << host;
}

TEST(PageHosts, a_name_that_anybody_can_have_lead_here_is_not) {
    for (const auto* host : {"",
                             ":8443",
                             "evil.example",
                             "evil.example:8443",
                             "box.evil.example",
                             "example.org.evil.example",
                             "localhost.evil.example",
                             "192.168.1.20.evil.example",
                             "192.168.1",
                             "0x7f.1",
                             "2130706433",
                             "127.1",
                             "[::1",
                             "::1",
                             "[box]",
                             "[]",
                             "box:",
                             "box:84a3",
                             "box:8443:1",
                             "box ",
                             " box",
                             "box/",
                             "user@box",
                             "box\x01",
                             "[fe80::1%a b]",
                             "box."})
        EXPECT_FALSE(hosts.is_ours(host)) << host;
    EXPECT_FALSE(hosts.is_ours(std::string(300, 'a')));
    EXPECT_FALSE(hosts.is_ours(std::string("[::1\0]", 6))) << "readers of addresses stop at a NUL";
}

TEST(PageHosts, a_page_is_the_same_by_scheme_name_and_port) {
    EXPECT_TRUE(PageHosts::is_same("https://box:8443", "box:8443"));
    EXPECT_TRUE(PageHosts::is_same("https://Box", "box:443"));
    for (const auto* origin : {"http://box:8443", "https://box", "https://box:8444", "https://evil.example",
                               "null", "", "box:8443", "https://box:8443.evil.example", "https://box:8443/"})
        EXPECT_FALSE(PageHosts::is_same(origin, "box:8443")) << origin;
}

}  // namespace
}  // namespace node

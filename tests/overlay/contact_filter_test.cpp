// tests/overlay/contact_filter_test.cpp - where a stranger's record may and may not send a call.
#include "overlay/contact_filter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace overlay {
namespace {

using enum ContactVerdict;

TransportAddress contact(const char* address, std::uint16_t port = 5060) {
    return {Transport::udp, asio::ip::make_address(address), port};
}

ContactVerdict judge(const char* address, std::initializer_list<const char*> mesh = {},
                     std::uint16_t port = 5060) {
    std::vector<Prefix> prefixes;
    for (const auto* text : mesh)
        prefixes.push_back(Prefix::parse(text).value());
    return judge_contact(contact(address, port), prefixes, {});
}

TEST(ContactFilter, global_addresses_may_be_called) {
    for (const auto* address :
         {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
          "223.255.255.255", "192.169.0.1", "169.253.0.1", "128.0.0.1", "11.0.0.1", "2a00::1", "2606:4700::1",
          "3fff::1", "2001:4860::8888", "2003::1"})
        EXPECT_EQ(judge(address), may_be_called) << address;
}

TEST(ContactFilter, documentation_addresses_stand_for_global_ones) {
    for (const auto* address : {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"})
        EXPECT_EQ(judge(address), may_be_called) << address;
}

struct Refused {
    const char* address;
    ContactVerdict verdict;
};

TEST(ContactFilter, special_addresses_are_refused_with_their_reason) {
    for (const auto& [address, verdict] :
         std::initializer_list<Refused>{{"0.0.0.0", unspecified},
                                        {"0.1.2.3", unspecified},
                                        {"::", unspecified},
                                        {"127.0.0.1", loopback},
                                        {"127.255.255.255", loopback},
                                        {"::1", loopback},
                                        {"169.254.0.1", link_local},
                                        {"169.254.169.254", link_local},
                                        {"fe80::1", link_local},
                                        {"febf::1", link_local},
                                        {"10.0.0.1", private_network},
                                        {"172.16.0.1", private_network},
                                        {"172.31.255.255", private_network},
                                        {"192.168.1.1", private_network},
                                        {"100.64.0.1", private_network},
                                        {"100.127.255.255", private_network},
                                        {"198.18.0.1", private_network},
                                        {"fc00::1", private_network},
                                        {"fdff::1", private_network},
                                        {"fec0::1", private_network},
                                        {"200::1", private_network},
                                        {"4000::1", private_network},
                                        {"64:ff9b:1::a00:1", private_network},
                                        {"2001:2::1", private_network},
                                        {"224.0.0.1", multicast},
                                        {"239.255.255.255", multicast},
                                        {"ff02::1", multicast},
                                        {"ff0e::1", multicast},
                                        {"255.255.255.255", broadcast},
                                        {"240.0.0.1", reserved},
                                        {"255.255.255.254", reserved},
                                        {"192.0.0.1", reserved},
                                        {"192.88.99.1", reserved},
                                        {"100::1", reserved},
                                        {"2001::1", reserved},
                                        {"2001:10::1", reserved},
                                        {"2001:20::1", reserved}})
        EXPECT_EQ(judge(address), verdict) << address;
}

TEST(ContactFilter, an_IPv4_address_inside_an_IPv6_one_is_judged_as_what_it_is) {
    for (const auto& [address, verdict] :
         std::initializer_list<Refused>{{"::ffff:127.0.0.1", loopback},
                                        {"::ffff:10.0.0.1", private_network},
                                        {"::ffff:0.0.0.0", unspecified},
                                        {"::ffff:224.0.0.1", multicast},
                                        {"::ffff:255.255.255.255", broadcast},
                                        {"::ffff:8.8.8.8", may_be_called},
                                        {"::ffff:0:127.0.0.1", loopback},
                                        {"::ffff:0:8.8.8.8", may_be_called},
                                        {"64:ff9b::7f00:1", loopback},
                                        {"64:ff9b::a00:1", private_network},
                                        {"64:ff9b::808:808", may_be_called},
                                        {"2002:7f00:1::", loopback},
                                        {"2002:a00:1::1", private_network},
                                        {"2002:e000:1::", multicast},
                                        {"2002:808:808::1", may_be_called},
                                        {"::127.0.0.1", loopback},
                                        {"::192.168.0.1", private_network},
                                        {"::8.8.8.8", may_be_called},
                                        {"::2", unspecified}})
        EXPECT_EQ(judge(address), verdict) << address;
}

TEST(ContactFilter, a_mesh_prefix_allows_private_link_local_and_loopback_inside_it_alone) {
    EXPECT_EQ(judge("10.1.2.3", {"10.1.0.0/16"}), may_be_called);
    EXPECT_EQ(judge("10.2.2.3", {"10.1.0.0/16"}), private_network);
    EXPECT_EQ(judge("10.2.2.3", {"10.1.0.0/16", "10.2.0.0/16"}), may_be_called);
    EXPECT_EQ(judge("fd12::1", {"fd00::/8"}), may_be_called);
    EXPECT_EQ(judge("200:1::1", {"200::/7"}), may_be_called) << "Yggdrasil";
    EXPECT_EQ(judge("127.0.0.2", {"127.0.0.0/8"}), may_be_called);
    EXPECT_EQ(judge("fe80::1", {"fe80::/10"}), may_be_called);
    EXPECT_EQ(judge("::ffff:10.1.2.3", {"10.0.0.0/8"}), may_be_called);
    EXPECT_EQ(judge("10.1.2.3", {"::/0"}), private_network) << "of the other family";
}

TEST(ContactFilter, no_mesh_prefix_allows_groups_or_unspecified_reserved_addresses) {
    for (const auto& [address, verdict] : std::initializer_list<Refused>{{"0.0.0.0", unspecified},
                                                                         {"224.0.0.1", multicast},
                                                                         {"255.255.255.255", broadcast},
                                                                         {"240.0.0.1", reserved},
                                                                         {"::", unspecified},
                                                                         {"ff02::1", multicast},
                                                                         {"100::1", reserved},
                                                                         {"::ffff:224.0.0.1", multicast}})
        EXPECT_EQ(judge(address, {"0.0.0.0/0", "::/0"}), verdict) << address;
}

TEST(ContactFilter, ports_below_1024_are_refused) {
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 1, 22, 53, 80, 443, 1023})
        EXPECT_EQ(judge("8.8.8.8", {}, port), low_port) << port;
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1024, 5060, 5061, 65535})
        EXPECT_EQ(judge("8.8.8.8", {}, port), may_be_called) << port;
    EXPECT_EQ(judge("10.0.0.1", {"10.0.0.0/8"}, 80), low_port) << "in the mesh too";
}

TEST(ContactFilter, the_nodes_own_addresses_are_refused_also_in_the_mesh) {
    const std::vector<Prefix> mesh = {Prefix::parse("10.0.0.0/8").value()};
    const std::vector<TransportAddress> own = {contact("10.0.0.1", 5060), contact("198.51.100.7", 0),
                                               contact("2001:db8::7", 5060)};
    EXPECT_EQ(judge_contact(contact("10.0.0.1", 5060), mesh, own), own_address);
    EXPECT_EQ(judge_contact(contact("::ffff:10.0.0.1", 5060), mesh, own), own_address);
    EXPECT_EQ(judge_contact(contact("10.0.0.1", 5070), mesh, own), may_be_called) << "another program's";
    EXPECT_EQ(judge_contact(contact("10.0.0.2", 5060), mesh, own), may_be_called);
    EXPECT_EQ(judge_contact(contact("198.51.100.7", 5070), mesh, own), own_address) << "port 0 is every port";
    const std::vector<TransportAddress> streams = {
        {Transport::tls, asio::ip::make_address("198.51.100.7"), 5061}};
    EXPECT_EQ(judge_contact({Transport::tcp, asio::ip::make_address("198.51.100.7"), 5061}, mesh, streams),
              own_address);
    EXPECT_EQ(judge_contact({Transport::udp, asio::ip::make_address("198.51.100.7"), 5061}, mesh, streams),
              may_be_called)
        << "a neighbour's, whom the same router forwards it to";
}

TEST(ContactFilter, a_scope_neither_hides_nor_changes_an_address) {
    EXPECT_EQ(judge("fe80::1%1"), link_local);
    EXPECT_EQ(judge("::1%1"), loopback);
}

TEST(ContactFilter, each_refusal_has_a_reason_and_what_may_be_called_has_none) {
    EXPECT_EQ(reason(may_be_called), "");
    for (int i = 1; i <= static_cast<int>(private_network); ++i) {
        EXPECT_NE(reason(static_cast<ContactVerdict>(i)), "");
        EXPECT_NE(reason(static_cast<ContactVerdict>(i)), "unknown");
    }
}

TEST(Prefix, reads_both_families_and_writes_them_back) {
    for (const auto* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "192.0.2.128/25", "fd00::/8", "::/0",
                             "2001:db8::1/128", "200::/7"})
        EXPECT_EQ(Prefix::parse(text).value().to_string(), text);
    EXPECT_EQ(Prefix::parse("FD00:0::/8").value().to_string(), "fd00::/8");
}

TEST(Prefix, holds_its_first_and_last_address_and_not_their_neighbours) {
    const auto prefix = Prefix::parse("172.16.0.0/12").value();
    EXPECT_TRUE(prefix.contains(asio::ip::make_address("172.16.0.0")));
    EXPECT_TRUE(prefix.contains(asio::ip::make_address("172.31.255.255")));
    EXPECT_FALSE(prefix.contains(asio::ip::make_address("172.15.255.255")));
    EXPECT_FALSE(prefix.contains(asio::ip::make_address("172.32.0.0")));
    EXPECT_FALSE(prefix.contains(asio::ip::make_address("::ffff:172.16.0.0")));
}

TEST(Prefix, errors_say_what_to_write_instead) {
    const auto error = [](const char* text) { return Prefix::parse(text).error(); };
    EXPECT_EQ(error("10.1.2.3/8"),
              "\"10.1.2.3/8\" has bits set after the first 8; write 10.0.0.0/8 for the network, "
              "or 10.1.2.3/32 for the one address");
    EXPECT_EQ(error("fd00::1/8"),
              "\"fd00::1/8\" has bits set after the first 8; write fd00::/8 for the network, or "
              "fd00::1/128 for the one address");
    EXPECT_EQ(error("10.0.0.1"), "\"10.0.0.1\" has no length; for this one address write 10.0.0.1/32");
    EXPECT_EQ(error("10.0.0.0/33"), "\"10.0.0.0/33\" needs a number from 0 to 32 after the slash");
    for (const auto* text : {"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/8x", "10.0.0.0/8/8",
                             "fd00::/129", "10.0.0.0/4294967304"})
        EXPECT_NE(error(text).find("after the slash"), std::string::npos) << text;
    for (const auto* text : {"", "/8", "lan", "10.0/8", "10.0.0.0.0/8", "fe80::%eth0/10", " 10.0.0.0/8"})
        EXPECT_NE(error(text).find("does not begin with an IP address"), std::string::npos) << text;
    EXPECT_NE(error("::ffff:10.0.0.0/104").find("write the IPv4 prefix"), std::string::npos);
}

}  // namespace
}  // namespace overlay

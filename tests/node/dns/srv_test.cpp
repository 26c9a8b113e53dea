// tests/node/dns/srv_test.cpp - RFC 2782: records off the wire, and the order of their targets.
#include "node/dns/srv.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace node {
namespace {

using namespace std::string_literals;

RandomUpTo seeded(std::mt19937& engine) {
    return [&engine](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound)(engine);
    };
}

TEST(Srv, a_record_is_read_off_the_wire_in_lowercase) {
    const auto record = parse_srv(
        "\x00\x0a\x00\x3c\x13\xc4\x03SIP\x07"
        "example\x04test\x00"s);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->priority, 10);
    EXPECT_EQ(record->weight, 60);
    EXPECT_EQ(record->port, 5060);
    EXPECT_EQ(record->target, "sip.example.test");
}

TEST(Srv, the_root_as_target_is_kept_as_an_empty_name) {
    const auto record = parse_srv("\x00\x00\x00\x00\x00\x00\x00"s);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->target, "");
}

TEST(Srv, records_cut_at_any_byte_are_refused) {
    const std::string whole = "\x00\x0a\x00\x3c\x13\xc4\x03sip\x04test\x00"s;
    ASSERT_TRUE(parse_srv(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_srv(whole.substr(0, size))) << size;
    EXPECT_FALSE(parse_srv(whole + "x"));
}

TEST(Srv, targets_that_are_no_host_names_are_refused) {
    const std::string head = "\x00\x0a\x00\x3c\x13\xc4"s;
    EXPECT_FALSE(parse_srv(head + "\x03"
                                  "a.b\x00"s));  // a dot inside a label
    EXPECT_FALSE(parse_srv(head + "\x05"
                                  "a\r\nb>\x00"s));                    // would end a header line
    EXPECT_FALSE(parse_srv(head + "\xc0\x0c"s));                       // compressed: RFC 2782 forbids it
    EXPECT_FALSE(parse_srv("\x00\x0a\x00\x3c\x00\x00\x04test\x00"s));  // port 0
}

TEST(Srv, addresses_have_four_or_sixteen_bytes) {
    EXPECT_EQ(parse_address("\xc0\x00\x02\x01"s)->to_string(), "192.0.2.1");
    EXPECT_EQ(parse_address(std::string("\x20\x01\x0d\xb8") + std::string(11, '\0') + '\x01')->to_string(),
              "2001:db8::1");
    for (std::size_t size : {0U, 3U, 5U, 15U, 17U})
        EXPECT_FALSE(parse_address(std::string(size, 'x'))) << size;
}

TEST(Srv, a_lower_priority_always_comes_first) {
    std::mt19937 engine(1);
    for (int i = 0; i < 1000; ++i) {
        const auto order = in_order(
            {{30, 65535, 1, "c"}, {10, 0, 1, "a"}, {20, 65535, 1, "b"}, {10, 1, 1, "a"}}, seeded(engine));
        ASSERT_EQ(order.size(), 4U);
        EXPECT_EQ(order[0].target + order[1].target + order[2].target + order[3].target, "aabc");
    }
}

TEST(Srv, weights_share_the_first_place_in_proportion) {
    std::mt19937 engine(2);
    std::map<std::string, int> first, second;
    for (int i = 0; i < 10'000; ++i) {
        const auto order = in_order({{0, 60, 1, "a"}, {0, 30, 1, "b"}, {0, 10, 1, "c"}}, seeded(engine));
        ++first[order[0].target];
        ++second[order[1].target];
    }
    EXPECT_NEAR(first["a"], 6000, 250);
    EXPECT_NEAR(first["b"], 3000, 250);
    EXPECT_NEAR(first["c"], 1000, 200);
    // After a (60 %) b comes in 3 of 4 draws, after c (10 %) in 1 of 3.
    EXPECT_NEAR(second["b"], 10'000 * (0.6 * 0.75 + 0.1 / 3), 300);
}

TEST(Srv, weight_zero_is_chosen_seldom_but_not_never) {
    std::mt19937 engine(3);
    int zero_first = 0;
    for (int i = 0; i < 10'000; ++i)
        zero_first +=
            in_order({{0, 99, 1, "a"}, {0, 0, 1, "zero"}}, seeded(engine))[0].target == "zero" ? 1 : 0;
    EXPECT_NEAR(zero_first, 100, 60);  // RFC 2782: 0 of 0..99 draws it
}

TEST(Srv, no_target_is_lost_whatever_the_dice_say) {
    for (const std::uint32_t face : {0U, 1U, 0xffffffffU}) {
        const auto order = in_order({{0, 5, 1, "a"}, {0, 0, 1, "b"}, {1, 65535, 1, "c"}},
                                    [face](std::uint32_t bound) { return std::min(face, bound); });
        EXPECT_EQ(order.size(), 3U);
        EXPECT_EQ(order[2].target, "c");
    }
}

}  // namespace
}  // namespace node

// tests/overlay/village/beacon_test.cpp - 96 bytes for whoever listens, which say nothing to most.
#include "overlay/village/beacon.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace overlay {
namespace {

const auto here = asio::ip::make_address("192.168.1.20");
const auto elsewhere = asio::ip::make_address("192.168.1.66");
constexpr crypto::Bytes<32> key{7, 7, 7};

Beacon a_beacon() {
    return {0x01020304, {1, 2, 3, 4, 5, 6, 7, 8}, 4222, {5060, 5062, 5061}, {{9}, {0x0102, 3}}, true};
}

TEST(BeaconBytesTest, are_read_as_they_were_written) {
    const auto bytes = write_beacon(a_beacon(), here, key);
    EXPECT_EQ(read_beacon(bytes), a_beacon());
    EXPECT_EQ(bytes[4], 1U);  // network order
    EXPECT_EQ(bytes[7], 4U);
}

TEST(BeaconBytesTest, of_another_length_version_or_kind_are_none) {
    const auto bytes = write_beacon(a_beacon(), here, key);
    std::vector<std::uint8_t> longer(bytes.begin(), bytes.end());
    longer.push_back(0);
    EXPECT_FALSE(read_beacon(longer));
    EXPECT_FALSE(read_beacon(crypto::ByteView(bytes).first(95)));
    EXPECT_FALSE(read_beacon({}));
    for (std::size_t i = 0; i < 4; ++i) {
        auto other = bytes;
        other[i] ^= 1U;
        EXPECT_FALSE(read_beacon(other)) << i;
    }
}

TEST(BeaconMark, is_recognised_by_who_has_the_key_hash_of_a_record_and_by_nobody_else) {
    const auto bytes = write_beacon(a_beacon(), here, key);
    EXPECT_TRUE(is_marked_by(bytes, here, key));
    EXPECT_FALSE(is_marked_by(bytes, here, {8}));
    EXPECT_FALSE(is_marked_by(write_beacon(a_beacon(), here, {}), here, {})) << "zeros stand for no key";
}

TEST(BeaconMark, covers_every_byte_but_digests_and_flags_and_the_address_that_it_came_from) {
    const auto bytes = write_beacon(a_beacon(), here, key);
    EXPECT_FALSE(is_marked_by(bytes, elsewhere, key))
        << "who says it again from another address leads nobody there";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto other = bytes;
        other[i] ^= 1U;
        const bool of_the_digests = i >= 24 && i <= 72;
        EXPECT_EQ(is_marked_by(other, here, key), of_the_digests) << i;
        EXPECT_EQ(is_of_same_node(other, bytes), of_the_digests) << i;
    }
}

TEST(BeaconMark, is_another_one_in_each_run_so_that_nobody_is_known_again_by_it) {
    auto tomorrow = a_beacon();
    tomorrow.tag = {8, 7, 6, 5, 4, 3, 2, 1};
    const auto one = write_beacon(a_beacon(), here, key), other = write_beacon(tomorrow, here, key);
    EXPECT_FALSE(std::equal(one.begin() + 80, one.end(), other.begin() + 80));
    const auto holds_key = std::search(one.begin(), one.end(), key.begin(), key.begin() + 3);
    EXPECT_EQ(holds_key, one.end());
}

}  // namespace
}  // namespace overlay

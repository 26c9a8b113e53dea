// tests/node/media/door_proof_test.cpp - the datagram by which a borrowed door is proved.
#include "node/media/door_proof.hpp"

#include <gtest/gtest.h>

#include "sip/transport/stun.hpp"

namespace node {
namespace {

using Kind = DoorProof::Kind;
const DoorSecret secret{1, 2, 3}, other{1, 2, 4};

TEST(DoorProof, is_read_as_it_was_written_by_whoever_has_the_secret_and_by_nobody_else) {
    for (const auto kind : {Kind::shown, Kind::answered}) {
        for (const auto component : components) {
            const DoorProof proof{kind, component, 0x0102030405060708};
            const auto bytes = to_bytes(proof, secret);
            EXPECT_EQ(bytes.size(), door_proof_size);
            EXPECT_EQ(parse_door_proof(bytes, secret), proof);
            EXPECT_FALSE(parse_door_proof(bytes, other));
        }
    }
}

TEST(DoorProof, with_one_bit_changed_is_none) {
    const auto bytes = to_bytes({Kind::shown, Component::rtcp, 7}, secret);
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        auto changed = bytes;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(parse_door_proof(changed, secret)) << "bit " << i;
    }
    EXPECT_FALSE(parse_door_proof(bytes.substr(1), secret));
    EXPECT_FALSE(parse_door_proof(bytes + "x", secret));
    EXPECT_FALSE(parse_door_proof("", secret));
}

TEST(DoorProof, is_stun_with_a_tag_over_its_header) {
    const auto bytes = to_bytes({Kind::shown, Component::rtp, 1}, DoorSecret{});
    EXPECT_TRUE(sip::is_stun(bytes));
    EXPECT_EQ(bytes.substr(0, 24), std::string("\x00\x01\x00\x24\x21\x12\xa4\x42"
                                               "\0\0\0\0\0\0\0\x01HWd\0"
                                               "\x00\x1c\x00\x20",
                                               24));
}

}  // namespace
}  // namespace node

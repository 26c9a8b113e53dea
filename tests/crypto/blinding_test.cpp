// tests/crypto/blinding_test.cpp - daily keys, their signatures,
// and golden bytes that fix the format for ever.
#include "crypto/blinding.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>

#include "crypto/derived_key.hpp"
#include "crypto/signature.hpp"
#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

Identity owner() {
    return Identity::from_seed(
        Seed(bytes_from_hex<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")));
}
const auto invite = from_hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
constexpr std::uint32_t period = 20000;

std::vector<std::uint8_t> joined(std::string_view domain, std::string_view message) {
    std::vector<std::uint8_t> bytes(domain.begin(), domain.end());
    bytes.push_back(0);
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

// The literals come from tests/crypto/golden.py, which shares nothing with our code.
TEST(Blinding, these_inputs_give_these_keys_for_ever) {
    const auto listed = blind(owner().public_key(), {}, "alice", period);
    ASSERT_TRUE(listed);
    EXPECT_EQ(to_hex(listed->blinded), "aa8612e1dbd4033e0ebed08ffc706363bf15f5ffe689b6f15887f48056f2c504");
    EXPECT_EQ(to_hex(listed->box_key.view()),
              "2cb15bb159a05c422e7423dfcede428360973ac97badf39dee1d0f3b47adca40");
    EXPECT_EQ(to_hex(listed->scalar.view()),
              "976bc5348fb2f3471711631efface628fa655025867d55be68b91765f0461409");
    EXPECT_EQ(to_hex(listed->okm_head.view()),
              "d22ee018725b014b086d096782cbda4c8782bfabd3e70fdb5879f2b42bb38769b3a7ac5dc43975b3fe6f5fa9326975"
              "4fc3aed012a347fd2343582fdf180fa1a6");
    EXPECT_EQ(listed->period, period);
    EXPECT_EQ(to_hex(ask_key(*listed).view()),
              "bcd3f194b5fb2386bd3da79ab60288ee54d00a513099de41940f710b37ae5e24");
    const auto unlisted = blind(owner().public_key(), invite, "alice", period);
    ASSERT_TRUE(unlisted);
    EXPECT_EQ(to_hex(unlisted->blinded), "6b23da5b4052c39a02610e522ecf5eeaf77a61594256b749a5ac273b79be947c");
    EXPECT_EQ(to_hex(unlisted->box_key.view()),
              "f1d59191c70ce75f1841d80ddfcf9571e2105c8b0e26a636bd11e202d3d91580");
}

TEST(Blinding, these_inputs_give_this_signature_for_ever) {
    const auto blinding = blind(owner().public_key(), {}, "alice", period);
    ASSERT_TRUE(blinding);
    const BlindedSigner signer(owner(), *blinding);
    EXPECT_EQ(to_hex(signer.sign("hedgewitch/v1/block", bytes_of("message"))),
              "b21b1d8ecb07bf8ab13866241711f1bdafdce357458a3b31c8931748eebc8c860f1808a27ac550f9b19bf964fcc1d3"
              "62c3bf083981c923c76a7dab82bc9a5c06");
    EXPECT_EQ(to_hex(sign(owner(), "hedgewitch/v1/test", bytes_of("message"))),
              "8353d098bcd0c214df9e3928aba416c3a2232b191ff781ce8968bfe95b54e6ac6c19cbc814e889bc736a7842809483"
              "9e3706d14020778d66ffcbcc97d0afe00c");
}

TEST(Blinding, the_signers_key_is_the_one_that_callers_compute_from_A_alone) {
    for (const auto* label : {"alice", "b", "a.b_c+d-9"})
        for (std::uint32_t day = period; day < period + 8; ++day) {
            const auto blinding = blind(owner().public_key(), invite, label, day);
            ASSERT_TRUE(blinding);
            EXPECT_EQ(BlindedSigner(owner(), *blinding).public_key(), blinding->blinded);
            EXPECT_EQ(crypto_core_ed25519_is_valid_point(blinding->blinded.data()), 1);
        }
}

TEST(Blinding, key_secret_label_and_day_each_change_everything) {
    const auto base = blind(owner().public_key(), {}, "alice", period);
    const auto others = {blind(Identity::generate().public_key(), {}, "alice", period),
                         blind(owner().public_key(), invite, "alice", period),
                         blind(owner().public_key(), {}, "alicf", period),
                         blind(owner().public_key(), {}, "alice", period + 1)};
    for (const auto& other : others) {
        ASSERT_TRUE(base && other);
        EXPECT_NE(other->blinded, base->blinded);
        EXPECT_NE(to_hex(other->box_key.view()), to_hex(base->box_key.view()));
    }
}

TEST(Blinding, of_a_revocation_is_the_empty_labels_and_nobody_elses) {
    const auto revocation = blind_revocation(owner().public_key(), 219);
    ASSERT_TRUE(revocation);
    EXPECT_EQ(to_hex(revocation->blinded),
              "92a277a3ac91bfd9083e7d2bf735daa0f56cb264dc6b8e6ae8d619baba0b801c");
    EXPECT_EQ(revocation->period, 219u);
    EXPECT_NE(blind_revocation(owner().public_key(), 220)->blinded, revocation->blinded);
    EXPECT_EQ(BlindedSigner(owner(), *revocation).public_key(), revocation->blinded);
    EXPECT_EQ(blind_revocation(PublicKey{}, 219).error(), Errc::bad_point);
}

TEST(Blinding, of_a_writer_is_another_key_for_each_name_and_day) {
    const auto writer = Identity::from_seed(
        Seed(bytes_from_hex<32>("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f")));
    const auto name = [](ByteView secret, std::string_view label, std::uint32_t day) {
        return blind(owner().public_key(), secret, label, day).value();
    };
    const auto w = blind_writer(writer.public_key(), name({}, "alice", period));
    ASSERT_TRUE(w);
    EXPECT_EQ(to_hex(w->blinded), "3662f239fe26edd9b942d86850bc501372710d043c0a1c8326109eb7edfa3c3d");
    EXPECT_EQ(BlindedSigner(writer, *w).public_key(), w->blinded);
    for (const auto& other :
         {name({}, "alice", period + 1), name({}, "bob", period), name(invite, "alice", period)})
        EXPECT_NE(blind_writer(writer.public_key(), other)->blinded, w->blinded);
    EXPECT_NE(blind_writer(owner().public_key(), name({}, "alice", period))->blinded, w->blinded);
    EXPECT_NE(w->blinded, writer.public_key());
    EXPECT_EQ(blind_writer(PublicKey{}, name({}, "alice", period)).error(), Errc::bad_point);
}

TEST(Blinding, refuses_labels_that_are_not_canonical_and_secrets_of_another_size) {
    EXPECT_EQ(blind(owner().public_key(), {}, "Alice", period).error(), Errc::bad_label);
    EXPECT_EQ(blind(owner().public_key(), {}, "", period).error(), Errc::bad_label);
    EXPECT_EQ(blind(owner().public_key(), {}, std::string(64, 'a'), period).error(), Errc::bad_label);
    EXPECT_EQ(blind(owner().public_key(), ByteView(invite).first(15), "alice", period).error(),
              Errc::bad_length);
}

TEST(Blinding, refuses_points_outside_the_prime_order_group) {
    EXPECT_EQ(blind(PublicKey{}, {}, "alice", period).error(), Errc::bad_point);
    EXPECT_EQ(blind(bytes_from_hex<32>("ea5ef8400c31ef41e28f22e718b43f66981b29cf645af2a0e223799bedaace47"),
                    {}, "alice", period)
                  .error(),
              Errc::bad_point);
}

TEST(BlindedSigner, makes_signatures_that_plain_Ed25519_verifies) {
    const auto blinding = blind(owner().public_key(), {}, "alice", period);
    ASSERT_TRUE(blinding);
    const BlindedSigner signer(owner(), *blinding);
    for (const auto* message : {"", "m",
                                "a message of some length, and then some more of it, beyond a hash block: "
                                "0123456789012345678901234567890123456789012345678901234567890123456789"}) {
        const auto signature = signer.sign("hedgewitch/v1/block", bytes_of(message));
        const auto m = joined("hedgewitch/v1/block", message);
        EXPECT_EQ(crypto_sign_ed25519_verify_detached(signature.data(), m.data(), m.size(),
                                                      signer.public_key().data()),
                  0);
        EXPECT_TRUE(verify(signer.public_key(), "hedgewitch/v1/block", bytes_of(message), signature));
        EXPECT_EQ(signer.sign("hedgewitch/v1/block", bytes_of(message)), signature)
            << "must be deterministic";
    }
}

TEST(BlindedSigner, takes_an_empty_view_for_an_empty_message) {
    const auto blinding = blind(owner().public_key(), {}, "alice", period);
    ASSERT_TRUE(blinding);
    const BlindedSigner signer(owner(), *blinding);
    EXPECT_EQ(signer.sign("domain", {}), signer.sign("domain", bytes_of("")));
    EXPECT_TRUE(verify(signer.public_key(), "domain", {}, signer.sign("domain", {})));
    EXPECT_TRUE(verify(owner().public_key(), "domain", {}, sign(owner(), "domain", {})));
}

TEST(BlindedSigner, with_scalar_one_is_RFC_8032) {
    const auto expanded = expand_seed(owner().seed());
    const Secret<32> one(Bytes<32>{1});
    const auto message = bytes_of("message");
    const auto signature = sign_with_scalar(blind_scalar(one, expanded.scalar), expanded.prefix,
                                            owner().public_key(), {bytes_of("domain"), Bytes<1>{0}, message});
    EXPECT_EQ(signature, sign(owner(), "domain", message));
}

TEST(BlindedSigner, never_uses_a_nonce_twice_over_days_and_labels) {
    std::vector<std::string> commitments;
    for (const auto* label : {"alice", "bob"})
        for (std::uint32_t day = 0; day < 2; ++day) {
            const auto blinding = blind(owner().public_key(), {}, label, day);
            ASSERT_TRUE(blinding);
            commitments.push_back(
                to_hex(BlindedSigner(owner(), *blinding).sign("d", bytes_of("m"))).substr(0, 64));
        }
    std::ranges::sort(commitments);
    EXPECT_EQ(std::ranges::adjacent_find(commitments), commitments.end());
}

}  // namespace
}  // namespace crypto

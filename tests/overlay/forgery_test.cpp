// tests/overlay/forgery_test.cpp - blocks of every kind with a bit flipped or bytes cut, and signatures that
// a laxer verifier than ours would take.
#include <gtest/gtest.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_hash_sha512.h>

#include <algorithm>

#include "crypto/derived_key.hpp"
#include "crypto/signature.hpp"
#include "overlay/tombstone.hpp"
#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

constexpr std::string_view domain("hedgewitch/v1/block\0", 20);

struct Sample {
    std::string name;
    Wire wire;
    crypto::Blinding blinding;
    UnixSeconds when;
};

bool stored(const Sample& s, const Wire& wire) {
    return check_block(wire, location(s.blinding.blinded, 1), s.when).has_value();
}
bool believed(const Sample& s, const Wire& wire) {
    return s.name == "tombstone" ? open_tombstone(wire, s.blinding).has_value()
                                 : open_block(wire, s.blinding, s.when).has_value();
}

InnerRecord of_eight_phones() {
    auto record = two_contacts();
    for (std::uint8_t i = 1; i < 8; ++i) {
        record.direct.push_back(record.direct.front());
        record.direct.back().address.port = static_cast<std::uint16_t>(5062 + i);
    }
    return record;
}

// Contacts, also certified, are block_test.cpp's.
std::vector<Sample> samples() {
    std::vector<Sample> all;
    const auto add = [&](const std::string& name, const InnerRecord& record) {
        all.push_back({name, block_of(record, parameters()), alice(), golden_now});
    };
    add("eight phones", of_eight_phones());
    add("withdrawal", of_kind(Kind::contacts));
    add("delegation", of_kind(Kind::delegation));
    add("a name's tombstone", of_kind(Kind::tombstone));
    all.push_back(
        {"certified withdrawal",
         make_block(writer(), certificate_for(3), alice(), of_kind(Kind::contacts), parameters()).value(),
         alice(), golden_now});
    const auto epoch = epoch_of(golden_now);
    all.push_back({"tombstone", make_tombstone(owner(), epoch, start_of_period, counting_from<24>(0))->block,
                   revocation_blinding(owner().public_key(), epoch).value(), golden_now});
    return all;
}

TEST(Forgery, a_flipped_bit_of_a_record_of_any_kind_is_refused_by_storer_and_caller) {
    for (const auto& sample : samples()) {
        ASSERT_TRUE(stored(sample, sample.wire) && believed(sample, sample.wire)) << sample.name;
        for (std::size_t bit = 0; bit < sample.wire.size() * 8; ++bit) {
            auto changed = sample.wire;
            changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            ASSERT_FALSE(stored(sample, changed)) << sample.name << ", bit " << bit;
            ASSERT_FALSE(believed(sample, changed)) << sample.name << ", bit " << bit;
        }
    }
}

TEST(Forgery, a_record_of_any_kind_with_bytes_cut_off_or_out_is_refused_by_storer_and_caller) {
    for (const auto& sample : samples())
        for (std::size_t at = 0; at < sample.wire.size(); ++at) {
            const Wire cut(sample.wire.begin(), sample.wire.begin() + static_cast<std::ptrdiff_t>(at));
            ASSERT_FALSE(stored(sample, cut) || believed(sample, cut)) << sample.name << ", " << at;
            auto out = sample.wire;
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(at));
            ASSERT_FALSE(stored(sample, out) || believed(sample, out)) << sample.name << ", " << at;
        }
}

// The golden block under another A', signed with whatever scalar and nonce are given.
class Crafted {
public:
    explicit Crafted(const crypto::PublicKey& key) : key_(key), wire_(golden_block()) {
        std::ranges::copy(key, wire_.begin() + 4);
    }
    [[nodiscard]] crypto::Secret<32> challenge(const crypto::PublicKey& nonce_point) const {
        std::vector<std::uint8_t> hashed(nonce_point.begin(), nonce_point.end());
        hashed.insert(hashed.end(), key_.begin(), key_.end());
        hashed.insert(hashed.end(), domain.begin(), domain.end());
        hashed.insert(hashed.end(), wire_.begin() + 1, wire_.end() - 66);
        crypto::Secret<64> digest;
        crypto_hash_sha512(digest.data(), hashed.data(), hashed.size());
        return crypto::reduce_scalar(digest);
    }
    // R || challenge * scalar + nonce
    [[nodiscard]] Wire signed_with(const crypto::PublicKey& nonce_point, const crypto::Secret<32>& nonce,
                                   const crypto::Secret<32>& scalar) const {
        auto wire = wire_;
        crypto::Bytes<32> product, sum;
        const auto k = challenge(nonce_point);
        crypto_core_ed25519_scalar_mul(product.data(), k.data(), scalar.data());
        crypto_core_ed25519_scalar_add(sum.data(), product.data(), nonce.data());
        std::ranges::copy(nonce_point, wire.end() - 64);
        std::ranges::copy(sum, wire.end() - 32);
        return wire;
    }

private:
    crypto::PublicKey key_;
    Wire wire_;
};

crypto::Secret<32> small(std::uint8_t number) {
    crypto::Secret<32> scalar;
    scalar.data()[0] = number;
    return scalar;
}
crypto::Secret<32> owners_scalar() {
    return crypto::blind_scalar(alice().scalar, crypto::expand_seed(owner().seed()).scalar);
}
std::error_code as_stored(const Wire& wire, const crypto::PublicKey& key) {
    const auto checked = check_block(wire, location(key, 0), golden_now);
    return checked ? std::error_code() : checked.error();
}
std::error_code as_called(const Wire& wire) {
    const auto opened = open_block(wire, alice(), golden_now);
    return opened ? std::error_code() : opened.error();
}

TEST(Forgery, the_signer_of_this_test_makes_blocks_that_are_taken) {
    const auto wire =
        Crafted(alice().blinded).signed_with(crypto::base_point_times(small(7)), small(7), owners_scalar());
    EXPECT_FALSE(as_stored(wire, alice().blinded));
    EXPECT_FALSE(as_called(wire));
}

// The points of order 1, 2, 4 and 8, and what else is read as one of them (libsodium's own list of them).
const char* const small_order[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

TEST(Forgery, under_a_key_of_small_order_which_needs_no_secret_is_refused) {
    for (const auto* hex : small_order) {
        const auto key = crypto::bytes_from_hex<32>(hex);
        const Crafted crafted(key);
        // With a challenge that 8 divides the equation holds whatever the point's order is.
        std::uint8_t nonce = 1;
        while (crafted.challenge(crypto::base_point_times(small(nonce))).data()[0] % 8 != 0)
            ++nonce;
        const auto wire = crafted.signed_with(crypto::base_point_times(small(nonce)), small(nonce), small(0));
        EXPECT_EQ(as_stored(wire, key), Errc::bad_signature) << hex;
        EXPECT_EQ(as_called(wire), Errc::wrong_key);
    }
}

TEST(Forgery, under_the_owners_key_plus_a_point_of_small_order_is_refused_though_the_equation_holds) {
    const auto shifted =  // tests/crypto/golden.py: A' plus the point of order 2
        crypto::bytes_from_hex<32>("4379ed1e242bfcc1f1412f70038f9c9c40ea0a001976490ea7780b7fa90d3afb");
    const Crafted crafted(shifted);
    int verified = 0;
    for (std::uint8_t nonce = 1; nonce < 20; ++nonce) {
        const auto point = crypto::base_point_times(small(nonce));
        const auto wire = crafted.signed_with(point, small(nonce), owners_scalar());
        crypto::Signature signature;
        std::copy(wire.end() - 64, wire.end(), signature.begin());
        const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
        verified += crypto::verify(shifted, "hedgewitch/v1/block", body, signature);
        EXPECT_EQ(as_stored(wire, shifted), Errc::bad_signature);
        EXPECT_EQ(as_called(wire), Errc::wrong_key);
    }
    EXPECT_GT(verified, 0) << "plain Ed25519 takes every second one";
}

TEST(Forgery, with_another_encoding_of_R_is_refused) {
    const Crafted crafted(alice().blinded);
    // R = 0, which only the owner can choose, in its two encodings and with the sign bit set.
    for (const auto* hex : {small_order[0], small_order[10], small_order[11],
                            "0100000000000000000000000000000000000000000000000000000000000080"}) {
        const auto wire = crafted.signed_with(crypto::bytes_from_hex<32>(hex), small(0), owners_scalar());
        EXPECT_EQ(as_stored(wire, alice().blinded), Errc::bad_signature) << hex;
        EXPECT_EQ(as_called(wire), Errc::bad_signature) << hex;
    }
    // R plus each point of small order: the signer's own second signature would be a second block.
    const auto point = crypto::base_point_times(small(9));
    for (int i = 1; i < 8; ++i) {
        crypto::PublicKey shifted;
        const auto torsion = crypto::bytes_from_hex<32>(small_order[i]);
        crypto_core_ed25519_add(shifted.data(), point.data(), torsion.data());
        const auto wire = crafted.signed_with(shifted, small(9), owners_scalar());
        EXPECT_EQ(as_stored(wire, alice().blinded), Errc::bad_signature) << i;
        EXPECT_EQ(as_called(wire), Errc::bad_signature) << i;
    }
}

TEST(Forgery, with_S_plus_any_multiple_of_L_is_refused_in_block_and_certificate) {
    const auto order = crypto::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    const auto add_order = [&](Wire& wire, std::size_t at) {
        unsigned carry = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            carry += wire[at + i] + order[i];
            wire[at + i] = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        return carry == 0;
    };
    for (const auto& good : {golden_block(), certified_block()}) {
        auto wire = good;
        int multiples = 0;
        while (add_order(wire, wire.size() - 32)) {
            ++multiples;
            EXPECT_EQ(as_stored(wire, alice().blinded), Errc::bad_signature);
            EXPECT_EQ(as_called(wire), Errc::bad_signature);
        }
        EXPECT_GE(multiples, 14);
    }
    // The certificate's, and the block signed again over it by the writer.
    auto certificate = certificate_for(3);
    Wire bytes(certificate.begin(), certificate.end());
    ASSERT_TRUE(add_order(bytes, 64));
    std::ranges::copy(bytes, certificate.begin());
    auto wire = certified_block();
    const auto replaced = certificate_for(3);
    const auto start = std::search(wire.begin(), wire.end(), replaced.begin(), replaced.end());
    std::ranges::copy(certificate, start);
    const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    std::ranges::copy(writers_signer().sign("hedgewitch/v1/block", body), wire.end() - 64);
    EXPECT_EQ(as_stored(wire, alice().blinded), Errc::bad_certificate);
    EXPECT_EQ(as_called(wire), Errc::bad_certificate);
}

}  // namespace
}  // namespace overlay

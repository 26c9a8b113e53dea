// tests/crypto/gns_edkey_test.cpp - the GNU Name System's EDKEY vectors against the arithmetic under our
// blinding. GNS (RFC 9498 §5.1.2) differs from us in what it hashes, in HKDF (Extract SHA-512, Expand
// SHA-256), in reading h big-endian, and in its cipher. So this file derives h and the nonce prefix the GNS
// way, and then runs our own reduce_scalar, blind_point, expand_seed, blind_scalar and sign_with_scalar.
#include <gtest/gtest.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_secretbox.h>
#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/derived_key.hpp"
#include "crypto/hkdf.hpp"
#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

constexpr auto vectors_file = SHARED_DIR "/vectors/gns-edkey.json";
using Buffer = std::vector<std::uint8_t>;

Buffer operator+(Buffer a, ByteView b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// HKDF with Extract SHA-512 and Expand SHA-256.
Buffer gns_hkdf(std::string_view salt, ByteView ikm, ByteView info, std::size_t size) {
    const auto key = hkdf_extract_sha512(bytes_of(salt), ikm);
    Buffer out, block;
    for (std::uint8_t counter = 1; out.size() < size; ++counter) {
        const auto input = block + info + Bytes<1>{counter};
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, key.data(), key.size());
        crypto_auth_hmacsha256_update(&state, input.data(), input.size());
        block.resize(32);
        crypto_auth_hmacsha256_final(&state, block.data());
        out = out + block;
    }
    out.resize(size);
    return out;
}

struct Vector {
    Seed seed;
    PublicKey zone_key{};
    Buffer label, storage_key, rdata;
    PublicKey blinded{};
    Signature signature{};
    Buffer expiration, encrypted;
};

std::vector<Vector> read_vectors() {
    std::ifstream file(vectors_file);
    const auto json = nlohmann::json::parse(file);
    std::vector<Vector> vectors;
    for (const auto& entry : json.at("vectors")) {
        const auto hex = [&](const char* field) { return from_hex(entry.at(field).get<std::string>()); };
        Vector v;
        std::ranges::copy(hex("zone_private_key"), v.seed.data());
        const auto zone = hex("zone_identifier");  // type(4) key(32)
        std::copy_n(zone.begin() + 4, 32, v.zone_key.begin());
        v.label = hex("label");
        v.storage_key = hex("storage_key");
        v.rdata = hex("rdata");
        // size(4) type(4) blinded key(32) signature(64) expiration(8) encrypted
        const auto block = hex("rrblock");
        std::copy_n(block.begin() + 8, 32, v.blinded.begin());
        std::copy_n(block.begin() + 40, 64, v.signature.begin());
        v.expiration.assign(block.begin() + 104, block.begin() + 112);
        v.encrypted.assign(block.begin() + 112, block.end());
        vectors.push_back(std::move(v));
    }
    return vectors;
}

Buffer blinding_factor(const Vector& v) {
    return gns_hkdf("key-derivation", v.zone_key, v.label + bytes_of("gns"), 64);
}

Secret<32> big_endian_scalar(Buffer factor) {
    std::ranges::reverse(factor);
    Secret<64> wide;
    std::ranges::copy(factor, wide.data());
    return reduce_scalar(wide);
}

// What the signature covers: size(4), purpose(4) = 15, expiration(8), encrypted data.
Buffer signed_data(const Vector& v) {
    const auto size = static_cast<std::uint32_t>(16 + v.encrypted.size());
    const Buffer head = {static_cast<std::uint8_t>(size >> 24),
                         static_cast<std::uint8_t>(size >> 16),
                         static_cast<std::uint8_t>(size >> 8),
                         static_cast<std::uint8_t>(size),
                         0,
                         0,
                         0,
                         15};
    return head + v.expiration + v.encrypted;
}

class GnsEdkey : public testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::exists(vectors_file)) GTEST_SKIP() << "no " << vectors_file;
        vectors = read_vectors();
        ASSERT_EQ(vectors.size(), 2u);
    }
    std::vector<Vector> vectors;
};

TEST_F(GnsEdkey, our_identity_gives_the_zone_key_and_blind_point_the_derived_one) {
    for (const auto& v : vectors) {
        EXPECT_EQ(Identity::from_seed(v.seed).public_key(), v.zone_key);
        EXPECT_EQ(blind_point(big_endian_scalar(blinding_factor(v)), v.zone_key), v.blinded);
    }
}

TEST_F(GnsEdkey, blind_scalar_gives_the_private_key_of_the_derived_public_key) {
    for (const auto& v : vectors) {
        const auto expanded = expand_seed(v.seed);
        EXPECT_EQ(base_point_times(blind_scalar(big_endian_scalar(blinding_factor(v)), expanded.scalar)),
                  v.blinded);
    }
}

TEST_F(GnsEdkey, sign_with_scalar_gives_the_very_signature_of_the_block) {
    for (const auto& v : vectors) {
        const auto factor = blinding_factor(v);
        const auto expanded = expand_seed(v.seed);
        // GNS: nonce prefix = SHA-256(second half of SHA-512(d) || h), all 64 bytes of h.
        const auto input = Buffer{} + expanded.prefix.view() + factor;
        Secret<32> prefix;
        crypto_hash_sha256(prefix.data(), input.data(), input.size());
        const auto scalar = blind_scalar(big_endian_scalar(factor), expanded.scalar);
        const auto data = signed_data(v);
        EXPECT_EQ(to_hex(sign_with_scalar(scalar, prefix, v.blinded, {data})), to_hex(v.signature));
        EXPECT_EQ(crypto_sign_ed25519_verify_detached(v.signature.data(), data.data(), data.size(),
                                                      v.blinded.data()),
                  0);
    }
}

TEST_F(GnsEdkey, the_storage_key_is_the_hash_of_the_derived_key) {
    for (const auto& v : vectors) {
        const auto blinded = blind_point(big_endian_scalar(blinding_factor(v)), v.zone_key);
        ASSERT_TRUE(blinded);
        Bytes<64> digest;
        crypto_hash_sha512(digest.data(), blinded->data(), blinded->size());
        EXPECT_EQ(to_hex(digest), to_hex(v.storage_key));
    }
}

TEST_F(GnsEdkey, the_block_decrypts_to_the_record_data) {
    for (const auto& v : vectors) {
        const auto key = gns_hkdf("gns-xsalsa-ctx-key", v.zone_key, v.label, 32);
        const auto nonce = gns_hkdf("gns-xsalsa-ctx-iv", v.zone_key, v.label, 16) + v.expiration;
        Buffer plain(v.encrypted.size() - crypto_secretbox_MACBYTES);
        ASSERT_EQ(crypto_secretbox_open_easy(plain.data(), v.encrypted.data(), v.encrypted.size(),
                                             nonce.data(), key.data()),
                  0);
        EXPECT_EQ(to_hex(plain), to_hex(v.rdata));
    }
}

}  // namespace
}  // namespace crypto

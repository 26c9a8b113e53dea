// tests/crypto/gns_edkey_test.cpp - the GNU Name System's EDKEY vectors against the arithmetic under our
// blinding. GNS (RFC 9498 §5.1.2) differs from us in what it hashes, in HKDF (Extract SHA-512, Expand
// SHA-256), in reading h big-endian, and in its cipher. So this file derives h and the nonce prefix the GNS
// way, and then runs our own reduce_scalar, blind_point, expand_seed, blind_scalar and sign_with_scalar.
// The vectors here are of golden.py, which gives those of RFC 9498 appendix D byte for byte; these are read
// too where they lie beside the repository.
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

// As RFC 9498 appendix D writes them, in hex.
struct Text {
    std::string zone_private_key, zone_identifier, label, storage_key, rdata, rrblock;
};

// clang-format off
const std::vector<Text> our_vectors = {  // tests/crypto/golden.py: phone, häuschen
    {
     "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283",  // zone_private_key
     "000100140bbc346a57667c380120bd9c7fd7e51d2c5fdfea37cd2f5bf405b2c6bf6f2d78",  // zone_identifier
     "70686f6e65",  // label
     "765465d9a4f854781a4d6676137713cccbcd980b0af9fc0c3fca9e215b42aa027d2ca66f5ae2085b0823f06d"
      "1873508de3c6735db30466194a3353175f3df4ba",  // storage_key
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
      "2c2d2e2f",  // rdata
     "000000b000010014883f0539db6b6649012e999aa02d2f40c555854f1cacb7e3ed64ddc433c7e6c386fedac2"
      "13b86adc3dcfc20a1a2899282a076e821f45efc572c4f28ed7190030c29681b82956eba7b4a6c4c0ef994e6e"
      "30385b929d9cb62002bb33f0002ad70200040000000000008bfd633b65423a513d57e714689012a04c89e430"
      "482815585c4c915338d8962b902f11a02378d19efce1308a1532fe0661b51f81afd507f19781c2d963a0961c",  // rrblock
    },
    {
     "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283",  // zone_private_key
     "000100140bbc346a57667c380120bd9c7fd7e51d2c5fdfea37cd2f5bf405b2c6bf6f2d78",  // zone_identifier
     "68c3a475736368656e",  // label
     "5c6c4df0618c003d8e67acc6a6d5d395297845811ae8a82ef71ee617dc421cd038a752f486e03b1320d696c2"
      "8cb18fc00f9d1a2696a7b7ece737e45207e73c26",  // storage_key
     "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3"
      "f4f5f6f7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
      "f0f1f2f3f4f5f6f7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaeb"
      "ecedeeeff0f1f2f3f4f5f6f7",  // rdata
     "0000011000010014eb5a1cae1381e1c0cf0e0781dbfcd540414eff20b1823e0d45ad110964b9641eaa04ab9c"
      "42a0f432a2dec4d032dc5f9329b97cadf13d3d4c686729ae4e27fbb00e773e644481367cdb37e8bd1b37a75c"
      "7f0d3b28a65b0dd24b4d1d00b5d98d0b00040000000000004b19e406a491bd96ef4bfa804e7c257b0729f90d"
      "ea1f9fbc3237f842be634682bf56f479ce5d75dbaba0ab1242160fcc62aa26178ac1af10bbd8c84a687cc989"
      "650f786d4516974787b12f79102f4c961c33620ca149fe37099a3ea87736839784541c39effb60871618f9e3"
      "81dadc6259b38f4d290ce4f972ec62f7887c27e95fad031f658b4157688e21116dfee25830bc27a925c77580"
      "523125856cfe8372",  // rrblock
    },
};
// clang-format on

struct Vector {
    Seed seed;
    PublicKey zone_key{};
    Buffer label, storage_key, rdata;
    PublicKey blinded{};
    Signature signature{};
    Buffer expiration, encrypted;
};

Vector read(const Text& text) {
    Vector v;
    std::ranges::copy(from_hex(text.zone_private_key), v.seed.data());
    const auto zone = from_hex(text.zone_identifier);  // type(4) key(32)
    std::copy_n(zone.begin() + 4, 32, v.zone_key.begin());
    v.label = from_hex(text.label);
    v.storage_key = from_hex(text.storage_key);
    v.rdata = from_hex(text.rdata);
    // size(4) type(4) blinded key(32) signature(64) expiration(8) encrypted
    const auto block = from_hex(text.rrblock);
    std::copy_n(block.begin() + 8, 32, v.blinded.begin());
    std::copy_n(block.begin() + 40, 64, v.signature.begin());
    v.expiration.assign(block.begin() + 104, block.begin() + 112);
    v.encrypted.assign(block.begin() + 112, block.end());
    return v;
}

std::vector<Text> vectors_of_the_rfc() {
    std::vector<Text> found;
    if (!std::filesystem::exists(vectors_file)) return found;
    std::ifstream file(vectors_file);
    const auto json = nlohmann::json::parse(file);
    for (const auto& entry : json.at("vectors")) {
        const auto field = [&](const char* name) { return entry.at(name).get<std::string>(); };
        found.push_back({field("zone_private_key"), field("zone_identifier"), field("label"),
                         field("storage_key"), field("rdata"), field("rrblock")});
    }
    return found;
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
        for (const auto& texts : {our_vectors, vectors_of_the_rfc()}) {
            for (const auto& text : texts)
                vectors.push_back(read(text));
        }
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

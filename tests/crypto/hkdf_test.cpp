// tests/crypto/hkdf_test.cpp - keys as another implementation derives them.
#include "crypto/hkdf.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

// RFC 5869 has no SHA-512 vectors; these are from a second implementation (Python's hmac module).
TEST(Hkdf, agrees_with_a_second_implementation) {
    Bytes<42> short_output;
    hkdf_sha512(from_hex("000102030405060708090a0b0c"),
                Bytes<22>{0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                          0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b},
                from_hex("f0f1f2f3f4f5f6f7f8f9"), short_output);
    EXPECT_EQ(to_hex(short_output),
              "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb");
    Bytes<200> long_output;  // four blocks, the last one cut
    hkdf_sha512({}, bytes_of("ikm"), bytes_of("info"), long_output);
    EXPECT_EQ(to_hex(long_output),
              "3a602ee52593d4f927d57495b18ea66a5f4cf7dfdb1a7ddaf22459db5d3da2945996e622e2e15e5411f98dabe17d18"
              "d06bb4f5e84861697035e45f734cc6425e2accc5705b2c86033b7875bfaf11c1144397e7313fbf7703644a473e8660"
              "1ccfa04840296d3dedc52d55c8c9de68d7b24893e3f8a5a6c5302fb3c1e3c5b1963a04c3f43c31cd21473f5833a783"
              "0850d72b75325f9ca0a8ffd359a1af5d306d69440fde0b3ecf6bf219d8c35675ed3d9bb484c374df716456f3ab9dde"
              "cc58298ecece7f7bcb45f666");
}

}  // namespace
}  // namespace crypto

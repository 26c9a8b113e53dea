// tests/crypto/hmac_test.cpp - HMAC-SHA256 against RFC 4231.
#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

TEST(Hmac, is_that_of_RFC_4231) {
    const auto two = hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"));
    EXPECT_EQ(two, bytes_from_hex<32>("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    const std::string long_key(131, '\xaa');
    const auto six =
        hmac_sha256(bytes_of(long_key), bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"));
    EXPECT_EQ(six, bytes_from_hex<32>("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    EXPECT_TRUE(same_bytes(two, two));
    EXPECT_FALSE(same_bytes(two, six));
}

}  // namespace
}  // namespace crypto

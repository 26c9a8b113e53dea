// tests/crypto/hex.hpp - hexadecimal literals in tests.
#pragma once

#include <algorithm>
#include <cassert>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.hpp"

namespace crypto {

inline std::string to_hex(ByteView bytes) {
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

/// Spaces may part the fields.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
    std::vector<std::uint8_t> bytes(text.size() / 2);
    std::size_t length = 0;
    [[maybe_unused]] const int result =
        sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), " ", &length, nullptr);
    assert(result == 0);
    bytes.resize(length);
    return bytes;
}

template <std::size_t N>
Bytes<N> bytes_from_hex(std::string_view text) {
    const auto bytes = from_hex(text);
    assert(bytes.size() == N);
    Bytes<N> out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

}  // namespace crypto

// crypto/base32.cpp - base32 in whole groups of five bytes.
#include "crypto/base32.hpp"

#include <cassert>

namespace crypto {
namespace {

// No tables either way: seeds come through here, and a table would be read at places that depend on them.
constexpr char character_of(unsigned value) {
    return static_cast<char>(value < 26 ? 'a' + value : '2' + (value - 26));
}

// 0..31, or 32 for a character outside the alphabet.
constexpr unsigned value_of(char c) {
    if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a');
    if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
    if (c >= '2' && c <= '7') return static_cast<unsigned>(c - '2') + 26;
    return 32;
}

}  // namespace

std::string base32_encode(ByteView bytes) {
    assert(bytes.size() % 5 == 0);
    std::string text;
    text.reserve(bytes.size() / 5 * 8);
    for (std::size_t i = 0; i < bytes.size(); i += 5) {
        std::uint64_t group = 0;
        for (const auto byte : bytes.subspan(i, 5))
            group = group << 8 | byte;
        for (int shift = 35; shift >= 0; shift -= 5)
            text += character_of(static_cast<unsigned>(group >> shift & 31));
    }
    return text;
}

Result<void> base32_decode(std::string_view text, std::span<std::uint8_t> out) {
    assert(out.size() % 5 == 0);
    if (text.size() != out.size() / 5 * 8) return fail(Errc::bad_length);
    for (std::size_t i = 0; i < out.size(); i += 5, text.remove_prefix(8)) {
        std::uint64_t group = 0;
        for (const char c : text.substr(0, 8)) {
            const auto value = value_of(c);
            if (value == 32) return fail(Errc::bad_character);
            group = group << 5 | value;
        }
        for (std::size_t k = 0; k < 5; ++k)
            out[i + k] = static_cast<std::uint8_t>(group >> (32 - 8 * k));
    }
    return {};
}

}  // namespace crypto

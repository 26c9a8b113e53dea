// sip/transaction/keyed_hash.hpp - texts put together for hashing, each with its length, so that no two lists
// read the same.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sip {

class Pieces {
public:
    Pieces& add(std::string_view piece) {
        text_ += std::to_string(piece.size());
        text_ += ':';
        text_ += piece;
        return *this;
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// A keyed hash of 64 bits, in hex: not to be guessed or collided with, and good for a tag or a branch.
    [[nodiscard]] std::string short_hash(const std::array<std::uint8_t, 16>& key) const {
        static_assert(crypto_shorthash_KEYBYTES == 16);
        std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
        crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(text_.data()), text_.size(),
                         key.data());
        std::array<char, 2 * crypto_shorthash_BYTES + 1> hex{};
        return sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
    }

private:
    std::string text_;
};

/// One secret, a key for each purpose.
template <std::size_t size>
[[nodiscard]] std::array<std::uint8_t, size> derived_key(std::span<const std::uint8_t> secret,
                                                         std::string_view purpose) {
    std::array<std::uint8_t, size> key{};
    crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(purpose.data()),
                       purpose.size(), secret.data(), secret.size());
    return key;
}

}  // namespace sip

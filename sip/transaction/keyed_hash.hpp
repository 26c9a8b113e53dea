// sip/transaction/keyed_hash.hpp - a keyed hash of several texts, each taken with its length, so that no two
// lists read the same. Who does not know the key can neither guess it nor find two lists with the same one.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sip {

class KeyedHash {
public:
    using Key = std::array<std::uint8_t, 16>;

    KeyedHash& add(std::string_view text) {
        texts_ += std::to_string(text.size());
        texts_ += ':';
        texts_ += text;
        return *this;
    }
    /// 64 bits in hex: good for a tag or a branch.
    [[nodiscard]] std::string hex(const Key& key) const {
        static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<Key>);
        std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
        crypto_shorthash(hash.data(), bytes(), texts_.size(), key.data());
        std::array<char, 2 * crypto_shorthash_BYTES + 1> text{};
        return sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    }
    /// 128 bits: good for a key of a table.
    [[nodiscard]] std::array<std::uint8_t, 16> wide(const Key& key) const {
        static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<Key>);
        std::array<std::uint8_t, crypto_shorthash_siphashx24_BYTES> hash{};
        crypto_shorthash_siphashx24(hash.data(), bytes(), texts_.size(), key.data());
        return hash;
    }

private:
    [[nodiscard]] const unsigned char* bytes() const noexcept {
        return reinterpret_cast<const unsigned char*>(texts_.data());
    }
    std::string texts_;
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

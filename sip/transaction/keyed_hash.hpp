// sip/transaction/keyed_hash.hpp - a keyed hash of several texts, each taken with its length, so that no two
// lists read the same. Who does not know the key can neither guess it nor find two lists with the same one.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sip {

class KeyedHash {
public:
    using Key = std::array<std::uint8_t, 16>;

    KeyedHash& add(std::string_view text) {
        std::array<char, 24> length;
        char* const end = std::to_chars(length.data(), length.data() + length.size() - 1, text.size()).ptr;
        *end = ':';
        append({length.data(), static_cast<std::size_t>(end + 1 - length.data())});
        append(text);
        return *this;
    }
    /// 64 bits in hex: good for a tag or a branch.
    [[nodiscard]] std::string hex(const Key& key) const {
        static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<Key>);
        std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
        crypto_shorthash(hash.data(), bytes(), size_, key.data());
        std::array<char, 2 * crypto_shorthash_BYTES + 1> text{};
        return sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    }
    /// 128 bits: good for a key of a table.
    [[nodiscard]] std::array<std::uint8_t, 16> wide(const Key& key) const {
        static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<Key>);
        std::array<std::uint8_t, crypto_shorthash_siphashx24_BYTES> hash{};
        crypto_shorthash_siphashx24(hash.data(), bytes(), size_, key.data());
        return hash;
    }

private:
    void append(std::string_view text) {
        if (size_ + text.size() <= here_.size()) {
            std::copy(text.begin(), text.end(), here_.data() + size_);
        } else {
            if (size_ <= here_.size() && elsewhere_.empty()) elsewhere_.assign(here_.data(), size_);
            elsewhere_ += text;
        }
        size_ += text.size();
    }
    [[nodiscard]] const unsigned char* bytes() const noexcept {
        return reinterpret_cast<const unsigned char*>(elsewhere_.empty() ? here_.data() : elsewhere_.data());
    }
    // Not initialised: the first size_ bytes are. What identifies a transaction has some hundred.
    std::array<char, 512> here_;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::string elsewhere_;       // all of it, when that is too much
    std::size_t size_ = 0;
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

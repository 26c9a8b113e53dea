// sip/auth/nonces.cpp - nonces bound to time, to our secret and to a source, and the memory that refuses a
// (nonce, nc) used twice.
#include "sip/auth/nonces.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "sip/flow.hpp"

namespace sip {

namespace {

constexpr std::size_t mac_size = 16;
constexpr std::size_t nonce_size = 16 + mac_size;  // time, serial, MAC

void put(std::uint8_t* to, std::uint64_t value) {
    for (int i = 7; i >= 0; --i, value >>= 8)
        to[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get(const std::uint8_t* from) {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = (value << 8) | from[i];
    return value;
}

std::uint64_t milliseconds(Nonces::Time now) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

constexpr auto life_ms =
    static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(Nonces::life).count());

using Nonce = std::array<std::uint8_t, nonce_size>;

// Over the first 16 bytes and the source. Keyed BLAKE2b (RFC 7693), which is a MAC as it stands: it
// costs a third of HMAC-SHA-256, and a REGISTER with its challenge needs three.
std::array<std::uint8_t, mac_size> mac_of(const Nonce& nonce, const asio::ip::address& source,
                                          const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, 16 + 1 + 16> text{};  // what kind of address follows, and the address
    std::copy_n(nonce.begin(), 16, text.begin());
    const auto counted = source_of(source);
    if (counted.is_v4()) {
        const auto bytes = counted.to_v4().to_bytes();
        text[16] = 4;
        std::copy(bytes.begin(), bytes.end(), text.begin() + 17);
    } else {
        const auto bytes = counted.to_v6().to_bytes();
        text[16] = 6;
        std::copy(bytes.begin(), bytes.end(), text.begin() + 17);
    }
    std::array<std::uint8_t, mac_size> mac{};
    crypto_generichash(mac.data(), mac.size(), text.data(), text.size(), key.data(), key.size());
    return mac;
}

// Encrypts or decrypts the first 16 bytes. The MAC, which follows them, is the nonce of the cipher: no two
// serials have the same (a synthetic IV, RFC 5297 §1.3.3).
void cipher(Nonce& nonce, const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, crypto_stream_xchacha20_NONCEBYTES> iv{};
    std::copy_n(nonce.begin() + 16, mac_size, iv.begin());
    crypto_stream_xchacha20_xor(nonce.data(), nonce.data(), 16, iv.data(), key.data());
}

std::array<std::uint8_t, 32> key_for(std::string_view purpose, const std::array<std::uint8_t, 32>& secret) {
    std::array<std::uint8_t, 32> key{};
    crypto_auth_hmacsha256(key.data(), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                           secret.data());
    return key;
}

}  // namespace

Nonces::Nonces(const std::array<std::uint8_t, 32>& secret, std::size_t capacity)
    : mac_key_(key_for("hedgewitch/sip/nonce", secret)),
      cipher_key_(key_for("hedgewitch/sip/nonce-cipher", secret)),
      capacity_(std::max<std::size_t>(capacity, 1)) {}

std::string Nonces::issue(const asio::ip::address& source, Time now) {
    Nonce nonce{};
    put(nonce.data(), milliseconds(now));
    put(nonce.data() + 8, ++serial_);
    const auto mac = mac_of(nonce, source, mac_key_);
    std::copy(mac.begin(), mac.end(), nonce.begin() + 16);
    cipher(nonce, cipher_key_);
    std::array<char, sodium_base64_ENCODED_LEN(nonce_size, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
    sodium_bin2base64(text.data(), text.size(), nonce.data(), nonce.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text.data();
}

std::optional<Nonces::Opened> Nonces::opened(std::string_view text, const asio::ip::address& source,
                                             Time now) const {
    Nonce nonce{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(nonce.data(), nonce.size(), text.data(), text.size(), nullptr, &size, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != nonce_size || end != text.data() + text.size()) {
        return std::nullopt;  // not one of ours: perhaps of the run before
    }
    cipher(nonce, cipher_key_);
    const auto mac = mac_of(nonce, source, mac_key_);
    if (sodium_memcmp(mac.data(), nonce.data() + 16, mac_size) != 0) return std::nullopt;
    const Opened found{get(nonce.data()), get(nonce.data() + 8)};
    const std::uint64_t now_ms = milliseconds(now);
    const bool lives = found.issued_ms <= now_ms && now_ms - found.issued_ms <= life_ms;
    return lives && found.serial > forgotten_ ? std::optional(found) : std::nullopt;
}

Nonces::Use Nonces::use(std::string_view text, std::uint32_t nc, const asio::ip::address& source, Time now) {
    while (!used_.empty() && used_.begin()->second.issued_ms + life_ms < milliseconds(now))
        forget_oldest();
    const auto nonce = opened(text, source, now);
    if (!nonce) return Use::stale;
    if (nc == 0) return Use::replayed;

    const std::uint64_t serial = nonce->serial;
    Counts& counts = used_[serial];
    counts.issued_ms = nonce->issued_ms;
    if (nc > counts.highest) {
        const std::uint32_t step = nc - counts.highest;
        counts.seen = step >= window ? 1 : (counts.seen << step) | 1;
        counts.highest = nc;
    } else {
        const std::uint32_t back = counts.highest - nc;
        if (back >= window || ((counts.seen >> back) & 1) != 0) return Use::replayed;
        counts.seen |= std::uint64_t{1} << back;
    }
    if (used_.size() > capacity_) {
        const bool itself = used_.begin()->first == serial;
        forget_oldest();
        if (itself) return Use::stale;  // older than all that is remembered
    }
    return Use::good;
}

Nonces::Use Nonces::use_once(std::string_view nonce, const asio::ip::address& source, Time now) {
    const auto known = opened(nonce, source, now);
    if (known && used_.contains(known->serial)) return Use::replayed;
    return use(nonce, std::numeric_limits<std::uint32_t>::max(), source, now);
}

void Nonces::forget_oldest() {
    forgotten_ = std::max(forgotten_, used_.begin()->first);
    used_.erase(used_.begin());
}

}  // namespace sip

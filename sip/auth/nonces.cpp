// sip/auth/nonces.cpp - nonces bound to time and to our secret, and the
// memory that refuses a (nonce, nc) used twice.
#include "sip/auth/nonces.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

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

// MAC over the first 16 bytes, into the rest.
void seal(std::array<std::uint8_t, nonce_size>& nonce, const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256(mac.data(), nonce.data(), 16, key.data());
    std::copy_n(mac.begin(), mac_size, nonce.begin() + 16);
}

}  // namespace

Nonces::Nonces(const std::array<std::uint8_t, 32>& secret, std::size_t capacity)
    : key_{}, capacity_(std::max<std::size_t>(capacity, 1)) {
    constexpr std::string_view purpose = "hedgewitch/sip/nonce";
    crypto_auth_hmacsha256(key_.data(), reinterpret_cast<const unsigned char*>(purpose.data()),
                           purpose.size(), secret.data());
}

std::string Nonces::issue(Time now) {
    std::array<std::uint8_t, nonce_size> nonce{};
    put(nonce.data(), milliseconds(now));
    put(nonce.data() + 8, ++serial_);
    seal(nonce, key_);
    std::array<char, sodium_base64_ENCODED_LEN(nonce_size, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
    sodium_bin2base64(text.data(), text.size(), nonce.data(), nonce.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text.data();
}

Nonces::Use Nonces::use(std::string_view text, std::uint32_t nc, Time now) {
    std::array<std::uint8_t, nonce_size> nonce{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(nonce.data(), nonce.size(), text.data(), text.size(), nullptr, &size, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != nonce_size || end != text.data() + text.size()) {
        return Use::stale;  // not one of ours: perhaps of the run before
    }
    auto ours = nonce;
    seal(ours, key_);
    if (sodium_memcmp(ours.data(), nonce.data(), nonce_size) != 0) return Use::stale;
    const std::uint64_t issued = get(nonce.data());
    const std::uint64_t serial = get(nonce.data() + 8);
    const std::uint64_t now_ms = milliseconds(now);
    while (!used_.empty() && used_.begin()->second.issued_ms + life_ms < now_ms)
        forget_oldest();
    if (issued > now_ms || now_ms - issued > life_ms || serial <= forgotten_) return Use::stale;
    if (nc == 0) return Use::replayed;

    Counts& counts = used_[serial];
    counts.issued_ms = issued;
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

void Nonces::forget_oldest() {
    forgotten_ = std::max(forgotten_, used_.begin()->first);
    used_.erase(used_.begin());
}

}  // namespace sip

// crypto/bytes.hpp - fixed byte arrays, views, and secrets that are zeroed when they go.
#pragma once

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace crypto {

template <std::size_t N>
using Bytes = std::array<std::uint8_t, N>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// N bytes that are wiped on destruction and on being moved from. Not copied by accident: call clone().
template <std::size_t N>
class Secret {
public:
    Secret() = default;
    explicit Secret(const Bytes<N>& bytes) : bytes_(bytes) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            other.wipe();
        }
        return *this;
    }
    ~Secret() { wipe(); }

    [[nodiscard]] Secret clone() const { return Secret(bytes_); }
    [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.data(); }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return N; }
    [[nodiscard]] ByteView view() const noexcept { return bytes_; }
    void wipe() noexcept { sodium_memzero(bytes_.data(), N); }

private:
    Bytes<N> bytes_{};
};

}  // namespace crypto

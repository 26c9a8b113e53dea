// crypto/seed.hpp - the 32 bytes that are the identity, in memory of their own: locked, so that they are
// never written to swap; left out of core dumps; between two pages that nobody can touch; wiped when they go.
// What is derived from them lives for a day or a call, in Secret.
#pragma once

#include <sodium/utils.h>

#include <memory>

#include "crypto/bytes.hpp"

namespace crypto {

class Seed {
public:
    /// Zeros. Throws std::bad_alloc. Where the limit of locked memory is used up (RLIMIT_MEMLOCK) the rest
    /// holds.
    Seed();
    explicit Seed(const Bytes<32>& bytes);
    Seed(Seed&&) noexcept = default;  // what was moved from may only be assigned to
    Seed& operator=(Seed&&) noexcept = default;
    Seed(const Seed&) = delete;  // not by accident: clone()
    Seed& operator=(const Seed&) = delete;
    ~Seed() = default;

    [[nodiscard]] Seed clone() const;
    [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.get(); }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.get(); }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 32; }
    [[nodiscard]] ByteView view() const noexcept { return {data(), size()}; }

private:
    struct Free {
        void operator()(std::uint8_t* bytes) const noexcept { sodium_free(bytes); }  // wipes them
    };
    std::unique_ptr<std::uint8_t[], Free> bytes_;
};

}  // namespace crypto

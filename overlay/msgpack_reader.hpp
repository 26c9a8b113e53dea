// overlay/msgpack_reader.hpp - reads the msgpack that our records use, in its shortest encodings alone.
// Every value then has one encoding, which is what "re-encode and compare" would check.
// Borrows the bytes; allocates nothing; never reads past the end; no recursion.
// After a failed read the position is unspecified: stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/bytes.hpp"

namespace overlay {

class MsgpackReader {
public:
    explicit MsgpackReader(crypto::ByteView bytes) : all_(bytes), rest_(bytes) {}

    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer();
    /// An unsigned integer of at most `max`.
    [[nodiscard]] std::optional<std::uint64_t> unsigned_up_to(std::uint64_t max);
    [[nodiscard]] std::optional<crypto::ByteView> binary();
    [[nodiscard]] std::optional<std::string_view> string();
    [[nodiscard]] std::optional<std::uint32_t> array();  // number of elements, which follow
    [[nodiscard]] std::optional<std::uint32_t> map();    // number of pairs, which follow
    /// True and past it when the next value is nil; else false, and nothing is read.
    [[nodiscard]] bool nil();
    /// Past one value of any type, nested ones included. For keys of later versions.
    [[nodiscard]] bool skip();

    [[nodiscard]] std::size_t position() const noexcept { return all_.size() - rest_.size(); }
    [[nodiscard]] crypto::ByteView rest() const noexcept { return rest_; }

private:
    std::optional<std::uint8_t> byte();
    std::optional<std::uint64_t> big_endian(std::size_t size);
    std::optional<std::uint64_t> length(std::size_t size);
    std::optional<crypto::ByteView> take(std::uint64_t size);
    std::optional<std::uint64_t> skip_one();

    crypto::ByteView all_;
    crypto::ByteView rest_;
};

}  // namespace overlay

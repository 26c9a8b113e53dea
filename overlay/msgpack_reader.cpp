// overlay/msgpack_reader.cpp - the msgpack specification's formats, less those that are longer than needed.
#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

// First bytes, as named in the msgpack specification.
enum Format : std::uint8_t {
    fixmap = 0x80,    // ..0x8f
    fixarray = 0x90,  // ..0x9f
    fixstr = 0xa0,    // ..0xbf
    nil_value = 0xc0,
    never_used = 0xc1,
    false_value = 0xc2,
    true_value = 0xc3,
    bin8 = 0xc4,
    bin16 = 0xc5,
    bin32 = 0xc6,
    ext8 = 0xc7,
    ext16 = 0xc8,
    ext32 = 0xc9,
    float32 = 0xca,
    float64 = 0xcb,
    uint8 = 0xcc,
    uint16 = 0xcd,
    uint32 = 0xce,
    uint64 = 0xcf,
    int8 = 0xd0,
    int64 = 0xd3,
    fixext1 = 0xd4,
    fixext16 = 0xd8,
    str8 = 0xd9,
    str16 = 0xda,
    str32 = 0xdb,
    array16 = 0xdc,
    array32 = 0xdd,
    map16 = 0xde,
    map32 = 0xdf,
    negative_fixint = 0xe0,  // ..0xff
};

// The largest number that fits into the next smaller field: a longer one is needed only above it.
constexpr std::uint64_t shorter_limit(std::size_t size) {
    return size == 1 ? 0 : (std::uint64_t{1} << (size * 4)) - 1;
}

}  // namespace

std::optional<std::uint8_t> MsgpackReader::byte() {
    if (rest_.empty()) return std::nullopt;
    const auto first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
}

std::optional<crypto::ByteView> MsgpackReader::take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
}

std::optional<std::uint64_t> MsgpackReader::big_endian(std::size_t size) {
    const auto bytes = take(size);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const auto b : *bytes)
        value = value << 8 | b;
    return value;
}

// A number in `size` bytes that would not fit into half as many.
std::optional<std::uint64_t> MsgpackReader::length(std::size_t size) {
    const auto value = big_endian(size);
    if (!value || (size > 1 && *value <= shorter_limit(size))) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> MsgpackReader::unsigned_integer() {
    const auto first = byte();
    if (!first) return std::nullopt;
    if (*first < fixmap) return *first;  // positive fixint
    if (*first < uint8 || *first > uint64) return std::nullopt;
    const auto value = length(std::size_t{1} << (*first - uint8));
    if (!value || *value < fixmap) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> MsgpackReader::unsigned_up_to(std::uint64_t max) {
    const auto value = unsigned_integer();
    if (!value || *value > max) return std::nullopt;
    return value;
}

std::optional<crypto::ByteView> MsgpackReader::binary() {
    const auto first = byte();
    if (!first || *first < bin8 || *first > bin32) return std::nullopt;
    const auto size = length(std::size_t{1} << (*first - bin8));
    return size ? take(*size) : std::nullopt;
}

std::optional<std::string_view> MsgpackReader::string() {
    const auto first = byte();
    if (!first) return std::nullopt;
    std::optional<std::uint64_t> size;
    if (*first >= fixstr && *first < nil_value) {
        size = *first - fixstr;
    } else if (*first >= str8 && *first <= str32) {
        size = length(std::size_t{1} << (*first - str8));
        if (size && *size < 32) return std::nullopt;  // fits a fixstr
    }
    const auto bytes = size ? take(*size) : std::nullopt;
    if (!bytes) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::optional<std::uint32_t> MsgpackReader::array() {
    const auto first = byte();
    if (!first) return std::nullopt;
    if (*first >= fixarray && *first < fixstr) return *first - fixarray;
    if (*first != array16 && *first != array32) return std::nullopt;
    const auto count = big_endian(*first == array16 ? 2 : 4);
    if (!count || *count <= (*first == array16 ? 15u : 0xffffu)) return std::nullopt;
    return static_cast<std::uint32_t>(*count);
}

std::optional<std::uint32_t> MsgpackReader::map() {
    const auto first = byte();
    if (!first) return std::nullopt;
    if (*first >= fixmap && *first < fixarray) return *first - fixmap;
    if (*first != map16 && *first != map32) return std::nullopt;
    const auto count = big_endian(*first == map16 ? 2 : 4);
    if (!count || *count <= (*first == map16 ? 15u : 0xffffu)) return std::nullopt;
    return static_cast<std::uint32_t>(*count);
}

bool MsgpackReader::nil() {
    if (rest_.empty() || rest_.front() != nil_value) return false;
    rest_ = rest_.subspan(1);
    return true;
}

// Past one value without its elements; gives how many elements follow.
std::optional<std::uint64_t> MsgpackReader::skip_one() {
    if (rest_.empty()) return std::nullopt;
    const auto first = rest_.front();
    const auto none = [](bool read) { return read ? std::optional<std::uint64_t>(0) : std::nullopt; };
    if (first < fixmap || (first >= uint8 && first <= uint64)) return none(unsigned_integer().has_value());
    if (first < fixarray || first == map16 || first == map32) {
        const auto pairs = map();
        return pairs ? std::optional<std::uint64_t>(std::uint64_t{2} * *pairs) : std::nullopt;
    }
    if (first < fixstr || first == array16 || first == array32) return array();
    if (first < nil_value || (first >= str8 && first <= str32)) return none(string().has_value());
    if (first >= bin8 && first <= bin32) return none(binary().has_value());

    rest_ = rest_.subspan(1);
    if (first == never_used) return std::nullopt;
    if (first <= true_value || first >= negative_fixint) return 0;
    if (first <= ext32) {
        const auto size = length(std::size_t{1} << (first - ext8));
        return none(size && take(*size + 1));  // one byte more: its type
    }
    if (first <= float64) return none(take(first == float32 ? 4 : 8).has_value());
    if (first >= int8 && first <= int64) return none(take(std::uint64_t{1} << (first - int8)).has_value());
    return none(take((std::uint64_t{1} << (first - fixext1)) + 1).has_value());  // fixext1..fixext16
}

bool MsgpackReader::skip() {
    // Each turn takes a byte at least, so the loop ends with the bytes, whatever they promise; and 2^33
    // elements for each byte of a record do not fill 64 bits.
    std::uint64_t pending = 1;
    while (pending > 0) {
        const auto elements = skip_one();
        if (!elements) return false;
        pending += *elements - 1;
    }
    return true;
}

}  // namespace overlay

// overlay/village/datagrams.cpp - written and read, nothing believed.
#include "overlay/village/datagrams.hpp"

#include <algorithm>
#include <array>

namespace overlay {
namespace {

constexpr std::array<std::uint8_t, 3> magic = {'H', 'W', 'v'};
constexpr std::uint8_t version = 1, list_kind = 1, want_kind = 2, give_kind = 3;
constexpr std::size_t head = 9, place_size = 9, listed_size = 11;

class Reader {
public:
    explicit Reader(crypto::ByteView bytes) : left_(bytes) {}
    [[nodiscard]] std::size_t left() const { return left_.size(); }
    crypto::ByteView take(std::size_t size) {
        const auto taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }
    std::uint8_t u8() { return take(1)[0]; }
    std::uint16_t u16() {
        const auto both = take(2);
        return static_cast<std::uint16_t>(both[0] << 8U | both[1]);
    }
    KeyPrefix prefix() {
        KeyPrefix read{};
        std::ranges::copy(take(read.size()), read.begin());
        return read;
    }
    BlockPlace place() {
        const auto at = prefix();
        return {at, u8()};
    }

private:
    crypto::ByteView left_;
};

VillageBytes begin(std::uint32_t network, std::uint8_t kind) {
    VillageBytes bytes(magic.begin(), magic.end());
    bytes.push_back(version);
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(network >> shift));
    bytes.push_back(kind);
    return bytes;
}

void add(VillageBytes& bytes, crypto::ByteView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void add(VillageBytes& bytes, std::uint16_t number) {
    bytes.push_back(static_cast<std::uint8_t>(number >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(number & 0xffU));
}

void add(VillageBytes& bytes, const BlockPlace& place) {
    add(bytes, crypto::ByteView(place.prefix));
    bytes.push_back(place.writer);
}

std::optional<VillageSaid> read_list(Reader reader) {
    if (reader.left() < 16 || (reader.left() - 16) % listed_size != 0) return std::nullopt;
    BlockList list;
    list.first = reader.prefix();
    list.last = reader.prefix();
    while (reader.left() > 0) {
        const auto place = reader.place();
        const auto in_order = list.blocks.empty() || list.blocks.back().place < place;
        if (!in_order || place.prefix < list.first || list.last < place.prefix) return std::nullopt;
        list.blocks.push_back({place, reader.u16()});
    }
    return list;
}

std::optional<VillageSaid> read_want(Reader reader) {
    if (reader.left() % place_size != 0) return std::nullopt;
    BlockWant want;
    while (reader.left() > 0)
        want.blocks.push_back(reader.place());
    return want;
}

std::optional<VillageSaid> read_give(Reader reader) {
    BlockGive give;
    while (reader.left() > 0) {
        if (reader.left() < 2) return std::nullopt;
        const auto size = reader.u16();
        if (size == 0 || size > reader.left()) return std::nullopt;
        give.blocks.push_back(reader.take(size));
    }
    return give;
}

}  // namespace

VillageBytes write_datagram(std::uint32_t network, const BlockList& list) {
    auto bytes = begin(network, list_kind);
    add(bytes, crypto::ByteView(list.first));
    add(bytes, crypto::ByteView(list.last));
    for (const auto& [place, seq] : list.blocks) {
        add(bytes, place);
        add(bytes, seq);
    }
    return bytes;
}

VillageBytes write_datagram(std::uint32_t network, const BlockWant& want) {
    auto bytes = begin(network, want_kind);
    for (const auto& place : want.blocks)
        add(bytes, place);
    return bytes;
}

VillageBytes write_datagram(std::uint32_t network, const BlockGive& give) {
    auto bytes = begin(network, give_kind);
    for (const auto& block : give.blocks) {
        add(bytes, static_cast<std::uint16_t>(block.size()));
        add(bytes, block);
    }
    return bytes;
}

bool is_village_datagram(crypto::ByteView datagram) {
    return datagram.size() >= magic.size() && std::ranges::equal(datagram.first(magic.size()), magic);
}

std::optional<VillageSaid> read_datagram(std::uint32_t network, crypto::ByteView datagram) {
    if (!is_village_datagram(datagram) || datagram.size() < head || datagram.size() > most_bytes_alone)
        return std::nullopt;
    Reader reader(datagram.subspan(magic.size()));
    if (reader.u8() != version) return std::nullopt;
    const auto high = reader.u16(), low = reader.u16();
    if ((std::uint32_t{high} << 16U | low) != network) return std::nullopt;
    switch (reader.u8()) {
        case list_kind: return read_list(reader);
        case want_kind: return read_want(reader);
        case give_kind: return read_give(reader);
        default: return std::nullopt;
    }
}

}  // namespace overlay

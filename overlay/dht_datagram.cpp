// overlay/dht_datagram.cpp - finds the few fields that we need, steps over the others.
#include "overlay/dht_datagram.hpp"

#include <algorithm>

#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

constexpr std::string_view padding = "pad";  // no field of OpenDHT's
constexpr std::uint8_t fixmap = 0x80, most_pairs = 15, uint32_follows = 0xce, bin8 = 0xc4;

// OpenDHT reads a number, or four bytes as older versions wrote it.
std::optional<std::uint32_t> read_transaction(MsgpackReader& reader) {
    auto as_bytes = reader;
    if (const auto bytes = as_bytes.binary()) {
        reader = as_bytes;
        if (bytes->size() != 4) return std::nullopt;
        std::uint32_t number = 0;
        for (const auto byte : *bytes)
            number = number << 8U | byte;
        return number;
    }
    const auto number = reader.unsigned_up_to(0xffffffffU);
    if (!number) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

// False when they cannot be read.
bool read_arguments(MsgpackReader& reader, DhtDatagram& read) {
    const auto pairs = reader.map();
    for (std::uint32_t i = 0; pairs && i < *pairs; ++i) {
        const auto name = reader.string();
        if (!name) return false;
        const auto value = reader.rest();
        if (!reader.skip()) return false;
        const auto bytes = value.first(value.size() - reader.rest().size());
        for (auto& [field, known] : {std::pair{&read.id, "id"}, {&read.key, "h"}, {&read.socket, "sid"}})
            if (*name == known && field->empty()) *field = bytes;
    }
    return pairs.has_value();
}

void append_number(std::vector<std::uint8_t>& out, std::uint32_t number) {
    out.push_back(uint32_follows);
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_text(std::vector<std::uint8_t>& out, std::string_view text) {
    out.push_back(static_cast<std::uint8_t>(0xa0U | text.size()));  // fixstr
    out.insert(out.end(), text.begin(), text.end());
}

// A number of up to 2^32 - 1 in its shortest form.
void append_shortest(std::vector<std::uint8_t>& out, std::uint32_t number) {
    if (number > 0xffffU) return append_number(out, number);
    if (number > 0xffU) {
        out.push_back(0xcd);
        out.push_back(static_cast<std::uint8_t>(number >> 8U));
    } else if (number >= fixmap) {
        out.push_back(0xcc);
    }
    out.push_back(static_cast<std::uint8_t>(number));
}

}  // namespace

std::optional<DhtDatagram> read_dht_datagram(crypto::ByteView datagram) {
    MsgpackReader reader(datagram);
    const auto pairs = reader.map();
    if (!pairs) return std::nullopt;
    DhtDatagram read;
    bool transaction = false, asks = false, answers = false, part = false, arguments = false;
    for (std::uint32_t i = 0; i < *pairs; ++i) {
        const auto name = reader.string();
        if (!name) return std::nullopt;
        answers = answers || *name == "r" || *name == "e" || *name == "u";
        part = part || *name == "p";
        read.padded = read.padded || *name == padding;
        if (*name == "t" && !transaction) {
            read.transaction_at = reader.position();
            const auto number = read_transaction(reader);
            if (!number) return std::nullopt;
            read.transaction = *number;
            read.transaction_size = reader.position() - read.transaction_at;
            transaction = true;
        } else if (*name == "q" && !asks) {
            const auto method = reader.string();
            if (!method) return std::nullopt;
            read.method = *method;
            asks = true;
        } else if (*name == "a" && !arguments) {
            if (!read_arguments(reader, read)) return std::nullopt;
            arguments = true;
        } else if (!reader.skip()) {
            return std::nullopt;
        }
    }
    if (!transaction || !(answers || part || asks)) return std::nullopt;
    // In OpenDHT's order (parsed_message.h).
    read.kind = answers ? DhtDatagram::Kind::answer
                : part  ? DhtDatagram::Kind::part
                        : DhtDatagram::Kind::request;
    return read;
}

std::vector<std::uint8_t> with_transaction(crypto::ByteView datagram, const DhtDatagram& read,
                                           std::uint32_t transaction) {
    const auto head = datagram.first(read.transaction_at);
    const auto tail = datagram.subspan(read.transaction_at + read.transaction_size);
    std::vector<std::uint8_t> out;
    out.reserve(datagram.size() + 5);
    out.assign(head.begin(), head.end());
    append_shortest(out, transaction);
    out.insert(out.end(), tail.begin(), tail.end());
    return out;
}

void pad_dht_datagram(std::vector<std::uint8_t>& datagram, std::size_t size) {
    constexpr std::size_t head = 1 + padding.size() + 2;
    if (datagram.size() + head >= size || datagram.front() >= fixmap + most_pairs) return;
    const auto filling = std::min<std::size_t>(size - datagram.size() - head, 0xff);
    ++datagram.front();  // one pair more
    append_text(datagram, padding);
    datagram.push_back(bin8);
    datagram.push_back(static_cast<std::uint8_t>(filling));
    datagram.insert(datagram.end(), filling, std::uint8_t{0});
}

std::vector<std::uint8_t> ping_datagram(const crypto::Bytes<20>& us, std::uint32_t network,
                                        std::uint32_t transaction) {
    std::vector<std::uint8_t> out{static_cast<std::uint8_t>(fixmap | (network == 0 ? 4U : 5U))};
    append_text(out, "a");
    out.push_back(fixmap | 1U);
    append_text(out, "id");
    out.push_back(bin8);
    out.push_back(static_cast<std::uint8_t>(us.size()));
    out.insert(out.end(), us.begin(), us.end());
    append_text(out, "q");
    append_text(out, "ping");
    append_text(out, "t");
    append_shortest(out, transaction);
    append_text(out, "y");
    append_text(out, "q");
    if (network != 0) {
        append_text(out, "n");
        append_shortest(out, network);
    }
    return out;
}

}  // namespace overlay

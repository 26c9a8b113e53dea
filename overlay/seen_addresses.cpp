// overlay/seen_addresses.cpp - reads "sa", and counts one vote a network.
#include "overlay/seen_addresses.hpp"

#include <algorithm>

#include "overlay/contact_filter.hpp"
#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

using asio::ip::address;
using asio::ip::udp;

std::optional<address> to_address(crypto::ByteView bytes) {
    if (bytes.size() == 4) {
        asio::ip::address_v4::bytes_type v4;
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        return asio::ip::address_v4(v4);
    }
    if (bytes.size() == 16) {
        asio::ip::address_v6::bytes_type v6;
        std::copy(bytes.begin(), bytes.end(), v6.begin());
        return asio::ip::address_v6(v6);
    }
    return std::nullopt;
}

/// {"r": {"id": ..., "sa": ..., ...}, "t": ..., ...}: the reader stands at the inner map.
std::optional<address> address_in(MsgpackReader& reader) {
    const auto pairs = reader.map();
    for (std::uint32_t i = 0; pairs && i < *pairs; ++i) {
        const auto key = reader.string();
        if (!key) return std::nullopt;
        if (*key == "sa") {
            const auto bytes = reader.binary();
            return bytes ? to_address(*bytes) : std::nullopt;
        }
        if (!reader.skip()) return std::nullopt;
    }
    return std::nullopt;
}

std::uint64_t network_of(const address& from) {
    if (from.is_v4()) return from.to_v4().to_uint() >> 16U;
    const auto bytes = from.to_v6().to_bytes();
    std::uint64_t top = 1;  // no IPv4 network's number
    for (std::size_t i = 0; i < 4; ++i)
        top = top << 8U | bytes[i];
    return top;
}

// FNV-1a. Nobody gains by a collision: the answer would have to come from an address of that hash.
std::uint64_t hash_of(const udp::endpoint& endpoint) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3U; };
    if (endpoint.address().is_v4()) {
        for (const auto byte : endpoint.address().to_v4().to_bytes())
            add(byte);
    } else {
        for (const auto byte : endpoint.address().to_v6().to_bytes())
            add(byte);
    }
    add(static_cast<std::uint8_t>(endpoint.port() >> 8U));
    add(static_cast<std::uint8_t>(endpoint.port() & 0xffU));
    return hash;
}

}  // namespace

std::optional<address> address_in_answer(crypto::ByteView datagram) {
    MsgpackReader reader(datagram);
    const auto pairs = reader.map();
    for (std::uint32_t i = 0; pairs && i < *pairs; ++i) {
        const auto key = reader.string();
        if (!key) return std::nullopt;
        if (*key == "r") return address_in(reader);
        if (!reader.skip()) return std::nullopt;
    }
    return std::nullopt;
}

void SeenAddresses::sent(const udp::endpoint& to) {
    const auto hash = hash_of(to);
    if (std::find(asked_.begin(), asked_.end(), hash) != asked_.end()) return;
    asked_[next_] = hash;
    next_ = (next_ + 1) % asked_.size();
}

bool SeenAddresses::received(const udp::endpoint& from, crypto::ByteView datagram) {
    const auto address = address_in_answer(datagram);
    if (!address || address->is_v4() != from.address().is_v4()) return false;
    if (std::find(asked_.begin(), asked_.end(), hash_of(from)) == asked_.end() || !is_global(from.address()))
        return false;
    const auto before = all();
    auto& reports = address->is_v4() ? v4_ : v6_;
    const auto network = network_of(from.address());
    std::erase_if(reports, [&](const Report& r) { return r.network == network; });
    reports.push_back({network, *address});
    if (reports.size() > most_reports) reports.pop_front();
    return all() != before;
}

std::vector<SeenAddress> SeenAddresses::all() const {
    std::vector<SeenAddress> seen;
    for (const auto* reports : {&v4_, &v6_}) {
        const auto of = static_cast<unsigned>(reports->size());
        for (const auto& report : *reports) {
            const auto known = std::find_if(seen.begin(), seen.end(),
                                            [&](const auto& s) { return s.address == report.address; });
            if (known == seen.end()) {
                seen.push_back({report.address, 1, of});
            } else {
                ++known->networks;
            }
        }
    }
    std::stable_sort(seen.begin(), seen.end(),
                     [](const auto& a, const auto& b) { return a.networks > b.networks; });
    return seen;
}

}  // namespace overlay

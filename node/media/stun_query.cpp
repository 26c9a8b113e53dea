// node/media/stun_query.cpp - the few bytes of STUN that a client needs.
#include "node/media/stun_query.hpp"

#include <algorithm>

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t header_size = 20;
constexpr std::string_view magic("\x21\x12\xa4\x42", 4);
constexpr std::string_view request_type("\x00\x01", 2), indication_type("\x00\x11", 2),
    success_type("\x01\x01", 2);
constexpr unsigned xor_mapped_address = 0x0020;
constexpr std::array pauses{0ms, 100ms, 250ms};
constexpr std::uint16_t port_for_phones = 3478;

std::uint8_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}
unsigned number(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned>(byte(bytes, at) << 8U | byte(bytes, at + 1));
}

template <typename Bytes>
Bytes unmasked(std::string_view value, const std::string& mask) {
    Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(byte(value, 4 + i) ^ byte(mask, i));
    return bytes;
}

std::optional<sip::Endpoint> address_in(std::string_view value, std::string_view transaction) {
    const std::string mask = std::string(magic) + std::string(transaction);
    if (value.size() < 8) return std::nullopt;
    const auto port = static_cast<std::uint16_t>(number(value, 2) ^ 0x2112U);
    if (port == 0) return std::nullopt;
    if (byte(value, 1) == 1)
        return sip::Endpoint{asio::ip::address_v4(unmasked<asio::ip::address_v4::bytes_type>(value, mask)),
                             port};
    if (byte(value, 1) != 2 || value.size() < 20) return std::nullopt;
    return sip::Endpoint{asio::ip::address_v6(unmasked<asio::ip::address_v6::bytes_type>(value, mask)), port};
}

}  // namespace

std::optional<sip::Endpoint> stun_mapped(std::string_view datagram, std::string_view transaction) {
    if (datagram.size() < header_size || datagram.substr(0, 2) != success_type ||
        datagram.substr(4, 4) != magic || datagram.substr(8, 12) != transaction)
        return std::nullopt;
    if (number(datagram, 2) != datagram.size() - header_size) return std::nullopt;
    for (std::size_t at = header_size; datagram.size() - at >= 4;) {
        const std::size_t size = number(datagram, at + 2), padded = (size + 3) & ~std::size_t{3};
        if (datagram.size() - at - 4 < padded) return std::nullopt;
        if (number(datagram, at) == xor_mapped_address)
            return address_in(datagram.substr(at + 4, size), transaction);
        at += 4 + padded;
    }
    return std::nullopt;
}

std::string stun_binding(bool request, std::string_view transaction) {
    std::string bytes(request ? request_type : indication_type);
    bytes += std::string_view("\0\0", 2);
    bytes += magic;
    return bytes += transaction;
}

bool is_stun_indication(std::string_view datagram) noexcept {
    return datagram.size() >= header_size && datagram.substr(0, 2) == indication_type &&
           datagram.substr(4, 4) == magic;
}

StunQuery::StunQuery(const std::vector<sip::Endpoint>& servers,
                     const std::array<Transaction, most_asked>& random, Time now)
    : began_(now) {
    for (const auto& server : servers) {
        const bool other = std::none_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
            return asked.server.address == server.address;
        });
        if (!other || asked_.size() == most_asked) continue;
        const auto& id = random[asked_.size()];
        asked_.push_back({server, std::string(id.begin(), id.end()), patience});
    }
    if (asked_.size() != 1 || asked_.front().server.port == port_for_phones) return;
    const auto& id = random[1];
    asked_.push_back({{asked_.front().server.address, port_for_phones},
                      std::string(id.begin(), id.end()),
                      patience_beside});
}

std::vector<StunQuery::Send> StunQuery::due(Time now) {
    std::vector<Send> all;
    for (Asked& asked : asked_) {
        if (asked.mapped || asked.sent == pauses.size() || began_ + pauses[asked.sent] > now) continue;
        ++asked.sent;
        all.push_back({asked.server, stun_binding(true, asked.transaction)});
    }
    return all;
}

std::optional<StunQuery::Time> StunQuery::next_wake() const {
    std::optional<Time> next, end;
    for (const Asked& asked : asked_) {
        if (asked.mapped) continue;
        if (asked.sent == pauses.size()) {
            end = std::max(end.value_or(began_), began_ + asked.waits);
        } else if (const Time at = began_ + pauses[asked.sent]; !next || at < *next) {
            next = at;
        }
    }
    return next ? next : end;
}

bool StunQuery::answered(const sip::Endpoint& from, std::string_view datagram) {
    for (Asked& asked : asked_) {
        if (asked.server != from) continue;
        const auto mapped = stun_mapped(datagram, asked.transaction);
        if (!mapped) continue;
        asked.mapped = mapped;
        return true;
    }
    return false;
}

StunVerdict StunQuery::verdict(Time now) const {
    std::vector<sip::Endpoint> seen;
    for (const Asked& asked : asked_) {
        if (asked.mapped) seen.push_back(*asked.mapped);
    }
    if (seen.size() == 2 && seen[0] != seen[1]) return StunVerdict::each_another;
    const bool of_two = asked_.size() == 2 && asked_[0].server.address != asked_[1].server.address;
    if (seen.size() == 2) return of_two ? StunVerdict::kept : StunVerdict::seen_once;
    const bool more = std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
        return !asked.mapped && now < began_ + asked.waits;
    });
    if (more) return StunVerdict::waiting;
    return seen.empty() ? StunVerdict::silent : StunVerdict::seen_once;
}

std::optional<sip::Endpoint> StunQuery::outer() const {
    for (const Asked& asked : asked_) {
        if (asked.mapped) return asked.mapped;
    }
    return std::nullopt;
}

}  // namespace node

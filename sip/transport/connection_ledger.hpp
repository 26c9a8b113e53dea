// sip/transport/connection_ledger.hpp - who has how many connections, how many bytes are held for them, and
// who makes room when a bound is met. A core: knows numbers and sources, no socket. A part of
// StreamTransport.
// 1. Nobody is refused while a connection on which nobody has proved anything could make room instead.
// 2. Room is made by the source that has the most of what is scarce, its oldest first: who takes all has all
//    to lose, and who has one connection loses it only where everybody has one.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "sip/transport/transports.hpp"

namespace sip {

/// Ids by source, and which source has the most of them.
class IdsBySource {
public:
    void add(const asio::ip::address& source, std::uint64_t id);
    void remove(const asio::ip::address& source, std::uint64_t id);
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t of(const asio::ip::address& source) const;
    [[nodiscard]] std::optional<std::uint64_t> oldest_of(const asio::ip::address& source) const;
    [[nodiscard]] std::optional<std::uint64_t> oldest_of_greediest() const;

private:
    void rank(const asio::ip::address& source, std::size_t before, std::size_t after);

    std::map<asio::ip::address, std::set<std::uint64_t>> ids_;       // numbers are given in order of age
    std::set<std::pair<std::size_t, asio::ip::address>> greediest_;  // last
    std::size_t size_ = 0;
};

class ConnectionLedger {
public:
    using Id = std::uint64_t;
    enum class Standing : std::uint8_t {
        securing,  // in the handshake of TLS that the peer began
        unknown,   // nobody has proved anything on it
        known,     // a user of ours has logged in, a call of its peer may ring, or we opened it
    };
    /// `there`: one more may come. Else `goes` must end first; without one there is no room at all.
    struct Room {
        bool there = false;
        std::optional<Id> goes;
    };

    /// Borrows the limits.
    explicit ConnectionLedger(const TransportLimits& limits) : limits_(limits) {}

    [[nodiscard]] Room room_for(const asio::ip::address& source, bool handshake) const;
    /// One that could end when there is no descriptor left.
    [[nodiscard]] std::optional<Id> first_to_go() const { return unknown_.oldest_of_greediest(); }

    void add(Id id, const asio::ip::address& source, Standing standing);
    void stands(Id id, Standing standing);
    /// One end has ended its side.
    void one_sided(Id id);
    /// `bytes` are held for it now, read or unsent.
    void holds(Id id, std::size_t bytes);
    /// Who must end because all together hold too much.
    [[nodiscard]] std::optional<Id> too_large() const;
    void remove(Id id);

    [[nodiscard]] Standing standing(Id id) const { return entries_.at(id).standing; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct Entry {
        asio::ip::address source;
        Standing standing = Standing::unknown;
        bool one_sided = false;
        std::size_t bytes = 0;
    };
    struct Source {
        std::size_t connections = 0, bytes = 0;
    };
    void file(Id id, const Entry& entry);
    void unfile(Id id, const Entry& entry);

    const TransportLimits& limits_;
    std::unordered_map<Id, Entry> entries_;
    std::map<asio::ip::address, Source> sources_;  // those with connections only
    IdsBySource one_sided_, securing_, unknown_;   // unknown_: also those in their handshake
    std::size_t bytes_ = 0;
};

}  // namespace sip

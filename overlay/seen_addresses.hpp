// overlay/seen_addresses.hpp - the address under which other DHT nodes see us: each of their answers names it
// ("sa").
// OpenDHT adds these up for ever and by datagram (getPublicAddress); here each network of the other side has
// one vote, the newest eight count, and an answer that nobody asked for counts nothing.
// Hearsay all the same: whoever runs two of the nodes asked can say what he likes. It may confirm what we
// know from elsewhere (node/reach/reachability.hpp), never be published for itself. A core; one loop.
#pragma once

#include <array>
#include <asio/ip/udp.hpp>
#include <deque>
#include <optional>
#include <vector>

#include "crypto/bytes.hpp"

namespace overlay {

/// What others see in one family. Values only: any thread.
struct SeenAddress {
    asio::ip::address address;
    unsigned networks = 0;  // that say so; of at most 8 asked last
    unsigned of = 0;        // networks that say anything, in this family
    friend bool operator==(const SeenAddress&, const SeenAddress&) = default;
};

/// The address in an answer of an OpenDHT node; nothing in any other datagram.
[[nodiscard]] std::optional<asio::ip::address> address_in_answer(crypto::ByteView datagram);

class SeenAddresses {
public:
    void sent(const asio::ip::udp::endpoint& to);
    /// True: what the others see has changed. Only answers from global addresses count: a node next door sees
    /// us from the inside.
    bool received(const asio::ip::udp::endpoint& from, crypto::ByteView datagram);
    /// Both families, the most seen first.
    [[nodiscard]] std::vector<SeenAddress> all() const;

private:
    struct Report {
        std::uint64_t network = 0;  // an IPv4 /16, an IPv6 /32
        asio::ip::address address;
    };
    static constexpr std::size_t most_reports = 8;  // in each family, newest last
    std::array<std::uint64_t, 64> asked_{};         // hashes of the endpoints last sent to: a ring
    std::size_t next_ = 0;
    std::deque<Report> v4_, v6_;
};

}  // namespace overlay

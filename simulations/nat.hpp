// simulations/nat.hpp - a home router or a carrier's box: hosts behind one public address.
// The kinds of RFC 4787, by their older names. No hairpins: hosts behind one box do not meet through it.
#pragma once

#include <map>

#include "simulations/network.hpp"

namespace simulations {

class Nat {
public:
    enum class Kind {
        full_cone,        // once a port is open, anybody may use it
        restricted,       // whoever's address was written to
        port_restricted,  // whoever's address and port were written to: most homes
        symmetric,        // as that, and a port for each correspondent: many mobile carriers
    };
    Nat(Kind kind, const asio::ip::address& outside) : kind_(kind), outside_(outside) {}

    [[nodiscard]] const asio::ip::address& outside() const { return outside_; }
    /// The source that the world sees.
    Endpoint out(const Endpoint& inside, const Endpoint& to, TimePoint now);
    /// Whom a datagram reaches, if anybody.
    [[nodiscard]] std::optional<Endpoint> in(std::uint16_t port, const Endpoint& from, TimePoint now) const;

private:
    struct Mapping {
        Endpoint inside;
        std::map<Endpoint, TimePoint> written_to;
        TimePoint last_used;
    };
    Kind kind_;
    asio::ip::address outside_;
    std::uint16_t next_port_ = 20000;
    std::map<std::pair<Endpoint, Endpoint>, std::uint16_t>
        ports_;  // by host and, if symmetric, correspondent
    std::map<std::uint16_t, Mapping> mappings_;
};

}  // namespace simulations

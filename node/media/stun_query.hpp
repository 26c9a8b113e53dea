// node/media/stun_query.hpp - where others see a UDP port of ours: asks two nodes by STUN (RFC 8489 Binding),
// from that port. The same answer twice: the router keeps one outer port for all destinations (RFC 4787
// §4.1), and whoever is told it can send there once we have sent to him. A core: time and random bytes are
// handed in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"

namespace node {

/// What the router is to a port, as two outside saw it.
enum class StunVerdict : std::uint8_t {
    waiting,
    silent,       // nobody answered
    seen_once,    // one did: taken as it is, as most routers keep their ports
    kept,         // both saw the same
    each_another  // a symmetric NAT
};

/// RFC 8489 §14.2: what a Binding success response says that we are seen as. Nothing: it is none, or not for
/// this transaction.
[[nodiscard]] std::optional<sip::Endpoint> stun_mapped(std::string_view datagram,
                                                       std::string_view transaction);
/// RFC 8489 §5: a Binding request, or (opening a way, RFC 6263 §4.6) an indication.
[[nodiscard]] std::string stun_binding(bool request, std::string_view transaction);
/// A Binding indication, which says nothing and gets no answer.
[[nodiscard]] bool is_stun_indication(std::string_view datagram) noexcept;

class StunQuery {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Transaction = std::array<char, 12>;
    static constexpr std::chrono::milliseconds patience{500};
    static constexpr std::chrono::milliseconds patience_beside{250};  // it may listen nowhere
    static constexpr std::size_t most_asked = 2;

    /// Of `servers` the first two at different addresses. Where there is but one, its port for phones is
    /// asked beside it (media.stun_port, 3478 by default): the routers that give each destination another
    /// port tell ports apart, too. `random`: an id for each of them, that nobody could guess.
    StunQuery(const std::vector<sip::Endpoint>& servers, const std::array<Transaction, most_asked>& random,
              Time now);

    struct Send {
        sip::Endpoint to;
        std::string bytes;
    };
    /// To be sent now: each is said three times at most (RFC 8489 §6.2.1, shorter, for a call waits).
    [[nodiscard]] std::vector<Send> due(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    /// True: it was an answer to this.
    [[nodiscard]] bool answered(const sip::Endpoint& from, std::string_view datagram);
    [[nodiscard]] StunVerdict verdict(Time now) const;
    /// The first that was told.
    [[nodiscard]] std::optional<sip::Endpoint> outer() const;

private:
    struct Asked {
        sip::Endpoint server;
        std::string transaction;
        std::chrono::milliseconds waits;
        unsigned sent = 0;
        std::optional<sip::Endpoint> mapped = {};
    };
    std::vector<Asked> asked_;
    Time began_;
};

}  // namespace node

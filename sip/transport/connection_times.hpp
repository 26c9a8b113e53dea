// sip/transport/connection_times.hpp - since when a connection is in its state, what it has brought, and
// until when more must come. A core: time is handed in. A part of StreamConnection.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "sip/transport/transports.hpp"

namespace sip {

enum class ConnectionState : std::uint8_t { connecting, securing, open, half_closed, draining, closed };

class ConnectionTimes {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds drain{2};  // for the peer to read our last words and end its side

    /// Its peer is known: it may be silent for long.
    void known() noexcept { known_ = true; }
    /// It stands: bytes can go.
    void accepted(Time now) { last_whole_ = accepted_ = since_ = now; }
    void state_begins(Time now) { since_ = now; }
    /// `by_us`: it was we who wanted to talk; the peer may be silent.
    void opened(bool by_us, Time now) {
        first_message_seen_ = first_message_seen_ || by_us;
        known_ = known_ || by_us;
        last_whole_ = now;
    }
    void whole(bool message, Time now) {
        last_whole_ = now;
        first_message_seen_ = first_message_seen_ || message;
    }
    /// After each read: has a message begun that is not whole yet? `progress`: others were, in this read.
    /// True: the deadline may be nearer than before.
    bool partial(bool begun, bool progress, Time now) {
        const bool sooner = begun && !partial_since_;
        if (!begun) {
            partial_since_.reset();
        } else if (progress || sooner) {
            partial_since_ = now;
        }
        return sooner;
    }
    [[nodiscard]] bool first_message_seen() const noexcept { return first_message_seen_; }
    /// Nothing is owed on either side.
    [[nodiscard]] bool idle() const noexcept { return first_message_seen_ && !partial_since_; }

    [[nodiscard]] Time deadline(ConnectionState state, const TransportLimits& limits) const {
        switch (state) {
            case ConnectionState::connecting: return since_ + limits.connect;
            case ConnectionState::securing: return since_ + limits.handshake;
            case ConnectionState::half_closed: return since_ + limits.half_closed;
            case ConnectionState::draining: return since_ + drain;
            case ConnectionState::open:
            case ConnectionState::closed: break;
        }
        auto soonest = last_whole_ + limits.idle;
        if (!known_) soonest = std::min(soonest, accepted_ + limits.unknown);
        if (!first_message_seen_) soonest = std::min(soonest, accepted_ + limits.first_message);
        if (partial_since_) soonest = std::min(soonest, *partial_since_ + limits.first_message);
        return soonest;
    }

private:
    Time accepted_{};
    Time since_{};                       // the state
    Time last_whole_{};                  // message or ping; or accept
    std::optional<Time> partial_since_;  // first bytes of the message that is under way
    bool first_message_seen_ = false, known_ = false;
};

}  // namespace sip

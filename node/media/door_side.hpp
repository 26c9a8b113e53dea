// node/media/door_side.hpp - one side of a door: whose packets are taken there, and where what is for it is
// sent. RTP and RTCP have a port each.
// 1. Only from the addresses that its side of the call gave. Of a port that is another than the one that was
//    given, the first is learnt, once (symmetric RTP, RFC 4961; NATs), and no other then.
// 2. To a side outside that was never heard from there, nothing is sent after a minute: so whoever names
//    somebody else's address in a call, also later in it, has him sent a call's sound for a minute at most,
//    as by any phone.
// 3. Towards outside a way through firewalls and NATs is opened and kept open by small packets (STUN Binding
//    indications, which phones pass over; RFC 6263 §4.6): thick at first, as both doors do it at once.
// A core: time is handed in.
#pragma once

#include <array>
#include <chrono>
#include <optional>

#include "sip/media/doors.hpp"

namespace node {

enum class Component : std::uint8_t { rtp, rtcp };
inline constexpr std::array components{Component::rtp, Component::rtcp};

class DoorSide {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds unheard{60};    // then nothing more is sent there
    static constexpr std::chrono::seconds keep_open{15};  // RFC 6263 §4: at least as often, for NATs of 30 s

    /// Where it is, by the last answer. What was learnt stays, unless it says another place now.
    void aim(const sip::Doors::Peer& peer, Time now);
    [[nodiscard]] bool aimed() const noexcept { return peer_.has_value(); }

    /// A packet has come from there: is it this side's? Counts it.
    [[nodiscard]] bool takes(Component component, const sip::Endpoint& source, std::size_t size, Time now);
    /// Where what is for it goes; nothing: nowhere.
    [[nodiscard]] std::optional<sip::Endpoint> target(Component component, Time now) const;
    /// Something was sent there.
    void sent(Component component, Time now) { at(component).sent = now; }

    /// Is it time to send the small packet there? Asks of each component for itself; counts it as sent.
    [[nodiscard]] bool opens(Component component, Time now);
    [[nodiscard]] std::optional<Time> next_opening(Time now) const;

    /// Since when nothing has come from there; since it is known, if ever. REQUIRES: aimed().
    [[nodiscard]] Time silent_since() const noexcept;
    [[nodiscard]] std::optional<Time> heard_at() const noexcept { return heard_at_; }
    [[nodiscard]] bool rests() const noexcept { return peer_ && peer_->rests; }
    [[nodiscard]] bool outside() const noexcept { return peer_ && peer_->outside; }
    [[nodiscard]] const sip::Doors::Traffic& traffic() const noexcept { return traffic_; }

private:
    struct Port {
        std::optional<sip::Endpoint> target;
        bool heard = false;
        Time sent{}, opened{};  // opened: the last small packet
        unsigned openings = 0;
    };
    [[nodiscard]] Port& at(Component component) noexcept {
        return ports_[static_cast<std::size_t>(component)];
    }
    [[nodiscard]] const Port& at(Component component) const noexcept {
        return ports_[static_cast<std::size_t>(component)];
    }
    [[nodiscard]] Time due(const Port& port) const;

    std::optional<sip::Doors::Peer> peer_;
    std::array<Port, 2> ports_;
    Time aimed_at_{};
    std::optional<Time> heard_at_;
    sip::Doors::Traffic traffic_;
};

}  // namespace node

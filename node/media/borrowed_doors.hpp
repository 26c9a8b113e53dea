// node/media/borrowed_doors.hpp - doors that friends' nodes lend to this one, whose router gives each
// destination another port: which are asked for before a call, which have been proved to work, which a call
// has.
// 1. Two are asked for when a call begins, of two relays where there are two, so that one may be deaf; they
//    wait as long as a call may ring, and those that none takes are given back.
// 2. A door is for a call once its relay has answered our proof at RTP's port: then the way there is open.
//    It is proved again every five seconds: routers forget, and addresses change.
//    Of one that a call has, half a minute without an answer is the end.
// 3. A relay that is lost and comes back with the same doors is told again where they are aimed at.
// A core: time and numbers are handed in. SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/media/door_side.hpp"
#include "node/relay/behind_relays.hpp"
#include "node/relay/relay_frame.hpp"

namespace node {

struct BorrowedCounters {
    std::uint64_t asked = 0, refused = 0, silent = 0;  // silent: no answer, or none to a proof
    std::uint64_t ended = 0;                           // in a call: by the relay, or with it
};

class BorrowedDoors {
public:
    using Time = DoorSide::Time;
    using Number = std::uint16_t;
    static constexpr std::size_t ahead = 2, most = 16;
    static constexpr std::chrono::milliseconds patience{2000};  // of a call, until it goes on without
    static constexpr std::chrono::seconds answers_within{4}, proves_every{5}, refused_for{30};
    static constexpr unsigned proofs_in_vain = 6;
    static constexpr std::chrono::seconds unused{200};  // timer C of a call (RFC 3261 §16.6) is 184 s

    struct Actions {
        std::vector<std::pair<RelayCandidate, RelayFrame>> tell;  // not_held(), where that cannot be
        std::vector<Number> open, close;                          // pairs of ports of ours
        std::vector<Number> lost;                                 // a call has it, and it is no more
    };
    struct Send {
        Number door = 0;
        Component component = Component::rtp;
        sip::Endpoint to;
        std::string bytes;
    };
    struct Taken {
        Number door = 0;
        sip::Endpoint rtp, rtcp;
        std::string contact;
    };

    /// A relay that is held has said this.
    [[nodiscard]] Actions told(const RelayCandidate& by, const RelayFrame& frame, Time now);
    /// It could not be told something.
    void not_held(const RelayCandidate& relay);
    /// A call begins. `first_number`: new and random, where none was used yet.
    [[nodiscard]] Actions prepare(Number first_number, Time now);
    /// Nothing that a call would wait for is under way.
    [[nodiscard]] bool settled(Time now) const;
    /// For a call, from now on. Nothing: there is none.
    [[nodiscard]] std::optional<Taken> take(Time now);
    /// Where the other side of the call is.
    [[nodiscard]] Actions aim(Number door, const sip::Doors::Peer& peer);
    /// No call needs it any more. Its ports are whoever's who took it.
    [[nodiscard]] Actions give_back(Number door);

    /// Was it an answer to a proof?
    [[nodiscard]] bool answered(Number door, Component component, const sip::Endpoint& source,
                                std::string_view datagram, Time now);
    /// Proofs to be sent now.
    [[nodiscard]] std::vector<Send> due(Time now);
    [[nodiscard]] Actions on_time(Time now);
    /// After due() and on_time().
    [[nodiscard]] std::optional<Time> next_wake(Time now) const;

    /// Whose node lends doors to us, as its owner is called here; empty: nobody's.
    [[nodiscard]] std::string lender() const;
    [[nodiscard]] std::size_t size() const noexcept { return doors_.size(); }
    [[nodiscard]] const BorrowedCounters& counters() const noexcept { return counters_; }

private:
    struct Lender {
        RelayCandidate relay;
        std::size_t lends = 0;
        std::optional<Time> refused;
    };
    struct Port {
        sip::Endpoint at;
        std::uint64_t count = 0;  // of the last proof
        unsigned unanswered = 0;
        Time sent{};
        bool proved = false;
    };
    struct Door {
        RelayCandidate relay;
        Time asked{};
        bool lent = false, taken = false;
        DoorSecret secret{};
        std::array<Port, 2> ports;
        std::optional<sip::Doors::Peer> aimed;
    };
    [[nodiscard]] static Time due_at(const Port& port) noexcept;
    [[nodiscard]] Lender* lender_of(const RelayCandidate& relay);
    [[nodiscard]] const Lender* next_lender(Time now) const;
    [[nodiscard]] std::size_t borrowed_of(const RelayCandidate& relay) const;
    void drop(Number door, Actions& actions);
    static void tell_aim(Number number, const Door& door, Actions& actions);

    std::vector<Lender> lenders_;
    std::map<Number, Door> doors_;
    std::optional<Number> next_;
    BorrowedCounters counters_;
};

}  // namespace node

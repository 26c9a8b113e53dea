// node/relay/behind_relays.hpp - the relays through which this node can be met while nobody can call it:
// which of its contacts' nodes are asked, what they have given, and when the next is tried.
// 1. Two are held where there are two, so that one may sleep.
// 2. Asked for only once nobody has been able to call us for five seconds; given up when others have been
//    able to for a minute.
// 3. One that is lost is published ten seconds more, for it may come back with the same token; one that
//    refuses is asked again after a minute, one that cannot be reached after 1, 2, 4 .. 300 s.
// A core: time is handed in. SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/identity.hpp"
#include "node/relay/relay_frame.hpp"
#include "overlay/inner_record.hpp"
#include "sip/flow.hpp"
#include "sip/peer.hpp"

namespace node {

/// A contact's node that can be called over TLS.
struct RelayCandidate {
    std::string contact;      // the person's name for them
    crypto::PublicKey key{};  // theirs
    sip::Endpoint at;
    sip::KeyHash key_hash{};
    friend bool operator==(const RelayCandidate&, const RelayCandidate&) = default;
};

class BehindRelays {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_held = 2, most_candidates = 16;
    static constexpr std::chrono::seconds begins_after{5}, ends_after{60};
    static constexpr std::chrono::seconds ping_every{25}, patience{12};  // for an answer, of whatever kind
    static constexpr std::chrono::seconds settles{10};                   // one move is noticed at each door
    static constexpr std::chrono::seconds grace{10}, refused_for{60}, longest_rest{300};

    enum class Standing : std::uint8_t { resting, opening, held, refused };
    struct Known {
        RelayCandidate relay;
        Standing standing = Standing::resting;
        std::optional<RelayRefusal> why = {};
        Time next_try{};
        unsigned failures = 0;  // in a row
        std::optional<sip::Flow> flow = {};
        Time heard{}, pinged{}, opened{};           // of that flow
        std::optional<sip::RelayToken> token = {};  // published
        std::optional<Time> lost_at = {};           // the token is kept for a while
    };
    /// For the sockets, in this order.
    struct Actions {
        std::vector<sip::Flow> close;
        std::vector<std::pair<sip::Flow, std::string>> send;
        std::vector<RelayCandidate> open;  // each is answered by opened()
        std::vector<std::pair<sip::Endpoint, sip::PipeId>> answer;
        std::vector<std::pair<RelayCandidate, RelayFrame>> doors;  // for RelayDoors::told()
    };

    /// Can others call this node as it is?
    void set_reached(bool reached, Time now);
    /// Relays are wanted for the doors that they lend, too, though others can call this node; then it is met
    /// through none.
    void want_doors(bool wanted) { doors_wanted_ = wanted; }
    /// Instead of those known before; what is held stays.
    void set_candidates(std::vector<RelayCandidate> candidates, Time now);
    /// Nothing: no connection could even be begun.
    [[nodiscard]] Actions opened(const RelayCandidate& relay, std::optional<sip::Flow> flow, Time now);
    [[nodiscard]] Actions frame(const sip::Flow& flow, const RelayFrame& frame, Time now);
    void flow_failed(const sip::Flow& flow, Time now);
    /// Our address outside is another: what is held is held over connections that nobody hears any more.
    [[nodiscard]] Actions moved(Time now);
    [[nodiscard]] Actions on_time(Time now);
    /// Never before `now`, after on_time().
    [[nodiscard]] std::optional<Time> next_wake(Time now) const;

    /// A connection of ours to a relay.
    [[nodiscard]] bool knows(const sip::Flow& flow) const;
    /// The connection to the relay with this TLS key, while it is held.
    [[nodiscard]] std::optional<sip::Flow> held(const sip::KeyHash& relay) const;
    /// Relays are wanted, and more of them than there are.
    [[nodiscard]] bool lacks_relays(Time now) const;
    [[nodiscard]] bool wanted(Time now) const;
    /// So that others can call this node.
    [[nodiscard]] bool wanted_for_calls(Time now) const;
    /// What callers may be told; each with our own key.
    [[nodiscard]] std::vector<overlay::ThroughEdge> through(const crypto::Bytes<32>& tls_key_hash) const;
    [[nodiscard]] const std::vector<Known>& relays() const noexcept { return known_; }

private:
    [[nodiscard]] Known* at(const sip::Flow& flow);
    [[nodiscard]] std::size_t under_way() const;
    [[nodiscard]] bool asks() const noexcept { return !reached_ || doors_wanted_; }
    void rest(Known& known, Time now);
    void open_more(Time now, Actions& actions) const;
    void look_after(Known& known, Time now, Actions& actions);

    std::vector<Known> known_;
    bool reached_ = true, doors_wanted_ = false;
    Time since_{};  // reached, or not
};

}  // namespace node

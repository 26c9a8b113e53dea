// node/media/lent_doors.hpp - doors that this node, as a relay, lends to contacts whose routers give each
// destination another port: a pair of UDP ports, to which both sides of a call's stream send. Whose packets
// go on where.
// 1. Inside is where he who has borrowed it has proved to be (door_proof.hpp), and nobody else; outside, the
//    address that he said, whose port may be learnt once (DoorSide).
// 2. Each packet goes to the other of both as it came, or nowhere; of its own the node says nothing but the
//    answer to a proof, which is as long as that. So nobody is sent more than somebody sent here.
// 3. At most four doors a contact and 32 in all; 100 kB/s a contact, both ways together, and 800 kB/s in all.
// 4. A door ends when it is given back; after a minute without a packet (two hours on hold), a minute without
//    a proof, ten minutes without a call; half a minute after the connection of him who has it, unless he
//    comes back.
// A core: time and random bytes are handed in. SIP loop only.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/identity.hpp"
#include "node/media/door_side.hpp"
#include "node/relay/relay_frame.hpp"
#include "sip/token_bucket.hpp"

namespace node {

struct LentCounters {
    std::uint64_t lent = 0, refused = 0, ended = 0;  // doors; ended: not given back, but by us
    std::uint64_t packets = 0, bytes = 0;            // passed on
    std::uint64_t strangers = 0, over = 0;           // packets dropped: from elsewhere; too much
    std::uint64_t bad_aims = 0;                      // at what is no address in the Internet
};

class LentDoors {
public:
    using Time = DoorSide::Time;
    using Id = std::uint64_t;
    static constexpr std::size_t most_of_one = 4, most = 32;
    static constexpr double bytes_a_second = 100'000, all_bytes_a_second = 800'000;
    static constexpr std::chrono::seconds silence{60}, grace{30};
    static constexpr std::chrono::minutes longest_ringing{10}, longest_rest{120};

    struct Door {
        crypto::PublicKey borrower{};
        std::uint16_t number = 0;  // his
        friend bool operator==(const Door&, const Door&) = default;
    };

    /// Why he may not have another one now; nothing: he may.
    [[nodiscard]] std::optional<LendRefusal> why_not(const crypto::PublicKey& borrower) const;
    void refused() { ++counters_.refused; }
    /// REQUIRES: he may, and has none of this number.
    [[nodiscard]] Id lend(const Door& door, const DoorSecret& secret, Time now);
    [[nodiscard]] std::optional<Id> find(const Door& door) const;
    /// False: nobody's sound is to go there, and the door is aimed as before.
    [[nodiscard]] bool aim(Id id, const sip::Doors::Peer& peer, Time now);
    /// Is it one that sound may be sent to? Port 0: not at all.
    [[nodiscard]] static bool may_be_aimed_at(const sip::Endpoint& at);

    struct Passed {
        std::optional<sip::Endpoint> to;   // nothing: nowhere
        std::optional<std::string> other;  // in place of what came: the answer to a proof
    };
    [[nodiscard]] Passed came(Id id, Component component, const sip::Endpoint& source,
                              std::string_view datagram, Time now);

    void give_back(Id id) { doors_.erase(id); }
    /// His connection has ended.
    void left(const crypto::PublicKey& borrower, Time now);
    void back(const crypto::PublicKey& borrower);
    [[nodiscard]] std::vector<std::pair<Id, Door>> of(const crypto::PublicKey& borrower) const;
    /// Those that have ended by now.
    [[nodiscard]] std::vector<std::pair<Id, Door>> on_time(Time now);

    [[nodiscard]] std::size_t size() const noexcept { return doors_.size(); }
    [[nodiscard]] const LentCounters& counters() const noexcept { return counters_; }

private:
    struct Inside {
        std::optional<sip::Endpoint> at;
        std::uint64_t count = 0;  // of the last proof
    };
    struct Lent {
        Door door;
        DoorSecret secret{};
        std::array<Inside, 2> inside;
        DoorSide outside;
        Time began{}, proved{}, spoke{};  // spoke: he who has borrowed it
        std::optional<Time> left;
    };
    [[nodiscard]] static bool is_over(const Lent& lent, Time now);
    [[nodiscard]] bool pay(const crypto::PublicKey& borrower, std::size_t size, Time now);

    std::map<Id, Lent> doors_;
    std::map<crypto::PublicKey, sip::TokenBucket> rates_;
    sip::TokenBucket all_{all_bytes_a_second / 2, sip::TokenBucket::Seconds(0.5)};
    Id last_ = 0;
    LentCounters counters_;
};

}  // namespace node

// simulations/fleet.hpp - thousands of real overlay nodes, and what the simulation knows that they do not:
// who is where, and so whether an answer is right. A member's contact tells its version by the port, so that
// an answer is right, stale or wrong to the letter.
#pragma once

#include "overlay/alive.hpp"
#include "simulations/overlay_node.hpp"
#include "simulations/recorder.hpp"
#include "simulations/sim_memory.hpp"

namespace simulations {

enum class Verdict : std::uint8_t {
    right,
    stale,   // the owner's own, but an older one
    wrong,   // nobody may ever be told this
    none,    // asked, nobody holds one
    unheard  // no answer in time, or not joined
};

struct Lookup {
    Verdict verdict = Verdict::unheard;
    std::size_t caller = 0, owner = 0;
    double elapsed_ms = 0;
    double stale_s = 0;  // since when a newer version was out
    bool from_cache = false;
};

class Fleet {
public:
    struct Plan {
        std::size_t nodes = 500;
        std::string first = "10.0.0.1";       // addresses count up from here
        std::size_t bootstrap_hosts = 0;      // the first members; 0: one for each two thousand
        std::vector<Endpoint> others_to_ask;  // bootstrap hosts of another fleet
        bool only_others = false;             // and none of this one
        std::uint64_t series = 1;             // two fleets of one world have different people
        double hidden = 0;                    // share behind a NAT
        Nat::Kind nat = Nat::Kind::port_restricted;
        std::chrono::seconds worst_skew{0};
        OverlayNode::Setup node;  // all but address, bootstrap and skew
    };
    Fleet(World& world, Plan plan);
    ~Fleet();
    Fleet(const Fleet&) = delete;  // happenings point here
    Fleet& operator=(const Fleet&) = delete;

    /// Each member at its own random moment of `time`.
    void join_over(std::chrono::seconds time);
    void join(std::size_t member);
    /// kill -9: nothing is said.
    void leave(std::size_t member);
    [[nodiscard]] bool is_there(std::size_t member) const { return members_[member].node != nullptr; }
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] std::size_t bootstrap_hosts() const { return plan_.bootstrap_hosts; }
    [[nodiscard]] Endpoint address(std::size_t member) const { return members_[member].address; }
    [[nodiscard]] OverlayNode& operator[](std::size_t member) { return *members_[member].node; }
    [[nodiscard]] const crypto::Identity& identity(std::size_t member) const {
        return members_[member].identity;
    }
    /// Of those that are there, any but a bootstrap host if others are.
    [[nodiscard]] std::size_t anybody();

    /// The member's label is "home". Publishes the next version of its contact.
    void publish(std::size_t member);
    /// When the version that counts now was published.
    [[nodiscard]] TimePoint published_at(std::size_t member) const { return members_[member].changed_at; }
    [[nodiscard]] overlay::InnerRecord contact(std::size_t member, std::uint16_t version) const;
    [[nodiscard]] std::uint16_t version(std::size_t member) const { return members_[member].version; }
    /// `owner` may be of another fleet. `done` comes later, or never when the caller leaves. Members keep no
    /// answers: each lookup asks the network.
    void look_up(std::size_t caller, std::size_t owner, std::function<void(const Lookup&)> done) {
        look_up(caller, *this, owner, std::move(done));
    }
    void look_up(std::size_t caller, const Fleet& owners, std::size_t owner,
                 std::function<void(const Lookup&)> done);

    /// Over all who are there.
    [[nodiscard]] std::size_t stored_values() const;
    [[nodiscard]] std::size_t connected() const;

private:
    struct Member {
        crypto::Identity identity;
        Endpoint address;
        SimMemory memory;
        std::unique_ptr<OverlayNode> node;
        std::uint16_t version = 0;
        TimePoint changed_at{};
    };
    [[nodiscard]] Lookup judge(std::size_t caller, std::size_t owner, const overlay::ResolveAnswer& answer,
                               TimePoint now) const;

    World& world_;
    Plan plan_;
    std::deque<Member> members_;
    overlay::Alive alive_;
};

/// What the lookups of a run came to.
struct Tally {
    std::size_t asked = 0, right = 0, stale = 0, wrong = 0, none = 0, unheard = 0;
    std::size_t remembered = 0;  // an older contact, as nobody had a newer one, or any
    Samples elapsed_ms, stale_s;
    void add(const Lookup& lookup);
    [[nodiscard]] double success() const {
        return asked == 0 ? 0 : static_cast<double>(right) / static_cast<double>(asked);
    }
};

}  // namespace simulations

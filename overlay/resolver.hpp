// overlay/resolver.hpp - finds a name's record: asks some of its locations, and nodes of its owner that are
// known from before; verifies, answers at the first good one. simulations/scenarios/eclipse.cpp shows why.
// 1. Returns `grace` after the first verified block, so that a newer one close behind it is met too; at
//    once when all locations have been heard.
// 2. Asks beside them for the tombstone of the name's key (revocations.hpp), unless that was done lately; the
//    answer waits for it no longer than `grace` after the record, and one that comes late is remembered.
// 3. What cannot be found for the moment, but was verified before and has not expired, is still the answer.
// 4. What the neighbours hold (village/store.hpp) is looked at first. A fresh record there that leads
//    somewhere is the answer, at once, and nobody is asked; whether its key is still good is asked of the DHT
//    beside that, when there is one and it was not done lately.
// 5. Answers every question exactly once, at the deadline at the latest. Equal questions share one search.
// A core: overlay loop only.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "overlay/contact_filter.hpp"
#include "overlay/direct_ask.hpp"
#include "overlay/owner_nodes.hpp"
#include "overlay/recent_map.hpp"
#include "overlay/search.hpp"
#include "overlay/token_bucket.hpp"

namespace overlay {

class Resolver {
public:
    struct Config {
        std::uint8_t locations = max_locations;
        // Of those, asked at once; the others when nothing verified came from them within `wave`, or when
        // what came is older than a refresh. So a name under attack costs more, and any other does not.
        std::uint8_t first_wave = 2;
        std::uint8_t first_location = 0;       // each node begins elsewhere: an attacker has to win them all
        std::chrono::milliseconds wave{1000};  // 99 of 100 lookups have their record by then
        // Nodes of its owner are asked too, past the DHT: those that the last record named, and that this one
        // does.
        bool ask_directly = true;
        std::vector<Prefix> mesh;  // of nodes' addresses, as of contacts': contact_filter.hpp
        // From when there is a network to ask.
        std::chrono::milliseconds deadline{4000};
        // A node that has just been started knows others within seconds: its first calls wait for them.
        std::chrono::milliseconds join{6000};
        // Replicas of one put answer within two round trips of each other.
        std::chrono::milliseconds grace{200};
        // What this very node stores is there at once, and may be what others have newer: a lookup's median.
        std::chrono::milliseconds local_grace{600};
        std::chrono::seconds positive_cache{60};  // a phone that moved is found again within a minute
        std::chrono::seconds negative_cache{5};   // a redial asks again, a dialler in a loop does not
        std::size_t cache_entries = 1024;
        // Each key searched stays in OpenDHT's memory for 62 min at about 14 KiB: 4096 keys are 57 MiB.
        std::size_t searches_per_hour = 4096;
        std::size_t searches_at_once = 1024;  // beyond: told `deadline` at once
    };
    struct Parts {
        DhtNode& dht;
        DirectAsk& direct;
        RollbackMemory& seen;
        OwnerNodes& owner_nodes;
        Revocations& revocations;
        const VillageStore& village;
    };
    /// Borrows the parts.
    Resolver(const Config& config, const Parts& parts);
    Resolver(const Resolver&) = delete;  // searches point back here
    Resolver& operator=(const Resolver&) = delete;

    void resolve(ResolveRequest request, Now now, ResolveDone done);
    /// Whom to ask for every name past the DHT, before all others: our neighbours (neighbours.hpp).
    void set_neighbours(std::vector<NodeAddress> nodes) { neighbours_ = std::move(nodes); }
    /// Blocks of these keys have come to the village: whoever waits for them is told.
    void met_in_village(const std::vector<crypto::PublicKey>& keys, Now now);
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake() const;
    /// Fills lookups, cache_hits, village's answers and refused_as_caller.
    void describe(OverlayStatus& status) const;

private:
    struct Cached {
        ResolveAnswer answer;  // told until then
        TimePoint until;
        std::optional<ResolveAnswer> found;  // the last one with a record: may count until that expires
    };

    [[nodiscard]] bool tell_known(const ResolveRequest& request, Now now, const ResolveDone& done);
    [[nodiscard]] bool tell_village(const ResolveRequest& request, Now now, const ResolveDone& done);
    void look_into_village(Search& search);
    void look_for_tombstone(const crypto::PublicKey& key, Now now);
    [[nodiscard]] Search::Patience patience() const;
    void begin(Search& search, Now now);
    void ask_wave(Search& search, bool first);
    void ask_others(Search& search);
    void look_into_own_store(Search& search);
    void ask_nodes(Search& search, std::size_t question, const std::vector<NodeAddress>& nodes, Now now);
    [[nodiscard]] bool in_first_wave(std::uint8_t location) const;
    // `i` is the index in search.asked().
    void ask(Search& search, std::size_t i);
    void ask_node(Search& search, std::size_t question, const NodeAddress& node, bool beside, Now now);
    bool meet(Search& search, std::size_t i, const DhtNode::Found& found);
    void settle(const std::shared_ptr<Search>& search, Now now);
    void fall_back(const RecordName& name, ResolveAnswer& answer, Now now) const;
    void remember(const RecordName& name, const ResolveAnswer& answer, Now now);

    Config config_;
    DhtNode& dht_;
    DirectAsk& direct_;
    RollbackMemory& seen_;
    OwnerNodes& owner_nodes_;
    Revocations& revocations_;
    const VillageStore& village_;
    std::vector<NodeAddress> neighbours_;
    Now now_;
    std::map<RecordName, std::shared_ptr<Search>> searches_;
    RecentMap<RecordName, Cached> cache_;
    TokenBucket budget_;  // searches of this hour
    std::uint64_t lookups_ = 0, cache_hits_ = 0, village_answers_ = 0;
    Refusals refused_{};
};

}  // namespace overlay

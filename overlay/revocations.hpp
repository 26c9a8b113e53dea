// overlay/revocations.hpp - which keys are revoked: what was found before, and the searches that find out.
// 1. A revoked key is revoked for ever: Memory keeps it, and nobody is asked again.
// 2. That a key is not revoked is believed for six hours, when somebody answered for it, in memory alone.
// 3. A search goes on after the call it was made for: a tombstone that comes late is there for the next call.
// 4. Whoever asks has counted what a search costs (locations()).
// A core: overlay loop only.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "overlay/dht_node.hpp"
#include "overlay/lookup_trace.hpp"
#include "overlay/memory.hpp"
#include "overlay/recent_map.hpp"
#include "overlay/tombstone.hpp"
#include "overlay/village/store.hpp"

namespace overlay {

class Revocations {
public:
    struct Config {
        std::uint8_t locations = max_locations;  // where a tombstone is put
        // Of those: the first, as who publishes at one location uses that, and others, each node its own. So
        // who would hide a tombstone from all has to win them all.
        std::uint8_t asked = 2;
        std::uint8_t first_location = 0;  // of the others
        std::chrono::seconds good_for{std::chrono::hours(6)};
        // A search that has not ended by then never will: OpenDHT's own end comes within seconds.
        std::chrono::seconds patience{60};
        std::size_t good_entries = 4096;
        // 4 MiB. Each is a signed tombstone that we asked for; once full, new ones are believed but
        // forgotten: to let old ones go would give a thief a way to be trusted again.
        std::size_t revoked_entries = 65536;
    };

    /// One key's tombstone locations being asked.
    struct Search {
        std::vector<AskedLocation> asked;
        std::vector<ValueVerdict> values;
        std::optional<InnerRecord> tombstone;
        std::size_t unanswered = 0;  // gets that have not ended

    private:
        friend class Revocations;
        std::vector<crypto::Blinding> epochs_;
        std::vector<std::size_t> verified_;  // by asked
        TimePoint until_{};
    };
    using SearchPointer = std::shared_ptr<const Search>;

    /// Borrows both. Reads Memory.
    Revocations(const Config& config, DhtNode& dht, Memory& memory);
    Revocations(const Revocations&) = delete;  // searches point back here
    Revocations& operator=(const Revocations&) = delete;

    /// When its tombstone was first met.
    [[nodiscard]] std::optional<UnixSeconds> revoked(const crypto::PublicKey& key) const;
    /// Asked within six hours, and nobody had a tombstone.
    [[nodiscard]] bool known_good(const crypto::PublicKey& key, TimePoint now) const;
    /// The search for `key` that is under way, if there is one.
    [[nodiscard]] SearchPointer running(const crypto::PublicKey& key) const;
    /// Looks among the blocks that the neighbours hold, too; true: the key is revoked.
    bool look_into(const VillageStore& village, const crypto::PublicKey& key, Now now);
    /// How many gets begin() would make.
    [[nodiscard]] std::size_t locations(UnixSeconds now) const;
    /// REQUIRES: connected, and none is running. Null: `key` is no key.
    SearchPointer begin(const crypto::PublicKey& key, Now now);
    void step(Now now);

    Refusals refused{};  // values met, by reason

private:
    [[nodiscard]] std::uint8_t location_of(std::uint8_t i) const;
    // `i` is the index in search.asked.
    void ask(const crypto::PublicKey& key, const std::shared_ptr<Search>& search, std::size_t i);
    [[nodiscard]] Result<InnerRecord> judge(Search& search, std::size_t i, const DhtNode::Found& found,
                                            ValueVerdict& verdict);
    bool meet(const crypto::PublicKey& key, Search& search, std::size_t i, const DhtNode::Found& found);
    void remember_revoked(const crypto::PublicKey& key);
    void ended(const crypto::PublicKey& key, Search& search);

    Config config_;
    DhtNode& dht_;
    Memory& memory_;
    Now now_;
    std::map<crypto::PublicKey, UnixSeconds> revoked_;
    RecentMap<crypto::PublicKey, TimePoint> good_until_;
    std::map<crypto::PublicKey, std::shared_ptr<Search>> searches_;
};

}  // namespace overlay

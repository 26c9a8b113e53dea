// overlay/publisher.hpp - keeps this node's own records findable: signed, placed, refreshed, withdrawn.
// 1. By what right and under which seq a block is signed, block_signer.hpp says; a name that may not be
//    signed is not published, and describe() says why.
// 2. Two moments are random, so that nobody learns a name's habits from them: refreshes, and tomorrow's
//    first put.
// 3. Every two minutes it looks at one of its records as callers see it. A newer one in its own slot that it
//    did not write is another machine's with the same key (a copied state, or one that was restored elsewhere
//    while the old node goes on): it signs a newer one at once, and when that machine writes again, goes to
//    another slot, where both are found. While such a one was met lately, a node that stops says nothing:
//    its withdrawal must not stand above who lives.
// 4. However many names there are, so many a second are signed and put (Config::turns), those first that have
//    waited longest; and the more there are, the fewer are the locations of each (locations_for).
// A core: overlay loop only.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "overlay/block_signer.hpp"
#include "overlay/direct_ask.hpp"
#include "overlay/memory.hpp"
#include "overlay/placement.hpp"
#include "overlay/token_bucket.hpp"

namespace overlay {

class Publisher {
public:
    struct Config {
        std::uint8_t locations = 2;
        std::uint8_t slot = 0;                     // of our own names
        std::chrono::milliseconds coalesce{2000};  // a phone that re-registers changes its record twice
        // The first record of a name after a start: callers found nothing good until now.
        std::chrono::milliseconds coalesce_first{250};
        // A record is signed anew this long after, or up to a quarter sooner. Swept in
        // simulations/scenarios/churn.cpp.
        std::chrono::milliseconds refresh = std::chrono::minutes(60);
        std::chrono::milliseconds look_for_others = std::chrono::minutes(2);
        // A name costs a signature, a write that survives power loss, and up to 70 datagrams a location: so
        // many at once, and as many again in ten seconds.
        double turns = 50;
    };
    using Random = Placer::Random;

    Publisher(const Config& config, const crypto::Identity& identity, DhtNode& dht, Memory& memory,
              Random random);
    ~Publisher();
    Publisher(const Publisher&) = delete;  // puts under way point back here
    Publisher& operator=(const Publisher&) = delete;

    /// Of any kind: a delegation or tombstone is refreshed as contacts are.
    /// When there is something to do about it; another next_wake() is not needed.
    std::optional<TimePoint> publish(const RecordName& name, InnerRecord record, Now now);
    std::optional<TimePoint> withdraw(const RecordName& name, Now now);
    /// All that we hold, instead of what was given before. Names whose certificates changed are signed anew.
    void set_certificates(std::vector<CertifiedName> certified, Now now);
    /// Sends a withdrawal of all contacts that were put, now; true when there was nothing to send.
    /// Delegations and tombstones hold whether we are there or not.
    bool withdraw_all(Now now);
    /// There are neighbours who may hold what is signed (village/village.hpp): names are signed whether the
    /// DHT is there or not.
    void use_village(bool used) { village_ = used; }
    /// What was signed since this was last asked, for them.
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> take_signed() { return std::exchange(signed_, {}); }
    [[nodiscard]] bool idle() const { return placer_.idle(); }  // no put is under way
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake(Now now) const;
    /// What we publish for A', and the key that proves a question for it; empty without. Valid until the next
    /// call.
    [[nodiscard]] DirectAsk::OwnBlock block_of(const crypto::PublicKey& blinded) const;
    /// Fills published.
    void describe(OverlayStatus& status) const;
    /// Another machine writes as we do: the latest block of its that step() has met, since this was last
    /// asked.
    [[nodiscard]] std::optional<SharedIdentity> take_shared() { return std::exchange(others_.news, {}); }

private:
    struct Version;  // one signed block: a name in a period
    struct Entry;    // one name
    using ByKey = std::map<crypto::PublicKey, const Version*>;
    using Signed = tl::expected<std::unique_ptr<Version>, std::string>;  // or why not, for the status

    void pass_midnight(Entry& entry, Now now);
    void choose_tomorrow(Entry& entry, Now now);
    /// Since when the entry waits to be signed or put.
    [[nodiscard]] std::optional<TimePoint> waits_since(const Entry& entry, Now now) const;
    [[nodiscard]] std::optional<TimePoint> wants_turn(const Entry& entry, Now now) const;
    void take_turn(const RecordName& name, Entry& entry, Now now);
    void sign_today(const RecordName& name, Entry& entry, Now now);
    void prepare_tomorrow(const RecordName& name, Entry& entry, Now now);
    [[nodiscard]] Signed sign(const RecordName& name, const Entry& entry, std::uint32_t period, Now now);
    void spread(Entry& entry, Now now);
    void look_for_others(Now now);
    void judge_others(Now now);
    void take_another_slot(Now now);
    [[nodiscard]] bool shares_its_slot(Now now) const;

    Config config_;
    const crypto::Identity& identity_;
    DhtNode& dht_;
    Placer placer_;
    BlockSigner signer_;
    ByKey by_key_;  // what entries_ hold, by A'; outlives them
    TokenBucket turns_;
    std::map<RecordName, std::unique_ptr<Entry>> entries_;
    bool connected_ = false, village_ = false;
    std::vector<std::vector<std::uint8_t>> signed_;
    /// Who else writes as we do.
    struct Others {
        std::optional<TimePoint> look_at, judge_at;
        RecordName last;  // looked at, of entries_
        // What was met since, by A': its seq. Looks under way hold it weakly.
        std::shared_ptr<std::map<crypto::PublicKey, std::uint16_t>> met =
            std::make_shared<std::map<crypto::PublicKey, std::uint16_t>>();
        std::optional<SharedIdentity> shared, news;
        RecordName met_last;  // under which
    };
    Others others_;
};

/// Of so many that are configured, for each of so many names: what a node puts must fit into what others keep
/// for one source, and 10,000 names are not to cost more datagrams than 2,500 do.
[[nodiscard]] std::uint8_t locations_for(std::size_t names, std::uint8_t configured);

}  // namespace overlay

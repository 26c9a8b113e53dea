// overlay/publisher.cpp - the life of our own blocks, from a changed binding to being read back.
#include "overlay/publisher.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

namespace overlay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UnixSeconds day = 86400;
constexpr UnixSeconds early = UnixSeconds{2} * 3600;  // tomorrow's goes out within the last 2 h of today
// Many names at once, after a start or an outage: 50 a second, below the storers' limit of requests an IP.
constexpr milliseconds spacing = milliseconds(20);
constexpr milliseconds next_turn{200};  // Config::turns: five a second
// How often it is looked whether a block runs out, and tried again what failed.
constexpr milliseconds look_again = seconds(60);
constexpr UnixSeconds least_left = UnixSeconds{50} * 60;  // a refresh leaves an hour at the least
// A look is over within seconds; what comes later is there at the next.
constexpr milliseconds judge_after = seconds(4);
// As long as a record lasts: so long may another machine's withdrawal, or its contacts, stand above ours.
constexpr UnixSeconds shared_for = BlockSigner::lifetime;

// The storers' share: DhtNode::Config::store_bytes_per_source.
constexpr const char* nobody_keeps_it =
    "no node has kept it so far; it is put again and again (each keeps 16 MiB for one address)";

InnerRecord without_contacts() {
    return {};
}

bool same_content(InnerRecord a, const InnerRecord& b) {
    a.issued_at = b.issued_at;
    return a == b;
}

}  // namespace

std::uint8_t locations_for(std::size_t names, std::uint8_t configured) {
    constexpr std::size_t some = 50, many = 500;
    const std::uint8_t most = names <= some ? max_locations : names <= many ? 4 : 2;
    return std::min(configured, most);
}

struct Publisher::Version {
    /// Stands in `by_key` as long as it lives, or until a later one of the same name and day does.
    Version(ByKey& by_key, const crypto::Blinding& name) : by_key_(by_key), ask_key(crypto::ask_key(name)) {
        placement.blinded = name.blinded;
        by_key_[name.blinded] = this;
    }
    ~Version() {
        const auto known = by_key_.find(placement.blinded);
        if (known != by_key_.end() && known->second == this) by_key_.erase(known);
    }
    Version(const Version&) = delete;  // by_key_ points to it
    Version& operator=(const Version&) = delete;

    ByKey& by_key_;
    crypto::Secret<32> ask_key;
    std::uint32_t period = 0;
    std::uint16_t seq = 0;
    UnixSeconds expires = 0;
    Placement placement;
    TimePoint refresh_at = TimePoint::max();
};

struct Publisher::Entry {
    InnerRecord record;
    bool withdrawn = false;
    std::optional<TimePoint> due;  // changed, and to be signed then
    std::unique_ptr<Version> today, tomorrow;
    std::optional<UnixSeconds> tomorrow_at;  // random, chosen when the last 2 h begin
    std::string problem;                     // why the last signing came to nothing; empty: it did not
    std::uint32_t tried_period = 0;          // of that signing
    TimePoint tried_at{};                    // the same

    /// When the record is to be signed anew. A steady clock stands still in a suspended machine: so the
    /// expiry counts too; but what failed is not tried again at once.
    [[nodiscard]] TimePoint refresh_at(Now now) const {
        if (today->expires >= now.wall + least_left) return today->refresh_at;
        return std::min(today->refresh_at, std::max(now.steady, tried_at + look_again));
    }
};

Publisher::Publisher(const Config& config, const crypto::Identity& identity, DhtNode& dht, Memory& memory,
                     Random random)
    : config_(config),
      identity_(identity),
      dht_(dht),
      placer_(config.locations, dht, std::move(random)),
      signer_(identity, config.slot, memory, [this](std::span<std::uint8_t> out) { placer_.fill(out); }),
      turns_(config.turns, seconds(10)) {}

Publisher::~Publisher() = default;

std::optional<TimePoint> Publisher::publish(const RecordName& name, InnerRecord record, Now now) {
    auto& entry = entries_[name];
    auto wait = config_.coalesce;
    if (!entry) {
        entry = std::make_unique<Entry>();
        wait = config_.coalesce_first;
    } else if (!entry->withdrawn && same_content(entry->record, record)) {
        return std::nullopt;
    }
    entry->record = std::move(record);
    entry->withdrawn = false;
    if (!entry->due) entry->due = now.steady + wait;
    return entry->due;
}

std::optional<TimePoint> Publisher::withdraw(const RecordName& name, Now now) {
    auto& entry = entries_[name];
    if (!entry) {
        // Nothing of this run; a run before may have left a record that outlived its phone.
        const auto blinding = crypto::blind(name.owner, name.secret, name.label, period_of(now.wall));
        if (!blinding || !signer_.has_signed(blinding->blinded)) {
            entries_.erase(name);
            return std::nullopt;
        }
        entry = std::make_unique<Entry>();
    } else if (entry->withdrawn) {
        return std::nullopt;
    }
    entry->record = without_contacts();
    entry->withdrawn = true;
    if (!entry->due) entry->due = now.steady + config_.coalesce;
    return entry->due;
}

void Publisher::set_certificates(std::vector<CertifiedName> certified, Now now) {
    const auto before = signer_.set_certificates(std::move(certified));
    for (auto& [name, entry] : entries_) {
        if (name.owner == identity_.public_key()) continue;
        const auto was = before.find(name);
        const CertifiedName* is = signer_.certificates_of(name);
        const bool same = was == before.end() ? is == nullptr : is != nullptr && was->second == *is;
        if (!same && !entry->due) entry->due = now.steady;
    }
}

bool Publisher::withdraw_all(Now now) {
    const bool anybody_there = village_ || dht_.connectivity() == Connectivity::connected;
    if (!anybody_there || shares_its_slot(now)) return true;
    bool nothing = true;
    for (auto& [name, entry] : entries_) {
        if (entry->withdrawn || !entry->today || entry->record.kind != Kind::contacts) continue;
        entry->record = without_contacts();
        entry->withdrawn = true;
        entry->due = now.steady;
        nothing = false;
    }
    step(now);
    return nothing;
}

Publisher::Signed Publisher::sign(const RecordName& name, const Entry& entry, std::uint32_t period, Now now) {
    auto block = signer_.sign(name, entry.record, period, now.wall);
    if (!block) return tl::unexpected(std::move(block.error()));
    auto version = std::make_unique<Version>(by_key_, block->name);
    version->period = period;
    version->seq = block->seq;
    version->expires = block->expires;
    auto& placement = version->placement;
    placement.id = block->id;
    if (village_) signed_.push_back(block->wire);
    placement.wire = std::move(block->wire);
    placement.once = entry.withdrawn;
    placement.put_at = now.steady;
    if (!entry.withdrawn)
        version->refresh_at = now.steady + placer_.between(config_.refresh * 3 / 4, config_.refresh);
    return version;
}

void Publisher::sign_today(const RecordName& name, Entry& entry, Now now) {
    const auto period = period_of(now.wall);
    entry.due.reset();
    entry.tried_period = period;
    entry.tried_at = now.steady;
    auto version = sign(name, entry, period, now);
    entry.problem = version ? std::string() : version.error();
    if (version) {
        entry.today = std::move(*version);
    } else if (entry.today) {
        entry.today->refresh_at = now.steady + config_.refresh * 3 / 4;  // it lasts as long as it lasts
    }
    if (entry.tomorrow) entry.tomorrow = sign(name, entry, period + 1, now).value_or(nullptr);
}

void Publisher::choose_tomorrow(Entry& entry, Now now) {
    const UnixSeconds midnight = (UnixSeconds{period_of(now.wall)} + 1) * day;
    if (entry.tomorrow_at || midnight - now.wall > early) return;
    const auto left = milliseconds(static_cast<std::int64_t>((midnight - now.wall) * 1000));
    const auto wait = std::chrono::duration_cast<seconds>(placer_.between(milliseconds(0), left));
    entry.tomorrow_at = now.wall + static_cast<UnixSeconds>(wait.count());
}

void Publisher::prepare_tomorrow(const RecordName& name, Entry& entry, Now now) {
    if (entry.tomorrow_at && !entry.tomorrow && !entry.withdrawn && entry.today &&
        *entry.tomorrow_at <= now.wall) {
        const auto period = period_of(now.wall);
        entry.tomorrow = sign(name, entry, period + 1, now).value_or(nullptr);
        if (!entry.tomorrow) entry.tomorrow_at = (UnixSeconds{period} + 1) * day;  // it would fail again
    }
}

void Publisher::pass_midnight(Entry& entry, Now now) {
    const auto period = period_of(now.wall);
    if (entry.today && entry.today->period != period) {
        entry.today =
            entry.tomorrow && entry.tomorrow->period == period ? std::move(entry.tomorrow) : nullptr;
        entry.tomorrow = nullptr;
        entry.tomorrow_at.reset();
        if (!entry.today && !entry.withdrawn) entry.due = now.steady;
    }
    // Another day, another certificate.
    if (!entry.problem.empty() && !entry.today && entry.tried_period != period && !entry.due)
        entry.due = now.steady;
}

std::optional<TimePoint> Publisher::wants_turn(const Entry& entry, Now now) const {
    auto at = entry.due;
    const auto sooner = [&](TimePoint other) {
        if (!at || other < *at) at = other;
    };
    const auto at_wall = [&](UnixSeconds wall) {
        const auto left = static_cast<std::int64_t>(wall) - static_cast<std::int64_t>(now.wall);
        return now.steady + seconds(std::max<std::int64_t>(left, 0));
    };
    if (entry.today && !entry.withdrawn) {
        sooner(entry.refresh_at(now));
        if (entry.tomorrow_at && !entry.tomorrow) sooner(at_wall(*entry.tomorrow_at));
    }
    for (const auto* version : {entry.today.get(), entry.tomorrow.get()})
        if (connected_ && version && version->placement.put_at) sooner(*version->placement.put_at);
    return at;
}

std::optional<TimePoint> Publisher::waits_since(const Entry& entry, Now now) const {
    const auto at = wants_turn(entry, now);
    return at && *at <= now.steady ? at : std::nullopt;
}

void Publisher::take_turn(const RecordName& name, Entry& entry, Now now) {
    const bool refresh = entry.today && !entry.withdrawn && entry.refresh_at(now) <= now.steady;
    if ((entry.due && *entry.due <= now.steady) || refresh) sign_today(name, entry, now);
    prepare_tomorrow(name, entry, now);
    for (auto* version : {entry.today.get(), entry.tomorrow.get()})
        if (connected_ && version) placer_.put_if_due(version->placement, now);
}

/// Connected, or again: who held our blocks may be gone, so all are put, but not in one burst.
void Publisher::spread(Entry& entry, Now now) {
    const auto turn = placer_.between(milliseconds(0), spacing * static_cast<int>(entries_.size()));
    if (entry.due) entry.due = std::max(*entry.due, now.steady + turn);
    for (auto* version : {entry.today.get(), entry.tomorrow.get()}) {
        if (version && !version->placement.once) version->placement.put_at = now.steady + turn;
    }
}

bool Publisher::shares_its_slot(Now now) const {
    return others_.shared && others_.shared->slot == others_.shared->slot_now &&
           now.wall < others_.shared->met + shared_for;
}

/// One name in turn, as callers see it.
void Publisher::look_for_others(Now now) {
    others_.look_at = now.steady + config_.look_for_others;
    auto next = entries_.upper_bound(others_.last);
    for (std::size_t tried = 0; tried < entries_.size(); ++tried, ++next) {
        if (next == entries_.end()) next = entries_.begin();
        const auto* version = next->second->today.get();
        if (version == nullptr || next->second->withdrawn) continue;
        others_.last = next->first;
        others_.judge_at = now.steady + judge_after;
        placer_.look_for_others(version->placement, [met = std::weak_ptr(others_.met),
                                                     key = version->placement.blinded](std::uint16_t seq) {
            const auto alive = met.lock();
            if (alive) (*alive)[key] = std::max((*alive)[key], seq);
        });
        return;
    }
}

void Publisher::judge_others(Now now) {
    others_.judge_at.reset();
    const bool again = shares_its_slot(now);
    signer_.forget_others([this](const crypto::PublicKey& blinded) { return !by_key_.contains(blinded); });
    for (const auto& [key, seq] : std::exchange(*others_.met, {})) {
        const auto entry = std::ranges::find_if(entries_, [&blinded = key](const auto& each) {
            return each.second->today && each.second->today->placement.blinded == blinded;
        });
        // Signed anew meanwhile, and so met as something that is over.
        if (entry == entries_.end() || entry->second->today->seq > seq) continue;
        const bool ours = entry->first.owner == identity_.public_key();
        signer_.met_another(key, seq);
        auto& shared = others_.shared ? *others_.shared : others_.shared.emplace();
        shared.met = now.wall;
        shared.slot = shared.slot_now = parse_block(entry->second->today->placement.wire)->slot;
        shared.label = entry->first.label;
        others_.met_last = entry->first;
        ++shared.blocks;
        entry->second->today->placement.held->fill(false);
        entry->second->due = now.steady;
        if (again && ours) take_another_slot(now);
        others_.news = shared;
    }
}

/// The upper half: nodes that are certified get the lowest that is free.
void Publisher::take_another_slot(Now now) {
    constexpr std::uint8_t half = (max_slot + 1) / 2;
    std::array<std::uint8_t, 1> roll{};
    placer_.fill(roll);
    auto slot = static_cast<std::uint8_t>(half + roll[0] % half);
    if (slot == signer_.slot()) slot = slot == max_slot ? half : static_cast<std::uint8_t>(slot + 1);
    others_.shared->slot_now = slot;
    signer_.use_slot(slot);
    for (auto& [name, entry] : entries_) {
        if (name.owner != identity_.public_key() || entry->withdrawn) continue;
        const auto turn = placer_.between(milliseconds(0), spacing * static_cast<int>(entries_.size()));
        if (!entry->due) entry->due = now.steady + turn;
    }
}

void Publisher::step(Now now) {
    // Before a node is known a put fails at once: everything waits for that, or for neighbours.
    const bool connected = dht_.connectivity() == Connectivity::connected;
    const bool back = connected && !connected_;
    connected_ = connected;
    if (!connected && !village_) return;
    if (back) placer_.connected(now);
    if (!others_.look_at) others_.look_at = now.steady + config_.look_for_others;
    if (connected && *others_.look_at <= now.steady) look_for_others(now);
    if (others_.judge_at && *others_.judge_at <= now.steady) judge_others(now);
    placer_.use(locations_for(entries_.size(), config_.locations));
    std::vector<std::pair<TimePoint, std::map<RecordName, std::unique_ptr<Entry>>::value_type*>> waiting;
    for (auto& each : entries_) {
        auto& entry = *each.second;
        if (back) spread(entry, now);
        pass_midnight(entry, now);
        choose_tomorrow(entry, now);
        for (auto* version : {entry.today.get(), entry.tomorrow.get()})
            if (connected && version) placer_.tend(version->placement, now);
        if (const auto since = waits_since(entry, now)) waiting.emplace_back(*since, &each);
    }
    std::ranges::stable_sort(waiting, {}, &decltype(waiting)::value_type::first);
    for (const auto& [since, each] : waiting) {
        if (!turns_.take(1, now.steady)) break;
        take_turn(each->first, *each->second, now);
    }
}

std::optional<TimePoint> Publisher::next_wake(Now now) const {
    const bool connected = dht_.connectivity() == Connectivity::connected;
    if (entries_.empty() || (!connected && !village_)) return std::nullopt;
    const auto steady_at = [&](UnixSeconds wall) {
        return now.steady + seconds(wall > now.wall ? static_cast<std::int64_t>(wall - now.wall) : 0);
    };
    const UnixSeconds midnight = (UnixSeconds{period_of(now.wall)} + 1) * day;
    auto wake = steady_at(now.wall + early < midnight ? midnight - early : midnight);
    const auto sooner = [&](const std::optional<TimePoint>& at) {
        if (at && *at < wake) wake = *at;
    };
    sooner(now.steady + look_again);
    if (connected) sooner(others_.look_at);
    sooner(others_.judge_at);
    // Whoever waits for his turn: when there is one.
    const auto turn = turns_.has(1, now.steady) ? now.steady : now.steady + next_turn;
    for (const auto& [name, entry] : entries_) {
        if (const auto at = wants_turn(*entry, now)) sooner(std::max(*at, turn));
        for (const auto* version : {entry->today.get(), entry->tomorrow.get()})
            if (connected && version) sooner(version->placement.next_look());
    }
    return wake;
}

DirectAsk::OwnBlock Publisher::block_of(const crypto::PublicKey& blinded) const {
    const auto known = by_key_.find(blinded);
    if (known == by_key_.end()) return {};
    return {known->second->placement.wire, &known->second->ask_key};
}

void Publisher::describe(OverlayStatus& status) const {
    for (const auto& [name, entry] : entries_) {
        if (!entry->today && (entry->problem.empty() || entry->withdrawn)) continue;
        PublishedRecord record;
        record.owner = name.owner;
        record.label = name.label;
        record.unlisted = !name.secret.empty();
        record.kind = entry->record.kind;
        record.problem = entry->problem;
        if (others_.shared && others_.met_last == name) record.shared = others_.shared;
        if (const CertifiedName* certified = signer_.certificates_of(name))
            record.certified_until = certified->until();
        if (const auto* version = entry->today.get()) {
            record.withdrawn = version->placement.once;
            record.seq = version->seq;
            record.expires = version->expires;
            if (record.problem.empty() && version->placement.is_kept_by_nobody())
                record.problem = nobody_keeps_it;
            record.read_back = version->placement.confirmed(placer_.locations());
        }
        status.published.push_back(std::move(record));
    }
}

}  // namespace overlay

// overlay/publisher.cpp - the life of our own blocks, from a changed binding to being read back.
#include "overlay/publisher.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace overlay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UnixSeconds day = 86400;
constexpr UnixSeconds lifetime = UnixSeconds{2} * 3600;
constexpr UnixSeconds early =
    UnixSeconds{2} * 3600;  // tomorrow's block goes out within the last 2 h of today
constexpr milliseconds refresh_least = minutes(45), refresh_most = minutes(60);
// Nodes that do not know our type drop values at 10 min (value.h). On any network: one such storer is enough
// to lose a replica, and re-putting 2 x 8 replicas of 411 bytes costs a kilobyte a minute.
constexpr milliseconds reput_least = seconds(440), reput_most = seconds(520);
// A put takes about half a second, or three when a node next to the location has died unnoticed: read back at
// 0.5, 1.5, 3.5 and 7.5 s, and only then put again.
constexpr milliseconds read_after = milliseconds(500);
constexpr milliseconds read_patience = seconds(8);
constexpr milliseconds retry_most = minutes(5);
// Many names at once, after a start or an outage: 50 a second, or
// the storers' limit of requests an IP is met.
constexpr milliseconds spacing = milliseconds(20);
// A steady clock stands still in a suspended machine, the block's expiry does not: looked at this often.
constexpr milliseconds look_again = seconds(60);
constexpr UnixSeconds least_left = UnixSeconds{50} * 60;  // a refresh leaves an hour at the least
constexpr unsigned withdrawal_tries = 4;
constexpr std::uint16_t last_minute = 1439;

UnixSeconds expiry(UnixSeconds now) {
    return (now + lifetime + expiry_step - 1) / expiry_step * expiry_step;
}

InnerRecord without_contacts() {
    return {};
}

bool same_content(InnerRecord a, const InnerRecord& b) {
    a.issued_at = b.issued_at;
    return a == b;
}

}  // namespace

struct Publisher::Version {
    std::uint32_t period = 0;
    std::uint16_t seq = 0;
    UnixSeconds expires = 0;
    std::uint64_t id = 0;
    crypto::PublicKey blinded{};
    std::vector<std::uint8_t> wire;
    bool withdrawal = false;
    std::shared_ptr<std::array<bool, max_locations>> held =  // read back from somebody else
        std::make_shared<std::array<bool, max_locations>>();
    unsigned tries = 0;
    milliseconds read_pause{0};
    std::optional<TimePoint> put_at, read_at, judge_at;  // nothing to do when empty
    TimePoint refresh_at = TimePoint::max();

    [[nodiscard]] unsigned confirmed(std::uint8_t locations) const {
        return static_cast<unsigned>(std::count(held->begin(), held->begin() + locations, true));
    }
};

struct Publisher::Entry {
    InnerRecord record;
    bool withdrawn = false;
    std::optional<TimePoint> due;  // changed, and to be signed then
    std::unique_ptr<Version> today, tomorrow;
    std::optional<UnixSeconds> tomorrow_at;  // random, chosen when the last 2 h begin
};

Publisher::Publisher(const Config& config, const crypto::Identity& identity, DhtNode& dht, Memory& memory,
                     Dice dice)
    : config_(config), identity_(identity), dht_(dht), memory_(memory), dice_(std::move(dice)) {
    for (const auto& known : memory_.load_published())
        last_seq_[known.blinded] = known;
}

Publisher::~Publisher() = default;

milliseconds Publisher::between(milliseconds least, milliseconds most) {
    std::array<std::uint8_t, 4> roll{};
    dice_(roll);
    const auto number = (std::uint32_t{roll[0]} << 24U) | (std::uint32_t{roll[1]} << 16U) |
                        (std::uint32_t{roll[2]} << 8U) | roll[3];
    return least + milliseconds(static_cast<std::int64_t>(
                       number % static_cast<std::uint64_t>((most - least).count() + 1)));
}

void Publisher::publish(const std::string& label, InnerRecord record, Now now) {
    auto& entry = entries_[label];
    auto wait = config_.coalesce;
    if (!entry) {
        entry = std::make_unique<Entry>();
        wait = config_.coalesce_first;
    } else if (!entry->withdrawn && same_content(entry->record, record)) {
        return;
    }
    entry->record = std::move(record);
    entry->withdrawn = false;
    if (!entry->due) entry->due = now.steady + wait;
}

void Publisher::withdraw(const std::string& label, Now now) {
    auto& entry = entries_[label];
    if (!entry) {
        // Nothing of this run; a run before may have left a record that outlived its phone.
        const auto blinding = crypto::blind(identity_.public_key(), {}, label, period_of(now.wall));
        if (!blinding || !last_seq_.contains(blinding->blinded)) {
            entries_.erase(label);
            return;
        }
        entry = std::make_unique<Entry>();
    } else if (entry->withdrawn) {
        return;
    }
    entry->record = without_contacts();
    entry->withdrawn = true;
    if (!entry->due) entry->due = now.steady + config_.coalesce;
}

bool Publisher::withdraw_all(Now now) {
    if (dht_.connectivity() != Connectivity::connected) return true;
    bool nothing = true;
    for (auto& [label, entry] : entries_) {
        if (entry->withdrawn || !entry->today) continue;
        entry->record = without_contacts();
        entry->withdrawn = true;
        entry->due = now.steady;
        nothing = false;
    }
    step(now);
    return nothing;
}

bool Publisher::idle() const {
    return *under_way_ == 0;
}

std::uint16_t Publisher::next_seq(const crypto::PublicKey& blinded, std::uint32_t period, Now now) const {
    const UnixSeconds start = UnixSeconds{period} * day;
    const UnixSeconds minute = now.wall > start ? (now.wall - start) / 60 : 0;
    auto seq = static_cast<std::uint16_t>(std::min<UnixSeconds>(minute, last_minute));
    if (const auto last = last_seq_.find(blinded); last != last_seq_.end()) {
        seq = std::max(seq, static_cast<std::uint16_t>(last->second.seq + 1));
    }
    return seq;
}

/// REQUIRES: called before the block with this seq is signed.
void Publisher::remember(const Memory::PublishedSeq& mine, Now now) {
    std::erase_if(last_seq_,
                  [&](const auto& known) { return known.second.period + 1 < period_of(now.wall); });
    last_seq_[mine.blinded] = mine;
    memory_.save_published(mine);
}

std::unique_ptr<Publisher::Version> Publisher::sign(const std::string& label, const Entry& entry,
                                                    std::uint32_t period, Now now) {
    const auto blinding = crypto::blind(identity_.public_key(), {}, label, period);
    if (!blinding) return nullptr;  // node/ hands in canonical labels only
    BlockParameters parameters;
    parameters.expires = expiry(now.wall);
    parameters.slot = config_.slot;
    parameters.seq = next_seq(blinding->blinded, period, now);
    if (parameters.seq > max_seq) return nullptr;  // a day's seqs are used up: the old block stays
    remember({blinding->blinded, parameters.seq, period}, now);
    dice_(parameters.nonce);
    auto record = entry.record;
    record.issued_at = now.wall;
    auto wire = make_block(crypto::BlindedSigner(identity_, *blinding), *blinding, record, parameters);
    if (!wire) return nullptr;  // more edges and phones than a block holds
    const auto block = parse_block(*wire);
    assert(block);
    auto version = std::make_unique<Version>();
    version->period = period;
    version->seq = parameters.seq;
    version->expires = parameters.expires;
    version->blinded = blinding->blinded;
    version->id = value_id(block->signature);
    version->wire = std::move(*wire);
    version->withdrawal = entry.withdrawn;
    version->put_at = now.steady;
    if (!entry.withdrawn) version->refresh_at = now.steady + between(refresh_least, refresh_most);
    return version;
}

void Publisher::put(Version& version, Now now) {
    for (std::uint8_t i = 0; i < config_.locations; ++i) {
        ++*under_way_;
        dht_.put(location(version.blinded, i), version.wire, version.id,
                 [count = std::weak_ptr(under_way_), open = std::make_shared<bool>(true)] {
                     const auto alive = count.lock();
                     if (!alive || !*open) return;
                     *open = false;
                     --*alive;
                 });
    }
    version.put_at.reset();
    if (version.confirmed(config_.locations) == config_.locations) {  // a re-put: was read back before
        version.put_at = now.steady + between(reput_least, reput_most);
        return;
    }
    version.read_pause = read_after;
    version.read_at = now.steady + version.read_pause;
    version.judge_at = now.steady + read_patience;
    ++version.tries;
}

void Publisher::read_back(Version& version, Now now) {
    for (std::uint8_t i = 0; i < config_.locations; ++i) {
        if ((*version.held)[i]) continue;
        dht_.get(location(version.blinded, i), true,
                 [held = std::weak_ptr(version.held), i, id = version.id](const DhtNode::Found& found) {
                     const auto alive = held.lock();
                     if (alive && found.id == id) (*alive)[i] = true;
                     return alive && !(*alive)[i];
                 },
                 {});
    }
    version.read_pause *= 2;
    version.read_at = now.steady + version.read_pause;
}

/// Puts, reads back, and puts again what nobody held.
void Publisher::tend(Version& version, Now now) {
    const auto reached = [&](const std::optional<TimePoint>& at) { return at && *at <= now.steady; };
    if (reached(version.put_at)) put(version, now);
    if (reached(version.read_at)) read_back(version, now);
    if (!version.judge_at) return;
    const bool everywhere = version.confirmed(config_.locations) == config_.locations;
    if (!everywhere && !reached(version.judge_at)) return;
    version.judge_at.reset();
    version.read_at.reset();
    if (version.withdrawal && (everywhere || version.tries >= withdrawal_tries)) return;  // said once
    const milliseconds again = std::min(retry_most, milliseconds(2000) * (1U << std::min(version.tries, 8U)));
    version.put_at = now.steady + (everywhere ? between(reput_least, reput_most) : between(again / 2, again));
}

void Publisher::work(const std::string& label, Entry& entry, Now now) {
    const auto period = period_of(now.wall);
    if (entry.today && entry.today->period != period) {  // midnight has passed
        entry.today =
            entry.tomorrow && entry.tomorrow->period == period ? std::move(entry.tomorrow) : nullptr;
        entry.tomorrow = nullptr;
        entry.tomorrow_at.reset();
        if (!entry.today && !entry.withdrawn) entry.due = now.steady;
    }
    const bool refresh =
        entry.today && !entry.withdrawn &&
        (entry.today->refresh_at <= now.steady || entry.today->expires < now.wall + least_left);
    if ((entry.due && *entry.due <= now.steady) || refresh) {
        entry.due.reset();
        if (auto version = sign(label, entry, period, now)) {
            entry.today = std::move(version);
        } else if (entry.today) {
            entry.today->refresh_at = now.steady + refresh_least;  // no seq left today, or too large
        }
        if (entry.tomorrow) entry.tomorrow = sign(label, entry, period + 1, now);
    }
    const UnixSeconds midnight = (UnixSeconds{period} + 1) * day;
    if (!entry.tomorrow_at && midnight - now.wall <= early) {
        const auto left = milliseconds(static_cast<std::int64_t>((midnight - now.wall) * 1000));
        const auto wait = std::chrono::duration_cast<seconds>(between(milliseconds(0), left));
        entry.tomorrow_at = now.wall + static_cast<UnixSeconds>(wait.count());
    }
    if (entry.tomorrow_at && !entry.tomorrow && !entry.withdrawn && entry.today &&
        *entry.tomorrow_at <= now.wall) {
        entry.tomorrow = sign(label, entry, period + 1, now);
        if (!entry.tomorrow) entry.tomorrow_at = midnight;  // it would fail again
    }
    if (entry.today) tend(*entry.today, now);
    if (entry.tomorrow) tend(*entry.tomorrow, now);
}

/// Connected, or again: who held our blocks may be gone, so all are put, but not in one burst.
void Publisher::spread(Entry& entry, Now now) {
    const auto turn = between(milliseconds(0), spacing * static_cast<int>(entries_.size()));
    if (entry.due) entry.due = std::max(*entry.due, now.steady + turn);
    for (auto* version : {entry.today.get(), entry.tomorrow.get()}) {
        if (version && !version->withdrawal) version->put_at = now.steady + turn;
    }
}

void Publisher::step(Now now) {
    // Before a node is known a put fails at once: everything waits for that.
    const bool connected = dht_.connectivity() == Connectivity::connected;
    const bool back = connected && !connected_;
    connected_ = connected;
    if (!connected) return;
    for (auto& [label, entry] : entries_) {
        if (back) spread(*entry, now);
        work(label, *entry, now);
    }
}

std::optional<TimePoint> Publisher::next_wake(Now now) const {
    if (entries_.empty() || dht_.connectivity() != Connectivity::connected) return std::nullopt;
    const auto steady_at = [&](UnixSeconds wall) {
        return now.steady + seconds(wall > now.wall ? static_cast<std::int64_t>(wall - now.wall) : 0);
    };
    const UnixSeconds midnight = (UnixSeconds{period_of(now.wall)} + 1) * day;
    auto wake = steady_at(now.wall + early < midnight ? midnight - early : midnight);
    const auto sooner = [&](const std::optional<TimePoint>& at) {
        if (at && *at < wake) wake = *at;
    };
    sooner(now.steady + look_again);
    for (const auto& [label, entry] : entries_) {
        sooner(entry->due);
        if (entry->tomorrow_at && !entry->tomorrow && !entry->withdrawn && entry->today)
            sooner(steady_at(*entry->tomorrow_at));
        for (const auto* version : {entry->today.get(), entry->tomorrow.get()}) {
            if (!version) continue;
            sooner(version->put_at);
            sooner(version->read_at);
            sooner(version->judge_at);
        }
        if (entry->today) sooner(entry->today->refresh_at);  // tomorrow's block is signed anew with it
    }
    return wake;
}

void Publisher::describe(OverlayStatus& status) const {
    for (const auto& [label, entry] : entries_) {
        if (!entry->today) continue;
        const auto& version = *entry->today;
        status.published.push_back(
            {label, version.seq, version.expires, version.confirmed(config_.locations), version.withdrawal});
    }
}

}  // namespace overlay

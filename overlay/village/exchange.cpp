// overlay/village/exchange.cpp - what waits to be said, and whose turn it is.
#include "overlay/village/exchange.hpp"

#include <algorithm>

namespace overlay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned enough_others = 2;  // say it: most of our neighbours hear them
constexpr std::size_t most_wants = 1024, most_said = 4096, most_doubted = 256;
constexpr seconds most_doubt{256};   // the beacon's longest interval
constexpr milliseconds packed{100};  // what is due so soon goes along
constexpr milliseconds when_spent{500};

KeyPrefix prefix_of(const crypto::PublicKey& blinded) {
    KeyPrefix prefix;
    std::copy_n(blinded.begin(), prefix.size(), prefix.begin());
    return prefix;
}

BlockPlace place_of(const VillageStore::Key& key) {
    return {prefix_of(key.blinded), key.writer};
}

KeyPrefix first_of(std::size_t part) {
    return {static_cast<std::uint8_t>(part << 4U)};
}

KeyPrefix last_of(std::size_t part) {
    KeyPrefix last;
    last.fill(0xff);
    last[0] = static_cast<std::uint8_t>(part << 4U | 0xfU);
    return last;
}

}  // namespace

Exchange::Exchange(const Config& config, VillageStore& store, Trickle::Random random)
    : config_(config),
      store_(store),
      random_(std::move(random)),
      news_(config.burst / 2, std::chrono::duration<double>(config.burst / config.bytes_a_second)),
      rest_(config.burst / 2, std::chrono::duration<double>(config.burst / config.bytes_a_second)),
      said_(most_said),
      doubts_(most_doubted) {}

milliseconds Exchange::window() const {
    return std::clamp(config_.turn * static_cast<int>(std::min<std::size_t>(beside_ + 1, 100)),
                      config_.shortest, config_.longest);
}

milliseconds Exchange::between(milliseconds least, milliseconds most) {
    std::array<std::uint8_t, 2> roll{};
    random_(roll);
    const auto part = static_cast<std::int64_t>(roll[0]) << 8 | roll[1];
    return least + milliseconds((most - least).count() * part / 0x10000);
}

void Exchange::own(const Key& key, Time now) {
    gives_[key] = {now, Why::own, 0};
}

bool Exchange::digest(const asio::ip::address& from, const SetDigest& theirs, std::size_t beside, Time now) {
    beside_ = beside;
    if (theirs.all == decltype(theirs.all){}) return false;
    const auto& ours = store_.digest();
    if (theirs == ours) {
        doubts_.erase(from);
        return false;
    }
    auto& doubt = doubts_.make(from);
    if (now < doubt.until) return false;
    doubt.until = now + doubt.pause;
    doubt.pause = std::min(2 * doubt.pause, most_doubt);
    const bool somewhere = theirs.parts == ours.parts;  // one in 65,536
    for (std::size_t part = 0; part < ours.parts.size(); ++part) {
        if ((somewhere || theirs.parts[part] != ours.parts[part]) && !lists_[part])
            lists_[part] = Wanted{now, now + between(milliseconds(0), window())};
    }
    return true;
}

bool Exchange::is_echo(crypto::ByteView datagram) const {
    return std::ranges::equal(datagram, last_);
}

std::vector<crypto::PublicKey> Exchange::receive(const asio::ip::address& from, crypto::ByteView datagram,
                                                 Now now) {
    const auto said = read_datagram(config_.network, datagram);
    if (!said) {
        ++counters_.unread;
        return {};
    }
    if (const auto* list = std::get_if<BlockList>(&*said)) met(*list, now.steady);
    if (const auto* want = std::get_if<BlockWant>(&*said)) met(*want, now.steady);
    if (const auto* give = std::get_if<BlockGive>(&*said)) return met(from, *give, now);
    return {};
}

/// What lies between both, as a list says it.
std::vector<ListedBlock> Exchange::listed(const KeyPrefix& first, const KeyPrefix& last) const {
    std::vector<ListedBlock> all;
    Key from;
    std::ranges::copy(first, from.blinded.begin());
    for (auto each = store_.all().lower_bound(from); each != store_.all().end(); ++each) {
        const auto place = place_of(each->first);
        if (last < place.prefix) break;
        all.push_back({place, each->second.seq});
    }
    // Two keys of one prefix are made up; of both the same is said.
    std::ranges::stable_sort(all, {}, &ListedBlock::place);
    all.erase(std::unique(all.begin(), all.end(),
                          [](const auto& one, const auto& other) { return one.place == other.place; }),
              all.end());
    return all;
}

void Exchange::met(const BlockList& list, Time now) {
    const auto ours = listed(list.first, list.last);
    if (ours == list.blocks) return no_list_of(list);
    auto mine = ours.begin();
    auto theirs = list.blocks.begin();
    while (mine != ours.end() || theirs != list.blocks.end()) {
        const bool only_mine =
            theirs == list.blocks.end() || (mine != ours.end() && mine->place < theirs->place);
        const bool only_theirs = !only_mine && (mine == ours.end() || theirs->place < mine->place);
        if (only_mine || (!only_theirs && mine->seq > theirs->seq)) {
            for (const auto& key : at(mine->place))
                give_later(key, Why::again, now);
        } else if (only_theirs || mine->seq < theirs->seq) {
            want_later(theirs->place, now);
        }
        if (!only_theirs) ++mine;
        if (!only_mine) ++theirs;
    }
}

/// Somebody has just said what we would.
void Exchange::no_list_of(const BlockList& list) {
    for (std::size_t part = 0; part < lists_.size(); ++part)
        if (list.first <= first_of(part) && last_of(part) <= list.last) lists_[part].reset();
}

void Exchange::met(const BlockWant& want, Time now) {
    for (const auto& place : want.blocks) {
        for (const auto& key : at(place))
            give_later(key, Why::again, now);
        // What it gets we hear, too.
        if (const auto ours = wants_.find(place); ours != wants_.end())
            ours->second = std::max(ours->second, now + config_.again);
    }
}

std::vector<crypto::PublicKey> Exchange::met(const asio::ip::address& from, const BlockGive& give, Now now) {
    std::vector<crypto::PublicKey> news;
    for (const auto& wire : give.blocks) {
        const auto took = store_.take(wire, from, now);
        if (took.how == VillageStore::Taken::refused) continue;
        if (took.how != VillageStore::Taken::stale) wants_.erase(place_of(took.key));
        switch (took.how) {
            case VillageStore::Taken::as_news:
                news.push_back(took.key.blinded);
                news_at_ = now.steady;
                said_.put(took.key, now.steady);
                gives_.erase(took.key);
                give_later(took.key, Why::news, now.steady);
                break;
            case VillageStore::Taken::known:
                said_.put(took.key, now.steady);
                if (const auto ours = gives_.find(took.key); ours != gives_.end()) {
                    const auto others = ours->second.why == Why::again ? 1 : enough_others;
                    if (ours->second.why != Why::own && ++ours->second.heard >= others) gives_.erase(ours);
                }
                break;
            case VillageStore::Taken::stale: give_later(took.key, Why::again, now.steady); break;
            case VillageStore::Taken::crowded:
            case VillageStore::Taken::refused: break;
        }
    }
    if (!news.empty()) doubts_.erase(from);
    return news;
}

void Exchange::give_later(const Key& key, Why why, Time now) {
    if (why == Why::again) {
        const Time* const said = said_.find(key);
        if (gives_.contains(key) || (said != nullptr && now < *said + config_.again)) return;
    }
    gives_[key] = {now + between(milliseconds(10), window()), why, 0};
}

void Exchange::want_later(const BlockPlace& place, Time now) {
    if (wants_.size() < most_wants) wants_.try_emplace(place, now + between(milliseconds(10), window()));
}

std::vector<Exchange::Key> Exchange::at(const BlockPlace& place) const {
    std::vector<Key> keys;
    Key first;
    std::ranges::copy(place.prefix, first.blinded.begin());
    for (auto each = store_.all().lower_bound(first); each != store_.all().end(); ++each) {
        if (prefix_of(each->first.blinded) != place.prefix) break;
        if (each->first.writer == place.writer) keys.push_back(each->first);
    }
    return keys;
}

std::optional<VillageBytes> Exchange::step(Time now) {
    if (now < next_at_) return std::nullopt;
    auto datagram = give(Why::own, now);
    if (!datagram) datagram = give(Why::news, now);
    if (!datagram) datagram = want(now);
    if (!datagram) datagram = list(now);
    if (!datagram) datagram = give(Why::again, now);
    if (!datagram) return std::nullopt;
    last_ = *datagram;
    ++counters_.said;
    counters_.bytes += datagram->size();
    next_at_ = now + between(window() / 2, window() * 3 / 2);
    return datagram;
}

std::optional<VillageBytes> Exchange::give(Why why, Time now) {
    std::vector<std::pair<Time, Key>> due;
    bool now_due = false;
    for (auto each = gives_.begin(); each != gives_.end();) {
        const auto& [key, pending] = *each;
        if (store_.find(key) == nullptr) {  // expired, or let go
            each = gives_.erase(each);
            continue;
        }
        if (pending.why == why && pending.due <= now + packed) due.emplace_back(pending.due, key);
        now_due = now_due || (pending.why == why && pending.due <= now);
        ++each;
    }
    if (!now_due) return std::nullopt;
    auto& bucket = why == Why::news ? news_ : rest_;
    if (why != Why::own && !bucket.has(most_village_bytes, now)) {
        for (auto& [key, pending] : gives_)
            if (pending.why == why && pending.due <= now) pending.due = now + when_spent;
        return std::nullopt;
    }
    std::ranges::sort(due);
    BlockGive said;
    std::size_t size = give_head;
    for (const auto& [at, key] : due) {
        const auto& wire = store_.find(key)->wire;
        if (!said.blocks.empty() && !fits_give(size, wire.size())) continue;
        size += 2 + wire.size();
        said.blocks.emplace_back(wire);
        said_.put(key, now);
        gives_.erase(key);
    }
    counters_.gives += said.blocks.size();
    if (why != Why::own) (void)bucket.take(static_cast<double>(std::min(size, most_village_bytes)), now);
    return write_datagram(config_.network, said);
}

Exchange::Time Exchange::list_due(const Wanted& wanted) const {
    return std::clamp(news_at_ + config_.settled, wanted.due,
                      std::max(wanted.due, wanted.since + config_.settled_at_most));
}

std::optional<VillageBytes> Exchange::list(Time now) {
    const auto due = [&](std::size_t part) { return lists_[part] && list_due(*lists_[part]) <= now; };
    std::size_t part = 0;
    while (part < lists_.size() && !due(part))
        ++part;
    if (part == lists_.size()) return std::nullopt;
    if (!rest_.has(most_village_bytes, now)) {
        for (auto& each : lists_)
            if (each) each->due = now + when_spent;
        return std::nullopt;
    }
    BlockList said{first_of(part), last_of(part), listed(first_of(part), last_of(part))};
    lists_[part].reset();
    while (++part < lists_.size() && due(part)) {
        const auto more = listed(first_of(part), last_of(part));
        if (said.blocks.size() + more.size() > most_listed) break;
        said.last = last_of(part);
        said.blocks.insert(said.blocks.end(), more.begin(), more.end());
        lists_[part].reset();
    }
    if (said.blocks.size() > most_listed) {
        // One of the many lists that it takes; any, so that all have their turn.
        const auto surplus = static_cast<std::int64_t>(said.blocks.size() - most_listed);
        const auto skip = between(milliseconds(0), milliseconds(surplus)).count();
        said.blocks.erase(said.blocks.begin(), said.blocks.begin() + skip);
        const auto cut = said.blocks[most_listed].place.prefix;
        said.blocks.resize(most_listed);
        while (said.blocks.size() > 1 && said.blocks.back().place.prefix == cut)
            said.blocks.pop_back();
        said.first = said.blocks.front().place.prefix;
        said.last = said.blocks.back().place.prefix;
        said.blocks = listed(said.first, said.last);
        if (said.blocks.size() > most_listed + max_slot) return std::nullopt;  // too many keys of one prefix
    }
    ++counters_.lists;
    auto datagram = write_datagram(config_.network, said);
    (void)rest_.take(static_cast<double>(datagram.size()), now);
    return datagram;
}

std::optional<VillageBytes> Exchange::want(Time now) {
    BlockWant said;
    for (auto each = wants_.begin(); each != wants_.end() && said.blocks.size() < most_wanted;) {
        if (each->second > now) {
            ++each;
            continue;
        }
        if (!rest_.has(most_village_bytes, now)) {
            each->second = now + when_spent;
            ++each;
            continue;
        }
        said.blocks.push_back(each->first);
        each = wants_.erase(each);  // who does not get it hears other digests again
    }
    if (said.blocks.empty()) return std::nullopt;
    ++counters_.wants;
    auto datagram = write_datagram(config_.network, said);
    (void)rest_.take(static_cast<double>(datagram.size()), now);
    return datagram;
}

bool Exchange::idle() const {
    return std::ranges::none_of(gives_, [](const auto& each) { return each.second.why == Why::own; });
}

std::optional<Exchange::Time> Exchange::next_wake() const {
    std::optional<Time> wake;
    const auto sooner = [&](Time at) {
        if (!wake || at < *wake) wake = at;
    };
    for (const auto& [key, pending] : gives_)
        sooner(pending.due);
    for (const auto& [place, due] : wants_)
        sooner(due);
    for (const auto& each : lists_)
        if (each) sooner(list_due(*each));
    return wake ? std::optional(std::max(*wake, next_at_)) : std::nullopt;
}

}  // namespace overlay

// overlay/revocations.cpp - asks where a key's tombstone would be, and keeps what that tells.
#include "overlay/revocations.hpp"

#include <algorithm>

#include "overlay/spans.hpp"

namespace overlay {
namespace {

// As for a name (resolver.cpp).
constexpr std::size_t values_looked_at = 1024;
constexpr std::size_t values_verified = 64;
constexpr std::size_t verdicts_kept = 64;
}  // namespace

Revocations::Revocations(const Config& config, DhtNode& dht, Memory& memory)
    : config_(config), dht_(dht), memory_(memory), good_until_(config.good_entries) {
    config_.asked = std::min(config_.asked, config_.locations);
    for (const auto& known : memory_.load_revoked())
        if (revoked_.size() < config_.revoked_entries) revoked_.emplace(known.key, known.seen);
}

std::optional<UnixSeconds> Revocations::revoked(const crypto::PublicKey& key) const {
    const auto known = revoked_.find(key);
    return known != revoked_.end() ? std::optional(known->second) : std::nullopt;
}

bool Revocations::known_good(const crypto::PublicKey& key, TimePoint now) const {
    const TimePoint* const until = good_until_.find(key);
    return until != nullptr && *until > now;
}

Revocations::SearchPointer Revocations::running(const crypto::PublicKey& key) const {
    const auto found = searches_.find(key);
    return found != searches_.end() ? found->second : nullptr;
}

bool Revocations::look_into(const VillageStore& village, const crypto::PublicKey& key, Now now) {
    if (revoked_.contains(key)) return true;
    now_ = now;
    if (!village.has_tombstones()) return false;
    for (const auto epoch : spans_to_try(now.wall, epoch_length)) {
        const auto blinding = revocation_blinding(key, epoch);
        if (!blinding) return false;
        for (const auto* kept : village.of(blinding->blinded)) {
            if (!open_tombstone(kept->wire, *blinding)) continue;
            remember_revoked(key);
            return true;
        }
    }
    return false;
}

std::size_t Revocations::locations(UnixSeconds now) const {
    return spans_to_try(now, epoch_length).size() * config_.asked;
}

std::uint8_t Revocations::location_of(std::uint8_t i) const {
    if (i == 0) return 0;
    return static_cast<std::uint8_t>(1 + (config_.first_location + i - 1) % (config_.locations - 1));
}

Revocations::SearchPointer Revocations::begin(const crypto::PublicKey& key, Now now) {
    now_ = now;
    auto search = std::make_shared<Search>();
    search->until_ = now.steady + config_.patience;
    for (const auto epoch : spans_to_try(now.wall, epoch_length)) {
        auto blinding = revocation_blinding(key, epoch);
        if (!blinding) return nullptr;
        for (std::uint8_t i = 0; i < config_.asked; ++i) {
            const auto where = location_of(i);
            search->asked.push_back(
                {where, epoch, true, to_hex(location(blinding->blinded, where)), 0, false, false});
        }
        search->epochs_.push_back(std::move(*blinding));
    }
    search->verified_.resize(search->asked.size());
    search->unanswered = search->asked.size();
    searches_[key] = search;
    for (std::size_t i = 0; i < search->asked.size(); ++i)
        ask(key, search, i);
    return search;
}

void Revocations::ask(const crypto::PublicKey& key, const std::shared_ptr<Search>& search, std::size_t i) {
    const auto& blinding = search->epochs_[i / config_.asked];
    dht_.get(
        location(blinding.blinded, search->asked[i].location), false,
        [this, key, weak = std::weak_ptr(search), i](const DhtNode::Found& found) {
            const auto alive = weak.lock();
            return alive && meet(key, *alive, i, found);
        },
        [this, key, weak = std::weak_ptr(search), i](bool answered) {
            const auto alive = weak.lock();
            if (!alive || alive->asked[i].ended) return;
            alive->asked[i].ended = true;
            alive->asked[i].answered = answered;
            if (--alive->unanswered == 0) ended(key, *alive);
        });
}

Result<InnerRecord> Revocations::judge(Search& search, std::size_t i, const DhtNode::Found& found,
                                       ValueVerdict& verdict) {
    const auto& blinding = search.epochs_[i / config_.asked];
    if (search.asked[i].values > values_looked_at) return fail(Errc::too_many_values);
    if (found.type != DhtNode::value_type) return fail(Errc::wrong_type);
    const auto block = parse_block(found.data);
    if (!block) return tl::unexpected(block.error());
    verdict.slot = block->slot;
    verdict.seq = block->seq;
    verdict.expires = block->expires;
    verdict.certified = block->certificate.has_value();
    // What costs no signature first.
    if (block->blinded != blinding.blinded) return fail(Errc::wrong_key);
    if (!has_tombstone_shape(*block)) return fail(Errc::no_tombstone);
    if (++search.verified_[i] > values_verified) return fail(Errc::too_many_values);
    return open_tombstone(found.data, blinding);
}

/// Judges one value; false when this location has had its share.
bool Revocations::meet(const crypto::PublicKey& key, Search& search, std::size_t i,
                       const DhtNode::Found& found) {
    auto& asked = search.asked[i];
    ++asked.values;
    ValueVerdict verdict;
    verdict.location = asked.location;
    verdict.info_hash = asked.info_hash;
    verdict.tombstone = true;
    auto tombstone = judge(search, i, found, verdict);
    if (tombstone) {
        verdict.issued_at = tombstone->issued_at;
        search.tombstone = std::move(*tombstone);
        remember_revoked(key);
    } else {
        verdict.refused = tombstone.error();
        ++refused[static_cast<std::size_t>(tombstone.error().value())];
    }
    if (search.values.size() < verdicts_kept) search.values.push_back(std::move(verdict));
    return asked.values <= values_looked_at;
}

void Revocations::remember_revoked(const crypto::PublicKey& key) {
    good_until_.erase(key);
    if (revoked_.contains(key) || revoked_.size() >= config_.revoked_entries) return;
    revoked_.emplace(key, now_.wall);
    memory_.save_revoked({key, now_.wall});
}

/// All gets of a search have ended.
void Revocations::ended(const crypto::PublicKey& key, Search& search) {
    const bool heard = std::ranges::any_of(search.asked, &AskedLocation::answered);
    if (heard && !search.tombstone && !revoked_.contains(key))
        good_until_.put(key, now_.steady + config_.good_for);
    searches_.erase(key);
}

void Revocations::step(Now now) {
    now_ = now;
    std::erase_if(searches_, [&](const auto& each) { return each.second->until_ <= now.steady; });
}

}  // namespace overlay

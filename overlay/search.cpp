// overlay/search.cpp - values judged as they come, and when they are enough.
#include "overlay/search.hpp"

#include <algorithm>

#include "overlay/spans.hpp"

namespace overlay {
namespace {

// Of each location; genuine values are a few. What its shape, key or age gives away costs a microsecond, so
// that such junk does not crowd out the one value that is worth verifying.
constexpr std::size_t values_looked_at = 1024;
constexpr std::size_t values_verified = 64;
constexpr std::size_t expired_verified = 2;
constexpr std::size_t verdicts_kept = 64;
constexpr std::size_t most_nodes_asked = 4;   // whom an owner names: no more than a call would be sent to
constexpr std::size_t most_beside_asked = 4;  // of the neighbours
constexpr UnixSeconds day = 86400;

// A record is refreshed every 45 to 60 min (publisher.cpp). An older one may be brought back by who would
// hide the newer, or be left over with nodes that were cut off from its owner (blackout.cpp): it is not taken
// before all locations were asked.
constexpr UnixSeconds overdue = UnixSeconds{65} * 60;
constexpr std::chrono::milliseconds overdue_grace{1000};

}  // namespace

InnerRecord tombstone_seen(UnixSeconds when) {
    InnerRecord record;
    record.kind = Kind::tombstone;
    record.issued_at = when;
    return record;
}

Search::Search(ResolveRequest request, Now now, const Patience& patience, RollbackMemory& seen)
    : request_(std::move(request)),
      patience_(patience),
      began_(now.steady),
      deadline_(now.steady + patience.join) {
    for (const auto period : spans_to_try(now.wall, day)) {
        auto blinding = crypto::blind(request_.owner, request_.secret, request_.label, period);
        if (blinding) questions_.push_back({period, std::move(*blinding), RecordMerge(seen)});
    }
}

void Search::join(ResolveDone done, bool wants_all) {
    waiting_.push_back(std::move(done));
    request_.skip_cache |= wants_all;
}

std::size_t Search::unanswered() const {
    return static_cast<std::size_t>(std::ranges::count(asked_, false, &Asked::ended));
}

std::size_t Search::nodes_unanswered() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked_, [](const Asked& each) { return each.directly && !each.ended; }));
}

bool Search::heard() const {
    // A node of the owner's may be switched off, which takes long to find out: nobody waits for that who has
    // a record.
    const auto open = unanswered();
    const bool all = open == 0 || (settle_at_ && open == nodes_unanswered());
    return begun_ && !others_at_ && all && (!revocation_ || revocation_->unanswered == 0);
}

bool Search::only_the_tombstone_is_missing() const {
    return begun_ && !others_at_ && !settle_at_ && unanswered() == 0;
}

bool Search::others_due(TimePoint now) const {
    const bool empty_handed = !settle_at_ && unanswered() == 0;
    return others_at_ && (*others_at_ <= now || empty_handed);
}

bool Search::take_others(TimePoint now) {
    if (!others_due(now)) return false;
    const bool wanted = !settle_at_ || *others_at_ <= began_;
    others_at_.reset();
    return wanted;
}

std::size_t Search::add_location(std::size_t question, std::uint8_t at) {
    const auto& [period, blinding, merge] = questions_[question];
    asked_.push_back({{at, period, false, to_hex(location(blinding.blinded, at)), 0, false, false},
                      question,
                      0,
                      0,
                      false});
    return asked_.size() - 1;
}

std::optional<std::size_t> Search::add_node(std::size_t question, std::string endpoint, bool beside) {
    const auto nodes = std::ranges::count_if(asked_, [beside](const Asked& each) {
        return each.directly && !each.village && each.beside == beside;
    });
    const auto most = (beside ? most_beside_asked : most_nodes_asked) * questions_.size();
    if (static_cast<std::size_t>(nodes) >= most) return std::nullopt;
    const bool known = std::ranges::any_of(asked_, [&](const Asked& each) {
        return each.directly && each.question == question && each.info_hash == endpoint;
    });
    if (known) return std::nullopt;
    asked_.push_back({{0, questions_[question].period, false, std::move(endpoint), 0, false, false},
                      question,
                      0,
                      0,
                      true,
                      beside});
    return asked_.size() - 1;
}

std::size_t Search::add_village(std::size_t question) {
    for (std::size_t i = 0; i < asked_.size(); ++i)
        if (asked_[i].village && asked_[i].question == question) return i;
    asked_.push_back({{0, questions_[question].period, false, "village", 0, true, true},
                      question,
                      0,
                      0,
                      true,
                      true,
                      true});
    return asked_.size() - 1;
}

void Search::end(std::size_t i, bool answered) {
    if (asked_[i].ended) return;
    asked_[i].ended = true;
    asked_[i].answered = answered;
}

Result<std::vector<NodeAddress>> Search::judge(std::size_t i, const DhtNode::Found& found, Now now,
                                               ValueVerdict& verdict) {
    auto& asked = asked_[i];
    auto& question = questions_[asked.question];
    if (asked.values > values_looked_at) return fail(Errc::too_many_values);
    if (found.type != DhtNode::value_type) return fail(Errc::wrong_type);
    const auto block = parse_block(found.data);
    if (!block) return tl::unexpected(block.error());
    verdict.slot = block->slot;
    verdict.seq = block->seq;
    verdict.expires = block->expires;
    verdict.certified = block->certificate.has_value();
    if (block->blinded != question.blinding.blinded) return fail(Errc::wrong_key);
    if (block->expires <= now.wall) {
        // Of no use to a call; but when it was made says what its owner takes for the time.
        if (++asked.expired <= expired_verified)
            if (const auto late = open_block(found.data, question.blinding, block->expires - 1))
                verdict.issued_at = late->record.issued_at;
        return fail(Errc::expired);
    }
    if (++asked.verified > values_verified) return fail(Errc::too_many_values);
    auto opened = open_block(found.data, question.blinding, now.wall);
    if (!opened && opened.error() == Errc::bad_expiry) {  // too far ahead of our clock: the same
        if (const auto early = open_block(found.data, question.blinding, block->expires - 1))
            verdict.issued_at = early->record.issued_at;
    }
    if (!opened) return tl::unexpected(opened.error());
    verdict.issued_at = opened->record.issued_at;
    // A clock that is ahead must not stand above the owner's other nodes for long.
    opened->record.issued_at = std::min(opened->record.issued_at, now.wall + clock_tolerance);
    auto nodes = opened->record.nodes;
    if (const auto added = question.merge.add(std::move(*opened), question.period); !added)
        return tl::unexpected(added.error());
    return nodes;
}

Search::Met Search::meet(std::size_t i, const DhtNode::Found& found, Now now, Refusals& refused) {
    Met met;
    met.more = ++asked_[i].values <= values_looked_at;
    ValueVerdict verdict;
    verdict.location = asked_[i].location;
    verdict.info_hash = asked_[i].info_hash;
    auto nodes = judge(i, found, now, verdict);
    if (nodes) {
        // `now` is the last step's: a value may come long after, and a local one with an older time.
        const bool old = verdict.issued_at + overdue < now.wall;
        fresh_ = fresh_ || !old;
        if (old && others_at_) others_at_ = began_;  // at once
        const auto grace = old ? overdue_grace : found.local ? patience_.local_grace : patience_.grace;
        const auto settle_at = std::max(now.steady, found.at) + grace;
        settle_at_ = settle_at_ ? std::min(*settle_at_, settle_at) : settle_at;
        met.nodes = std::move(*nodes);
    } else {
        verdict.refused = nodes.error();
        ++refused[static_cast<std::size_t>(nodes.error().value())];
    }
    if (values_.size() < verdicts_kept) values_.push_back(std::move(verdict));
    return met;
}

bool Search::is_revoked(std::optional<UnixSeconds> revoked) const {
    return revoked || (revocation_ && revocation_->tombstone);
}

bool Search::is_ready(Now now, std::optional<UnixSeconds> revoked) {
    if (heard() || now.steady >= deadline_) return true;
    if (wants_all()) return false;
    if (only_the_tombstone_is_missing()) settle_at_ = now.steady + patience_.grace;
    return is_revoked(revoked) || (settle_at_ && now.steady >= *settle_at_);
}

TimePoint Search::next_wake(std::optional<UnixSeconds> revoked) const {
    if (others_due(began_) || heard()) return began_;  // at once
    if (!wants_all() && (only_the_tombstone_is_missing() || is_revoked(revoked))) return began_;
    auto at = deadline_;
    if (others_at_) at = std::min(at, *others_at_);
    if (settle_at_ && !wants_all()) at = std::min(at, *settle_at_);
    return at;
}

/// Around midnight both days may answer; a withdrawal in one must beat the contacts in the other, but a node
/// of the owner's that is early with tomorrow's must not hide the others.
void Search::conclude_record(ResolveAnswer& answer) {
    RecordMerge* merged = nullptr;
    for (auto& question : questions_) {
        if (question.merge.empty()) continue;
        if (merged == nullptr || merged->latest_issue() < question.merge.latest_issue())
            answer.blinded = question.blinding.blinded;
        if (merged != nullptr)
            merged->include(question.merge);
        else
            merged = &question.merge;
    }
    if (merged == nullptr) return;
    auto united = merged->united();
    answer.record = std::move(united.record);
    answer.by_owner = united.by_owner;
    answer.owners_nodes = std::move(united.owners_nodes);
    answer.expires = merged->earliest_expiry();
}

ResolveAnswer Search::conclude(Now now, std::optional<UnixSeconds> revoked) {
    ResolveAnswer answer;
    answer.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - began_);
    answer.values = std::move(values_);
    answer.asked.assign(asked_.begin(), asked_.end());
    conclude_record(answer);
    if (revocation_) {
        const auto& key = *revocation_;
        answer.values.insert(answer.values.end(), key.values.begin(), key.values.end());
        answer.asked.insert(answer.asked.end(), key.asked.begin(), key.asked.end());
    }
    answer.revoked = is_revoked(revoked);
    // Whatever else was found: a thief can sign contacts, too.
    if (answer.revoked && !(answer.record && answer.record->kind == Kind::tombstone))
        answer.record = revocation_ && revocation_->tombstone ? *revocation_->tombstone
                                                              : tombstone_seen(revoked.value_or(now.wall));
    // Nobody was asked (the budget of searches is spent), or nobody answered: that is not "no record".
    const bool unheard = std::ranges::none_of(
        asked_, [](const Asked& each) { return !each.directly && (!each.ended || each.answered); });
    if (answer.record)
        answer.outcome = Outcome::found;
    else if (!begun_)
        answer.outcome = Outcome::not_joined;
    else
        answer.outcome = unheard || unanswered() > 0 ? Outcome::deadline : Outcome::none;
    return answer;
}

}  // namespace overlay

// overlay/resolver.cpp - one search a name: its locations asked in parallel, values judged as they come.
#include "overlay/resolver.hpp"

#include <algorithm>
#include <array>

namespace overlay {
namespace {

// Of each location; genuine values are a few. What its shape, key or age gives away costs a microsecond, so
// that such junk does not crowd out the one value that is worth verifying.
constexpr std::size_t values_looked_at = 1024;
constexpr std::size_t values_verified = 64;
constexpr std::size_t verdicts_kept = 64;
constexpr UnixSeconds day = 86400;
constexpr UnixSeconds midnight_margin =
    UnixSeconds{2} * 3600;  // clocks differ, and tomorrow's record is out 2 h early

std::vector<std::uint32_t> periods_to_try(UnixSeconds now) {
    const auto today = period_of(now);
    const auto into_day = now % day;
    if (into_day < midnight_margin && today > 0) return {today, today - 1};
    if (into_day >= day - midnight_margin) return {today, today + 1};
    return {today};
}

}  // namespace

/// Everything one search knows. Callbacks of the DHT hold it weakly: they may come late or never.
struct Resolver::Search {
    struct Question {  // the name in one period
        std::uint32_t period;
        crypto::Blinding blinding;
        RecordMerge merge;
        std::array<std::size_t, max_locations> looked_at{}, verified{};
    };
    ResolveRequest request;
    std::vector<ResolveDone> waiting;
    std::vector<Question> questions;
    std::vector<ValueVerdict> values;
    std::size_t unanswered = 0;  // gets that have not ended
    std::size_t failed = 0;      // gets that ended without anybody's answer
    bool asked = false;
    TimePoint began, deadline;
    std::optional<TimePoint> settle_at;  // the grace is over
};

Resolver::Resolver(const Config& config, DhtNode& dht, RollbackMemory& seen)
    : config_(config),
      dht_(dht),
      seen_(seen),
      search_budget_(static_cast<double>(config.searches_per_hour)) {}

Resolver::~Resolver() = default;

void Resolver::resolve(ResolveRequest request, Now now, ResolveDone done) {
    now_ = now;
    ++lookups_;
    const Name name{request.owner, request.secret, request.label};
    if (const auto cached = cache_.find(name); cached != cache_.end() && !request.skip_cache) {
        if (cached->second.until > now.steady &&
            (!cached->second.answer.record || cached->second.answer.expires > now.wall)) {
            ++cache_hits_;
            recently_used_.splice(recently_used_.begin(), recently_used_, cached->second.place);
            done(cached->second.answer);
            return;
        }
    }
    if (const auto running = searches_.find(name); running != searches_.end()) {
        running->second->waiting.push_back(std::move(done));
        return;
    }
    if (searches_.size() >= config_.searches_at_once) {
        ResolveAnswer busy;
        busy.outcome = Outcome::deadline;
        done(busy);
        return;
    }
    auto& search = searches_[name];
    search = std::make_shared<Search>();
    search->request = std::move(request);
    search->waiting.push_back(std::move(done));
    search->began = now.steady;
    search->deadline = now.steady + config_.deadline;
    step(now);
}

bool Resolver::may_search(std::size_t keys, TimePoint now) {
    const auto hour = static_cast<double>(config_.searches_per_hour);
    if (budget_at_ != TimePoint{}) {
        const std::chrono::duration<double, std::ratio<3600>> passed = now - budget_at_;
        search_budget_ = std::min(hour, search_budget_ + passed.count() * hour);
    }
    budget_at_ = now;
    if (search_budget_ < static_cast<double>(keys)) return false;
    search_budget_ -= static_cast<double>(keys);
    return true;
}

void Resolver::begin(Search& search, Now now) {
    search.asked = true;
    const auto periods = periods_to_try(now.wall);
    if (!may_search(periods.size() * config_.locations, now.steady)) return;
    for (const auto period : periods) {
        auto blinding =
            crypto::blind(search.request.owner, search.request.secret, search.request.label, period);
        if (blinding) search.questions.push_back({period, std::move(*blinding), RecordMerge(seen_), {}, {}});
    }
    search.unanswered = search.questions.size() * config_.locations;
    for (std::size_t question = 0; question < search.questions.size(); ++question) {
        for (std::uint8_t i = 0; i < config_.locations; ++i)
            ask(search, question, i);
    }
}

void Resolver::ask(Search& search, std::size_t question, std::uint8_t i) {
    const Name name{search.request.owner, search.request.secret, search.request.label};
    const auto weak = std::weak_ptr(searches_.at(name));
    dht_.get(
        location(search.questions[question].blinding.blinded, i), false,
        [this, weak, question, i](const DhtNode::Found& found) {
            const auto alive = weak.lock();
            return alive && meet(*alive, question, i, found);
        },
        [weak](bool answered) {
            const auto alive = weak.lock();
            if (!alive) return;
            --alive->unanswered;
            if (!answered) ++alive->failed;
        });
}

Result<void> Resolver::judge(Search& search, std::size_t question, std::uint8_t i,
                             const DhtNode::Found& found, ValueVerdict& verdict) {
    auto& asked = search.questions[question];
    if (asked.looked_at[i] > values_looked_at) return fail(Errc::too_many_values);
    if (found.type != DhtNode::value_type) return fail(Errc::wrong_type);
    const auto block = parse_block(found.data);
    if (!block) return tl::unexpected(block.error());
    verdict.slot = block->slot;
    verdict.seq = block->seq;
    verdict.expires = block->expires;
    if (block->blinded != asked.blinding.blinded) return fail(Errc::wrong_key);
    if (block->expires <= now_.wall) return fail(Errc::expired);
    if (++asked.verified[i] > values_verified) return fail(Errc::too_many_values);
    auto opened = open_block(found.data, asked.blinding, now_.wall);
    if (!opened) return tl::unexpected(opened.error());
    return asked.merge.add(std::move(*opened), asked.period);
}

/// Judges one value; false when this location has had its share.
bool Resolver::meet(Search& search, std::size_t question, std::uint8_t i, const DhtNode::Found& found) {
    auto& asked = search.questions[question];
    ++asked.looked_at[i];
    ValueVerdict verdict{i, {}, 0, 0, 0};
    const auto judged = judge(search, question, i, found, verdict);
    if (judged) {
        // now_ is the last step's: a value may come long after, and a local one with an older time.
        const auto settle_at =
            std::max(now_.steady, found.at) + (found.local ? config_.local_grace : config_.grace);
        search.settle_at = search.settle_at ? std::min(*search.settle_at, settle_at) : settle_at;
    } else {
        verdict.refused = judged.error();
        ++refused_[static_cast<std::size_t>(judged.error().value())];
    }
    if (search.values.size() < verdicts_kept) search.values.push_back(verdict);
    return asked.looked_at[i] <= values_looked_at;
}

void Resolver::step(Now now) {
    now_ = now;
    std::vector<std::shared_ptr<Search>> ready;
    for (const auto& [name, search] : searches_) {
        // Held until connected: before, OpenDHT would fail the get at once.
        if (!search->asked && dht_.connectivity() == Connectivity::connected) begin(*search, now);
        const bool graced = search->settle_at && now.steady >= *search->settle_at;
        const bool heard_all = search->asked && search->unanswered == 0;
        if (graced || heard_all || now.steady >= search->deadline) ready.push_back(search);
    }
    for (const auto& search : ready)
        settle(search, now);
}

void Resolver::settle(const std::shared_ptr<Search>& search, Now now) {
    const Name name{search->request.owner, search->request.secret, search->request.label};
    ResolveAnswer answer;
    answer.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - search->began);
    answer.values = std::move(search->values);
    for (const auto& question : search->questions) {
        if (question.merge.empty()) continue;
        auto record = question.merge.united();
        // Around midnight both days may answer; a withdrawal in one must beat the contacts in the other.
        if (answer.record && answer.record->issued_at >= record.issued_at) continue;
        answer.record = std::move(record);
        answer.blinded = question.blinding.blinded;
        answer.expires = question.merge.earliest_expiry();
    }
    if (answer.record) {
        answer.outcome = Outcome::found;
    } else if (!search->asked) {
        answer.outcome = Outcome::not_joined;
    } else {
        // Nobody was asked (the budget of searches is spent), or nobody answered: that is not "no record".
        const bool unheard = search->failed == search->questions.size() * config_.locations;
        answer.outcome = unheard || search->unanswered > 0 ? Outcome::deadline : Outcome::none;
    }
    remember(name, answer, now);
    const auto waiting = std::move(search->waiting);
    searches_.erase(name);
    for (const auto& done : waiting)
        done(answer);
}

void Resolver::remember(const Name& name, const ResolveAnswer& answer, Now now) {
    if (const auto old = cache_.find(name); old != cache_.end()) {
        recently_used_.erase(old->second.place);
        cache_.erase(old);
    }
    std::chrono::seconds keep{0};
    if (answer.outcome == Outcome::found) keep = config_.positive_cache;
    // Withdrawn: the phone may be back at any moment, and nobody waits a minute for that.
    const bool away = answer.record && answer.record->kind == Kind::contacts &&
                      answer.record->edges.empty() && answer.record->direct.empty();
    if (away || answer.outcome == Outcome::none) keep = config_.negative_cache;
    if (keep.count() == 0) return;
    if (cache_.size() >= config_.cache_entries) {
        cache_.erase(recently_used_.back());
        recently_used_.pop_back();
    }
    recently_used_.push_front(name);
    auto kept = answer;
    kept.from_cache = true;
    cache_.emplace(name, Cached{std::move(kept), now.steady + keep, recently_used_.begin()});
}

std::optional<TimePoint> Resolver::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& [name, search] : searches_) {
        auto at = search->deadline;
        if (search->settle_at) at = std::min(at, *search->settle_at);
        if (search->asked && search->unanswered == 0) at = search->began;  // at once
        if (!wake || at < *wake) wake = at;
    }
    return wake;
}

void Resolver::describe(OverlayStatus& status) const {
    status.lookups = lookups_;
    status.cache_hits = cache_hits_;
    status.refused_as_caller = refused_;
}

}  // namespace overlay

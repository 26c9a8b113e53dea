// overlay/resolver.cpp - one search a name: its locations asked in parallel, values judged as they come.
#include "overlay/resolver.hpp"

#include <algorithm>
#include <sstream>

namespace overlay {
namespace {

// Of each location; genuine values are a few. What its shape, key or age gives away costs a microsecond, so
// that such junk does not crowd out the one value that is worth verifying.
constexpr std::size_t values_looked_at = 1024;
constexpr std::size_t values_verified = 64;
constexpr std::size_t verdicts_kept = 64;
constexpr std::size_t most_nodes_asked = 4;  // whom an owner names: no more than a call would be sent to
constexpr UnixSeconds day = 86400;
// Clocks differ, and tomorrow's record is out 2 h early.
constexpr UnixSeconds midnight_margin = UnixSeconds{2} * 3600;

// A record is refreshed every 45 to 60 min (publisher.cpp). An older one may be brought back by who would
// hide the newer, or be left over with nodes that were cut off from its owner (blackout.cpp): it is not taken
// before all locations were asked.
constexpr UnixSeconds overdue = UnixSeconds{65} * 60;
constexpr std::chrono::milliseconds overdue_grace{1000};

std::vector<std::uint32_t> periods_to_try(UnixSeconds now) {
    const auto today = period_of(now);
    const auto into_day = now % day;
    if (into_day < midnight_margin && today > 0) return {today, today - 1};
    if (into_day >= day - midnight_margin) return {today, today + 1};
    return {today};
}

// All that is left to know after a restart: when the tombstone was met.
InnerRecord tombstone_seen(UnixSeconds when) {
    InnerRecord record;
    record.kind = Kind::tombstone;
    record.issued_at = when;
    return record;
}

}  // namespace

/// Everything one search knows. Callbacks of the DHT hold it weakly: they may come late or never.
struct Resolver::Search {
    struct Question {  // the name in one period
        std::uint32_t period;
        crypto::Blinding blinding;
        RecordMerge merge;
    };
    struct Asked : AskedLocation {
        std::size_t question = 0, verified = 0;
        bool directly = false;  // a node of the owner's, no location
    };
    ResolveRequest request;
    std::vector<ResolveDone> waiting;
    std::vector<Question> questions;
    std::vector<Asked> asked;
    std::vector<ValueVerdict> values;
    Revocations::SearchPointer revocation;  // none: was found out before
    std::size_t unanswered = 0;             // gets, and nodes asked, that have not ended
    std::size_t nodes_asked = 0, nodes_unanswered = 0;
    bool begun = false;
    TimePoint began, deadline;
    std::optional<TimePoint> others_at;  // when the locations that are left are asked
    std::optional<TimePoint> settle_at;  // the grace is over

    [[nodiscard]] bool heard() const {
        // A node of the owner's may be switched off, which takes long to find out: nobody waits for that who
        // has a record.
        const bool all = unanswered == 0 || (settle_at && unanswered == nodes_unanswered);
        return begun && !others_at && all && (!revocation || revocation->unanswered == 0);
    }
    [[nodiscard]] bool others_due(TimePoint now) const {
        const bool empty_handed = unanswered == 0 && !settle_at;
        return others_at && (*others_at <= now || empty_handed);
    }
    void end(std::size_t i, bool answered) {
        if (asked[i].ended) return;
        asked[i].ended = true;
        asked[i].answered = answered;
        --unanswered;
        if (asked[i].directly) --nodes_unanswered;
    }
};

Resolver::Resolver(const Config& config, DhtNode& dht, DirectAsk& direct, RollbackMemory& seen,
                   OwnerNodes& owner_nodes, Revocations& revocations)
    : config_(config),
      dht_(dht),
      direct_(direct),
      seen_(seen),
      owner_nodes_(owner_nodes),
      revocations_(revocations),
      search_budget_(static_cast<double>(config.searches_per_hour)) {}

Resolver::~Resolver() = default;

void Resolver::resolve(ResolveRequest request, Now now, ResolveDone done) {
    now_ = now;
    ++lookups_;
    const RecordName name = request;
    if (const auto seen = revocations_.revoked(name.owner); seen && !request.skip_cache) {
        ++cache_hits_;
        ResolveAnswer revoked;
        revoked.outcome = Outcome::found;
        revoked.record = tombstone_seen(*seen);
        revoked.revoked = true;
        revoked.from_cache = true;
        done(std::move(revoked));
        return;
    }
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
        running->second->request.skip_cache |= request.skip_cache;  // who wants to know all, waits for all
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
    for (const auto period : periods_to_try(now.wall)) {
        auto blinding = crypto::blind(name.owner, name.secret, name.label, period);
        if (blinding) search->questions.push_back({period, std::move(*blinding), RecordMerge(seen_)});
    }
    for (std::size_t question = 0; question < search->questions.size(); ++question)
        ask_nodes(*search, question, owner_nodes_.of(name), now);
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
    search.begun = true;
    const auto& name = search.request;
    const bool ask_for_tombstone = name.skip_cache || !revocations_.known_good(name.owner, now.steady);
    if (ask_for_tombstone) search.revocation = revocations_.running(name.owner);
    const bool begin_one = ask_for_tombstone && !search.revocation;
    const auto first = std::min(config_.first_wave, config_.locations);
    const auto keys = search.questions.size() * first + (begin_one ? revocations_.locations(now.wall) : 0);
    // All or nothing: nobody is called without asking whether the key is still good.
    if (!may_search(keys, now.steady)) return;
    ask_wave(search, true);
    if (first < config_.locations)
        search.others_at = name.skip_cache ? now.steady : now.steady + config_.wave;
    if (begin_one) search.revocation = revocations_.begin(name.owner, now);
}

bool Resolver::in_first_wave(std::uint8_t location) const {
    const auto turn = location + config_.locations - config_.first_location % config_.locations;
    return turn % config_.locations < config_.first_wave;
}

void Resolver::ask_wave(Search& search, bool first) {
    for (std::size_t question = 0; question < search.questions.size(); ++question) {
        const auto& [period, blinding, merge] = search.questions[question];
        for (std::uint8_t i = 0; i < config_.locations; ++i) {
            if (in_first_wave(i) != first) continue;
            search.asked.push_back(
                {{i, period, false, to_hex(location(blinding.blinded, i)), 0, false, false},
                 question,
                 0,
                 false});
            ++search.unanswered;
            ask(search, search.asked.size() - 1);
        }
    }
}

void Resolver::ask_others(Search& search) {
    search.others_at.reset();
    const auto left = static_cast<std::size_t>(config_.locations - config_.first_wave);
    if (may_search(search.questions.size() * left, now_.steady)) ask_wave(search, false);
}

void Resolver::ask(Search& search, std::size_t i) {
    const auto weak = std::weak_ptr(searches_.at(search.request));
    const auto& asked = search.asked[i];
    dht_.get(
        location(search.questions[asked.question].blinding.blinded, asked.location), false,
        [this, weak, i](const DhtNode::Found& found) {
            const auto alive = weak.lock();
            return alive && meet(*alive, i, found);
        },
        [weak, i](bool answered) {
            if (const auto alive = weak.lock()) alive->end(i, answered);
        });
}

/// Whom the last record named, known nodes of the DHT or not: before it and beside it. And whom one names
/// that is met now: what lay in the DHT may be an older one, the owner knows.
void Resolver::ask_nodes(Search& search, std::size_t question, const std::vector<NodeAddress>& nodes,
                         Now now) {
    if (!config_.ask_directly) return;
    for (const auto& node : nodes) {
        if (search.nodes_asked == most_nodes_asked * search.questions.size()) return;
        const TransportAddress address{Transport::udp, node.address, node.port};
        if (judge_contact(address, config_.mesh, {}) != ContactVerdict::may_be_called) continue;
        ask_node(search, question, node, now);
    }
}

void Resolver::ask_node(Search& search, std::size_t question, const NodeAddress& node, Now now) {
    const asio::ip::udp::endpoint endpoint(node.address, node.port);
    std::ostringstream text;
    text << endpoint;
    const auto& [period, blinding, merge] = search.questions[question];
    const auto i = search.asked.size();
    if (std::ranges::any_of(search.asked, [&](const auto& asked) {
            return asked.directly && asked.question == question && asked.info_hash == text.str();
        }))
        return;
    ++search.nodes_asked;
    ++search.nodes_unanswered;
    search.asked.push_back({{0, period, false, text.str(), 0, false, false}, question, 0, true});
    ++search.unanswered;
    const auto weak = std::weak_ptr(searches_.at(search.request));
    direct_.ask(endpoint, blinding.blinded,
                {[this, weak, i](crypto::ByteView block) {
                     // As with a value that this node stores: the DHT may have a newer one, of another node.
                     if (const auto alive = weak.lock())
                         meet(*alive, i, {DhtNode::value_type, 0, block, now_.steady, true});
                 },
                 [weak, i](bool answered) {
                     if (const auto alive = weak.lock()) alive->end(i, answered);
                 }},
                now);
}

Result<std::vector<NodeAddress>> Resolver::judge(Search& search, std::size_t i, const DhtNode::Found& found,
                                                 ValueVerdict& verdict) {
    auto& question = search.questions[search.asked[i].question];
    if (search.asked[i].values > values_looked_at) return fail(Errc::too_many_values);
    if (found.type != DhtNode::value_type) return fail(Errc::wrong_type);
    const auto block = parse_block(found.data);
    if (!block) return tl::unexpected(block.error());
    verdict.slot = block->slot;
    verdict.seq = block->seq;
    verdict.expires = block->expires;
    verdict.certified = block->certificate.has_value();
    if (block->blinded != question.blinding.blinded) return fail(Errc::wrong_key);
    if (block->expires <= now_.wall) return fail(Errc::expired);
    if (++search.asked[i].verified > values_verified) return fail(Errc::too_many_values);
    auto opened = open_block(found.data, question.blinding, now_.wall);
    if (!opened) return tl::unexpected(opened.error());
    verdict.issued_at = opened->record.issued_at;
    auto nodes = opened->record.nodes;
    if (const auto added = question.merge.add(std::move(*opened), question.period); !added)
        return tl::unexpected(added.error());
    return nodes;
}

/// Judges one value; false when this location has had its share.
bool Resolver::meet(Search& search, std::size_t i, const DhtNode::Found& found) {
    const bool more = ++search.asked[i].values <= values_looked_at;
    ValueVerdict verdict;
    verdict.location = search.asked[i].location;
    verdict.info_hash = search.asked[i].info_hash;
    const auto judged = judge(search, i, found, verdict);
    if (judged) {
        // now_ is the last step's: a value may come long after, and a local one with an older time.
        const bool old = verdict.issued_at + overdue < now_.wall;
        if (old && search.others_at) search.others_at = search.began;  // at once
        const auto grace = old ? overdue_grace : found.local ? config_.local_grace : config_.grace;
        const auto settle_at = std::max(now_.steady, found.at) + grace;
        search.settle_at = search.settle_at ? std::min(*search.settle_at, settle_at) : settle_at;
        if (!search.asked[i].directly) ask_nodes(search, search.asked[i].question, *judged, now_);
    } else {
        verdict.refused = judged.error();
        ++refused_[static_cast<std::size_t>(judged.error().value())];
    }
    if (search.values.size() < verdicts_kept) search.values.push_back(std::move(verdict));
    return more;
}

bool Resolver::is_revoked(const Search& search) const {
    return (search.revocation && search.revocation->tombstone) || revocations_.revoked(search.request.owner);
}

bool Resolver::is_ready(Search& search, Now now) const {
    if (search.heard() || now.steady >= search.deadline) return true;
    if (search.request.skip_cache) return false;
    // Only the tombstone's locations are still to be heard.
    if (search.begun && !search.others_at && search.unanswered == 0 && !search.settle_at)
        search.settle_at = now.steady + config_.grace;
    return is_revoked(search) || (search.settle_at && now.steady >= *search.settle_at);
}

void Resolver::step(Now now) {
    now_ = now;
    revocations_.step(now);
    std::vector<std::shared_ptr<Search>> ready;
    for (const auto& [name, search] : searches_) {
        // Held until connected: before, OpenDHT would fail the get at once.
        if (!search->begun && dht_.connectivity() == Connectivity::connected) begin(*search, now);
        if (search->others_due(now.steady)) {
            if (!search->settle_at || *search->others_at <= search->began)
                ask_others(*search);
            else
                search->others_at.reset();  // a fresh record is there: the others are left in peace
        }
        if (is_ready(*search, now)) ready.push_back(search);
    }
    for (const auto& search : ready)
        settle(search, now);
}

ResolveAnswer Resolver::conclude(Search& search, Now now) const {
    ResolveAnswer answer;
    answer.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - search.began);
    answer.values = std::move(search.values);
    answer.asked.assign(search.asked.begin(), search.asked.end());
    for (const auto& question : search.questions) {
        if (question.merge.empty()) continue;
        auto record = question.merge.united();
        // Around midnight both days may answer; a withdrawal in one must beat the contacts in the other.
        if (answer.record && answer.record->issued_at >= record.issued_at) continue;
        answer.record = std::move(record);
        answer.blinded = question.blinding.blinded;
        answer.expires = question.merge.earliest_expiry();
    }
    if (search.revocation) {
        const auto& key = *search.revocation;
        answer.values.insert(answer.values.end(), key.values.begin(), key.values.end());
        answer.asked.insert(answer.asked.end(), key.asked.begin(), key.asked.end());
    }
    answer.revoked = is_revoked(search);
    // Whatever else was found: a thief can sign contacts, too.
    if (answer.revoked && !(answer.record && answer.record->kind == Kind::tombstone))
        answer.record = search.revocation && search.revocation->tombstone
                            ? *search.revocation->tombstone
                            : tombstone_seen(revocations_.revoked(search.request.owner).value_or(now.wall));
    return answer;
}

void Resolver::settle(const std::shared_ptr<Search>& search, Now now) {
    const RecordName name = search->request;
    // Nobody was asked (the budget of searches is spent), or nobody answered: that is not "no record".
    const bool unheard = std::ranges::none_of(search->asked, [](const Search::Asked& each) {
        return !each.directly && (!each.ended || each.answered);
    });
    auto answer = conclude(*search, now);
    if (answer.record)
        answer.outcome = Outcome::found;
    else if (!search->begun)
        answer.outcome = Outcome::not_joined;
    else
        answer.outcome = unheard || search->unanswered > 0 ? Outcome::deadline : Outcome::none;
    if (!answer.record && !search->request.skip_cache) fall_back(name, answer, now);
    if (!answer.revoked) remember(name, answer, now);
    const auto waiting = std::move(search->waiting);
    searches_.erase(name);
    for (const auto& done : waiting)
        done(answer);
}

/// What was verified before and has not expired is better than nothing: its locations may be eclipsed.
void Resolver::fall_back(const RecordName& name, ResolveAnswer& answer, Now now) const {
    const auto known = cache_.find(name);
    if (known == cache_.end() || !known->second.found || known->second.found->expires <= now.wall) return;
    auto found = *known->second.found;
    found.elapsed = answer.elapsed;
    found.values = std::move(answer.values);
    found.asked = std::move(answer.asked);
    found.from_cache = true;
    answer = std::move(found);
}

void Resolver::remember(const RecordName& name, const ResolveAnswer& answer, Now now) {
    std::chrono::seconds keep{0};
    if (answer.outcome == Outcome::found) keep = config_.positive_cache;
    // Withdrawn: the phone may be back at any moment, and nobody waits a minute for that.
    const bool away = answer.record && answer.record->kind == Kind::contacts &&
                      answer.record->edges.empty() && answer.record->direct.empty();
    if (away || answer.outcome == Outcome::none || answer.from_cache) keep = config_.negative_cache;
    Cached kept;
    if (const auto old = cache_.find(name); old != cache_.end()) {
        kept.found = std::move(old->second.found);
        recently_used_.erase(old->second.place);
        cache_.erase(old);
    }
    if (answer.record) kept.found = answer;
    // A withdrawal names none: whoever withdrew, may be back where they were.
    if (answer.record && !answer.record->nodes.empty()) owner_nodes_.remember(name, answer.record->nodes);
    if (keep.count() == 0 && !kept.found) return;
    if (cache_.size() >= config_.cache_entries) {
        cache_.erase(recently_used_.back());
        recently_used_.pop_back();
    }
    recently_used_.push_front(name);
    kept.answer = answer;
    kept.answer.from_cache = true;
    kept.until = now.steady + keep;
    kept.place = recently_used_.begin();
    cache_.emplace(name, std::move(kept));
}

std::optional<TimePoint> Resolver::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& [name, search] : searches_) {
        auto at = search->deadline;
        if (search->others_at) at = std::min(at, *search->others_at);
        if (search->others_due(search->began)) at = search->began;
        const bool waits_for_all = search->request.skip_cache;
        if (search->settle_at && !waits_for_all) at = std::min(at, *search->settle_at);
        const bool only_the_tombstone = search->begun && !search->others_at && search->unanswered == 0 &&
                                        !search->settle_at && !waits_for_all;
        if (search->heard() || only_the_tombstone || (!waits_for_all && is_revoked(*search)))
            at = search->began;  // at once
        if (!wake || at < *wake) wake = at;
    }
    return wake;
}

void Resolver::describe(OverlayStatus& status) const {
    status.lookups = lookups_;
    status.cache_hits = cache_hits_;
    status.refused_as_caller = refused_;
    for (std::size_t i = 0; i < refused_.size(); ++i)
        status.refused_as_caller[i] += revocations_.refused[i];
}

}  // namespace overlay

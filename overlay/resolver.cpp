// overlay/resolver.cpp - who is asked for a name and when, and what is remembered of the answers.
#include "overlay/resolver.hpp"

#include <algorithm>
#include <sstream>

namespace overlay {
namespace {

bool has_ipv4(const Edge& edge) {
    return std::ranges::any_of(edge.addresses, [](const auto& at) { return at.address.is_v4(); });
}

}  // namespace

Resolver::Resolver(const Config& config, const Parts& parts)
    : config_(config),
      dht_(parts.dht),
      direct_(parts.direct),
      seen_(parts.seen),
      owner_nodes_(parts.owner_nodes),
      revocations_(parts.revocations),
      village_(parts.village),
      cache_(config.cache_entries),
      budget_(static_cast<double>(config.searches_per_hour), std::chrono::hours(1)) {}

/// What can be told without asking anybody.
bool Resolver::tell_known(const ResolveRequest& request, Now now, const ResolveDone& done) {
    (void)revocations_.look_into(village_, request.owner, now);
    if (request.skip_cache) return false;
    if (const auto seen = revocations_.revoked(request.owner)) {
        ++cache_hits_;
        ResolveAnswer revoked;
        revoked.outcome = Outcome::found;
        revoked.record = tombstone_seen(*seen);
        revoked.revoked = true;
        revoked.from_cache = true;
        done(std::move(revoked));
        return true;
    }
    if (request.ask_anew) return false;
    if (tell_village(request, now, done)) return true;
    const RecordName& name = request;
    const Cached* const cached = cache_.find(name);
    if (cached == nullptr || cached->until <= now.steady) return false;
    if (cached->answer.record && cached->answer.expires <= now.wall) return false;
    ++cache_hits_;
    cache_.use(name);
    done(cached->answer);
    return true;
}

Search::Patience Resolver::patience() const {
    return {config_.deadline, config_.grace, config_.local_grace, config_.join};
}

/// A withdrawal does not end it: another node of the owner's may stand elsewhere.
bool Resolver::tell_village(const ResolveRequest& request, Now now, const ResolveDone& done) {
    if (village_.all().empty()) return false;
    Search search(request, now, patience(), seen_);
    look_into_village(search);
    if (!search.is_fresh()) return false;
    auto answer = search.conclude(now, std::nullopt);
    if (!answer.record) return false;
    const auto& record = *answer.record;
    const bool leads_nowhere = record.kind == Kind::contacts && record.edges.empty() &&
                               record.direct.empty() && record.through.empty();
    if (leads_nowhere) return false;
    ++village_answers_;
    remember(request, answer, now);
    // It is asked again at no price, and may know of a newer one then.
    if (Cached* const kept = cache_.find(static_cast<const RecordName&>(request))) kept->until = now.steady;
    look_for_tombstone(request.owner, now);
    done(std::move(answer));
    return true;
}

/// What comes too late for this call is there for the next.
void Resolver::look_for_tombstone(const crypto::PublicKey& key, Now now) {
    if (dht_.connectivity() != Connectivity::connected || revocations_.known_good(key, now.steady)) return;
    if (revocations_.running(key)) return;
    if (budget_.take(static_cast<double>(revocations_.locations(now.wall)), now.steady))
        (void)revocations_.begin(key, now);
}

void Resolver::look_into_village(Search& search) {
    for (std::size_t question = 0; question < search.questions().size(); ++question) {
        const auto blocks = village_.of(search.questions()[question].blinding.blinded);
        if (blocks.empty()) continue;
        const auto asked = search.add_village(question);
        // The DHT may have a newer one, as where this node stores for it.
        for (const auto* kept : blocks)
            search.meet(asked, {DhtNode::value_type, 0, kept->wire, now_.steady, true}, now_, refused_);
    }
}

void Resolver::met_in_village(const std::vector<crypto::PublicKey>& keys, Now now) {
    now_ = now;
    for (const auto& [name, search] : searches_) {
        const bool waits = std::ranges::any_of(search->questions(), [&](const Search::Question& question) {
            return std::ranges::find(keys, question.blinding.blinded) != keys.end();
        });
        if (!waits || search->wants_all()) continue;
        look_into_village(*search);
        if (search->is_fresh()) search->settle_now();
    }
}

void Resolver::resolve(ResolveRequest request, Now now, ResolveDone done) {
    now_ = now;
    ++lookups_;
    if (tell_known(request, now, done)) return;
    const RecordName name = request;
    if (const auto running = searches_.find(name); running != searches_.end()) {
        running->second->join(std::move(done), request.skip_cache);
        return;
    }
    if (searches_.size() >= config_.searches_at_once) {
        ResolveAnswer busy;
        busy.outcome = Outcome::deadline;
        done(busy);
        return;
    }
    const auto search = std::make_shared<Search>(std::move(request), now, patience(), seen_);
    search->join(std::move(done), false);
    searches_[name] = search;
    look_into_village(*search);
    if (dht_.connectivity() != Connectivity::connected) look_into_own_store(*search);
    const auto known = owner_nodes_.of(name);
    for (std::size_t question = 0; question < search->questions().size(); ++question) {
        if (config_.ask_directly) {
            for (const auto& node : neighbours_)
                ask_node(*search, question, node, true, now);
        }
        ask_nodes(*search, question, known, now);
    }
    step(now);
}

void Resolver::begin(Search& search, Now now) {
    search.begin(now.steady);
    const auto& name = search.name();
    const bool ask_for_tombstone = search.wants_all() || !revocations_.known_good(name.owner, now.steady);
    const auto running = ask_for_tombstone ? revocations_.running(name.owner) : nullptr;
    if (running) search.follow(running);
    const bool begin_one = ask_for_tombstone && !running;
    const auto first = std::min(config_.first_wave, config_.locations);
    const auto keys = search.questions().size() * first + (begin_one ? revocations_.locations(now.wall) : 0);
    // All or nothing: nobody is called without asking whether the key is still good.
    if (!budget_.take(static_cast<double>(keys), now.steady)) return;
    ask_wave(search, true);
    if (first < config_.locations)
        search.ask_others_at(search.wants_all() ? now.steady : now.steady + config_.wave);
    if (begin_one) search.follow(revocations_.begin(name.owner, now));
}

bool Resolver::in_first_wave(std::uint8_t location) const {
    const auto turn = location + config_.locations - config_.first_location % config_.locations;
    return turn % config_.locations < config_.first_wave;
}

void Resolver::ask_wave(Search& search, bool first) {
    for (std::size_t question = 0; question < search.questions().size(); ++question) {
        for (std::uint8_t i = 0; i < config_.locations; ++i)
            if (in_first_wave(i) == first) ask(search, search.add_location(question, i));
    }
}

void Resolver::ask_others(Search& search) {
    const auto left = static_cast<std::size_t>(config_.locations - config_.first_wave);
    const auto keys = search.questions().size() * left;
    if (budget_.take(static_cast<double>(keys), now_.steady)) ask_wave(search, false);
}

/// Cut off from all others, one of whom may have a newer one: who is met in our own store is better than
/// nobody.
void Resolver::look_into_own_store(Search& search) {
    for (std::size_t question = 0; question < search.questions().size(); ++question) {
        for (std::uint8_t i = 0; i < config_.locations; ++i) {
            const auto asked = search.add_location(question, i);
            dht_.get_kept(location(search.questions()[question].blinding.blinded, i),
                          [&](const DhtNode::Found& found) { search.meet(asked, found, now_, refused_); });
            search.end(asked, false);  // nobody else was asked
        }
    }
}

void Resolver::ask(Search& search, std::size_t i) {
    const auto weak = std::weak_ptr(searches_.at(search.name()));
    const auto& asked = search.asked()[i];
    dht_.get(
        location(search.questions()[asked.question].blinding.blinded, asked.location), false,
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
        const TransportAddress address{Transport::udp, node.address, node.port};
        if (judge_contact(address, config_.mesh, {}) != ContactVerdict::may_be_called) continue;
        ask_node(search, question, node, false, now);
    }
}

void Resolver::ask_node(Search& search, std::size_t question, const NodeAddress& node, bool beside, Now now) {
    const asio::ip::udp::endpoint endpoint(node.address, node.port);
    std::ostringstream text;
    text << endpoint;
    const auto i = search.add_node(question, text.str(), beside);
    if (!i) return;
    const auto weak = std::weak_ptr(searches_.at(search.name()));
    direct_.ask(endpoint, search.questions()[question].blinding,
                {[this, weak, i = *i](crypto::ByteView block) {
                     // As with a value that this node stores: the DHT may have a newer one, of another node.
                     if (const auto alive = weak.lock())
                         meet(*alive, i, {DhtNode::value_type, 0, block, now_.steady, true});
                 },
                 [weak, i = *i](bool answered) {
                     if (const auto alive = weak.lock()) alive->end(i, answered);
                 }},
                now);
}

/// False when this place has had its share.
bool Resolver::meet(Search& search, std::size_t i, const DhtNode::Found& found) {
    const auto met = search.meet(i, found, now_, refused_);
    if (!search.asked()[i].directly) ask_nodes(search, search.asked()[i].question, met.nodes, now_);
    return met.more;
}

void Resolver::step(Now now) {
    now_ = now;
    revocations_.step(now);
    std::vector<std::shared_ptr<Search>> ready;
    for (const auto& [name, search] : searches_) {
        // Held until connected: before, OpenDHT would fail the get at once.
        if (!search->begun() && dht_.connectivity() == Connectivity::connected) begin(*search, now);
        if (search->take_others(now.steady)) ask_others(*search);
        if (search->is_ready(now, revocations_.revoked(name.owner))) ready.push_back(search);
    }
    for (const auto& search : ready)
        settle(search, now);
}

void Resolver::settle(const std::shared_ptr<Search>& search, Now now) {
    const RecordName name = search->name();
    auto answer = search->conclude(now, revocations_.revoked(name.owner));
    if (!answer.record && !search->wants_all()) fall_back(name, answer, now);
    if (!answer.revoked) remember(name, answer, now);
    searches_.erase(name);
    for (const auto& done : search->take_waiting())
        done(answer);
}

/// What was verified before and has not expired is better than nothing: its locations may be eclipsed.
void Resolver::fall_back(const RecordName& name, ResolveAnswer& answer, Now now) const {
    const Cached* const known = cache_.find(name);
    if (known == nullptr || !known->found || known->found->expires <= now.wall) return;
    auto found = *known->found;
    found.elapsed = answer.elapsed;
    found.values = std::move(answer.values);
    found.asked = std::move(answer.asked);
    found.from_cache = true;
    answer = std::move(found);
}

void Resolver::remember(const RecordName& name, const ResolveAnswer& answer, Now now) {
    std::chrono::seconds keep{0};
    if (answer.outcome == Outcome::found) keep = config_.positive_cache;
    // Withdrawn, or of a node that knows no address of its own yet, or none but of IPv6: it may be back, or a
    // way for callers without IPv6 come up, at any moment, and nobody waits a minute for that.
    const bool away = answer.record && answer.record->kind == Kind::contacts &&
                      answer.record->direct.empty() && answer.record->through.empty() &&
                      std::ranges::none_of(answer.record->edges, has_ipv4);
    if (away || answer.outcome == Outcome::none || answer.from_cache) keep = config_.negative_cache;
    Cached kept;
    if (Cached* const old = cache_.find(name)) kept.found = std::move(old->found);
    if (answer.record) kept.found = answer;
    // A withdrawal names none: whoever withdrew, may be back where they were. Those of a certified node count
    // as long as it is met.
    if (!answer.owners_nodes.empty()) owner_nodes_.remember(name, answer.owners_nodes);
    if (keep.count() == 0 && !kept.found) {
        cache_.erase(name);
        return;
    }
    kept.answer = answer;
    kept.answer.from_cache = true;
    kept.until = now.steady + keep;
    cache_.put(name, std::move(kept));
}

std::optional<TimePoint> Resolver::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& [name, search] : searches_) {
        const auto at = search->next_wake(revocations_.revoked(name.owner));
        if (!wake || at < *wake) wake = at;
    }
    return wake;
}

void Resolver::describe(OverlayStatus& status) const {
    status.lookups = lookups_;
    status.cache_hits = cache_hits_;
    status.village.answers = village_answers_;
    status.refused_as_caller = refused_;
    for (std::size_t i = 0; i < refused_.size(); ++i)
        status.refused_as_caller[i] += revocations_.refused[i];
}

}  // namespace overlay

// sip/proxy/proxy.cpp - contexts and their branches: who is tried when, and what is done with what comes
// back.
#include "sip/proxy/proxy.hpp"

#include <algorithm>
#include <cassert>

#include "sip/proxy/forwarded_message.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

namespace {

using namespace std::chrono_literals;

constexpr auto timer_c = 185s;  // §16.6 step 11: MUST be larger than 3 minutes
// A callee that can be reached says 100 in a round trip; timer B (32 s) is longer than people wait.
constexpr auto silence = 4s;
constexpr auto ring_before_next = 20s;  // four rings for the phones of one q, when there are others
constexpr auto cancel_patience = 32s;   // §9.1: 64*T1
constexpr unsigned max_follows = 3;     // 3xx in one context
constexpr std::size_t max_branches = 64;

bool another_way_may_help(int status) {
    return status == 408 || status == 430 || status == 503;
}

}  // namespace

struct Proxy::Branch {
    std::string id;  // of its client transaction; empty once that has ended
    std::size_t callee = 0;
    std::string uri;
    bool heard = false;      // anything came back
    bool done = false;       // has its final answer, or none is waited for
    bool left = false;       // another way was taken meanwhile: only a 2xx is still welcome
    bool cancelled = false;  // CANCEL is sent, or will be as soon as §9.1 allows
    std::optional<Time> wake;
};

struct Proxy::Context {
    std::uint64_t id = 0;
    Job job;
    std::string loop;
    bool invite = false;
    bool told = false;       // the caller has its final answer
    bool cancelled = false;  // by the caller
    bool ended = false;      // a 6xx: nobody else is tried
    unsigned follows = 0;
    std::vector<bool> tried;            // by callee
    std::vector<std::size_t> next_way;  // by callee
    std::vector<Branch> branches;
    std::vector<Refusal> refusals;

    [[nodiscard]] bool open() const { return !told && !cancelled && !ended; }
};

Proxy::Proxy(ProxyRules rules, const std::array<std::uint8_t, 32>& secret, const FlowTokens& tokens,
             const ProxyHost& host, Responder& responder, Output& output)
    : rules_(std::move(rules)),
      key_(derived_key<16>(secret, "hedgewitch/sip/branch")),
      tokens_(tokens),
      host_(host),
      responder_(responder),
      output_(output),
      clients_(rules_.limits, output) {}

Proxy::~Proxy() = default;

// --- forking

void Proxy::start(Job job, Time now) {
    auto context = std::make_unique<Context>();
    Context& c = *context;
    c.id = ++last_context_;
    c.job = std::move(job);
    c.tried.resize(c.job.callees.size());
    c.next_way.resize(c.job.callees.size());
    const auto request = MessageView::parse(c.job.wire);
    if (!request) return responder_.stay_silent(c.job.key);  // it was parsed when it came
    c.invite = request->method() == Method::invite;
    c.loop = loop_hash(*request);
    bytes_ += c.job.wire.size();
    by_key_[c.job.key] = c.id;
    contexts_.emplace(c.id, std::move(context));
    ++counters_.forwarded;
    // RFC 5393 §5.3.3: what the caller allows is divided among all branches, the later ones too: a CANCEL
    // does not end a branch at once.
    const auto allowed = request->header(Header::max_breadth);
    const std::uint32_t breadth =
        allowed ? parse_number(*allowed).value_or(default_breadth) : default_breadth;
    if (breadth < c.job.callees.size()) {
        ++counters_.too_broad;
        c.refusals.push_back({440, {}});
        return finish(c, now);
    }
    c.job.breadth = breadth / static_cast<std::uint32_t>(c.job.callees.size());
    start_groups(c, now);
}

bool Proxy::more_groups(const Context& c) {
    return std::find(c.tried.begin(), c.tried.end(), false) != c.tried.end();
}

// The best q that was not tried, and if nobody can be reached there the next one.
void Proxy::start_groups(Context& c, Time now) {
    bool any = false;
    while (!any && c.open() && more_groups(c)) {
        std::uint16_t best = 0;
        for (std::size_t i = 0; i < c.tried.size(); ++i) {
            if (!c.tried[i]) best = std::max(best, c.job.callees[i].q);
        }
        for (std::size_t i = 0; i < c.tried.size(); ++i) {
            if (c.tried[i] || c.job.callees[i].q != best) continue;
            c.tried[i] = true;
            any = try_next_way(c, i, now) || any;
        }
    }
    if (!any) advance(c, now);
}

bool Proxy::try_next_way(Context& c, std::size_t callee, Time now) {
    while (c.next_way[callee] < c.job.callees[callee].ways.size()) {
        const Way way = c.job.callees[callee].ways[c.next_way[callee]++];
        const auto flow = clients_.full() || c.branches.size() >= max_branches ? std::nullopt : flow_of(way);
        if (flow) {
            send(c, callee, way, *flow, now);
            return true;
        }
        c.refusals.push_back({503, {}});
    }
    return false;
}

void Proxy::send(Context& c, std::size_t callee, const Way& way, const Flow& flow, Time now) {
    Branch b;
    b.id = new_branch(c.loop);
    b.callee = callee;
    b.uri = way.uri;
    by_branch_[b.id] = {c.id, c.branches.size()};
    c.branches.push_back(b);
    ++counters_.branches;
    if (c.next_way[callee] < c.job.callees[callee].ways.size())
        wake_at(c, c.branches.size() - 1, now + silence);
    clients_.start(b.id, flow, onward(c.job, way, flow, b.id), now);
}

bool Proxy::cancel(const Key& invite, Time now) {
    const auto found = by_key_.find(invite);
    if (found == by_key_.end()) return false;
    Context& c = *contexts_.at(found->second);
    if (c.told) return true;
    c.cancelled = true;
    cancel_all(c, now);
    advance(c, now);
    return true;
}

void Proxy::cancel_all(Context& c, Time now) {
    for (Branch& b : c.branches) {
        if (!b.done && !b.cancelled) give_up(c, b, now);
    }
}

// A branch that nobody was heard on is not waited for; should somebody be heard later, it is cancelled then.
void Proxy::give_up(Context& c, Branch& b, Time now) {
    const auto index = static_cast<std::size_t>(&b - c.branches.data());
    b.cancelled = true;
    if (b.heard && c.invite) {
        ++counters_.cancels;
        clients_.cancel(b.id, now);
        return wake_at(c, index, now + cancel_patience);
    }
    b.left = b.done = true;
    wake_at(c, index, std::nullopt);
    if (c.cancelled) c.refusals.push_back({487, {}});
}

// §16.7 step 6: once nobody is waited for, the next group, or the best of what was said.
void Proxy::advance(Context& c, Time now) {
    if (c.told) return drop_when_over(c);
    const bool waiting =
        std::any_of(c.branches.begin(), c.branches.end(), [](const Branch& b) { return !b.done && !b.left; });
    if (waiting) return;
    if (c.open() && more_groups(c)) return start_groups(c, now);
    finish(c, now);
}

void Proxy::finish(Context& c, Time now) {
    c.told = true;
    const auto request = MessageView::parse(c.job.wire);
    const Refusal best = c.refusals.empty() ? Refusal{480, {}} : best_response(c.refusals);
    if (!c.invite && best.status == 408) {
        responder_.stay_silent(c.job.key);
    } else if (!best.bytes.empty()) {
        responder_.pass_on(c.job.key, best.status, best.bytes, now);
    } else if (request) {
        responder_.finish(c.job.key, *request, c.job.flow, {best.status, {}, {}},
                          Responder::Resend::until_ack, now);
    }
    drop_when_over(c);
}

// --- what comes back

void Proxy::response(const MessageView& response, Time now) {
    const auto via = response.top_via();
    const auto outcome = clients_.receive(response, now);
    if (outcome == ClientTransactions::Outcome::stray) ++counters_.strays;
    if (outcome != ClientTransactions::Outcome::news) return;
    const auto place = by_branch_.find(std::string(via->branch()));
    if (place == by_branch_.end()) return;
    Context& c = *contexts_.at(place->second.context);
    const std::size_t index = place->second.branch;
    Branch& b = c.branches[index];
    if (response.status() < 200) return provisional(c, b, response, now);
    if (response.status() < 300) return success(c, b, response, now);
    if (b.done) return;
    if (response.status() < 400 && follow(c, b, response)) return refusal(c, index, {503, {}}, now);
    // What we cancelled of ourselves ended for want of an answer.
    const bool ours = b.cancelled && !c.cancelled && response.status() == 487;
    refusal(c, index,
            ours ? Refusal{408, {}} : Refusal{response.status(), forwarded_response(response, c.job.relabel)},
            now);
}

void Proxy::provisional(Context& c, Branch& b, const MessageView& response, Time now) {
    const auto index = static_cast<std::size_t>(&b - c.branches.data());
    const bool first = !std::exchange(b.heard, true);
    if (b.cancelled || b.left) {
        b.cancelled = true;
        if (first && c.invite) {
            ++counters_.cancels;
            clients_.cancel(b.id, now);
            wake_at(c, index, now + cancel_patience);
        }
        return;
    }
    if (!c.invite) {
        wake_at(c, index, std::nullopt);  // timer F goes on
    } else if (more_groups(c)) {
        if (first) wake_at(c, index, now + ring_before_next);
    } else if (first || response.status() > 100) {
        wake_at(c, index, now + timer_c);  // §16.7 step 2
    }
    if (response.status() > 100 && !c.told)
        responder_.pass_on(c.job.key, response.status(), forwarded_response(response, c.job.relabel), now);
}

void Proxy::success(Context& c, Branch& b, const MessageView& response, Time now) {
    const bool first = !std::exchange(b.done, true);
    wake_at(c, static_cast<std::size_t>(&b - c.branches.data()), std::nullopt);
    if (c.invite || !c.told)
        responder_.pass_on(c.job.key, response.status(), forwarded_response(response, c.job.relabel), now);
    if (!first) return;
    c.told = true;
    cancel_all(c, now);  // §16.7 step 10
    drop_when_over(c);
}

void Proxy::refusal(Context& c, std::size_t branch, Refusal refusal, Time now) {
    Branch& b = c.branches[branch];
    const bool left = b.left;
    b.done = true;
    wake_at(c, branch, std::nullopt);
    const int status = refusal.status;
    if (!left) c.refusals.push_back(std::move(refusal));
    if (status >= 600 && !c.ended &&
        !c.told) {  // §16.7 step 5: "SHOULD cancel all client pending transactions"
        c.ended = true;
        cancel_all(c, now);
    }
    if (!left && another_way_may_help(status) && c.open()) {
        const std::size_t callee = b.callee;  // b moves when a branch is added
        if (try_next_way(c, callee, now)) {
            ++counters_.failovers;
            return;
        }
    }
    advance(c, now);
}

// §16.5 allows a proxy to add what a 3xx names. Only for our own callers, and only addresses: their edge
// verified the callee, and it is the callee's side that speaks.
bool Proxy::follow(Context& c, const Branch& b, const MessageView& response) {
    if (!c.job.follows_3xx || !c.open() || b.left || c.follows >= max_follows) return false;
    ++c.follows;
    std::vector<Way>& ways = c.job.callees[b.callee].ways;
    const auto next = static_cast<std::ptrdiff_t>(c.next_way[b.callee]);
    std::vector<Way> found;
    response.each_value(Header::contact, [&](std::string_view value) {
        const auto uri = uri_in(value);
        const auto parsed = UriView::parse(uri);
        const auto hop = parsed && parsed->headers.empty() ? next_hop(*parsed) : std::nullopt;
        const bool again = std::any_of(c.branches.begin(), c.branches.end(),
                                       [&](const Branch& other) { return other.uri == uri; });
        if (hop && !again && host_.may_call(*hop)) found.push_back({std::string(uri), {}, {}, hop, false});
        return found.size() < 4;
    });
    ways.insert(ways.begin() + next, found.begin(), found.end());
    return !found.empty();
}

void Proxy::told(const ClientTransactions::Event& event, Time now) {
    using Kind = ClientTransactions::Event::Kind;
    const auto found = by_branch_.find(event.branch);
    if (found == by_branch_.end()) return;
    const Place place = found->second;
    Context& c = *contexts_.at(place.context);
    transaction_over(event.branch);
    if (event.kind == Kind::finished || c.branches[place.branch].done) return drop_when_over(c);
    refusal(c, place.branch, {event.kind == Kind::timeout ? 408 : 503, {}}, now);
}

// --- time

void Proxy::flow_failed(const Flow& flow, Time now) {
    for (const auto& event : clients_.fail(flow))
        told(event, now);
}

void Proxy::on_time(Time now) {
    for (const auto& event : clients_.on_time(now))
        told(event, now);
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        const Place place = wakes_.begin()->second;
        Context& c = *contexts_.at(place.context);
        wake_at(c, place.branch, std::nullopt);
        overdue(c, place.branch, now);
    }
}

void Proxy::overdue(Context& c, std::size_t index, Time now) {
    Branch& b = c.branches[index];
    if (b.cancelled) {  // its CANCEL changed nothing
        clients_.forget(b.id);
        transaction_over(b.id);
        if (b.done) return drop_when_over(c);
        return refusal(c, index, {c.cancelled ? 487 : 408, {}}, now);
    }
    if (b.heard) return give_up(c, b, now);  // timer C, or long enough for this group
    if (!c.open()) return;
    b.left = true;
    const std::size_t callee = b.callee;  // b moves when a branch is added
    if (try_next_way(c, callee, now)) {
        ++counters_.failovers;
    } else {
        c.branches[index].left = false;
    }
}

void Proxy::wake_at(Context& c, std::size_t branch, std::optional<Time> when) {
    Branch& b = c.branches[branch];
    if (b.wake) wakes_.erase({*b.wake, {c.id, branch}});
    b.wake = when;
    if (when) wakes_.emplace(*when, Place{c.id, branch});
}

std::optional<Proxy::Time> Proxy::next_wake() const {
    auto wake = clients_.next_wake();
    if (!wakes_.empty() && (!wake || wakes_.begin()->first < *wake)) wake = wakes_.begin()->first;
    return wake;
}

void Proxy::transaction_over(const std::string& branch) {
    const auto found = by_branch_.find(branch);
    if (found == by_branch_.end()) return;
    Branch& b = contexts_.at(found->second.context)->branches[found->second.branch];
    by_branch_.erase(found);  // `branch` may be b.id
    b.id.clear();
}

// The caller is told, and no transaction can bring anything more.
void Proxy::drop_when_over(const Context& c) {
    if (!c.told) return;
    const bool over =
        std::all_of(c.branches.begin(), c.branches.end(), [](const Branch& b) { return b.id.empty(); });
    Context& mine = *contexts_.at(c.id);
    if (over) {
        for (std::size_t i = 0; i < c.branches.size(); ++i)
            wake_at(mine, i, std::nullopt);
        by_key_.erase(c.job.key);
    }
    bytes_ -= c.job.wire.size();
    mine.job.wire.clear();  // no new branch will need it
    mine.job.wire.shrink_to_fit();
    if (over) contexts_.erase(c.id);
}

}  // namespace sip

// sip/proxy/proxy.cpp - contexts and their branches: who is tried when, and what is done with what comes
// back.
#include "sip/proxy/proxy.hpp"

#include <algorithm>
#include <utility>

#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/proxy/session_timer.hpp"
#include "sip/relay_token.hpp"
#include "sip/syntax/uri.hpp"
#include "sip/transaction/timers.hpp"

namespace sip {

namespace {

using namespace std::chrono_literals;

// A callee that can be reached says 100 in a round trip; timer B (32 s) is longer than people wait.
constexpr auto silence = 4s;
// In place of UDP: who listens there says so in a round trip, and a firewall says nothing.
constexpr auto tcp_silence = 1s;
// A connection that is not secured by then meets a firewall that says nothing; TLS takes two round trips, of
// 600 ms over a satellite. RFC 8305 §5 has the next way tried after 2 s at the latest.
constexpr auto connects_within = 1500ms;
// §18.1.1: "If a request is within 200 bytes of the path MTU, or if it is larger than 1300 bytes and the path
// MTU is unknown, the request MUST be sent using an RFC 2914 congestion controlled transport protocol".
constexpr std::size_t largest_datagram = 1300;
constexpr auto ring_before_next = 20s;  // four rings for the phones of one q, when there are others
constexpr auto cancel_patience = timers::timeout;  // §9.1
constexpr unsigned max_follows = 3;                // 3xx in one context
constexpr std::size_t max_contacts = 4;            // taken of one 3xx
constexpr std::size_t max_branches = 64;
// Timers of the whole request: for its 100, and for the end of its ringing.
constexpr std::size_t no_branch = std::size_t(-1), ringing = std::size_t(-2);

// RFC 3326 §2: "Call completed elsewhere", by which phones know that nothing was missed.
constexpr std::string_view taken_elsewhere = "SIP;cause=200;text=\"Call completed elsewhere\"";
constexpr std::string_view nobody_answered = "SIP;cause=480;text=\"Nobody answered\"";

bool another_hop_may_help(int status) {
    return status == 408 || status == 430 || status == 503;
}

/// Somebody there has decided, or the caller must log in: who was found was the right one.
bool was_there(int status) {
    return status == 401 || status == 407 || status == 486 || status == 487 || status >= 600;
}

bool of_the_call(Method method) {
    return method == Method::invite || method == Method::update || method == Method::prack ||
           method == Method::info;
}

Flow beyond_relay(const Flow& flow) {
    return {flow.transport, {}, {address_beyond_relay(flow.remote.address), 5061}, 0};
}

const FromRewrite* rewrite_of(const ResponseContext& c) {
    return c.forward.rewrite ? &*c.forward.rewrite : nullptr;
}

}  // namespace

Proxy::Proxy(ProxyRules rules, const std::array<std::uint8_t, 32>& secret, Dialogs& dialogs, ProxyHost& host,
             Responder& responder, Output& output)
    : rules_(std::move(rules)),
      branch_ids_(secret),
      dialogs_(dialogs),
      host_(host),
      responder_(responder),
      output_(output),
      clients_(rules_.limits, output) {}

Proxy::~Proxy() = default;

// --- forking

void Proxy::start(ForwardRequest forward, Time now) {
    const std::uint64_t id = ++last_context_;
    std::string loop = branch_ids_.loop_hash(forward.request);
    auto context = std::make_unique<ResponseContext>(id, std::move(loop), std::move(forward));
    ResponseContext& c = *context;
    c.echo = branch_ids_.echo_hash(c.forward.request, 0);
    c.session = session_to_ask_for(c.forward.request);
    bytes_ += c.forward.request.bytes() + c.names.bytes();
    by_key_[c.forward.key] = id;
    contexts_.emplace(id, std::move(context));
    ++counters_.forwarded;
    if (c.forward.trying_at) wakes_.set(c.timers.trying, {id, no_branch}, *c.forward.trying_at);
    if (c.forward.rings_until) wakes_.set(c.timers.rung, {id, ringing}, *c.forward.rings_until);
    if (c.breadth < c.forward.targets.size()) {
        ++counters_.too_broad;
        c.refusals.push_back({440, {}});
        return finish(c, now);
    }
    start_groups(c, now);
}

// The best q that was not tried, and if nobody can be reached there the next one.
void Proxy::start_groups(ResponseContext& c, Time now) {
    bool any = false;
    while (!any && c.open() && c.more_targets()) {
        for (const std::size_t target : c.take_group())
            any = try_next_hop(c, target, now) || any;
    }
    if (!any) advance(c, now);
}

bool Proxy::try_next_hop(ResponseContext& c, std::size_t target, Time now) {
    while (const Hop* hop = c.take_hop(target)) {
        const bool room = !clients_.full() && c.branches.size() < max_branches;
        if (const auto flow = room ? flow_of(*hop, output_) : std::nullopt) {
            send(c, target, *hop, *flow, now);
            return true;
        }
        c.refusals.push_back({503, {}});
    }
    return false;
}

void Proxy::send(ResponseContext& c, std::size_t target, const Hop& hop, const Flow& flow, Time now) {
    const ForwardRequest& forward = c.forward;
    const std::string id = branch_ids_.next(c.loop);
    BranchRequest out = branch_request(hop, flow, id);
    if (MediaPath* media = host_.media(); media != nullptr && may_carry_sdp(forward.request.method())) {
        auto passed = media->request(forward.request, way_to(c, target, hop, flow));
        c.forward.stays = forward.stays || passed.stays;
        out.body = std::move(passed.body);
        if (out.body && hop.ticket)
            out.request_uri = with_ticket(out.request_uri, hop.ticket->make(forward.request, *out.body));
    }
    out.own_realm = rules_.realm;
    out.rewrite = rewrite_of(c);
    out.from_stranger = forward.from_stranger;
    out.refer_to = forward.refer_to ? &*forward.refer_to : nullptr;
    out.session_expires = c.session ? &*c.session : nullptr;
    // RFC 5393 §5.3.3: what the caller allows is divided among all branches, the later ones too: a CANCEL
    // does not end a branch at once.
    out.breadth = c.breadth / static_cast<std::uint32_t>(forward.targets.size());
    out.record_route = recorded_route(forward, hop, flow, dialogs_.tokens(), host_);

    std::string text = forwarded_request(forward.request, forward.flow, out);
    if (text.size() > largest_datagram && send_over_tcp(c, target, hop, flow, now)) return;
    Branch b;
    b.id = id;
    b.target = target;
    b.uri = hop.uri;
    b.flow = flow;
    b.phone = hop.phone;
    b.relayed = relayed(hop);
    by_branch_[id] = {c.id, c.branches.size()};
    c.branches.push_back(std::move(b));
    ++counters_.branches;
    if (c.more_hops(target)) {
        Branch& waits = c.branches.back();
        waits.connects = flow.transport == Transport::tls && hop.next && !output_.peer(flow);
        wake_at(c, waits, now + (waits.connects ? connects_within : silence));
    }
    clients_.start(id, flow, forward.request.method(), std::move(text), now);
}

MediaPath::Way Proxy::way_to(const ResponseContext& c, std::size_t target, const Hop& hop,
                             const Flow& flow) const {
    return {c.forward.flow, relayed(hop) ? beyond_relay(flow) : flow, c.forward.caller_is_ours, hop.phone,
            target};
}

/// §18.1.1: "If this causes a change in the transport protocol [..] and the attempt to establish the
/// connection generates either an ICMP Protocol Not Supported, or results in a TCP reset, the element SHOULD
/// retry the request, using UDP." Once: then it is known that nobody listens there.
bool Proxy::send_over_tcp(ResponseContext& c, std::size_t target, const Hop& hop, const Flow& flow,
                          Time now) {
    const auto where = tcp_instead(hop, flow);
    if (!where || without_tcp_.find(*where) != nullptr || c.branches.size() + 1 >= max_branches) return false;
    const auto connection = output_.reach(Transport::tcp, *where);
    if (!connection) return false;
    // add_hops() may move the one that is borrowed.
    const Hop over_tcp = hop;  // NOLINT(performance-unnecessary-copy-initialization)
    Hop datagram = hop;
    datagram.datagram = true;
    c.add_hops(target, {std::move(datagram)});
    const std::size_t index = c.branches.size();
    send(c, target, over_tcp, *connection, now);
    c.branches[index].instead = where;
    wake_at(c, c.branches[index], now + tcp_silence);
    return true;
}

bool Proxy::forward_ack(const MessageView& ack, const Flow& came_on, const Hop& hop,
                        const FromRewrite* rewrite) {
    const auto hops = ack.header(Header::max_forwards);
    if (hops && parse_number(*hops).value_or(0) == 0) return true;
    const auto flow = flow_of(hop, output_);
    if (!flow) return false;
    BranchRequest out = branch_request(hop, *flow, branch_ids_.of_ack(ack));
    if (MediaPath* media = host_.media())
        out.body = media->request(ack, {came_on, *flow, false, hop.phone, 0}).body;
    out.own_realm = rules_.realm;
    out.rewrite = rewrite;
    ++counters_.acks;
    output_.send(*flow, forwarded_request(ack, came_on, out));
    return true;
}

bool Proxy::cancel(const Key& invite, std::string reason, Time now) {
    const auto found = by_key_.find(invite);
    if (found == by_key_.end()) return false;
    ResponseContext& c = *contexts_.at(found->second);
    if (c.final_sent) return true;
    c.cancelled = true;
    c.cancel_reason = std::move(reason);
    cancel_all(c, now);
    advance(c, now);
    return true;
}

void Proxy::cancel_all(ResponseContext& c, Time now) {
    for (Branch& b : c.branches) {
        if (!b.done && !b.cancelled) give_up(c, b, now);
    }
}

// A branch that nobody was heard on is not waited for; should somebody be heard later, it is cancelled then.
void Proxy::give_up(ResponseContext& c, Branch& b, Time now) {
    b.cancelled = true;
    if (b.heard && c.invite) return cancel_branch(c, b, now);
    b.left = b.done = true;
    b.timer.cancel();
    if (c.cancelled) c.refusals.push_back({487, {}});
}

void Proxy::cancel_branch(ResponseContext& c, Branch& b, Time now) {
    ++counters_.cancels;
    clients_.cancel(b.id, c.cancel_reason, now);
    wake_at(c, b, now + cancel_patience);
}

// §16.7 step 6: once nobody is waited for, the next group, or the best of what was said.
void Proxy::advance(ResponseContext& c, Time now) {
    if (c.final_sent) return drop_when_over(c);
    if (c.waiting()) return;
    if (c.open() && c.more_targets()) return start_groups(c, now);
    finish(c, now);
}

void Proxy::finish(ResponseContext& c, Time now) {
    c.final_sent = true;
    const ForwardRequest& forward = c.forward;
    Refusal best = c.refusals.empty() ? Refusal{480, {}} : best_response(c.refusals);
    if (forward.caller_is_ours && !c.cancelled && !was_there(best.status))
        host_.ask_anew(forward.request.request_uri());
    MediaPath* media = c.invite ? host_.media() : nullptr;
    if (c.makes_dialog) dialogs_.refused(forward.request);
    if (c.makes_dialog && media != nullptr) media->refused(forward.request);
    // RFC 3261 §12.2.1.2, §15.1.1: it is over too when nobody knows it there, or nobody answers.
    const bool gone = best.status == 408 || best.status == 481;
    // §12.2.1.2: "If the response for a request within a dialog is a 481 or a 408 [..] the UAC SHOULD
    // terminate the dialog". Here: of a call (RFC 5057 §5.1), when nobody has said anything.
    if (!forward.request.to_tag().empty() && of_the_call(forward.request.method()) && best.bytes.empty() &&
        best.status == 408 && !c.cancelled)
        dialogs_.unanswered(forward.request);
    if (gone) hung_up(c);
    if (!c.invite && best.status == 408) {
        responder_.stay_silent(forward.key);
    } else if (!best.bytes.empty()) {
        responder_.pass_on(forward.key, best.status, std::move(best.bytes), now);
    } else {
        Answer answer{best.status, {}, {}};
        if (best.status == 480 && !forward.warning.empty())
            answer.fields.emplace_back("Warning", forward.warning);
        responder_.finish(forward.key, forward.request, forward.flow, answer, Responder::Resend::until_ack,
                          now);
    }
    drop_when_over(c);
}

void Proxy::hung_up(const ResponseContext& c) {
    if (c.forward.request.method() != Method::bye) return;
    dialogs_.over(c.forward.request);
    if (MediaPath* media = host_.media()) media->over(c.forward.request);
}

// --- what comes back

void Proxy::response(const MessageView& response, Time now) {
    const auto via = response.top_via();
    const auto place = via ? by_branch_.find(std::string(via->branch())) : by_branch_.end();
    if (place != by_branch_.end() && response.method() != Method::cancel &&
        branch_ids_.echo_hash(response, 1) != contexts_.at(place->second.context)->echo) {
        ++counters_.misfits;
        return;
    }
    const auto outcome = clients_.receive(response, now);
    if (outcome == ClientTransactions::Outcome::stray) ++counters_.strays;
    if (outcome != ClientTransactions::Outcome::news || place == by_branch_.end()) return;
    ResponseContext& c = *contexts_.at(place->second.context);
    const std::size_t index = place->second.branch;
    Branch& b = c.branches[index];
    if (response.status() < 200) return provisional(c, b, response, now);
    if (response.status() < 300) return success(c, b, response, now);
    if (b.done) return;
    // RFC 3261 §8.2.2.2: the request is there already, by the hop that we have left: its answer counts.
    if (Branch* slow = response.status() == 482 && c.open() && !b.left ? c.left_for(b) : nullptr) {
        slow->left = false;
        b.done = true;
        b.timer.cancel();
        return;
    }
    if (response.status() < 400 && follow(c, b, response)) return refusal(c, index, {503, {}}, now);
    // What we cancelled of ourselves ended for want of an answer.
    const bool ours = b.cancelled && !c.cancelled && response.status() == 487;
    refusal(c, index, ours ? Refusal{408, {}} : Refusal{response.status(), passed_on(c, b, response)}, now);
}

// As the caller is to have it; and who answers is remembered, if that makes a dialog.
std::string Proxy::passed_on(const ResponseContext& c, const Branch& b, const MessageView& response) {
    AnsweredRoute route = answered_route(response, dialogs_.tokens());
    if (response.status() < 300 && c.makes_dialog) {
        const auto kind = b.phone || b.relayed ? FlowToken::Kind::flow : FlowToken::Kind::hop;
        const auto contact = uri_in(response.header(Header::contact).value_or(""));
        dialogs_.answered(response,
                          {{kind, b.flow, b.phone, Side::callee},
                           contact.empty() ? b.uri : std::string(contact),
                           std::move(route.beyond)},
                          route.ours);
    } else if (response.status() < 300) {
        dialogs_.replied(response);
    }
    std::optional<std::string> body;
    MediaPath* media = may_carry_sdp(response.method()) ? host_.media() : nullptr;
    if (media != nullptr)
        body = media->response(response,
                               {b.relayed ? beyond_relay(b.flow) : b.flow, c.forward.flow, b.phone,
                                c.forward.caller_is_ours, b.target},
                               c.has_body);
    return forwarded_response(
        response, {.names = &c.names,
                   .record_route = &route.values,
                   .from_stranger = !b.phone && c.forward.caller_is_ours,
                   .body = body ? &*body : nullptr,
                   .session_expires = c.session && knows_no_timer(response) ? &*c.session : nullptr});
}

void Proxy::provisional(ResponseContext& c, Branch& b, const MessageView& response, Time now) {
    const bool first = !std::exchange(b.heard, true);
    // Slow, and not deaf: whoever speaks first is waited for.
    if (Branch* heir = c.open() ? c.silent_heir(b) : nullptr) {
        heir->left = true;
        heir->timer.cancel();
        b.left = false;
    }
    if (b.cancelled || b.left) {
        b.cancelled = true;
        if (first && c.invite) cancel_branch(c, b, now);
        return;
    }
    if (!c.invite) {
        b.timer.cancel();  // timer F goes on
    } else if (c.more_targets()) {
        if (first) wake_at(c, b, now + ring_before_next);
    } else if (first || response.status() > 100) {
        wake_at(c, b, now + timers::c);  // §16.7 step 2
    }
    // RFC 4320 §4.1: what is no INVITE has no provisional response but 100, and that goes one hop.
    if (c.invite && response.status() > 100 && !c.final_sent)
        responder_.pass_on(c.forward.key, response.status(), passed_on(c, b, response), now);
}

void Proxy::success(ResponseContext& c, Branch& b, const MessageView& response, Time now) {
    const bool first = !std::exchange(b.done, true);
    b.timer.cancel();
    if (c.invite || !c.final_sent)
        responder_.pass_on(c.forward.key, response.status(), passed_on(c, b, response), now);
    if (!first) return;
    if (!c.final_sent) hung_up(c);
    c.final_sent = true;
    c.cancel_reason = taken_elsewhere;
    cancel_all(c, now);  // §16.7 step 10
    drop_when_over(c);
}

void Proxy::refusal(ResponseContext& c, std::size_t branch, Refusal refusal, Time now) {
    Branch& b = c.branches[branch];
    const bool left = b.left;
    b.done = true;
    b.timer.cancel();
    const int status = refusal.status;
    if (!left) {
        // Without room for what was said, that it was refused is all that is kept: we write it anew.
        if (bytes_ + refusal.bytes.size() > rules_.bytes) refusal.bytes.clear();
        bytes_ += refusal.bytes.size();
        c.refusal_bytes += refusal.bytes.size();
        c.refusals.push_back(std::move(refusal));
    }
    if (status >= 600 && !c.ended && !c.final_sent) {
        c.ended = true;  // §16.7 step 5: "SHOULD cancel all client pending transactions"
        c.cancel_reason = "SIP;cause=" + std::to_string(status);
        cancel_all(c, now);
    }
    if (!left && another_hop_may_help(status) && c.open()) {
        const std::size_t target = b.target;  // b moves when a branch is added
        if (try_next_hop(c, target, now)) {
            ++counters_.failovers;
            return;
        }
    }
    advance(c, now);
}

// §16.5 allows a proxy to add what a 3xx names. Only for our own callers, and only addresses: their edge
// verified the callee, and it is the callee's side that speaks.
bool Proxy::follow(ResponseContext& c, const Branch& b, const MessageView& response) {
    if (!c.forward.follows_3xx || !c.open() || b.left || c.follows >= max_follows) return false;
    ++c.follows;
    std::vector<Hop> found;
    response.each_value(Header::contact, [&](std::string_view value) {
        const auto uri = uri_in(value);
        const auto parsed = UriView::parse(uri);
        const auto next = parsed && parsed->headers.empty() ? next_hop(*parsed) : std::nullopt;
        if (next && !c.tried_uri(uri) && host_.may_call(*next))
            found.push_back({std::string(uri), {}, {}, next, false});
        return found.size() < max_contacts;
    });
    const bool any = !found.empty();
    c.add_hops(b.target, std::move(found));
    return any;
}

void Proxy::transaction_ended(const ClientTransactions::Event& event, Time now) {
    using Kind = ClientTransactions::Event::Kind;
    const auto found = by_branch_.find(event.branch);
    if (found == by_branch_.end()) return;
    const BranchPlace place = found->second;
    ResponseContext& c = *contexts_.at(place.context);
    forget_branch(event.branch);
    if (const auto& where = c.branches[place.branch].instead; where && event.kind == Kind::no_way)
        without_tcp_.put(*where, true);
    if (event.kind == Kind::finished || c.branches[place.branch].done) return drop_when_over(c);
    refusal(c, place.branch, {event.kind == Kind::timeout ? 408 : 503, {}}, now);
}

// --- time

void Proxy::flow_failed(const Flow& flow, Time now) {
    for (const auto& event : clients_.fail(flow))
        transaction_ended(event, now);
}

void Proxy::on_time(Time now) {
    for (const auto& event : clients_.on_time(now))
        transaction_ended(event, now);
    while (const BranchPlace* due = wakes_.due(now)) {
        const BranchPlace place = *due;
        ResponseContext& c = *contexts_.at(place.context);
        if (place.branch == no_branch) {
            c.timers.trying.cancel();
            if (!c.final_sent) responder_.trying(c.forward.key, c.forward.request, c.forward.flow);
            continue;
        }
        if (place.branch == ringing) {
            c.timers.rung.cancel();
            rung(c, now);
            continue;
        }
        c.branches[place.branch].timer.cancel();
        overdue(c, place.branch, now);
    }
}

void Proxy::overdue(ResponseContext& c, std::size_t index, Time now) {
    Branch& b = c.branches[index];
    if (b.cancelled) {  // its CANCEL changed nothing
        clients_.forget(b.id);
        forget_branch(b.id);
        if (b.done) return drop_when_over(c);
        return refusal(c, index, {c.cancelled ? 487 : 408, {}}, now);
    }
    if (b.heard) return give_up(c, b, now);  // timer C, or long enough for this group
    if (!c.open()) return;
    if (std::exchange(b.connects, false)) {
        if (output_.peer(b.flow)) return wake_at(c, b, now + silence - connects_within);
        // Closed, so that what was said there never arrives beside what is said elsewhere.
        const Flow flow = b.flow;
        output_.close(flow);
        return flow_failed(flow, now);
    }
    if (b.instead) without_tcp_.put(*b.instead, true);
    b.left = true;
    const std::size_t target = b.target;  // b moves when a branch is added
    if (try_next_hop(c, target, now)) {
        ++counters_.failovers;
    } else {
        c.branches[index].left = false;
    }
}

// The phones' 487 are waited for as after a CANCEL: one of them may have been taken up in this very moment.
void Proxy::rung(ResponseContext& c, Time now) {
    if (!c.open()) return;
    c.ended = true;
    c.cancel_reason = nobody_answered;
    c.refusals.push_back({480, {}});
    cancel_all(c, now);
    advance(c, now);
}

void Proxy::wake_at(const ResponseContext& c, Branch& b, Time when) {
    wakes_.set(b.timer, {c.id, static_cast<std::size_t>(&b - c.branches.data())}, when);
}

std::optional<Proxy::Time> Proxy::next_wake() const {
    const auto clients = clients_.next_wake();
    const auto own = wakes_.next_wake();
    if (!clients || !own) return clients ? clients : own;
    return std::min(*clients, *own);
}

void Proxy::forget_branch(const std::string& branch) {
    const auto found = by_branch_.find(branch);
    if (found == by_branch_.end()) return;
    Branch& b = contexts_.at(found->second.context)->branches[found->second.branch];
    by_branch_.erase(found);  // `branch` may be b.id
    b.id.clear();
}

// The caller has its answer, and no transaction can bring anything more.
void Proxy::drop_when_over(ResponseContext& c) {
    if (!c.final_sent) return;
    bytes_ -= c.forward.request.bytes();
    c.forward.request = {};  // no new branch will need it
    bytes_ -= std::exchange(c.refusal_bytes, 0);
    c.refusals.clear();  // nor will anybody be told
    if (!c.transactions_over()) return;
    bytes_ -= c.names.bytes();
    by_key_.erase(c.forward.key);
    contexts_.erase(c.id);
}

}  // namespace sip

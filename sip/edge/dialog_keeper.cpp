// sip/edge/dialog_keeper.cpp - keeps open what calls and phones hang on, and hangs up what is left over.
#include "sip/edge/dialog_keeper.hpp"

#include <algorithm>
#include <utility>

#include "sip/proxy/record_route.hpp"
#include "sip/syntax/quoted_string.hpp"

namespace sip {

namespace {

using namespace std::chrono_literals;

// A flood of REGISTERs is one change; a home's phones, as they come back after a start, are looked at one by
// one.
constexpr auto between_sweeps = 1s;
constexpr std::uint64_t few = 64;
constexpr auto while_kept = 20s;    // what is over is let go by then
constexpr auto shows_itself = 10s;  // a connection that was opened anew: TCP, TLS, and a ping
constexpr std::size_t max_losses = 4096;
constexpr unsigned most_to_one_node = 8;  // connections: one each way, and those that broke of late

bool is_stream(const Flow& flow) {
    return flow.transport != Transport::udp;
}

/// RFC 5626 §3.5, RFC 3581: something stands between that forgets. It shows when the phone names another
/// address than it comes from, or has its flow registered; one from the open network is never met without a
/// router that watches its port, though STUN has told it its outer address.
bool behind_nat(const Binding& binding) {
    if (is_stream(binding.flow) || !binding.path.empty()) return false;
    if (binding.reg_id != 0) return true;
    const auto hop = next_hop(binding.contact);
    return !hop || hop->endpoint != binding.flow.remote ||
           network_kind(binding.flow.remote.address) == NetworkKind::open;
}

std::string reason_text(const EndReason& why) {
    return "SIP;cause=" + std::to_string(why.cause) + ";text=" + quote(why.text);
}

}  // namespace

DialogKeeper::DialogKeeper(const std::array<std::uint8_t, 32>& secret, Dialogs& dialogs,
                           const Registrar& registrar, ProxyHost& host, Output& output)
    : dialogs_(dialogs), registrar_(registrar), host_(host), output_(output), requests_(secret, output) {}

// --- what is kept open

void DialogKeeper::look(Time now) {
    for (const CallId& id : dialogs_.take_unanswered())
        hang_up(id, {408, "The other side does not answer"}, nullptr, now);
    if (!changed()) return;
    const bool is_home = registrar_.version() <= few;
    if (!swept_ || is_home || now >= *swept_ + between_sweeps) return sweep(now);
    const Time soon = *swept_ + between_sweeps;
    sweep_at_ = sweep_at_ ? std::min(*sweep_at_, soon) : soon;
}

bool DialogKeeper::changed() const {
    return registrar_.version() != registered_ || dialogs_.confirmed() != confirmed_;
}

void DialogKeeper::sweep(Time now) {
    std::map<Flow, KeptFlows::Wish> wanted;
    registrar_.each(now, [&](const std::string&, const Binding& binding) {
        if (behind_nat(binding)) wanted[binding.flow] = {KeptFlows::By::options, binding.contact, {}};
    });
    dialogs_.each_call([&](const CallId&, const Dialog& dialog, const Dialog::Answerer& answerer) {
        wish(wanted, dialog.caller, Side::caller);
        wish(wanted, answerer.end, Side::callee);
    });
    const bool any = !wanted.empty();
    std::erase_if(came_back_, [&](const Flow& flow) { return !wanted.contains(flow); });
    std::erase_if(opened_back_, [&](const auto& entry) { return !wanted.contains(entry.first); });
    flows_.retain(std::move(wanted), now);
    registered_ = registrar_.version();
    confirmed_ = dialogs_.confirmed();
    swept_ = now;
    sweep_at_ = any ? std::optional(now + while_kept) : std::nullopt;
}

void DialogKeeper::wish(std::map<Flow, KeptFlows::Wish>& wanted, const DialogEnd& end, Side side) const {
    const Flow& flow = end.at.flow;
    const bool hop = end.at.kind == FlowToken::Kind::hop;
    if (wanted.contains(flow)) return;
    KeptFlows::Wish wish;
    if (!is_stream(flow)) {
        if (end.at.ours) return;  // a phone of ours: if it is behind a NAT, it is kept already
        wish.uri = hop ? "sip:" + to_string(flow.remote) : end.target;
        wanted.emplace(flow, std::move(wish));
        return;
    }
    const auto back = opened_back_.find(flow);
    if (const auto peer = output_.peer(flow)) wish.peer = peer->key_hash;
    if (!wish.peer && back != opened_back_.end()) wish.peer = back->second;
    // Proxies close connections that are idle, and open new ones: of the end of theirs nothing follows.
    // A callee's flow that is no phone's leads through a relay: we have opened that, too.
    const bool phone = end.at.ours && !hop;
    const bool opened = (side == Side::callee && !phone) || back != opened_back_.end();
    const auto peer = output_.peer(flow);
    const bool other_node = opened ? wish.peer.has_value() : peer && peer->zone_key;
    if (!phone && !opened && !other_node) return;
    wish.by = phone ? KeptFlows::By::nothing : KeptFlows::By::ping;
    wanted.emplace(flow, std::move(wish));
}

bool DialogKeeper::response(const MessageView& response, Time now) {
    const auto reply = requests_.receive(response, now);
    if (!reply) return false;
    if (reply->heard) heard({*reply->heard}, now);
    return true;
}

void DialogKeeper::heard(const std::vector<OwnRequests::Heard>& all, Time now) {
    for (const auto& [flow, answered] : all) {
        if (answered) {
            flows_.answered(flow);
        } else if (flows_.missed(flow)) {
            end_calls_on(flow, {408, "The other side is gone"}, now);
        }
    }
}

void DialogKeeper::on_time(Time now) {
    heard(requests_.on_time(now), now);
    if (sweep_at_ && *sweep_at_ <= now) sweep(now);
    while (const auto flow = flows_.next_due(now)) {
        const KeptFlows::Wish& wish = *flows_.find(*flow);
        if (wish.by == KeptFlows::By::ping) {
            output_.ping(*flow);
        } else {
            requests_.ask(*flow, wish.uri, host_.own_address(*flow), now);
        }
    }
    while (const Flow* const due = waits_.due(now))
        look_for(Flow(*due), now);
}

std::optional<DialogKeeper::Time> DialogKeeper::next_wake() const {
    std::optional<Time> first;
    for (const auto& at : {requests_.next_wake(), flows_.next_wake(), waits_.next_wake(), sweep_at_}) {
        if (at && (!first || *at < *first)) first = at;
    }
    return first;
}

// --- what is lost

void DialogKeeper::flow_failed(const Flow& flow, Time now) {
    heard(requests_.fail(flow), now);
    if (!is_stream(flow)) return;
    if (changed()) sweep(now);
    const KeptFlows::Wish* const wish = flows_.find(flow);
    const auto before = losses_.find(flow);
    if (before == losses_.end() && (wish == nullptr || losses_.size() >= max_losses)) return;
    const bool known = before != losses_.end();  // it is said again when something is sent there
    Loss& loss = losses_[flow];
    if (!known) loss.since = now;
    if (wish != nullptr && wish->peer) loss.peer = wish->peer;
    flows_.drop(flow);
    if (!known || std::exchange(loss.opened_anew, false))
        waits_.set(loss.timer, flow, now + (known ? again : at_first));
}

void DialogKeeper::look_for(const Flow& lost, Time now) {
    Loss& loss = losses_.at(lost);
    if (loss.opened_anew) {  // it holds
        losses_.erase(lost);
        return;
    }
    if (const auto found = in_place_of(lost, loss, now)) {
        dialogs_.moved(lost, *found);
        if (loss.peer) opened_back_[*found] = *loss.peer;
        Loss moved;
        moved.since = loss.since;
        moved.peer = loss.peer;
        moved.moved = loss.moved;
        moved.opened_anew = true;
        losses_.erase(lost);
        Loss& kept = losses_[*found];
        kept = std::move(moved);
        waits_.set(kept.timer, *found, now + shows_itself);
        return sweep(now);
    }
    if (now < loss.since + patience) return waits_.set(loss.timer, lost, now + again);
    losses_.erase(lost);
    end_calls_on(lost, {408, "The connection to the other side is lost"}, now);
}

// Another connection of the same node; the one that the phone has registered on since; or a new one, through
// the same relay, to where the lost one was opened to, or where the phone says that it listens.
std::optional<Flow> DialogKeeper::in_place_of(const Flow& lost, const Loss& loss, Time now) {
    std::optional<Flow> found;
    if (loss.peer) found = output_.connection_to(*loss.peer);
    if (found && *found != lost) return found;
    found.reset();
    bool opened = false;
    std::optional<NextHop> listens;
    dialogs_.each_call([&](const CallId&, const Dialog& dialog, const Dialog::Answerer& answerer) {
        const auto phone = [&](const DialogEnd& end, Side side) {
            if (found || end.at.flow != lost) return;
            opened = opened || (side == Side::callee && end.at.kind == FlowToken::Kind::hop &&
                                !came_back_.contains(lost));
            if (!end.at.ours) return;
            const auto binding = registrar_.find_contact_of(dialog.user(side), end.target, now);
            if (binding && binding->flow != lost && output_.alive(binding->flow)) found = binding->flow;
            const auto hop = next_hop(end.target);
            if (hop && hop->transport == lost.transport && hop->endpoint != lost.remote &&
                hop->endpoint.address == lost.remote.address)
                listens = hop;
        };
        phone(dialog.caller, Side::caller);
        phone(answerer.end, Side::callee);
    });
    const bool in_time = now < loss.since + patience;  // else one that breaks again and again would never end
    if (!found && in_time) found = output_.again(lost);
    if (!found && in_time && loss.moved && !opened) found = back_to(lost, loss);
    if (found || !in_time || (!opened && !listens)) return found;
    found = output_.reach(lost.transport, opened ? lost.remote : listens->endpoint);
    return found && *found != lost ? found : std::nullopt;
}

/// To where a node that had connected to us says in its Record-Route that it listens, and nobody else: at the
/// address that it came from last, when it has moved meanwhile.
std::optional<Flow> DialogKeeper::back_to(const Flow& lost, const Loss& loss) const {
    std::optional<NextHop> hop;
    dialogs_.each_call([&](const CallId&, const Dialog& dialog, const Dialog::Answerer& answerer) {
        for (const DialogEnd* end : {&dialog.caller, &answerer.end}) {
            if (!hop && end->at.flow == lost && !end->at.ours && !end->route.empty())
                hop = next_hop(uri_in(end->route.front()));
        }
    });
    if (hop && came_back_.contains(lost)) hop->endpoint.address = lost.remote.address;
    if (!hop || !loss.peer || hop->transport != Transport::tls || !host_.may_call(*hop)) return std::nullopt;
    return output_.reach(hop->transport, hop->endpoint, {{}, loss.peer});
}

// --- who moves

std::optional<KeyHash> DialogKeeper::peer_on(const Flow& flow) const {
    if (const auto peer = output_.peer(flow)) return peer->key_hash;
    if (const auto* wish = flows_.find(flow)) return wish->peer;
    const auto loss = losses_.find(flow);
    return loss == losses_.end() ? std::nullopt : loss->second.peer;
}

bool DialogKeeper::is_same_node(const Flow& known, const Flow& came) const {
    const auto peer = output_.peer(came);
    return peer && (known == came || peer_on(known) == peer->key_hash);
}

void DialogKeeper::came_back(const Flow& known, const Flow& came, Time now) {
    if (known == came) return;
    dialogs_.moved(known, came);
    losses_.erase(known);
    came_back_.insert(came);
    sweep(now);
}

void DialogKeeper::renew(const Flow& flow, Time now) {
    if (!is_stream(flow)) return;
    flow_failed(flow, now);
    const auto lost = losses_.find(flow);
    if (lost == losses_.end()) return;
    // What is there when it is renewed again was made since: he has come back by it.
    const bool known = std::exchange(lost->second.moved, true);
    output_.close(flow);
    for (unsigned i = 0; !known && lost->second.peer && i < most_to_one_node; ++i) {
        const auto other = output_.connection_to(*lost->second.peer);
        if (!other) break;
        output_.close(*other);
    }
    lost->second.opened_anew = false;
    look_for(flow, now);
}

// --- what is over

std::size_t DialogKeeper::end(std::string_view call_id, const EndReason& why, Time now) {
    std::vector<CallId> all;
    dialogs_.each_call([&](const CallId& id, const Dialog&, const Dialog::Answerer&) {
        if (id.call_id == call_id) all.push_back(id);
    });
    for (const CallId& id : all)
        hang_up(id, why, nullptr, now);
    return all.size();
}

void DialogKeeper::end_calls_on(const Flow& flow, const EndReason& why, Time now) {
    std::vector<CallId> all;
    dialogs_.each_call([&](const CallId& id, const Dialog& dialog, const Dialog::Answerer& answerer) {
        if (dialog.caller.at.flow == flow || answerer.end.at.flow == flow) all.push_back(id);
    });
    for (const CallId& id : all)
        hang_up(id, why, &flow, now);
    sweep_at_ = now;
}

void DialogKeeper::hang_up(const CallId& id, const EndReason& why, const Flow* gone, Time now) {
    const auto [dialog, answerer] = dialogs_.find_call(id);
    if (dialog == nullptr) return;
    ++hung_up_;
    const std::string reason = reason_text(why);
    for (const Side side : {Side::caller, Side::callee}) {
        const DialogEnd& end = side == Side::caller ? dialog->caller : answerer->end;
        if (gone != nullptr && end.at.flow == *gone) continue;
        (void)requests_.hang_up(side, id.call_id, *dialog, *answerer, reason, now);
    }
    dialogs_.hung_up(id);
    if (MediaPath* const media = host_.media()) media->ended(id.call_id, id.caller);
}

}  // namespace sip

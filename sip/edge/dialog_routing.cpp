// sip/edge/dialog_routing.cpp - where a request inside of a dialog goes that we stayed in.
#include "sip/edge/dialog_routing.hpp"

#include <utility>

#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_hops = 8;  // behind one name

bool same_machine(const asio::ip::address& a, const asio::ip::address& b) {
    return a == b || (a.is_loopback() && b.is_loopback());
}

// What listens below 1024 are the system's services (RFC 6335 §6), and no SIP.
bool is_service(std::uint16_t port) {
    return port < 1024;
}

}  // namespace

DialogRouting::DialogRouting(const Dialogs& dialogs, const OwnHosts& own, const Registrar& registrar,
                             const EdgeHost& host)
    : dialogs_(dialogs), own_(own), registrar_(registrar), host_(host) {}

DialogRoute DialogRouting::read(const MessageView& message, const Flow& came_on, Now now) const {
    DialogRoute dialog;
    dialog.uri = message.request_uri();
    dialog.route = addresses_of(message, Header::route);
    read_route(dialog, message, came_on);
    if (message.to_tag().empty()) return dialog;
    const auto found = dialogs_.find(message);
    const bool alive = found.state == DialogState::early || found.state == DialogState::confirmed;
    // A dialog that we know to live outlives its tokens.
    if (dialog.token && dialog.token->expires < now.wall && !alive) dialog.token.reset();
    if (!dialog.token && dialog.route.empty() && alive) read_tags(dialog, found, came_on, now.steady);
    if (!dialog.token) return dialog;
    Speech& speech = dialog.speech;
    speech.method = message.method();
    speech.sender_ours = dialog.from && dialog.from->ours;
    speech.receiver_ours = dialog.token->ours;
    speech.state = found.state;
    // After a restart: of a call that had not been answered then, nothing is left.
    if (found.state == DialogState::unknown && dialog.token->early) speech.state = DialogState::ended;
    const Side to = dialog.token->side;
    if (found.dialog != nullptr) dialog.user = found.dialog->user(to);
    if (const DialogEnd* end = found.end(to); end != nullptr && end->at.flow != dialog.token->flow)
        dialog.met = end->at.flow;
    if (dialog.user.empty() && dialog.token->ours)
        dialog.user = registrar_.user_on(dialog.token->flow, now.steady).value_or("");
    speech.events_wanted = found.dialog != nullptr && found.dialog->events[static_cast<std::size_t>(to)];
    return dialog;
}

void DialogRouting::read_route(DialogRoute& dialog, const MessageView& message, const Flow& came_on) const {
    const bool in_dialog = !message.to_tag().empty();
    if (!in_dialog && dialog.route.empty()) return;
    const DialogTags called{message.call_id(), message.from_tag(), message.to_tag()};
    const DialogTags answered{message.call_id(), message.to_tag()};  // the callee's own tag was not known
    std::optional<Side> sender;
    const auto token_in = [&](const UriView& uri) -> std::optional<FlowToken> {
        if (!in_dialog || !uri.is_sip()) return std::nullopt;
        for (const auto& [holder, tags] : {std::pair(Side::caller, called), {Side::callee, answered}}) {
            if (sender && *sender != holder) continue;
            auto token = dialogs_.tokens().open(uri.user, holder, tags);
            if (token) sender = holder;
            if (token) return token;
        }
        return std::nullopt;
    };
    const auto take = [&](const FlowToken& token) {
        (token.side == *sender ? dialog.from : dialog.token) = token;
    };
    // §16.4: a strict router put our Record-Route into the Request-URI, and the target last in Route.
    const auto asked = UriView::parse(dialog.uri);
    if (const auto token = asked ? token_in(*asked) : std::nullopt; token && !dialog.route.empty()) {
        dialog.names_us = true;
        take(*token);
        dialog.uri = uri_in(dialog.route.back());
        dialog.route.pop_back();
    }
    auto next = dialog.route.begin();
    for (; next != dialog.route.end(); ++next) {
        const auto uri = UriView::parse(uri_in(*next));
        if (!uri || !uri->is_sip()) break;
        const auto token = token_in(*uri);  // at any host: it may be our address on the other side
        // Past our own stand the other node's, who may have the same address in a home of his.
        const bool others = !token && !uri->user.empty() && (dialog.from || dialog.token);
        if (others || (!token && !own_.contain(uri->host, uri->port, came_on))) break;
        dialog.names_us = true;
        if (token) take(*token);
    }
    dialog.route.erase(dialog.route.begin(), next);
}

// RFC 3261 §12: a dialog is its Call-ID and tags. Whoever names them, on the flow where that side is met and
// without any Route, has not kept ours. Over UDP that proves little, so it goes to the very flow on which the
// other side was met.
void DialogRouting::read_tags(DialogRoute& dialog, const Dialogs::Found& found, const Flow& came_on,
                              Time now) const {
    const DialogEnd* sender = found.end(found.sender);
    const DialogEnd* receiver = found.end(other(found.sender));
    if (sender == nullptr || receiver == nullptr) return;
    const Flow& met = sender->at.flow;
    const bool streams =
        met.transport != Transport::udp && came_on.transport == met.transport &&
        came_on.remote.address == met.remote.address;  // the connection may be another by now
    const bool theirs = came_on == met || streams || (sender->at.ours && registrar_.user_on(came_on, now));
    if (!theirs) return;
    dialog.by_tags = true;
    dialog.from = sender->at;
    dialog.token = receiver->at;
    if (!receiver->target.empty()) dialog.uri = receiver->target;
    dialog.route = receiver->route;
}

// The sender is the phone of a user of ours: it shows its own token, and comes on the flow that it called or
// registered on. Over UDP the first is what proves it: anybody can write an address into a datagram. A
// connection proves its address: a phone whose long INVITE came over TCP hangs up on a connection of its own.
bool DialogRouting::from_our_side(const DialogRoute& dialog, const Flow& came_on, Time now) const {
    if (!dialog.from || !dialog.from->ours) return false;
    const bool connected = came_on.transport != Transport::udp;
    if (dialog.by_tags && !connected) return false;
    return dialog.from->flow == came_on || registrar_.user_on(came_on, now) ||
           (connected && same_machine(came_on.remote.address, dialog.from->flow.remote.address));
}

bool DialogRouting::may_follow(const NextHop& hop) const {
    return !is_service(hop.endpoint.port) && host_.may_call(hop);
}

// A token alone opens no way to third parties: whoever has been called once by us, or has called, could else
// send what it likes to whom it likes in our name. So what it sends goes back to the very endpoint where the
// other side was met (not where a Contact said that it would be), and to its next hop, if that is elsewhere,
// only for our own users: they are authenticated, and responsible. Ports of other services are nobody's.
bool DialogRouting::may_go(const DialogRoute& dialog, bool ours, const NextHop& hop) const {
    const Flow& met = dialog.token->flow;
    if (hop.endpoint == met.remote && hop.transport == met.transport) return true;
    if (!ours || is_service(hop.endpoint.port)) return false;
    // A dialog with the open network leads nobody into ours, unless it may be followed there.
    return network_kind(hop.endpoint.address) == network_kind(met.remote.address) || host_.may_call(hop);
}

DialogRouting::Onward DialogRouting::onward(const DialogRoute& dialog, const Flow& came_on, Time now) const {
    std::vector<Hop> hops;
    const FlowToken& token = *dialog.token;
    const auto hop = next_hop(dialog.route.empty() ? dialog.uri : uri_in(dialog.route.front()));
    const bool ours = from_our_side(dialog, came_on, now);
    if (dialog.by_tags && !ours) return {{{dialog.uri, dialog.route, token.flow, {}, token.ours}}, false};
    const auto binding = registrar_.find_contact_of(dialog.user, dialog.uri, now);
    if (token.kind == FlowToken::Kind::flow) {
        hops.push_back({dialog.uri, dialog.route, token.flow, {}, true});
        if (dialog.met) hops.push_back({dialog.uri, dialog.route, dialog.met, {}, true});
        // The phone may have come back on another flow since.
        if (binding && binding->flow != token.flow)
            hops.push_back({dialog.uri, dialog.route, binding->flow, {}, true});
    } else if (!hop) {
        if (ours) return {{}, true};
        hops.push_back({dialog.uri, dialog.route, token.flow, {}, false});  // whom its neighbour may know
    }
    // A node that has moved is met on the connection by which it came back.
    const bool came_back =
        token.kind == FlowToken::Kind::hop && dialog.met && dialog.met->transport != Transport::udp;
    if (came_back) hops.insert(hops.begin(), {dialog.uri, dialog.route, dialog.met, {}, false});
    const bool same = hop && token.kind == FlowToken::Kind::flow && hop->transport == token.flow.transport &&
                      hop->endpoint == token.flow.remote && hop->transport == Transport::udp;
    // Of a phone of ours, where it says that it listens may be called as well.
    const bool bound =
        binding && hop && dialog.route.empty() && hop->endpoint.address == binding->flow.remote.address;
    if (hop && !same && (bound || may_go(dialog, ours, *hop)))
        hops.push_back({dialog.uri, dialog.route, {}, hop, false});
    return {std::move(hops), false};
}

std::optional<RouteQuestion> DialogRouting::question(const DialogRoute& dialog, const Flow& flow) {
    const auto text = dialog.route.empty() ? std::string_view(dialog.uri) : uri_in(dialog.route.front());
    const auto uri = UriView::parse(text);
    if (!uri || !uri->is_sip()) return std::nullopt;
    RouteQuestion question;
    question.uri = text;
    question.dialled = dialled(*uri);
    question.from_own_user = true;  // the token proves that the dialog is
    question.flow = flow;
    return question;
}

std::vector<Hop> DialogRouting::found(const DialogRoute& dialog, const RouteAnswer& answer) const {
    std::vector<Hop> hops;
    std::size_t seen = 0;
    for (const RouteContact& contact : answer.contacts) {
        const auto hop = contact.hop ? contact.hop : next_hop(contact.uri);
        if (!hop || ++seen > max_hops) continue;
        if (may_go(dialog, true, *hop)) hops.push_back({dialog.uri, dialog.route, {}, hop, false});
    }
    return hops;
}

}  // namespace sip

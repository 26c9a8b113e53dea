// sip/edge/dialog_routing.cpp - where a request inside of a dialog goes that we stayed in.
#include "sip/edge/dialog_routing.hpp"

#include <utility>

#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_hops = 8;  // behind one name

}  // namespace

DialogRouting::DialogRouting(const FlowTokens& tokens, const OwnHosts& own, const Registrar& registrar,
                             const EdgeHost& host)
    : tokens_(tokens), own_(own), registrar_(registrar), host_(host) {}

DialogRoute DialogRouting::read(const MessageView& message, const Flow& flow) const {
    DialogRoute dialog;
    dialog.uri = message.request_uri();
    dialog.route = addresses_of(message, Header::route);
    const auto token_in = [&](std::string_view uri) {
        const auto parsed = UriView::parse(uri);
        return parsed && parsed->is_sip() ? tokens_.open(parsed->user, message.call_id()) : std::nullopt;
    };
    // §16.4: a strict router put our Record-Route into the Request-URI, and the target last into Route.
    if (const auto token = token_in(dialog.uri); token && !dialog.route.empty()) {
        dialog.names_us = true;
        dialog.token = token;
        dialog.uri = uri_in(dialog.route.back());
        dialog.route.pop_back();
    }
    while (!dialog.route.empty()) {
        const auto uri = UriView::parse(uri_in(dialog.route.front()));
        if (!uri || !uri->is_sip()) break;
        const auto token = token_in(uri->text);  // at any host: it may be our address on the other side
        if (!token && !own_.contain(uri->host, uri->port, flow)) break;
        dialog.names_us = true;
        // The first one is that of the side it comes from, the last of the side it goes to
        // (record_route.hpp).
        if (token) dialog.from = std::exchange(dialog.token, token);
        dialog.route.erase(dialog.route.begin());
    }
    if (message.to_tag().empty()) dialog.token.reset();  // it makes no dialog
    return dialog;
}

// The sender is the phone of a user of ours: it came from where that side of the dialog was met, or on a flow
// that is registered now.
bool DialogRouting::from_our_side(const DialogRoute& dialog, const Flow& came_on, Time now) const {
    return dialog.from && dialog.from->ours &&
           (dialog.from->flow.remote.address == came_on.remote.address ||
            registrar_.registered_on(came_on, now));
}

// A token alone opens no way to third parties: whoever has been called once by us, or has called, could else
// send what it likes to whom it likes in our name, for as long as the key lives. So what it sends goes back
// to the host where the other side was met (not where a Contact said that it would be), and to its next hop,
// if that is elsewhere, only for our own users: they are authenticated, and responsible.
bool DialogRouting::may_go(const DialogRoute& dialog, bool ours, const NextHop& hop) const {
    const auto& met = dialog.token->flow.remote.address;
    const auto& next = hop.endpoint.address;
    if (next == met) return true;
    if (!ours) return false;
    // A dialog with the open network leads nobody into ours, unless it may be followed there.
    return network_kind(next) == network_kind(met) || host_.may_call(hop);
}

DialogRouting::Onward DialogRouting::onward(const DialogRoute& dialog, const Flow& came_on, Time now) const {
    std::vector<Hop> hops;
    const FlowToken& token = *dialog.token;
    const auto hop = next_hop(dialog.route.empty() ? dialog.uri : uri_in(dialog.route.front()));
    const bool ours = from_our_side(dialog, came_on, now);
    if (token.kind == FlowToken::Kind::flow) {
        hops.push_back({dialog.uri, dialog.route, token.flow, {}, true});
        // The phone may have come back on another flow since.
        const auto binding = token.ours ? registrar_.find_contact(dialog.uri, now) : std::nullopt;
        if (binding && binding->flow != token.flow)
            hops.push_back({dialog.uri, dialog.route, binding->flow, {}, true});
    } else if (!hop) {
        if (ours) return {{}, true};
        hops.push_back({dialog.uri, dialog.route, token.flow, {}, false});  // whom its neighbour may know
    }
    const bool same = hop && token.kind == FlowToken::Kind::flow && hop->transport == token.flow.transport &&
                      hop->endpoint == token.flow.remote && hop->transport == Transport::udp;
    if (hop && !same && may_go(dialog, ours, *hop))
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

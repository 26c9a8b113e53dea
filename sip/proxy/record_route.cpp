// sip/proxy/record_route.cpp - whether we stay in a dialog, and under which names.
#include "sip/proxy/record_route.hpp"

#include <algorithm>

#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

namespace {

std::string side_uri(const std::string& sealed, const FlowToken& token, const Endpoint& at) {
    const Transport transport = token.flow.transport;
    std::string uri = "<sip:" + sealed + "@" + to_string(at);
    // RFC 7118 §5.2.2 knows no other word for a secure WebSocket; the token says which connection is meant.
    const Transport written = transport == Transport::wss ? Transport::ws : transport;
    if (written != Transport::udp) uri += ";transport=" + std::string(uri_value(written));
    return uri + ";lr>";
}

}  // namespace

bool stands_at(const Flow& flow, std::string_view uri) {
    const auto hop = next_hop(uri);
    return hop && hop->transport == flow.transport && hop->endpoint == flow.remote;
}

std::vector<std::string> record_route(const FlowTokens& tokens, const RecordedSides& sides,
                                      const DialogTags& dialog, std::chrono::sys_seconds expires) {
    const auto kind = [](bool phone) { return phone ? FlowToken::Kind::flow : FlowToken::Kind::hop; };
    const FlowToken callee{kind(sides.callee_is_phone || sides.callee_is_relayed),
                           sides.callee,
                           sides.callee_is_phone,
                           Side::callee,
                           false,
                           expires};
    const FlowToken caller{
        kind(sides.caller_is_phone), sides.caller, sides.caller_is_ours, Side::caller, false, expires};
    return {side_uri(tokens.seal(callee, Side::callee, dialog), callee, sides.callee_meets),
            side_uri(tokens.seal(caller, Side::callee, dialog), caller, sides.caller_meets)};
}

// RFC 3261 §16.7 step 8 lets a proxy write its own values anew in a response.
AnsweredRoute answered_route(const MessageView& response, const FlowTokens& tokens) {
    AnsweredRoute route;
    if (response.status() >= 300 || response.to_tag().empty()) return route;
    const DialogTags asked{response.call_id(), response.from_tag()};
    const DialogTags dialog{response.call_id(), response.from_tag(), response.to_tag()};
    bool ours_seen = false;
    for (std::string& value : addresses_of(response, Header::record_route)) {
        const auto uri = UriView::parse(uri_in(value));
        auto token = uri && uri->is_sip() ? tokens.open(uri->user, Side::callee, asked) : std::nullopt;
        if (token) {
            ours_seen = true;
            token->early = response.status() < 200;
            const auto at = static_cast<std::size_t>(uri->user.data() - value.data());
            value.replace(at, uri->user.size(), tokens.seal(*token, Side::caller, dialog));
        } else if (!ours_seen) {
            route.beyond.insert(route.beyond.begin(), value);
        }
        route.values.push_back(std::move(value));
    }
    route.ours = ours_seen;
    if (!ours_seen) route.beyond.clear();
    return route;
}

bool must_record_route(const MessageView& request, const RecordedSides& sides, std::string_view callee_uri,
                       bool stays) {
    if (!makes_dialog(request.method()) || !request.to_tag().empty()) return false;
    if (stays || sides.caller.transport != Transport::udp || sides.callee.transport != Transport::udp)
        return true;
    const auto& caller = sides.caller.remote.address;
    const auto& callee = sides.callee.remote.address;
    if (caller.is_v4() != callee.is_v4() || network_kind(caller) != network_kind(callee)) return true;
    const auto contact = uri_in(request.header(Header::contact).value_or(""));
    const auto uri = UriView::parse(contact);
    return (uri && uri->parameter("ob")) || !stands_at(sides.caller, contact) ||
           !stands_at(sides.callee, callee_uri);
}

}  // namespace sip

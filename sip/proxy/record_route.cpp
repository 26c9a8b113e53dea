// sip/proxy/record_route.cpp - whether we stay in a dialog, and under which names.
#include "sip/proxy/record_route.hpp"

#include "sip/syntax/next_hop.hpp"

namespace sip {

namespace {

std::string side_uri(const FlowTokens& tokens, const FlowToken& token, const Endpoint& at,
                     std::string_view call_id) {
    const Transport transport = token.flow.transport;
    std::string uri = "<sip:" + tokens.seal(token, call_id) + "@" + to_string(at);
    // RFC 7118 §5.2.2 knows no other word for a secure WebSocket; the token says which connection is meant.
    const Transport written = transport == Transport::wss ? Transport::ws : transport;
    if (written != Transport::udp) uri += ";transport=" + std::string(uri_value(written));
    return uri + ";lr>";
}

bool stands_at(const Flow& flow, std::string_view uri) {
    const auto hop = next_hop(uri);
    return hop && hop->transport == flow.transport && hop->endpoint == flow.remote;
}

}  // namespace

NetworkKind network_kind(const asio::ip::address& address) {
    if (address.is_loopback()) return NetworkKind::loopback;
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        const bool inside = bytes[0] == 10 || (bytes[0] == 172 && bytes[1] >= 16 && bytes[1] < 32) ||
                            (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254) ||
                            (bytes[0] == 100 && bytes[1] >= 64 && bytes[1] < 128);  // RFC 6598
        return inside ? NetworkKind::inside : NetworkKind::open;
    }
    const auto v6 = address.to_v6();
    return (v6.to_bytes()[0] & 0xfe) == 0xfc || v6.is_link_local() ? NetworkKind::inside : NetworkKind::open;
}

std::vector<std::string> record_route(const FlowTokens& tokens, const RecordedSides& sides,
                                      std::string_view call_id) {
    const auto kind = [](bool phone) { return phone ? FlowToken::Kind::flow : FlowToken::Kind::hop; };
    const FlowToken callee{kind(sides.callee_is_phone), sides.callee, sides.callee_is_phone};
    const FlowToken caller{kind(sides.caller_is_phone), sides.caller, sides.caller_is_ours};
    return {side_uri(tokens, callee, sides.callee_meets, call_id),
            side_uri(tokens, caller, sides.caller_meets, call_id)};
}

bool must_record_route(const MessageView& request, const RecordedSides& sides, std::string_view callee_uri,
                       bool stays) {
    const Method method = request.method();
    const bool makes_dialog =
        method == Method::invite || method == Method::subscribe || method == Method::refer;
    if (!makes_dialog || !request.to_tag().empty()) return false;
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

// sip/proxy/branch_request.cpp - Request-URI, Via, Route and Record-Route of a branch (RFC 3261 §16.6).
#include "sip/proxy/branch_request.hpp"

#include <utility>

#include "sip/proxy/record_route.hpp"
#include "sip/syntax/request_uri.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

std::string via_of(const Flow& flow, const std::string& branch) {
    std::string via =
        "SIP/2.0/" + std::string(name(flow.transport)) + " " + to_string(flow.local) + ";branch=" + branch;
    if (flow.transport == Transport::udp) via += ";rport";  // RFC 3581: through our own NAT
    return via;
}

bool loose(std::string_view route) {
    const auto uri = UriView::parse(uri_in(route));
    return uri && uri->parameter("lr");
}

std::optional<NextHop> destination(const Hop& hop) {
    return hop.next ? hop.next : next_hop(hop.route.empty() ? hop.uri : uri_in(hop.route.front()));
}

// §16.6 step 6: a strict router wants itself in the Request-URI, and the target last in Route.
void repair_strict(BranchRequest& out) {
    if (out.route.empty() || loose(out.route.front())) return;
    out.route.push_back("<" + std::exchange(out.request_uri, std::string(uri_in(out.route.front()))) + ">");
    out.route.erase(out.route.begin());
}

}  // namespace

std::optional<Flow> flow_of(const Hop& hop, Output& output) {
    if (hop.flow) return output.alive(*hop.flow) ? hop.flow : output.again(*hop.flow);
    const auto next = destination(hop);
    if (!next) return std::nullopt;
    return output.reach(next->transport, next->endpoint, next->peer);
}

bool relayed(const Hop& hop) {
    return hop.next && !hop.next->peer.through.empty();
}

std::optional<Endpoint> tcp_instead(const Hop& hop, const Flow& flow) {
    if (flow.transport != Transport::udp || hop.datagram) return std::nullopt;
    // Behind a NAT the flow is the only way.
    const auto next = destination(hop);
    if (!next || next->transport != Transport::udp || next->endpoint.address != flow.remote.address)
        return std::nullopt;
    return next->endpoint;
}

BranchRequest branch_request(const Hop& hop, const Flow& flow, const std::string& branch) {
    BranchRequest out;
    out.request_uri = as_request_uri(hop.uri);
    out.via = via_of(flow, branch);
    out.route = hop.route;
    repair_strict(out);
    return out;
}

std::vector<std::string> recorded_route(const ForwardRequest& forward, const Hop& hop, const Flow& flow,
                                        const FlowTokens& tokens, const ProxyHost& host) {
    RecordedSides sides;
    sides.caller = forward.flow;
    sides.callee = flow;
    sides.caller_meets = host.own_address(forward.flow);
    sides.callee_meets = host.own_address(flow);
    sides.caller_is_phone = forward.caller_is_phone;
    sides.callee_is_phone = hop.phone;
    sides.callee_is_relayed = relayed(hop);
    sides.caller_is_ours = forward.caller_is_ours;
    const bool stays = forward.stays || !hop.route.empty() || hop.outbound;
    if (!must_record_route(forward.request, sides, hop.uri, stays)) return {};
    return record_route(tokens, sides, {forward.request.call_id(), forward.request.from_tag()},
                        forward.tokens_expire);
}

}  // namespace sip

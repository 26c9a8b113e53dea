// sip/proxy/branch_request.cpp - what leaves the proxy: branches, Via, Route, Record-Route (RFC 3261 §16.6).
#include <utility>

#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/proxy.hpp"
#include "sip/syntax/grammar.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

namespace {

constexpr std::string_view cookie = "z9hG4bK";

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

// §16.6 step 6: a strict router wants itself in the Request-URI, and the target last in Route.
void repair_strict(Onward& out) {
    if (out.route.empty() || loose(out.route.front())) return;
    out.route.push_back("<" + std::exchange(out.request_uri, std::string(uri_in(out.route.front()))) + ">");
    out.route.erase(out.route.begin());
}

}  // namespace

// §16.6 step 8, but without the topmost Via: that would have changed when the request returns, and no loop
// would be seen (RFC 5393 §4.2). What routing looks at is all in it.
std::string Proxy::loop_hash(const MessageView& request) const {
    KeyedHash hash;
    const auto cseq = request.cseq();
    hash.add(request.to_tag()).add(request.from_tag()).add(request.call_id()).add(request.request_uri());
    hash.add(cseq ? std::to_string(cseq->number) : std::string{});
    for (const std::string& route : addresses_of(request, Header::route))
        hash.add(route);
    return hash.hex(key_);
}

std::string Proxy::new_branch(const std::string& loop) {
    KeyedHash serial;
    serial.add("branch").add(std::to_string(++last_branch_));
    return std::string(cookie) + serial.hex(key_) + "." + loop;
}

bool Proxy::looped(const MessageView& request) const {
    const std::string mark = "." + loop_hash(request);
    bool found = false;
    request.each_value(Header::via, [&](std::string_view value) {
        const auto via = Via::parse(value);
        found = via && via->branch().ends_with(mark);
        return !found;
    });
    return found;
}

std::optional<Flow> Proxy::flow_of(const Way& way) const {
    if (way.flow) return output_.alive(*way.flow) ? way.flow : std::nullopt;
    const auto hop = way.hop ? way.hop : next_hop(way.route.empty() ? way.uri : uri_in(way.route.front()));
    if (!hop) return std::nullopt;
    return output_.reach(hop->transport, hop->endpoint, hop->peer);
}

std::string Proxy::onward(const Job& job, const Way& way, const Flow& flow, const std::string& branch) const {
    const auto request = MessageView::parse(job.wire);
    if (!request) return {};  // it was parsed when it came
    Onward out{way.uri, via_of(flow, branch), {}, way.route, rules_.realm, job.breadth, job.relabel};
    const RecordedSides sides{job.flow,
                              flow,
                              host_.own_address(job.flow),
                              host_.own_address(flow),
                              job.caller_is_phone,
                              way.phone,
                              job.caller_is_ours};
    const bool must = job.stays || !way.route.empty() || way.outbound;
    if (must_record_route(*request, sides, way.uri, must))
        out.record_route = sip::record_route(tokens_, sides, request->call_id());
    repair_strict(out);
    return forwarded_request(*request, job.flow, out);
}

bool Proxy::forward_ack(const MessageView& ack, const Flow& came_on, const Way& way,
                        const std::optional<Relabel>& relabel) {
    const auto hops = ack.header(Header::max_forwards);
    if (hops && parse_number(*hops).value_or(0) == 0) return true;
    const auto flow = flow_of(way);
    if (!flow) return false;
    // §16.11: the same branch for the same ACK.
    const auto via = ack.top_via();
    KeyedHash hash;
    hash.add("ack").add(via ? via->branch() : std::string_view{}).add(ack.call_id()).add(ack.to_tag());
    const std::string branch = std::string(cookie) + hash.hex(key_) + "." + loop_hash(ack);
    Onward out{way.uri, via_of(*flow, branch), {}, way.route, rules_.realm, {}, relabel};
    repair_strict(out);
    ++counters_.acks;
    output_.send(*flow, forwarded_request(ack, came_on, out));
    return true;
}

}  // namespace sip

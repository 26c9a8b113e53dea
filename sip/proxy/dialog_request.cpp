// sip/proxy/dialog_request.cpp - writes a BYE for somebody who cannot any more, and an INFO for an edge.
#include "sip/proxy/dialog_request.hpp"

#include <algorithm>

#include "sip/media/media_move.hpp"
#include "sip/proxy/branch_request.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/syntax/builder.hpp"

namespace sip {

Hop hop_to(const Dialog& dialog, const Dialog::Answerer& answerer, Side to) {
    const DialogEnd& end = to == Side::caller ? dialog.caller : answerer.end;
    Hop hop;
    hop.uri = end.target;
    hop.route = end.route;
    // A connection by which a node is met leads there even when its address is another since.
    if (end.at.kind == FlowToken::Kind::flow || end.at.flow.transport == Transport::tls)
        hop.flow = end.at.flow;
    hop.phone = end.at.ours;
    return hop;
}

namespace {

struct Said {
    std::string_view call_id, via_branch;
    std::uint32_t cseq = 1;
    std::uint32_t hops = default_hops;
};

/// A request to `to` under the names that it knows.
RequestBuilder request_to(Side to, Method method, const Dialog& dialog, const Dialog::Answerer& answerer,
                          const Flow& flow, const Said& said) {
    const BranchRequest way =
        branch_request(hop_to(dialog, answerer, to), flow, std::string(said.via_branch));
    // The callee's tag stands in no header that the caller wrote.
    const std::string callee = dialog.dialled + ";tag=" + answerer.tag;
    const bool to_callee = to == Side::callee;
    RequestBuilder request(method, way.request_uri);
    request.add(Header::via, way.via);
    request.add(Header::max_forwards, std::to_string(said.hops));
    for (const std::string& route : way.route)
        request.add(Header::route, route);
    request.add(Header::from, to_callee ? dialog.shown : callee);
    request.add(Header::to, to_callee ? callee : dialog.own);
    request.add(Header::call_id, said.call_id);
    request.add(Header::cseq, std::to_string(said.cseq) + " " + std::string(name(method)));
    return request;
}

}  // namespace

std::string bye_to(Side to, std::string_view call_id, const Dialog& dialog, const Dialog::Answerer& answerer,
                   const Flow& flow, const std::string& via_branch, std::string_view reason,
                   std::uint32_t above) {
    constexpr std::uint32_t end = std::uint32_t{1} << 31;  // §8.1.1.5
    const auto said = dialog.cseq[static_cast<std::size_t>(other(to))];
    const auto next = said < end - above ? said + above : said + 1;
    auto bye = request_to(to, Method::bye, dialog, answerer, flow, {call_id, via_branch, next});
    bye.add(Header::reason, reason);
    return bye.finish();
}

std::string over_flow(std::string_view request, const Flow& flow, const std::string& via_branch) {
    constexpr std::string_view via = "Via: ";  // as RequestBuilder writes it, before all other fields
    const auto from = std::min(request.find(via), request.size());
    const auto to = std::min(request.find("\r\n", from), request.size());
    std::string text(request.substr(0, from));
    text += via;
    text += branch_request({}, flow, via_branch).via;
    return text.append(request.substr(to));
}

std::string move_to(Side to, std::string_view call_id, const Dialog& dialog, const Dialog::Answerer& answerer,
                    const Flow& flow, const std::string& via_branch, std::string_view body) {
    auto info = request_to(to, Method::info, dialog, answerer, flow, {call_id, via_branch, 1, 0});
    return info.finish(body, MediaMove::content_type);
}

}  // namespace sip

// sip/proxy/dialog_request.cpp - writes a BYE for somebody who cannot any more.
#include "sip/proxy/dialog_request.hpp"

#include "sip/proxy/branch_request.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/syntax/builder.hpp"

namespace sip {

Hop hop_to(const Dialog& dialog, const Dialog::Answerer& answerer, Side to) {
    const DialogEnd& end = to == Side::caller ? dialog.caller : answerer.end;
    Hop hop;
    hop.uri = end.target;
    hop.route = end.route;
    if (end.at.kind == FlowToken::Kind::flow) hop.flow = end.at.flow;
    hop.phone = end.at.ours;
    return hop;
}

std::string bye_to(Side to, std::string_view call_id, const Dialog& dialog, const Dialog::Answerer& answerer,
                   const Flow& flow, const std::string& via_branch, std::string_view reason) {
    const BranchRequest way = branch_request(hop_to(dialog, answerer, to), flow, via_branch);
    // The callee's tag stands in no header that the caller wrote.
    const std::string callee = dialog.dialled + ";tag=" + answerer.tag;
    const bool to_callee = to == Side::callee;
    const auto said = dialog.cseq[static_cast<std::size_t>(other(to))];
    RequestBuilder bye(Method::bye, way.request_uri);
    bye.add(Header::via, way.via);
    bye.add(Header::max_forwards, std::to_string(default_hops));
    for (const std::string& route : way.route)
        bye.add(Header::route, route);
    bye.add(Header::from, to_callee ? dialog.shown : callee);
    bye.add(Header::to, to_callee ? callee : dialog.own);
    bye.add(Header::call_id, call_id);
    bye.add(Header::cseq, std::to_string(said + 1) + " BYE");
    bye.add(Header::reason, reason);
    return bye.finish();
}

}  // namespace sip

// sip/proxy/from_rewrite.cpp - writes the From that a callee's phone shows, and finds the other one again.
#include "sip/proxy/from_rewrite.hpp"

#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/quoted_string.hpp"

namespace sip {
namespace {

constexpr std::size_t max_kept = 1024;  // of a From; a longer one is nobody's, and would cost memory

}  // namespace

bool claims_identity(const HeaderField& field) {
    return equal_nocase(field.name, "P-Asserted-Identity") ||
           equal_nocase(field.name, "P-Preferred-Identity") || equal_nocase(field.name, "Remote-Party-ID");
}

FromRewrite rewritten_from(const MessageView& request, const CallerMark& mark) {
    FromRewrite rewrite;
    const auto value = request.header(Header::from).value_or("");
    rewrite.own = value;
    const auto from = NameAddrView::parse(value);
    const std::string uri = !mark.uri.empty() ? mark.uri
                            : from            ? std::string(from->uri)
                                              : "sip:unverified@unverified.invalid";  // RFC 2606: nobody's
    rewrite.shown = quote(mark.display) + " <" + uri + ">";
    // Of the parameters only the tag: the others are the caller's own words too.
    if (const auto tag = request.from_tag(); !tag.empty()) rewrite.shown += ";tag=" + std::string(tag);
    if (mark.asserted) rewrite.asserted = quote(mark.display) + " <" + uri + ">";
    return rewrite;
}

void RewrittenDialogs::remember(const MessageView& request, const FromRewrite& rewrite) {
    if (request.header(Header::from).value_or("").size() > max_kept) return;
    dialogs_.put({std::string(request.call_id()), std::string(request.from_tag())},
                 {rewrite.own, rewrite.shown});
}

std::optional<FromRewrite> RewrittenDialogs::find(const MessageView& request) const {
    const auto written = [&](Header header) { return std::string(request.header(header).value_or("")); };
    const std::string call_id(request.call_id());
    if (const Dialog* of_caller = dialogs_.find(Id{call_id, request.from_tag()}))
        return FromRewrite{Header::from, written(Header::from), of_caller->shown, {}};
    if (const Dialog* of_callee = dialogs_.find(Id{call_id, request.to_tag()}))
        return FromRewrite{Header::to, written(Header::to), of_callee->own, {}};
    return std::nullopt;
}

}  // namespace sip

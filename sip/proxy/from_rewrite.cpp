// sip/proxy/from_rewrite.cpp - writes the From that a callee's phone shows, and finds the other one again.
#include "sip/proxy/from_rewrite.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/quoted_string.hpp"

namespace sip {

bool claims_identity(const HeaderField& field) {
    return equal_nocase(field.name, "P-Asserted-Identity") ||
           equal_nocase(field.name, "P-Preferred-Identity") || equal_nocase(field.name, "Remote-Party-ID");
}

bool commands_phone(const HeaderField& field) {
    constexpr std::array<std::string_view, 9> commands = {"Alert-Info",       "Answer-Mode", "Auto-Answer",
                                                          "Call-Info",        "Join",        "P-Auto-Answer",
                                                          "Priv-Answer-Mode", "Replaces",    "Reply-To"};
    return std::any_of(commands.begin(), commands.end(),
                       [&](std::string_view command) { return equal_nocase(field.name, command); });
}

FromRewrite rewritten_from(const MessageView& request, const CallerMark& mark) {
    FromRewrite rewrite;
    const auto value = request.header(Header::from).value_or("");
    rewrite.own = value;
    const auto from = NameAddrView::parse(value);
    const std::string uri = !mark.uri.empty() ? mark.uri
                            : from            ? std::string(from->uri)
                                              : std::string(nobodys_uri);
    rewrite.shown = quote(mark.display) + " <" + uri + ">";
    // Of the parameters only the tag: the others are the caller's own words too.
    if (const auto tag = request.from_tag(); !tag.empty()) rewrite.shown += ";tag=" + std::string(tag);
    if (mark.asserted) rewrite.asserted = quote(mark.display) + " <" + uri + ">";
    return rewrite;
}

}  // namespace sip

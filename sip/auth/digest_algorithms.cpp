// sip/auth/digest_algorithms.cpp - which algorithms a phone is offered.
#include "sip/auth/digest_algorithms.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

constexpr std::array<std::string_view, 6> stumblers = {"baresip v0.", "baresip v1.", "SIPp",
                                                       "sipsak",      "SIP.js/",     "JsSIP "};

bool stumbles(std::string_view user_agent) {
    return std::any_of(stumblers.begin(), stumblers.end(), [&](std::string_view known) {
        return equal_nocase(user_agent.substr(0, known.size()), known);
    });
}

}  // namespace

std::string DigestAlgorithms::phone(const MessageView& request, const Flow& flow) {
    std::string name = flow.remote.address.to_string();
    if (const auto from = NameAddrView::parse(request.header(Header::from).value_or(""))) {
        name += ' ';
        name += from->uri.substr(0, 128);
    }
    return name;
}

bool DigestAlgorithms::md5_only(const MessageView& request, const Flow& flow, bool tried, Time now) {
    if (stumbles(request.header(Header::user_agent).value_or(""))) return true;
    const std::string name = phone(request, flow);
    if (md5_phones_.contains(name)) return true;
    if (tried) return false;  // it could answer, though wrongly or late
    if (const Time* const since = unanswered_.find(name)) return now - *since >= patience;
    unanswered_.put(name, now);
    return false;
}

void DigestAlgorithms::accepted(const MessageView& request, const Flow& flow, bool sha256, Time now) {
    const std::string name = phone(request, flow);
    const Time* const since = unanswered_.find(name);
    const bool learned = since != nullptr && now - *since >= patience && !sha256;
    unanswered_.erase(name);
    if (learned && !md5_phones_.contains(name)) md5_phones_.put(name, {});
}

}  // namespace sip

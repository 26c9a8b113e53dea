// sip/auth/digest_algorithms.cpp - which algorithms a phone is offered.
#include "sip/auth/digest_algorithms.hpp"

#include <algorithm>
#include <array>

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

std::string DigestOffer::phone(const MessageView& request, const Flow& flow) {
    std::string name = flow.remote.address.to_string();
    if (const auto from = NameAddrView::parse(request.header(Header::from).value_or(""))) {
        name += ' ';
        name += from->uri.substr(0, 128);
    }
    return name;
}

bool DigestOffer::md5_only(const MessageView& request, const Flow& flow, bool tried, Time now) {
    if (stumbles(request.header(Header::user_agent).value_or(""))) return true;
    std::string name = phone(request, flow);
    if (md5_phones_.contains(name)) return true;
    if (tried) return false;  // it could answer, though wrongly or late
    if (const auto it = unanswered_.find(name); it != unanswered_.end())
        return now - it->second.since >= patience;
    unanswered_.emplace(name, Unanswered{now, unanswered_order_.insert(unanswered_order_.end(), name)});
    if (unanswered_order_.size() > max_phones) {
        unanswered_.erase(unanswered_order_.front());
        unanswered_order_.pop_front();
    }
    return false;
}

void DigestOffer::accepted(const MessageView& request, const Flow& flow, bool sha256, Time now) {
    std::string name = phone(request, flow);
    const auto it = unanswered_.find(name);
    const bool learned = it != unanswered_.end() && now - it->second.since >= patience && !sha256;
    if (it != unanswered_.end()) {
        unanswered_order_.erase(it->second.place);
        unanswered_.erase(it);
    }
    if (!learned || !md5_phones_.insert(name).second) return;
    md5_order_.push_back(std::move(name));
    if (md5_order_.size() > max_phones) {
        md5_phones_.erase(md5_order_.front());
        md5_order_.pop_front();
    }
}

}  // namespace sip

// sip/edge/redirect_or_proxy.cpp - redirect a call or proxy it?
#include "sip/edge/redirect_or_proxy.hpp"

#include <algorithm>

#include "sip/syntax/uri.hpp"

namespace sip {

bool follows(std::string_view user_agent, const std::vector<std::string>& follow_redirects) {
    return std::any_of(follow_redirects.begin(), follow_redirects.end(), [&](const std::string& agent) {
        return equal_nocase(user_agent.substr(0, agent.size()), agent);
    });
}

bool redirects(Delivery delivery, const CallerSigns& caller, const CalleeSigns& callee,
               const std::vector<std::string>& follow_redirects) {
    if (caller.browser || callee.needs_us) return false;
    switch (delivery) {
        case Delivery::proxy: return false;
        // Phones try the first Contact alone, so of several one would ring; and linphonec over TCP and TLS
        // has as its Contact the client end of its connection, where nobody listens.
        case Delivery::redirect: return !callee.local || (callee.phones == 1 && callee.listens);
        case Delivery::automatic: break;
    }
    if (!caller.invite || caller.own_route || caller.through_proxy || caller.marked) return false;
    // The phone would call in clear, with a ticket that is tied to nothing that it says (ticket_calls.hpp).
    if (callee.tls) return false;
    if (!callee.local && caller.own_user && !callee.lasts) return false;
    // As above: of several phones one would ring.
    if (callee.local && (callee.phones != 1 || !callee.direct)) return false;
    if (!caller.own_user) return true;  // a phone or edge that follows a chain, or sent here by its own edge
    if (caller.returns) return false;
    return follows(caller.user_agent, follow_redirects);
}

}  // namespace sip

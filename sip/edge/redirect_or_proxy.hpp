// sip/edge/redirect_or_proxy.hpp - redirect a call or proxy it? What phones were seen to do decides:
// sip/README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sip/auth/accounts.hpp"
#include "sip/recent_map.hpp"

namespace sip {

struct CallerSigns {
    bool invite = true;          // nothing else is redirected by itself: few phones follow with a MESSAGE
    bool own_user = false;       // authenticated as one of ours
    bool own_route = false;      // has us as its outbound proxy: the redirected INVITE would come here too
    bool through_proxy = false;  // more than one Via: that proxy may not follow
    bool browser = false;        // it reaches nobody but us, whatever was asked for
    bool marked = false;         // from outside: his From is written anew on the way, which a 302 cannot
    bool returns = false;        // its redirected INVITE came back to us before
    std::string_view user_agent;
};
struct CalleeSigns {
    bool local = false;  // one of our users
    std::size_t phones = 0;
    bool direct = false;  // local: the only phone can be reached by the caller at the address of its Contact
    bool listens = true;  // false, local: the only phone can be met on its own flow and nowhere else
    bool tls = false;     // not local: its node is called by TLS, which no phone could check
    bool needs_us = false;  // there would be no sound without us (media/media_path.hpp), or nobody else may
    // Not local: hours later it still reaches the caller's phone where that says it is, without us. Across a
    // NAT it does not: what the phone has sent there opens a way for a minute, and the BYE comes later.
    bool lasts = true;
};

/// `follow_redirects`: beginnings of the User-Agent of our own phones that follow a 302 by themselves.
[[nodiscard]] bool follows(std::string_view user_agent, const std::vector<std::string>& follow_redirects);

[[nodiscard]] bool redirects(Delivery delivery, const CallerSigns& caller, const CalleeSigns& callee,
                             const std::vector<std::string>& follow_redirects);

/// Phones that were seen to send a redirected INVITE back to us. The one seen longest ago is forgotten first.
/// This is all that can be learnt: of a phone that goes straight to its Contact we see the ACK to the 302 and
/// then nothing, and nothing is also what we see of one whose user was told "moved" and gave up. So a phone
/// becomes "following" by the table alone.
class ReturningPhones {
public:
    static constexpr std::size_t max_phones = 1024;
    void note(const std::string& phone) { phones_.put(phone, {}); }
    [[nodiscard]] bool contain(const std::string& phone) const { return phones_.contains(phone); }

private:
    RecentSet<std::string> phones_{max_phones};
};

}  // namespace sip

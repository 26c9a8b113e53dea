// node/page/login_pages.hpp - /login and /first/TOKEN: how a browser gets its session. A link is not used up
// by looking at it (some mail programs do that), but by the button on its page.
#pragma once

#include "node/page/login_gate.hpp"
#include "node/page/page_sessions.hpp"

#include "node/page/page_request.hpp"

namespace node {

class LoginPages final : public Pages {
public:
    /// Borrows both.
    LoginPages(PageSessions& sessions, LoginGate& gate) : sessions_(sessions), gate_(gate) {}
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    [[nodiscard]] PageAnswer log_in(const PageRequest& request, sip::Now now);
    [[nodiscard]] PageAnswer first(const PageRequest& request, sip::Now now);
    [[nodiscard]] PageAnswer begin(sip::Now now);

    PageSessions& sessions_;
    LoginGate& gate_;
};

}  // namespace node

// node/page/login_gate.hpp - the one gate (sip/edge/answer_gate.hpp), as the page asks it before it looks at
// a password, so that guesses at the page and guesses at phones' accounts from one address are one count.
#pragma once

#include <asio/ip/address.hpp>

namespace node {

class LoginGate {
public:
    /// May a password from there be looked at? Waits for the SIP loop, a millisecond. Page thread only.
    [[nodiscard]] virtual bool may_look(const asio::ip::address& peer) = 0;
    virtual void was_wrong(const asio::ip::address& peer) = 0;

protected:
    ~LoginGate() = default;
};

}  // namespace node

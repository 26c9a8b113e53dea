// node/page/page_visitors.hpp - where the SIP loop brings the browsers that have come to a WebSocket listener
// and want a page (sip::Transports::Listener::on_web_visitor).
#pragma once

#include "sip/flow.hpp"

namespace node {

class PageVisitors {
public:
    /// `descriptor`: one end of a socket pair, which does not block; it is the callee's from now on. `peer`:
    /// who speaks HTTP there. Any thread.
    virtual void visit(int descriptor, const sip::Endpoint& peer) = 0;

protected:
    ~PageVisitors() = default;
};

}  // namespace node

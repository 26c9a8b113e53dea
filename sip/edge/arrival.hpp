// sip/edge/arrival.hpp - a request that came in just now, as the parts of the edge hand it on. Borrows from
// whoever received it: good until the event is over.
#pragma once

#include "sip/flow.hpp"
#include "sip/now.hpp"
#include "sip/syntax/message.hpp"
#include "sip/transaction/server_transactions.hpp"

namespace sip {

struct Arrival {
    const MessageView& message;
    const Flow& flow;
    ServerTransactions::Key key;
    Now now;
    bool admitted = true;  // false: it is answered only if its sender proves to be somebody known
};

}  // namespace sip

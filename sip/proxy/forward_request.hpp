// sip/proxy/forward_request.hpp - a request that the proxy is to forward, and to whom: the target set of RFC
// 3261 §16.5, as whoever decided it hands it over.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/flow.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/proxy/ticket_maker.hpp"
#include "sip/syntax/next_hop.hpp"
#include "sip/syntax/stored_request.hpp"
#include "sip/transaction/server_transactions.hpp"

namespace sip {

/// One way to a target.
struct Hop {
    std::string uri;                 // the Request-URI
    std::vector<std::string> route;  // Path of a binding, or what is left of a dialog's Route
    std::optional<Flow> flow;        // over this very flow,
    std::optional<NextHop> next;     // else there, else to the address in the first Route or the URI
    bool phone = false;              // the flow is the one its phone registered on,
    bool outbound = false;           // by RFC 5626: it is to be used for the whole dialog
    bool datagram = false;           // whatever its size: TCP was tried
    /// Makes the ticket in `uri` anew, for another body than the one that came.
    std::shared_ptr<const TicketMaker> ticket = {};
};

/// Somebody who may answer, by the first hop that leads there.
struct ProxyTarget {
    std::vector<Hop> hops;
    std::uint16_t q = 1000;
};

/// Its server transaction is open.
struct ForwardRequest {
    ServerTransactions::Key key;
    StoredRequest request;
    Flow flow;                         // it came on
    std::vector<ProxyTarget> targets;  // at least one, each with a hop
    bool caller_is_phone = false;      // its flow is the way back to it (record_route.hpp)
    bool caller_is_ours = false;       // authenticated as one of our users
    bool follows_3xx = false;          // contacts that a target's side names are tried as further hops
    bool stays = false;                // record the route in any case
    std::optional<std::chrono::steady_clock::time_point> trying_at = {};  // 100, unless answered by then
    /// No answer until then: 480 (§16.6 step 11 has timer C for all; this is of who knows his own phones).
    std::optional<std::chrono::steady_clock::time_point> rings_until = {};
    std::optional<FromRewrite> rewrite = {};   // a From or To that the other side knows as another
    std::optional<std::string> refer_to = {};  // another Refer-To (edge/transfer.hpp)
    bool from_stranger = false;                // what commands a phone is left out (from_rewrite.hpp)
    std::string warning = {};                  // said when we find that nobody can be reached; empty: none
    std::chrono::sys_seconds tokens_expire{};  // those of the Record-Route
};

}  // namespace sip

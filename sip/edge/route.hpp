// sip/edge/route.hpp - the question of where somebody is, and its answer. Asked by EdgeHost::ask(), answered
// by Edge::answered(). The answer comes from node's routing chain (local, DNS, DHT); sip/ does not know those
// words.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/edge/request_target.hpp"
#include "sip/edge/ticket_calls.hpp"
#include "sip/flow.hpp"
#include "sip/proxy/ticket_maker.hpp"
#include "sip/syntax/next_hop.hpp"
#include "sip/transaction/server_transactions.hpp"

namespace sip {

/// Which question: of what request, and of which asking. An answer for an earlier request of the same key is
/// told from one for this.
struct RouteId {
    ServerTransactions::Key key;
    std::uint64_t serial = 0;
    friend bool operator==(const RouteId&, const RouteId&) = default;
};

struct RouteQuestion {
    std::string uri;             // the Request-URI, whole
    DialledUri dialled;          // the same, read
    bool host_is_own = false;    // this node answers for the host itself
    bool from_own_user = false;  // authenticated as one of ours
    bool again = false;          // what was found lately led nowhere: asks whatever is remembered
    std::string caller;          // address-of-record of our own caller, unless he hides it; else empty
    TicketCalls calls;           // what a ticket of his is tied to
    Flow flow;
};

struct RouteContact {
    std::string uri;  // complete, explicit address, port and transport; no <>
    double q = 1.0;
    // For the proxy: what to ask for there, because a domain's server knows its domain and perhaps not its
    // address; and where that is, when `uri` names a host. Empty: `uri` says both.
    std::string asked = {};
    std::optional<NextHop> hop = {};
    std::shared_ptr<const TicketMaker> ticket = {};  // for the ticket in `asked`
};

struct RouteAnswer {
    int status = 480;    // 302 with contacts, or the final error
    std::string reason;  // empty: the RFC's
    std::vector<RouteContact> contacts;
    std::string warning;  // text of a Warning 399; empty: none
    std::optional<std::chrono::seconds> retry_after;
    /// The callee's node is known by its TLS key, and says where it does TLS: contacts with a pin. Perhaps
    /// none of them may be called.
    bool gives_tls = false;
    /// Only we can bring it there: no 302 could.
    bool needs_us = false;
};

}  // namespace sip

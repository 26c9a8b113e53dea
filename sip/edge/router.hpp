// sip/edge/router.hpp - the question a SIP edge asks when a request is not for itself: where is this person?
// The answer comes from node's routing chain (local, DNS, DHT); sip/ does not know those words.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sip/flow.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

struct RouteQuestion {
    std::string uri;   // the Request-URI, whole
    std::string user;  // unescaped
    std::string host;  // lowercase; IPv6 without brackets
    std::optional<std::uint16_t> port;
    std::optional<std::string> transport;  // of the URI parameter, lowercase
    bool sips = false;
    bool host_is_own = false;    // this node answers for the host itself
    bool from_own_user = false;  // authenticated as one of ours
    std::string caller;          // address-of-record of our own caller, unless he hides it; else empty
    Flow flow;
};

struct RouteContact {
    std::string uri;  // complete, explicit address, port and transport; no <>
    double q = 1.0;
    // For the proxy: what to ask for there, because a domain's server knows its domain and perhaps not its
    // address; and where that is, when `uri` names a host. Empty: `uri` says both.
    std::string asked = {};
    std::optional<NextHop> hop = {};
};

struct RouteAnswer {
    int status = 480;    // 302 with contacts, or the final error
    std::string reason;  // empty: the RFC's
    std::vector<RouteContact> contacts;
    std::string warning;  // text of a Warning 399; empty: none
    std::optional<std::chrono::seconds> retry_after;
};
using RouteDone = std::function<void(RouteAnswer)>;

class Router {
public:
    virtual ~Router() = default;
    /// Calls `done` exactly once on the SIP loop, perhaps before returning. Must answer within 5 s.
    virtual void route(const RouteQuestion& question, RouteDone done) = 0;
};

}  // namespace sip

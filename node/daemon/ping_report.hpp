// node/daemon/ping_report.hpp - what `hedgewitch ping` tells: does the node of a name answer, over which way,
// how soon, and would there be sound. Values, and sentences for people. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node/json_fields.hpp"
#include "node/probe/media_outlook.hpp"
#include "node/probe/pings.hpp"
#include "node/routing/trace.hpp"

namespace node {

struct PingWayReport {
    std::string way;  // "phone", "beside", "direct", "through"
    std::string at;   // "tls:192.0.2.1:5061"
    bool answered = false;
    int status = 0;
    std::int64_t took_ms = 0;
    std::string why;  // not
    static void fields(auto& self, auto& field) {
        field("way", self.way);
        field("at", self.at);
        field("answered", self.answered);
        field("status", self.status);
        field("took_ms", self.took_ms);
        field("why", self.why);
    }
};

struct PingReport {
    std::string uri;
    int status = 0;  // of the lookup; 302: found
    bool answers = false;
    std::string says;
    std::string media;                // "yes", "likely", "unlikely", "unknown"
    std::string media_says;           // a sentence; empty: nobody answers
    std::vector<PingWayReport> ways;  // in the order in which a call would take them
    static void fields(auto& self, auto& field) {
        field("uri", self.uri);
        field("status", self.status);
        field("answers", self.answers);
        field("says", self.says);
        field("media", self.media);
        field("media_says", self.media_says);
        field("ways", self.ways);
    }
};

/// Is the edge at this place beside us?
using IsBeside = std::function<bool(const sip::Endpoint& at)>;

/// The ways that a call would take, best first. Those in clear only where the record gives none by TLS.
[[nodiscard]] std::vector<PingWay> ways_of(const Trace& trace, const IsBeside& is_beside);
/// Where a call goes first, and why not straight; a sentence. Empty: nowhere, to a phone of this node, or to
/// a host that DNS has yet to find. `speaks`: can a call go to this address from here?
using Speaks = std::function<bool(const asio::ip::address& address)>;
[[nodiscard]] std::string way_sentence(const Trace& trace, const std::vector<PingWay>& ways,
                                       const Speaks& speaks);
/// That of `ways`; none: every one needs IPv6, which this node has not.
[[nodiscard]] const PingWay* first_way(const std::vector<PingWay>& ways, const Speaks& speaks);
[[nodiscard]] PingReport ping_report(const Trace& trace, const std::vector<PingedWay>& pinged,
                                     const MediaHome& home);

}  // namespace node

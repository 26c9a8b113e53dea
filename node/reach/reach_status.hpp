// node/reach/reach_status.hpp - "reach" of `hedgewitch status --json`: can others reach this node, in one
// sentence, and what that is made of. Values only.
#pragma once

#include <string>
#include <vector>

#include "node/json_fields.hpp"
#include "node/reach/reachability.hpp"

namespace node {

struct MappingStatus {
    std::string port;  // "UDP 5060"
    std::uint16_t outer_port = 0;
    std::optional<std::int64_t> for_s;  // none: for ever
    static void fields(auto& self, auto& field) {
        field("port", self.port);
        field("outer_port", self.outer_port);
        field("for_s", self.for_s);
    }
};

struct RouterStatus {
    std::string address, own;        // ours in its network
    std::string pcp, nat_pmp, upnp;  // "speaks", "silent" and so on
    std::optional<std::string> outer_address;
    std::vector<MappingStatus> mappings;
    std::optional<std::vector<std::string>> refused;  // "UDP 5060: why"
    std::uint64_t ignored = 0;                        // datagrams that were no answers to what was asked
    static void fields(auto& self, auto& field) {
        field("address", self.address);
        field("own", self.own);
        field("pcp", self.pcp);
        field("nat_pmp", self.nat_pmp);
        field("upnp", self.upnp);
        field("outer_address", self.outer_address);
        field("mappings", self.mappings);
        field("refused", self.refused);
        field("ignored", self.ignored);
    }
};

/// Where DHT nodes outside see us.
struct SeenStatus {
    std::string address;
    std::size_t networks = 0, of = 0;
    static void fields(auto& self, auto& field) {
        field("address", self.address);
        field("networks", self.networks);
        field("of", self.of);
    }
};

struct OwnAddressStatus {
    std::string address, how, standing;
    std::optional<std::string> says;  // why not; the end of a sentence
    static void fields(auto& self, auto& field) {
        field("address", self.address);
        field("how", self.how);
        field("standing", self.standing);
        field("says", self.says);
    }
};

struct DialBackStatus {
    std::uint64_t asked = 0, came = 0, came_not = 0;      // by witnesses, to us
    std::uint64_t nobody = 0;                             // would
    std::uint64_t called_others = 0, refused_others = 0;  // by us
    std::size_t witnesses = 0;                            // that may be asked
    static void fields(auto& self, auto& field) {
        field("asked", self.asked);
        field("came", self.came);
        field("came_not", self.came_not);
        field("nobody", self.nobody);
        field("called_others", self.called_others);
        field("refused_others", self.refused_others);
        field("witnesses", self.witnesses);
    }
};

/// A relay that this node is met through, or would be (node/relay).
struct ThroughStatus {
    std::string contact, relay, standing;
    std::optional<std::string> says;  // why not; the end of a sentence
    static void fields(auto& self, auto& field) {
        field("contact", self.contact);
        field("relay", self.relay);
        field("standing", self.standing);
        field("says", self.says);
    }
};

/// What this node does for others that nobody can call.
struct RelayingStatus {
    std::size_t held = 0, pipes = 0;  // now
    std::uint64_t pipes_opened = 0, pipes_refused = 0, refused = 0, bad_tokens = 0, bytes = 0;
    static void fields(auto& self, auto& field) {
        field("held", self.held);
        field("pipes", self.pipes);
        field("pipes_opened", self.pipes_opened);
        field("pipes_refused", self.pipes_refused);
        field("refused", self.refused);
        field("bad_tokens", self.bad_tokens);
        field("bytes", self.bytes);
    }
};

struct ReachStatus {
    std::string says;
    std::optional<RouterStatus> router;
    std::optional<RouterStatus> firewall;  // of IPv6
    std::vector<SeenStatus> seen;
    std::vector<OwnAddressStatus> addresses;
    std::optional<DialBackStatus> dial_back;
    std::vector<ThroughStatus> through;
    RelayingStatus relaying;
    static void fields(auto& self, auto& field) {
        field("says", self.says);
        field("router", self.router);
        field("firewall", self.firewall);
        field("seen", self.seen);
        field("addresses", self.addresses);
        field("call_back", self.dial_back);
        field("through", self.through);
        field("relaying", self.relaying);
    }
};

/// All but dial_back.
[[nodiscard]] ReachStatus reach_status(const Reachability& reach, Reachability::Time now);

}  // namespace node

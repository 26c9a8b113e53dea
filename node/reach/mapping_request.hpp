// node/reach/mapping_request.hpp - one conversation with the router, asked for by Reachability and held by
// GatewayDriver or Upnp: what is our address outside, and may these ports be reached from there? Over IPv6
// the address is our own, and the router is asked to let them through its firewall. Values only: any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/reach/network_view.hpp"

namespace node {

enum class GatewayProtocol : std::uint8_t { pcp, nat_pmp, upnp };
std::string_view name(GatewayProtocol protocol) noexcept;  // "NAT-PMP"

/// A port of ours.
struct InnerPort {
    bool tcp = false;
    std::uint16_t port = 0;
    friend auto operator<=>(const InnerPort&, const InnerPort&) = default;
};
std::string to_text(const InnerPort& port);  // "UDP 5060"

struct MappingWish {
    InnerPort inner;
    std::uint16_t outer = 0;  // wished for; the router may give another
    bool held = false;        // and not due: only to be looked after
    bool anew = false;        // nobody came in through what was granted: that is ended first
};

/// One that is not wanted any more.
struct MappingEnd {
    InnerPort inner;
    std::uint16_t outer = 0;
    asio::ip::address own;  // ours, to which it leads
    friend bool operator==(const MappingEnd&, const MappingEnd&) = default;
};

struct MappingRequest {
    std::uint64_t id = 0;
    GatewayProtocol protocol = GatewayProtocol::nat_pmp;
    Gateway gateway;
    // None: only the outer address is asked, or over PCP the epoch. But for UPnP: none held.
    std::vector<MappingWish> wishes;
    std::chrono::seconds lease{7200};
    std::vector<MappingEnd> ends = {};
    bool spoke = false;  // it has spoken this protocol before
};

struct MappingGrant {
    InnerPort inner;
    std::uint16_t outer = 0;        // 0: refused
    std::chrono::seconds lease{0};  // 0: for ever, some routers know nothing else
    std::string fault = {};         // why refused; the end of a sentence
    bool kept = false;              // was still there, its lease runs on
};

struct MappingAnswer {
    std::uint64_t id = 0;
    GatewayProtocol protocol = GatewayProtocol::nat_pmp;
    bool speaks = false;  // it answered, whatever
    std::optional<asio::ip::address> outer_address;
    std::optional<std::uint32_t> epoch;  // seconds since the router's table was empty; not over UPnP
    std::vector<MappingGrant> grants;    // one for each wish that was answered
    /// When it speaks and has no address for us; or who else spoke, and is not believed. The end of a
    /// sentence.
    std::string fault;
    bool only_epoch = false;    // of the address nothing was asked
    std::uint64_t ignored = 0;  // datagrams that were no answer to what was asked
};

}  // namespace node

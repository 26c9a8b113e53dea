// node/reach/mapping_request.hpp - one conversation with the router, asked for by Reachability and held by
// NatPmp or Upnp: what is our address outside, and may these ports be reached from there? Values only: any
// thread.
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

enum class GatewayProtocol : std::uint8_t { nat_pmp, upnp };
std::string_view name(GatewayProtocol protocol) noexcept;  // "NAT-PMP"

/// A port of ours, over IPv4.
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
};

struct MappingRequest {
    std::uint64_t id = 0;
    GatewayProtocol protocol = GatewayProtocol::nat_pmp;
    Gateway gateway;
    std::vector<MappingWish> wishes;  // none: only the outer address is asked. NAT-PMP: none held
    std::chrono::seconds lease{7200};
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
    std::optional<asio::ip::address_v4> outer_address;
    std::optional<std::uint32_t> epoch;  // NAT-PMP: seconds since the router's table was empty
    std::vector<MappingGrant> grants;    // one for each wish that was answered
    /// When it speaks and has no address for us; or who else spoke, and is not believed. The end of a
    /// sentence.
    std::string fault;
};

}  // namespace node

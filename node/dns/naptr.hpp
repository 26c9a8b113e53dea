// node/dns/naptr.hpp - NAPTR records (RFC 3403) off the wire, and which SIP services they name (RFC 3263
// §4.1, RFC 7118). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"

namespace node {

struct NaptrRecord {
    std::uint16_t order = 0, preference = 0;
    std::string flags, services, regexp;  // as written
    std::string replacement;              // lowercase, without trailing dot; empty for "."
};

/// nullopt: cut short, or longer than its fields.
std::optional<NaptrRecord> parse_naptr(std::string_view rdata);

/// "udp" ... "wss", as in ;transport=, lowercase. Empty: nothing here speaks it.
std::optional<sip::Transport> named_transport(std::string_view name) noexcept;
/// "SIP+D2U" and its like, in any case; nullopt: not for SIP, or a transport that we do not know (SCTP).
std::optional<sip::Transport> transport_of_service(std::string_view services);
/// "SIP+D2U" for udp, ...
std::string_view service_of_transport(sip::Transport transport) noexcept;
/// "_sip._udp." for udp, ...: what stands before the domain in the name of its SRV records.
std::string_view srv_prefix(sip::Transport transport) noexcept;
/// Where a service listens that DNS names no port for.
std::uint16_t default_port(sip::Transport transport) noexcept;
/// TLS underneath: what sips asks for.
bool is_secure(sip::Transport transport) noexcept;

struct NaptrService {
    sip::Transport transport;
    std::string srv_name;  // whose SRV records to ask for
    friend bool operator==(const NaptrService&, const NaptrService&) = default;
};
struct NaptrServices {
    /// By order, then preference; each once. RFC 3403 §4.1 has a client stop at the lowest order that it can
    /// use: that is the first here. The others are where to turn when it fails.
    std::vector<NaptrService> usable;
    bool any = false;  // the domain names SIP services, perhaps none that is usable
};
/// What these records offer to somebody who speaks `transports`.
NaptrServices sip_services(std::span<const std::string> rdata, std::span<const sip::Transport> transports);

}  // namespace node

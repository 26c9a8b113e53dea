// node/dns/sip_locator.hpp - where DNS says that a SIP host is: RFC 3263 §4 with NAPTR, SRV, A and AAAA.
//   an IP literal          that address, nothing is asked
//   a port was given       A and AAAA of the host
//   transport= was given   SRV for that transport
//   neither                NAPTR, and beside it (one round trip, not two) SRV for each transport we speak.
//                          Where there are NAPTR records, they decide which SRV names count, in which order
//   then                   A and AAAA of every SRV target, all at once
//   no SRV at all          A and AAAA of the host, at the default port
// sips and transport=tls or wss are TLS underneath, and nothing else is looked for.
// 1. Never asked: names below .alt (RFC 9476), names of one label (petnames and meshes' own words would
//    leak to the root), names that end in a number (addresses that are none), and what is no host name.
// 2. Bounded: 8 NAPTR services, 8 SRV records a service, 8 addresses a family, one deadline over all.
// 3. Whether an address may be called (loopback, private ...) is the caller's judgement.
// 4. A bogus answer (DNSSEC) is never used and never counts as "nothing there".
// 5. There is no NAPTR only where DNS says so. A NAPTR question that fails, or that nobody answers, may hide
//    that only TLS is offered: the lookup has failed. So has a secure service whose SRV or addresses fail:
//    what ranks below it and is in clear is not called instead.
// Values; dns_driver.hpp looks them up, by sip_lookup.hpp.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/dns_reply.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/flow.hpp"

namespace node {

struct DnsQuestion {
    /// The user does not matter; the host in any case, a trailing dot and IPv6 brackets are allowed. A
    /// transport that nobody here speaks is as none.
    sip::DialledUri dialled;
    std::vector<sip::Transport> usable = {};  // best first; empty: those of the configuration
};

struct DnsTarget {
    sip::Transport transport = sip::Transport::udp;
    asio::ip::address address;
    std::uint16_t port = 0;
    std::uint16_t priority = 0, weight = 0;  // 0 without SRV
    std::string host;                        // whose address it is
    bool secure = false;                     // DNSSEC vouches for every record from the domain to the address
    friend bool operator==(const DnsTarget&, const DnsTarget&) = default;
};

enum class DnsOutcome : std::uint8_t {
    found,
    missing,  // NXDOMAIN, no SRV, A or AAAA; SRV says the service is not there; or a name that is never asked
    failed,   // SERVFAIL, bogus, no server
    timeout,  // nothing usable by the deadline
};
std::string_view name(DnsOutcome outcome) noexcept;

struct DnsAnswer {
    DnsOutcome outcome = DnsOutcome::failed;
    /// found; nxdomain or nodata when missing; the gravest failure when failed (a forged answer before all);
    /// silent at a timeout.
    DnsStatus cause = DnsStatus::error;
    /// By NAPTR's order, or our order of transports, then RFC 2782's; IPv4 before IPv6 for one target (phones
    /// with only IPv4 do not follow a first Contact with IPv6).
    std::vector<DnsTarget> targets;
    /// Why there is nothing, where the cause alone does not say: "its SRV record says that it has no such
    /// service". The end of a sentence; or empty.
    std::string why;
    std::vector<DnsAsked> trace;  // in the order asked; one without question says why nothing was
};

struct SipLookupConfig {
    std::chrono::milliseconds deadline{4000};
    /// Once one target is known, what is still unanswered (a dropped AAAA, a slow second SRV) has this long.
    std::chrono::milliseconds grace{500};
    /// Best first, for domains that do not say with NAPTR.
    std::vector<sip::Transport> transports{sip::Transport::udp, sip::Transport::tcp, sip::Transport::tls};
};

/// Lowercase, without a trailing dot or brackets.
[[nodiscard]] DnsQuestion canonical(DnsQuestion question);
/// The answer to a canonical question that nobody has to be asked for, or must not be.
[[nodiscard]] std::optional<DnsAnswer> answer_without_dns(const DnsQuestion& question);
/// Too many at once, and nothing was asked.
[[nodiscard]] DnsAnswer turned_away();

}  // namespace node

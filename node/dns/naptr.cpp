// node/dns/naptr.cpp - RFC 3403 §4.1, and the services of SIP.
#include "node/dns/naptr.hpp"

#include <algorithm>
#include <array>

#include "node/dns/rdata.hpp"
#include "node/dns/srv.hpp"
#include "node/names/host_name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

struct Service {
    sip::Transport transport;
    std::string_view naptr, srv;
    std::uint16_t port;
};
// RFC 3263 §4.1, RFC 3261 §19.1.2; for WebSocket RFC 7118, also the ports 80 and 443. It names no SRV
// services; "_sips._ws" is to "SIPS+D2W" what "_sips._tcp" is to "SIPS+D2T", and what others ask for.
constexpr std::array<Service, 5> services{{{sip::Transport::udp, "SIP+D2U", "_sip._udp.", 5060},
                                           {sip::Transport::tcp, "SIP+D2T", "_sip._tcp.", 5060},
                                           {sip::Transport::tls, "SIPS+D2T", "_sips._tcp.", 5061},
                                           {sip::Transport::ws, "SIP+D2W", "_sip._ws.", 80},
                                           {sip::Transport::wss, "SIPS+D2W", "_sips._ws.", 443}}};

const Service& of(sip::Transport transport) noexcept {
    return services[static_cast<std::size_t>(transport)];
}

bool names_sip(std::string_view service) {
    const std::string lower = sip::lowercase(service);
    return lower.starts_with("sip+d2") || lower.starts_with("sips+d2");
}

}  // namespace

std::optional<NaptrRecord> parse_naptr(std::string_view rdata) {
    RdataReader reader(rdata);
    const auto order = reader.number(), preference = reader.number();
    auto flags = reader.text(), service = reader.text(), regexp = reader.text();
    auto replacement = reader.domain_name();
    if (!replacement || !reader.at_end()) return std::nullopt;
    return NaptrRecord{*order,
                       *preference,
                       std::move(*flags),
                       std::move(*service),
                       std::move(*regexp),
                       std::move(*replacement)};
}

std::optional<sip::Transport> named_transport(std::string_view name) noexcept {
    for (const Service& known : services)
        if (sip::uri_value(known.transport) == name) return known.transport;
    return std::nullopt;
}

std::optional<sip::Transport> transport_of_service(std::string_view service) {
    for (const Service& known : services)
        if (sip::equal_nocase(known.naptr, service)) return known.transport;
    return std::nullopt;
}

std::string_view service_of_transport(sip::Transport transport) noexcept {
    return of(transport).naptr;
}
std::string_view srv_prefix(sip::Transport transport) noexcept {
    return of(transport).srv;
}
std::uint16_t default_port(sip::Transport transport) noexcept {
    return of(transport).port;
}

bool is_secure(sip::Transport transport) noexcept {
    return transport == sip::Transport::tls || transport == sip::Transport::wss;
}

NaptrServices sip_services(std::span<const std::string> rdata, std::span<const sip::Transport> transports) {
    std::vector<NaptrRecord> records;
    for (const std::string& record : rdata) {
        auto naptr = parse_naptr(record);
        if (naptr && names_sip(naptr->services)) records.push_back(std::move(*naptr));
    }
    std::stable_sort(records.begin(), records.end(), [](const NaptrRecord& a, const NaptrRecord& b) {
        return a.order != b.order ? a.order < b.order : a.preference < b.preference;
    });
    NaptrServices found;
    found.any = !records.empty();
    for (NaptrRecord& record : records) {
        // RFC 3263 §4.1: what the client does not speak is discarded first. Only flag "S" leads to SRV, and
        // with a replacement there is no regexp (RFC 3403 §4.1).
        const auto transport = transport_of_service(record.services);
        const bool spoken =
            transport && std::find(transports.begin(), transports.end(), *transport) != transports.end();
        if (!spoken || !sip::equal_nocase(record.flags, "s") || !record.regexp.empty() ||
            !is_host_name(record.replacement))
            continue;
        NaptrService service{*transport, std::move(record.replacement)};
        if (std::find(found.usable.begin(), found.usable.end(), service) == found.usable.end())
            found.usable.push_back(std::move(service));
    }
    return found;
}

}  // namespace node

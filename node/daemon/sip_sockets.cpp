// node/daemon/sip_sockets.cpp - from sip.listen and sip.web_origins to the words of sip/transport.
#include "node/daemon/sip_sockets.hpp"

#include <algorithm>

#include "node/addresses.hpp"
#include "node/daemon/descriptors.hpp"
#include "sip/syntax/letter_case.hpp"

namespace node {

std::vector<sip::Listen> listens_of(const Config& config) {
    std::vector<sip::Listen> listens;
    for (const auto& address : config.sip.listen)
        listens.push_back({to_sip(address.transport), {address.address, address.port}});
    return listens;
}

std::vector<overlay::TransportAddress> addresses_of(const std::vector<sip::Listen>& listens) {
    std::vector<overlay::TransportAddress> all;
    all.reserve(listens.size());
    for (const auto& listen : listens)
        all.push_back({to_overlay(listen.transport), listen.endpoint.address, listen.endpoint.port});
    return all;
}

sip::TransportLimits transport_limits() {
    sip::TransportLimits limits;
    limits.connections = connections_for(descriptor_limit());
    return limits;
}

sip::OriginPolicy web_origins(const Config& config) {
    if (config.sip.web_origins.empty()) return {};
    return [allowed = config.sip.web_origins](std::string_view origin) {
        return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
            return one == "*" || one == sip::lowercase(origin);
        });
    };
}

}  // namespace node

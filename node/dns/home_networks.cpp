// node/dns/home_networks.cpp - at or below.
#include "node/dns/home_networks.hpp"

#include <algorithm>

namespace node {

bool is_of_own_network(std::string_view host, std::span<const std::string> unsigned_domains) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto holds = [host](std::string_view zone) {
        return host == zone || (host.size() > zone.size() && host.ends_with(zone) &&
                                host[host.size() - zone.size() - 1] == '.');
    };
    return std::any_of(home_zones.begin(), home_zones.end(), holds) ||
           std::any_of(unsigned_domains.begin(), unsigned_domains.end(), holds);
}

}  // namespace node

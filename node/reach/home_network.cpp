// node/reach/home_network.cpp - picks by default route, then by family, then by how long an address lasts.
#include "node/reach/home_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "node/addresses.hpp"
#include "node/reach/own_addresses.hpp"

namespace node {
namespace {

/// As their makers name them: bridges and cables of containers and virtual machines, tunnels. A router's own
/// "br-lan" is none; Docker's have twelve digits behind the "br-".
bool is_made_up(const Link& link) {
    constexpr std::array<std::string_view, 16> names = {
        "docker", "veth", "virbr", "vnet", "vmnet",   "vboxnet", "lxc", "lxd",
        "cni",    "cali", "tun",   "tap",  "flannel", "podman",  "wg",  "tailscale"};
    constexpr std::size_t docker_bridge = 15;
    return link.point_to_point || (link.name.starts_with("br-") && link.name.size() == docker_bridge) ||
           std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return link.name.starts_with(name); });
}

const Link* link_of(const NetworkView& view, unsigned interface) {
    const auto found = std::find_if(view.links.begin(), view.links.end(),
                                    [&](const Link& link) { return link.interface == interface; });
    return found == view.links.end() ? nullptr : &*found;
}

bool is_made_up(const NetworkView& view, unsigned interface) {
    const Link* link = link_of(view, interface);
    return link != nullptr && is_made_up(*link);
}

/// A default route may lead into a tunnel, and the phones are at home all the same.
std::optional<unsigned> default_interface(const NetworkView& view, bool v4) {
    const DefaultRoute* best = nullptr;
    for (const auto& route : view.routes) {
        const Link* link = link_of(view, route.interface);
        if (route.gateway.is_v4() != v4 || (link != nullptr && link->point_to_point)) continue;
        if (best == nullptr || route.metric < best->metric) best = &route;
    }
    if (best == nullptr) return std::nullopt;
    return best->interface;
}

const InterfaceAddress* in_view(const NetworkView& view, const asio::ip::address& address) {
    const auto found = std::find_if(view.addresses.begin(), view.addresses.end(),
                                    [&](const InterfaceAddress& own) { return own.address == address; });
    return found == view.addresses.end() ? nullptr : &*found;
}

bool is_unique_local(const asio::ip::address& address) {
    return address.is_v6() && (address.to_v6().to_bytes()[0] & 0xfeU) == 0xfc;  // RFC 4193: fc00::/7
}

bool lasts(const InterfaceAddress& own) {
    return !own.temporary && !own.deprecated && !own.tentative;
}

/// RFC 1918. Not 100.64/10: a carrier's customers are no neighbours.
bool is_private(const asio::ip::address& address) {
    return address.is_v4() && is_translated(address.to_v4()) && !is_carriers(address.to_v4());
}

/// A network behind a router, and no provider's own.
bool is_private_network(const NetworkView& view, unsigned interface) {
    bool inner = false;
    for (const auto& own : view.addresses) {
        if (own.interface != interface) continue;
        if (own.address.is_v4() && overlay::is_global(own.address)) return false;
        inner = inner || is_private(own.address) || is_unique_local(own.address);
    }
    return inner;
}

/// Of which mesh it is; nothing: of none.
const overlay::Prefix* mesh_of(const std::vector<overlay::Prefix>& mesh, const asio::ip::address& address) {
    const auto found = std::find_if(mesh.begin(), mesh.end(),
                                    [&](const overlay::Prefix& each) { return each.contains(address); });
    return found == mesh.end() ? nullptr : &*found;
}

overlay::SipPorts ports_at(const std::vector<overlay::TransportAddress>& bound,
                           const asio::ip::address& address) {
    overlay::SipPorts ports;
    for (const auto& listen : bound) {
        const bool here = listen.address.is_unspecified() ? listen.address.is_v4() == address.is_v4()
                                                          : listen.address == address;
        if (!here) continue;
        switch (listen.transport) {
            case overlay::Transport::udp: ports.udp = listen.port; break;
            case overlay::Transport::tcp: ports.tcp = listen.port; break;
            case overlay::Transport::tls: ports.tls = listen.port; break;
            case overlay::Transport::ws:
            case overlay::Transport::wss: break;
        }
    }
    return ports;
}

bool is_web(overlay::Transport transport) {
    return transport == overlay::Transport::ws || transport == overlay::Transport::wss;
}

/// The one that is best told to somebody in the house.
std::optional<overlay::TransportAddress> best_for_the_house(
    const std::vector<overlay::TransportAddress>& listening, const NetworkView& view) {
    const auto home = home_interfaces(view);
    // What stands against an address, the worst first.
    const auto rank = [&](const overlay::TransportAddress& at) {
        const auto* own = in_view(view, at.address);
        const bool at_home =
            own != nullptr && std::find(home.begin(), home.end(), own->interface) != home.end();
        const bool fleeting = own != nullptr && !lasts(*own);
        return std::tuple(is_web(at.transport), at.address.is_loopback(), !at_home,
                          own != nullptr && is_made_up(view, own->interface), at.address.is_v6(), fleeting,
                          !is_unique_local(at.address), at.transport);
    };
    const auto best =
        std::min_element(listening.begin(), listening.end(),
                         [&](const auto& one, const auto& other) { return rank(one) < rank(other); });
    if (best == listening.end()) return std::nullopt;
    return *best;
}

}  // namespace

std::vector<unsigned> home_interfaces(const NetworkView& view) {
    std::vector<unsigned> home;
    const auto add = [&home](unsigned interface) {
        if (std::find(home.begin(), home.end(), interface) == home.end()) home.push_back(interface);
    };
    for (const bool v4 : {true, false}) {
        if (const auto interface = default_interface(view, v4)) add(*interface);
    }
    if (!home.empty()) return home;
    for (const auto& own : view.addresses) {
        if (!own.address.is_loopback() && !is_made_up(view, own.interface)) add(own.interface);
    }
    return home;
}

std::vector<overlay::LanAddress> lan_addresses(const std::vector<overlay::TransportAddress>& bound,
                                               const NetworkView& view,
                                               const std::vector<overlay::Prefix>& mesh) {
    const auto home = home_interfaces(view);
    const auto at_home = [&](const InterfaceAddress& own) {
        return std::find(home.begin(), home.end(), own.interface) != home.end() &&
               is_private_network(view, own.interface) && (own.address.is_v6() || is_private(own.address));
    };
    std::vector<overlay::LanAddress> all;
    for (const auto& own : view.addresses) {
        if (own.address.is_loopback() || !lasts(own)) continue;
        const overlay::Prefix* const shared = mesh_of(mesh, own.address);
        if (shared == nullptr && !at_home(own)) continue;
        overlay::LanAddress lan{own.address, own.prefix_length, own.interface, ports_at(bound, own.address)};
        // In a mesh each node often has a network of one address, and the whole mesh beside it.
        if (shared != nullptr) lan.prefix_length = std::min(lan.prefix_length, shared->length());
        if (lan.sip == overlay::SipPorts{}) continue;
        // One IPv6 address of an interface is enough; that of the house itself lasts longest.
        const auto other = std::find_if(all.begin(), all.end(), [&](const overlay::LanAddress& each) {
            return shared == nullptr && own.address.is_v6() && each.address.is_v6() &&
                   each.interface == own.interface && mesh_of(mesh, each.address) == nullptr;
        });
        if (other == all.end())
            all.push_back(lan);
        else if (is_unique_local(own.address) && !is_unique_local(other->address))
            *other = lan;
    }
    return all;
}

std::string phones_server(const std::vector<overlay::TransportAddress>& bound, const NetworkView& view) {
    const auto best = best_for_the_house(listening_addresses(bound, every_address(view)), view);
    if (!best) return {};
    return best->port == 5060 ? sip::host_text(best->address) : sip::to_string({best->address, best->port});
}

std::string page_url(const std::vector<overlay::TransportAddress>& bound, const NetworkView& view) {
    auto listening = listening_addresses(bound, every_address(view));
    std::erase_if(listening, [](const auto& at) { return at.transport != overlay::Transport::wss; });
    const auto best = best_for_the_house(listening, view);
    return best ? "https://" + sip::to_string({best->address, best->port}) : std::string();
}

bool is_in_the_house(const asio::ip::address& peer, const NetworkView& view,
                     const std::vector<overlay::Prefix>& mesh) {
    if (peer.is_loopback() || mesh_of(mesh, peer) != nullptr) return true;
    if (is_private(peer) || is_unique_local(peer) || (peer.is_v6() && peer.to_v6().is_link_local()))
        return true;
    // What an IPv6 home has is global, and its own all the same.
    const auto home = home_interfaces(view);
    return peer.is_v6() && std::any_of(view.addresses.begin(), view.addresses.end(), [&](const auto& own) {
               return own.address.is_v6() && own.prefix_length >= 64 &&
                      std::find(home.begin(), home.end(), own.interface) != home.end() &&
                      is_private_network(view, own.interface) &&
                      overlay::Prefix(own.address, own.prefix_length).contains(peer);
           });
}

std::string server_lines(const std::string& server) {
    return fmt::format(
        "  server          {0}\n"
        "  outbound proxy  {0}    the same: so that whole addresses can be dialled, who called can be\n"
        "                  called back, and the phone asks no DNS server about them\n",
        server);
}

}  // namespace node

// node/reach/home_network.hpp - which of this machine's networks is the home, where its phones stand and
// other nodes may: that of the default route, never a container's or a tunnel's. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "node/reach/network_view.hpp"
#include "overlay/contact_filter.hpp"
#include "overlay/transport_address.hpp"
#include "overlay/village/neighbours.hpp"

namespace node {

/// The interfaces of the default routes, of IPv4 and of IPv6. Without any: all that are made of hardware.
[[nodiscard]] std::vector<unsigned> home_interfaces(const NetworkView& view);

/// Our addresses where other nodes may stand beside us: at home, if its network is a private one (a rented
/// machine's is not), and wherever `mesh` is. With the ports of SIP that `bound` has there; those without any
/// are left out.
[[nodiscard]] std::vector<overlay::LanAddress> lan_addresses(
    const std::vector<overlay::TransportAddress>& bound, const NetworkView& view,
    const std::vector<overlay::Prefix>& mesh);

/// What a phone in the house has to be told as its server: "192.168.1.20", "[fd00::20]:5080". `bound`: where
/// SIP listens. IPv4, as every phone has it, where there is any; else an IPv6 address that lasts. Empty: SIP
/// listens nowhere.
[[nodiscard]] std::string phones_server(const std::vector<overlay::TransportAddress>& bound,
                                        const NetworkView& view);

/// Where a browser in the house finds the page: "https://192.168.1.20:8443". Empty: no wss is listened at.
[[nodiscard]] std::string page_url(const std::vector<overlay::TransportAddress>& bound,
                                   const NetworkView& view);

/// Does whoever comes from there stand in the house, in the mesh, or on this machine?
[[nodiscard]] bool is_in_the_house(const asio::ip::address& peer, const NetworkView& view,
                                   const std::vector<overlay::Prefix>& mesh);

/// The lines that tell a person how to set a phone up with that server.
[[nodiscard]] std::string server_lines(const std::string& server);

}  // namespace node

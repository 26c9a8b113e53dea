// node/home_addresses.cpp - connect(2) on a UDP socket, and getifaddrs(3).
#include "node/home_addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <cstring>
#include <memory>
#include <optional>

namespace node {
namespace {

using asio::ip::udp;

/// From where a packet to `there` would leave. Nothing is sent: a UDP socket is only told.
std::optional<asio::ip::address> source_towards(const udp::endpoint& there) {
    asio::io_context unused;
    udp::socket socket(unused);
    asio::error_code error;
    socket.open(there.protocol(), error);
    if (!error) socket.connect(there, error);
    if (error) return std::nullopt;
    const auto here = socket.local_endpoint(error);
    return error ? std::nullopt : std::optional(here.address());
}

/// Whether an interface that others share has it: no tunnel, and not the machine itself.
bool is_of_a_network(const asio::ip::address& address) {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return false;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & (IFF_POINTOPOINT | IFF_LOOPBACK)) != 0)
            continue;
        const std::size_t size = entry->ifa_addr->sa_family == AF_INET    ? sizeof(sockaddr_in)
                                 : entry->ifa_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6)
                                                                          : 0;
        udp::endpoint here;
        if (size == 0) continue;
        here.resize(size);
        std::memcpy(here.data(), entry->ifa_addr, size);
        if (here.address() == address) return true;
    }
    return false;
}

}  // namespace

std::vector<asio::ip::address> home_addresses() {
    std::vector<asio::ip::address> found;
    for (const char* outside :
         {"192.0.2.1", "2001:db8::1"}) {  // RFC 5737, RFC 3849: nobody, by the default route
        const auto source = source_towards({asio::ip::make_address(outside), 9});
        if (source && is_of_a_network(*source)) found.push_back(*source);
    }
    return found;
}

}  // namespace node

// sip/transport/source_address.cpp - which of our addresses the kernel would send from.
#include "sip/transport/source_address.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <asio/ip/udp.hpp>

namespace sip {

std::optional<asio::ip::address> source_address(const Endpoint& remote) {
    const asio::ip::udp::endpoint to(remote.address, remote.port);
    const int fd = ::socket(to.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return std::nullopt;
    asio::ip::udp::endpoint local;
    auto size = static_cast<socklen_t>(local.capacity());
    // connect() of UDP chooses the route and the source; no packet leaves.
    const bool known = ::connect(fd, to.data(), static_cast<socklen_t>(to.size())) == 0 &&
                       ::getsockname(fd, local.data(), &size) == 0;
    ::close(fd);
    if (!known) return std::nullopt;
    local.resize(size);
    return local.address();
}

}  // namespace sip

// node/peer_address.cpp - copied first: what a library keeps need not lie as a sockaddr_in6 must.
#include "node/peer_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace node {

asio::ip::address address_of(const sockaddr* peer) {
    if (peer != nullptr && peer->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, peer, sizeof in);
        return asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
    }
    if (peer != nullptr && peer->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, peer, sizeof in);
        asio::ip::address_v6::bytes_type bytes{};
        std::copy(std::begin(in.sin6_addr.s6_addr), std::end(in.sin6_addr.s6_addr), bytes.begin());
        return asio::ip::address_v6(bytes, in.sin6_scope_id);
    }
    return {};
}

}  // namespace node

// node/peer_address.hpp - the address of a peer as libraries with sockets of their own tell it.
#pragma once

#include <sys/socket.h>

#include <asio/ip/address.hpp>

namespace node {

/// Of an IPv4 or IPv6 peer; of any other, and of none (null), 0.0.0.0. Reads as many bytes as its family has,
/// however few the caller keeps.
[[nodiscard]] asio::ip::address address_of(const sockaddr* peer);

}  // namespace node

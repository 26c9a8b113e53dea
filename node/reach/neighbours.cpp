// node/reach/neighbours.cpp - an empty datagram to each, so that the kernel asks who has the address (RFC
// 4861 §7.2), and what it knows then.
#include "node/reach/neighbours.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <thread>

#include "node/reach/network_dump.hpp"

namespace node {
namespace {

constexpr std::uint16_t discard = 9;  // RFC 863
constexpr auto pause = std::chrono::milliseconds(25);
constexpr int looks = 20;

void have_looked_up(asio::ip::address_v6 address, unsigned interface) {
    if (address.is_link_local()) address.scope_id(interface);
    asio::io_context none;
    asio::ip::udp::socket socket(none);
    asio::error_code error;
    socket.open(asio::ip::udp::v6(), error);
    if (!error) socket.send_to(asio::const_buffer(), {address, discard}, 0, error);
}

}  // namespace

bool is_same_machine(const asio::ip::address_v6& one, const asio::ip::address_v6& other, unsigned interface) {
    if (one == other) return true;
    for (int i = 0; i < looks; ++i) {
        const auto neighbours = read_neighbours(interface);
        const auto a = neighbours.find(one), b = neighbours.find(other);
        if (a != neighbours.end() && b != neighbours.end()) return a->second == b->second;
        if (i == 0) {
            have_looked_up(one, interface);
            have_looked_up(other, interface);
        }
        std::this_thread::sleep_for(pause);
    }
    return false;
}

}  // namespace node

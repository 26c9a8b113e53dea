// overlay/village/beacon_link.cpp - joins the groups, drains in bounded turns.
#include "overlay/village/beacon_link.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <asio/ip/multicast.hpp>
#include <asio/ip/v6_only.hpp>

namespace overlay {
namespace {

using asio::ip::udp;

// Organization-local (RFC 2365 §6.2), and a transient group of link-local scope whose number is of those that
// nobody assigns (RFC 4291 §2.7, RFC 3307 §4.3).
const asio::ip::address_v4 group_v4({239, 192, 72, 87});
constexpr asio::ip::address_v6::bytes_type group_v6_bytes = {0xff, 0x12, 0, 0, 0,    0,    0,    0,
                                                             0,    0,    0, 0, 0x80, 0x48, 0x57, 0x01};

constexpr int datagrams_per_turn = 32;

/// Linux gives a socket what any other socket of the machine has joined, unless told not to.
void hear_own_groups_alone(udp::socket& socket, bool v4) {
    const int off = 0;
#ifdef IPV6_MULTICAST_ALL
    if (!v4) (void)::setsockopt(socket.native_handle(), IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off);
#endif
    if (v4) (void)::setsockopt(socket.native_handle(), IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
}

}  // namespace

struct BeaconLink::Place {
    LanAddress on;
    udp::socket in, out;
    udp::endpoint group, from;
    std::array<std::uint8_t, 2048> buffer{};

    Place(asio::io_context& loop, const LanAddress& at)
        : on(at),
          in(loop, at.address.is_v4() ? udp::v4() : udp::v6()),
          out(loop, at.address.is_v4() ? udp::v4() : udp::v6()) {
        namespace multicast = asio::ip::multicast;
        const bool v4 = at.address.is_v4();
        if (v4) {
            group = {group_v4, port};
            out.set_option(multicast::outbound_interface(at.address.to_v4()));
        } else {
            group = {asio::ip::address_v6(group_v6_bytes, at.interface), port};
            in.set_option(asio::ip::v6_only(true));
            out.set_option(multicast::outbound_interface(at.interface));
        }
        in.set_option(asio::socket_base::reuse_address(true));  // several nodes on one machine
        in.bind(group);  // what is sent to the group, and nothing that is sent to this machine
        hear_own_groups_alone(in, v4);
        if (v4)
            in.set_option(multicast::join_group(group_v4, at.address.to_v4()));
        else
            in.set_option(multicast::join_group(group.address().to_v6(), at.interface));
        in.non_blocking(true);
        out.set_option(multicast::hops(1));
        out.set_option(multicast::enable_loopback(true));
        out.bind({at.address, 0});
        out.non_blocking(true);
    }
};

BeaconLink::BeaconLink(asio::io_context& loop, Heard heard) : loop_(loop), heard_(std::move(heard)) {}

BeaconLink::~BeaconLink() = default;

void BeaconLink::set(const std::vector<LanAddress>& addresses) {
    std::vector<std::shared_ptr<Place>> places;
    failed_ = 0;
    for (const auto& address : addresses) {
        if (places.size() == most_addresses) break;
        const auto same =
            std::ranges::find_if(places_, [&](const auto& place) { return place->on == address; });
        if (same != places_.end()) {
            places.push_back(*same);
            continue;
        }
        try {
            places.push_back(std::make_shared<Place>(loop_, address));
            wait(places.back());
        } catch (const std::system_error&) {
            ++failed_;  // an address that is not there yet, or an interface without multicast
        }
    }
    places_ = std::move(places);
}

void BeaconLink::wait(const std::shared_ptr<Place>& place) {
    place->in.async_wait(udp::socket::wait_read,
                         alive_.guard([this, weak = std::weak_ptr(place)](const asio::error_code& error) {
                             const auto here = weak.lock();
                             if (error || !here) return;
                             drain(*here);
                             wait(here);
                         }));
}

void BeaconLink::drain(Place& place) {
    for (int i = 0; i < datagrams_per_turn; ++i) {
        asio::error_code error;
        const auto size = place.in.receive_from(asio::buffer(place.buffer), place.from, 0, error);
        if (error == asio::error::would_block) return;
        if (error) continue;
        auto from = place.from.address();
        if (from.is_v6()) from = asio::ip::address_v6(from.to_v6().to_bytes());  // without its scope
        heard_(place.on, from, {place.buffer.data(), size});
    }
}

void BeaconLink::send(const LanAddress& from, crypto::ByteView datagram) {
    for (const auto& place : places_) {
        if (place->on != from) continue;
        asio::error_code lost;
        place->out.send_to(asio::buffer(datagram.data(), datagram.size()), place->group, 0, lost);
    }
}

}  // namespace overlay

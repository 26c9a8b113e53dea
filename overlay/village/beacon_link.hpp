// overlay/village/beacon_link.hpp - the multicast sockets of the beacon, two for each of our addresses on a
// home network: one that hears the group on that interface alone, and one that speaks from that address. What
// leaves has a hop limit of 1: no router passes it on. Overlay loop only.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "overlay/alive.hpp"
#include "overlay/village/neighbours.hpp"

namespace overlay {

class BeaconLink {
public:
    static constexpr std::uint16_t port = 18519;  // 0x4857, "HW"
    static constexpr std::size_t most_addresses = 8;
    using Heard = std::function<void(const LanAddress& on, const asio::ip::address& from, crypto::ByteView)>;

    BeaconLink(asio::io_context& loop, Heard heard);
    ~BeaconLink();
    BeaconLink(const BeaconLink&) = delete;  // pending reads point back here
    BeaconLink& operator=(const BeaconLink&) = delete;

    /// At these addresses from now on, at most 8. Where a socket cannot be had, nothing is said or heard.
    void set(const std::vector<LanAddress>& addresses);
    /// To the group. A datagram that the kernel has no room for is lost.
    void send(const LanAddress& from, crypto::ByteView datagram);
    /// At how many of the addresses it could not be set up.
    [[nodiscard]] std::size_t failed() const noexcept { return failed_; }

private:
    struct Place;
    void wait(const std::shared_ptr<Place>& place);
    void drain(Place& place);

    asio::io_context& loop_;
    Heard heard_;
    std::vector<std::shared_ptr<Place>> places_;
    std::size_t failed_ = 0;
    Alive alive_;  // a wait may be queued when we go
};

}  // namespace overlay

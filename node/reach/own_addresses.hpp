// node/reach/own_addresses.hpp - at which addresses this node listens and can be met: what others are given,
// and what must never lead a call back to us. Values only, as of the last set(). SIP loop only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/addresses.hpp"
#include "overlay/contact_filter.hpp"
#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"

namespace node {

/// Every address at which this node listens: wildcard addresses stand for those of the interfaces.
std::vector<overlay::TransportAddress> listening_addresses(
    const std::vector<overlay::TransportAddress>& bound, const std::vector<asio::ip::address>& interfaces);

/// What others may be given, best first, at most 6: `configured` when there are any, else those of
/// `listening` that `judge` lets be called.
/// WebSockets are for our own phones: no other edge calls one.
std::vector<overlay::TransportAddress> publishable_addresses(
    const std::vector<overlay::TransportAddress>& configured,
    const std::vector<overlay::TransportAddress>& listening, const AddressJudge& judge);

class OwnAddresses {
public:
    /// `mesh`: the networks shared with the people called.
    explicit OwnAddresses(std::vector<overlay::Prefix> mesh) : mesh_(std::move(mesh)) {}

    /// `ours`: where a message may meet us (Reachability::ours). `advertised`: what others are told
    /// (Reachability::published). True: the advertised ones are others now.
    [[nodiscard]] bool set(std::vector<overlay::TransportAddress> ours,
                           std::vector<overlay::TransportAddress> advertised);
    [[nodiscard]] const std::vector<overlay::TransportAddress>& advertised() const noexcept {
        return advertised_;
    }

    /// Where nodes outside see us, checked or not.
    void set_seen(std::vector<asio::ip::address> seen) { seen_ = std::move(seen); }
    /// Is whoever can be met there behind the same router as we are?
    [[nodiscard]] bool shares_router(const asio::ip::address& address) const;

    /// Does a message sent there come back to us? Without a port: to any of ours.
    [[nodiscard]] bool leads_here(const asio::ip::address& address, std::optional<std::uint16_t> port) const;
    /// Have we an IPv6 address that leads outside?
    [[nodiscard]] bool has_ipv6() const;
    /// Can a call go there from here, as far as families of addresses go?
    [[nodiscard]] bool speaks(const asio::ip::address& address) const {
        return address.is_v4() || !overlay::is_global(address) || has_ipv6();
    }
    /// Whose network it is is known: an address of ours, or one in a mesh.
    [[nodiscard]] bool is_ours(const asio::ip::address& address) const;
    /// Why an address that somebody else gave is not called; empty: it may be.
    [[nodiscard]] std::string why_not(const overlay::TransportAddress& address) const;
    /// The same for one that DNS gave: whoever owns a domain is as much a stranger. `own_network`: the name
    /// is one that only servers of our own networks know (home_networks.hpp), and may lead to private
    /// addresses.
    [[nodiscard]] std::string why_not_of_dns(const overlay::TransportAddress& address,
                                             bool own_network) const;
    /// Ours, as the other end of this flow can use it: the advertised one, when it is outside and we are not.
    [[nodiscard]] sip::Endpoint seen_from(const sip::Flow& flow) const;

private:
    const std::vector<overlay::Prefix> mesh_;
    std::vector<overlay::TransportAddress> ours_;
    std::vector<overlay::TransportAddress> advertised_;
    std::vector<asio::ip::address> seen_;
};

}  // namespace node

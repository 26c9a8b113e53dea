// node/reach/reachability.hpp - at which addresses others can reach this node, and which of them are
// published. The ports are SIP's: the DHT needs none of this, as its nodes answer to wherever a packet came
// from. Published is only what was checked:
// clang-format off
//   configured  sip.advertise, on the word of whoever wrote it; then nothing else is
//   mesh        an interface's address inside mesh.prefixes: others there reach it as we reach them
//   own         a global address of an interface, unless a check says no. IPv4: DHT nodes outside see another one, so
//               something translates. Both: another edge was asked to dial back and could not
//   mapped      a lease of the router's (NAT-PMP, UPnP) on a global address that DHT nodes outside see us at; or to
//               which another edge has dialled back
//   seen        the address that DHT nodes outside see us at, with our own port: only when another edge has dialled
//               back. So a port forwarded by hand is found without sip.advertise
// clang-format on
// A core: events with their time go in. SIP loop only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/reach/port_mapper.hpp"
#include "node/reach/settled_view.hpp"
#include "overlay/call_back.hpp"
#include "overlay/contact_filter.hpp"
#include "overlay/seen_addresses.hpp"
#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"

namespace node {

struct OwnAddress {
    enum class How : std::uint8_t { configured, mesh, own, mapped, seen };
    /// `waiting`: for a check, or for somebody who could make it.
    enum class Standing : std::uint8_t { published, waiting, refused };
    overlay::TransportAddress address;
    How how = How::own;
    Standing standing = Standing::published;
    std::string says;  // why not; the end of a sentence
    friend bool operator==(const OwnAddress&, const OwnAddress&) = default;
};
std::string_view name(OwnAddress::How how) noexcept;
std::string_view name(OwnAddress::Standing standing) noexcept;

class Reachability {
public:
    using Time = PortMapper::Time;
    struct Settings {
        std::vector<overlay::TransportAddress> advertise;
        std::vector<overlay::Prefix> mesh;
        PortMapper::Settings mapping;
    };
    explicit Reachability(Settings settings);

    /// Where SIP is bound, and the DHT's UDP ports of IPv4.
    void set_listening(std::vector<overlay::TransportAddress> sip, std::set<std::uint16_t> dht, Time now);
    /// More UDP ports of ours that the router should send on, beside SIP's: the doors of calls. Those that
    /// were set before and are not among these are given back.
    void set_door_ports(std::set<std::uint16_t> udp, Time now);
    void set_network(NetworkView view, Time now);
    void set_seen(std::vector<overlay::SeenAddress> seen, Time now);
    /// Another edge has tried (true: what it sent came in here). Forgotten when the network changes.
    void dialled_back(const overlay::TransportAddress& address, bool came, Time now);
    /// Nobody was found who would dial it.
    void nobody_dials(const overlay::TransportAddress& address, const overlay::CallBackAnswer& why);
    /// Global addresses that somebody should dial back: never tried; twice more a minute after a failure,
    /// then every five minutes, as the person may be at the router just now, and half an hour; else every six
    /// hours. Of those that sip.advertise names: none.
    [[nodiscard]] std::vector<overlay::TransportAddress> to_check(Time now) const;
    /// What is due by itself.
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    [[nodiscard]] PortMapper& mapping() noexcept { return mapper_; }
    [[nodiscard]] const PortMapper& mapping() const noexcept { return mapper_; }

    /// All there are; those to publish first among their kind, in the order of the interfaces.
    [[nodiscard]] std::vector<OwnAddress> addresses() const;
    /// What goes into a record: at most 6, IPv4 and UDP first, as most phones use these.
    [[nodiscard]] std::vector<overlay::TransportAddress> published() const;
    /// Where a message may meet us, published or not: a call there comes back to us.
    [[nodiscard]] std::vector<overlay::TransportAddress> ours() const;
    [[nodiscard]] bool is_door(const InnerPort& port) const {
        return !port.tcp && doors_.contains(port.port);
    }
    /// The address and port outside that the router was heard to grant for this UDP port of ours, believed as
    /// SIP's own would be. Nothing: none, or not yet.
    [[nodiscard]] std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const;
    /// Do others reach this host as they reach us? In a mesh, or beside an address of ours that is published.
    [[nodiscard]] bool reached_beside_us(const asio::ip::address& host) const;

    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] const std::set<std::uint16_t>& dht_ports() const noexcept { return dht_; }
    [[nodiscard]] const NetworkView& network() const noexcept { return view_; }
    [[nodiscard]] const SettledView& seen() const noexcept { return seen_; }
    /// What came of the last search for somebody who would dial it; none: nobody had to be looked for, or was
    /// found.
    [[nodiscard]] const overlay::CallBackAnswer* nobody_for(const overlay::TransportAddress& address) const;
    /// Times that an address was dialled in vain, in a row.
    [[nodiscard]] unsigned failures_of(const overlay::TransportAddress& address) const;

private:
    struct DialBack {
        bool came = false;
        unsigned failures = 0;  // in a row
        Time at{};
    };
    void wish_for_ports(Time now);
    [[nodiscard]] bool maps(const overlay::TransportAddress& listen) const;
    [[nodiscard]] bool in_mesh(const asio::ip::address& address) const;
    [[nodiscard]] bool supported(const asio::ip::address& address) const;
    [[nodiscard]] std::string seen_elsewhere(const asio::ip::address& address) const;
    [[nodiscard]] const DialBack* dial_back_to(const overlay::TransportAddress& address) const;
    void add_own(const overlay::TransportAddress& address, std::vector<OwnAddress>& all) const;
    void add_mapped(std::vector<OwnAddress>& all) const;
    void add_seen(std::vector<OwnAddress>& all) const;
    void judge_mapped(OwnAddress& mapped) const;

    const Settings settings_;
    PortMapper mapper_;
    NetworkView view_;
    std::vector<overlay::TransportAddress> sip_;
    std::set<std::uint16_t> dht_, doors_;
    SettledView seen_;
    Time hinted_at_{};  // that our address may be another one
    std::map<overlay::TransportAddress, DialBack> dial_backs_;
    std::map<overlay::TransportAddress, overlay::CallBackAnswer> in_vain_;  // nobody would dial these
};

}  // namespace node

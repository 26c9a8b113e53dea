// node/reach/reachability.hpp - at which addresses others can reach this node, and which of them are
// published. The ports are SIP's: the DHT needs none of this, as its nodes answer to wherever a packet came
// from. Published is only what was checked:
// clang-format off
//   configured  sip.advertise, on the word of whoever wrote it; then nothing else is
//   mesh        an interface's address inside mesh.prefixes: others there reach it as we reach them
//   own         a global address of an interface. IPv4: unless DHT nodes outside see another one, so that something
//               translates, or others were asked to dial back and could not. IPv6, where a firewall stands before most
//               homes: when somebody has dialled back, or the router has made a hole in it; or unchecked, while nobody
//               can be found who would dial
//   mapped      a lease of the router's (PCP, NAT-PMP, UPnP) on a global address that DHT nodes outside see us at; or
//               to which somebody has dialled back. Twice dialled in vain it is made anew, once; again: not published
//   seen        the address that DHT nodes outside see us at, with our own port: only when another edge has dialled
//               back. So a port forwarded by hand is found without sip.advertise
// clang-format on
// A core: events with their time go in. SIP loop only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/reach/advertised_hosts.hpp"
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
    std::string says;  // why not, or not yet for sure; the end of a sentence
    friend bool operator==(const OwnAddress&, const OwnAddress&) = default;
};
std::string_view name(OwnAddress::How how) noexcept;
std::string_view name(OwnAddress::Standing standing) noexcept;

class Reachability {
public:
    using Time = PortMapper::Time;
    struct Settings {
        std::vector<overlay::TransportAddress> advertise;
        std::vector<AdvertisedHost> advertise_hosts;
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
    /// `stranger`: no contact's, and it may say that it tried and not have. Of one network of strangers one
    /// failure counts, until others failed or somebody came in: nobody alone can take an address away.
    void dialled_back(const overlay::TransportAddress& address, bool came, Time now,
                      const std::optional<asio::ip::address>& stranger = {});
    /// Nobody was found who would dial it.
    void nobody_dials(const overlay::TransportAddress& address, const overlay::CallBackAnswer& why);
    /// Global addresses that somebody should dial back: never tried; twice more a minute after a failure,
    /// then every five minutes, as the person may be at the router just now, and half an hour; else every six
    /// hours. Of those that sip.advertise names: none.
    [[nodiscard]] std::vector<overlay::TransportAddress> to_check(Time now) const;
    /// Names of sip.advertise that are to be looked up now; host_answered() follows.
    [[nodiscard]] std::vector<std::string> hosts_to_look_up(Time now) { return hosts_.due(now); }
    void host_answered(const std::string& host, HostAddresses says, Time now);
    /// Of which sip.advertise alone speaks.
    [[nodiscard]] bool is_configured() const noexcept {
        return !settings_.advertise.empty() || !hosts_.empty();
    }
    [[nodiscard]] const AdvertisedHosts& hosts() const noexcept { return hosts_; }
    /// What is due by itself.
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    [[nodiscard]] PortMapper& mapping() noexcept { return mapper_; }
    [[nodiscard]] const PortMapper& mapping() const noexcept { return mapper_; }
    /// Of the router's IPv6 firewall.
    [[nodiscard]] PortMapper& pinholes() noexcept { return pinholes_; }
    [[nodiscard]] const PortMapper& pinholes() const noexcept { return pinholes_; }

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
    /// Where others see us instead of there; empty: there, or nowhere. The end of a sentence.
    [[nodiscard]] std::string seen_elsewhere(const asio::ip::address& address) const;
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
        std::vector<overlay::Prefix> strangers = {};  // whose failures were counted
    };
    void wish_for_ports(Time now);
    void wish_for_pinholes(Time now);
    void make_anew(const overlay::TransportAddress& address, Time now);
    [[nodiscard]] bool maps(const overlay::TransportAddress& listen) const;
    [[nodiscard]] bool in_mesh(const asio::ip::address& address) const;
    [[nodiscard]] bool supported(const asio::ip::address& address) const;
    [[nodiscard]] const DialBack* dial_back_to(const overlay::TransportAddress& address) const;
    void add_configured(std::vector<OwnAddress>& all) const;
    [[nodiscard]] overlay::TransportAddress checked_for(const overlay::TransportAddress& own) const;
    void judge_own(OwnAddress& own) const;
    [[nodiscard]] bool has_pinhole(const overlay::TransportAddress& address) const;
    void add_own(const overlay::TransportAddress& address, std::vector<OwnAddress>& all) const;
    void add_mapped(std::vector<OwnAddress>& all) const;
    void add_seen(std::vector<OwnAddress>& all) const;
    void judge_mapped(OwnAddress& mapped) const;

    const Settings settings_;
    PortMapper mapper_, pinholes_;
    AdvertisedHosts hosts_;
    NetworkView view_;
    std::vector<overlay::TransportAddress> sip_;
    std::set<std::uint16_t> dht_, doors_;
    SettledView seen_;
    Time hinted_at_{};  // that our address may be another one
    std::map<overlay::TransportAddress, DialBack> dial_backs_;
    std::map<overlay::TransportAddress, overlay::CallBackAnswer> in_vain_;  // nobody would dial these
};

}  // namespace node

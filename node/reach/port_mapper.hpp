// node/reach/port_mapper.hpp - keeps ports of ours open on the router: whom to ask what and when, and what
// was granted. A core: requests come out, answers and time go in.
// 1. PCP is asked first, then NAT-PMP, then UPnP, each when the one before is silent or refuses; whoever has
//    granted is asked again until he has been silent twice.
// 2. Leases are renewed at half of their life (RFC 6886 §3.3), and at once when the router has lost its table
//    (RFC 6886 §3.6, RFC 6887 §8.5, an epoch that went back), changed its address, or announced something.
// 3. One request at a time; an answer to one of another network is dropped.
// 4. A port that is not wanted any more is given back.
// SIP loop only.
#pragma once

#include <array>
#include <map>
#include <set>

#include "node/reach/mapping_request.hpp"

namespace node {

class PortMapper {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Settings {
        bool nat_pmp = true, upnp = true;
        std::chrono::seconds lease{7200};  // RFC 6886 §3.3 recommends it
        bool pcp = false;
    };
    struct Mapping {
        std::uint16_t outer = 0;
        Time renew_at{}, until{};
        bool permanent = false;
        bool remade = false, anew = false;  // nobody came in through it; once, and due
    };
    enum class State : std::uint8_t { off, unasked, silent, refuses, speaks };

    explicit PortMapper(Settings settings);

    void set_ports(std::set<InnerPort> ports, Time now);
    /// Another one than before: all starts anew.
    void set_gateway(std::optional<Gateway> gateway, Time now);
    /// The network was gone, or others see us elsewhere: the router is asked soon.
    void ask_soon(Time now);
    /// RFC 6886 §3.2.1. From another address than the router's: nothing.
    void router_announced(const asio::ip::address& from, Time now);
    /// Others did not come in through what was granted: it is ended and made anew, once. False: it has been.
    bool make_anew(const InnerPort& port, Time now);
    void answered(const MappingAnswer& answer, Time now);
    /// Drops leases that have run out.
    void on_time(Time now);
    /// Nothing: not now. Else it has begun, and answered() is due.
    [[nodiscard]] std::optional<MappingRequest> next_request(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    [[nodiscard]] const std::optional<Gateway>& gateway() const noexcept { return gateway_; }
    /// Of the router, as it says itself.
    [[nodiscard]] const std::optional<asio::ip::address>& outer_address() const noexcept { return outer_; }
    [[nodiscard]] const std::map<InnerPort, Mapping>& mappings() const noexcept { return mappings_; }
    /// All there are, as they would be given back.
    [[nodiscard]] std::vector<MappingEnd> held() const;
    [[nodiscard]] std::optional<GatewayProtocol> granted_by() const noexcept { return active_; }
    [[nodiscard]] const std::set<InnerPort>& ports() const noexcept { return ports_; }
    [[nodiscard]] State state(GatewayProtocol protocol) const noexcept { return talk(protocol).state; }
    /// Why it refuses, or who else spoke in its place; the end of a sentence.
    [[nodiscard]] const std::string& fault(GatewayProtocol protocol) const noexcept {
        return talk(protocol).fault;
    }
    [[nodiscard]] const std::map<InnerPort, std::string>& refused() const noexcept { return refused_; }
    /// Datagrams that were no answers to what was asked, in this network.
    [[nodiscard]] std::uint64_t ignored() const noexcept { return ignored_; }
    [[nodiscard]] bool asking() const noexcept { return asking_.has_value(); }

private:
    struct Talk {
        State state = State::unasked;
        Time due{};             // something is to be asked
        Time look_due{};        // whether what was granted is still there
        unsigned failures = 0;  // in a row
        bool spoke = false;     // ever, in this network
        std::string fault;
        std::optional<std::uint32_t> epoch;
        Time epoch_at{};
    };
    [[nodiscard]] const Talk& talk(GatewayProtocol p) const { return talks_[static_cast<std::size_t>(p)]; }
    [[nodiscard]] Talk& talk(GatewayProtocol p) { return talks_[static_cast<std::size_t>(p)]; }
    void start_over(Time now);
    [[nodiscard]] bool may_ask(GatewayProtocol protocol) const;
    [[nodiscard]] Time due(GatewayProtocol protocol) const;
    [[nodiscard]] std::vector<MappingWish> wishes(GatewayProtocol protocol, Time now) const;
    void failed(GatewayProtocol protocol, Time now);
    void take(const MappingGrant& grant, Time now);
    void renew_all_but(const MappingAnswer& answer, Time now);
    [[nodiscard]] static bool table_is_new(Talk& talk, GatewayProtocol protocol,
                                           std::optional<std::uint32_t> epoch, Time now);

    const Settings settings_;
    std::set<InnerPort> ports_;
    std::optional<Gateway> gateway_;
    std::array<Talk, 3> talks_;
    std::optional<GatewayProtocol> active_;  // who has granted what we have
    std::optional<asio::ip::address> outer_;
    std::map<InnerPort, Mapping> mappings_;
    std::vector<MappingEnd> ends_;  // to be given back
    std::map<InnerPort, std::string> refused_;
    struct Asking {
        std::uint64_t id;
        GatewayProtocol protocol;
        bool looks;  // after all that is held
    };
    std::optional<Asking> asking_;
    bool wished_meanwhile_ = false;  // since that was asked
    std::uint64_t last_id_ = 0, ignored_ = 0;
    Time asked_at_{};
};

}  // namespace node

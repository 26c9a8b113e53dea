// node/media/door_sight.hpp - where a pair of ports is met from outside: where the router sends it on from,
// this machine's own address, or where other nodes see it by STUN (RFC 8489). Those who were silent are left
// alone for a while. Sends from the pair itself, since its mapping is what is asked for. SIP loop only.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "node/media/door_pair_driver.hpp"
#include "node/media/door_place.hpp"
#include "node/media/stun_memory.hpp"
#include "node/media/stun_query.hpp"

namespace node {

/// Two ports, with what is asked about them.
struct DoorPorts {
    std::unique_ptr<DoorPair> pair;
    bool pooled = false;                                   // opened ahead
    std::array<std::optional<StunQuery>, 2> queries = {};  // RTP's, RTCP's
    std::optional<DoorPlace::Time> asked_at = {};
    [[nodiscard]] std::uint16_t rtp() const { return pair->port(); }
    [[nodiscard]] std::uint16_t rtcp() const { return static_cast<std::uint16_t>(pair->port() + 1); }
};

class DoorSight {
public:
    using Time = DoorPlace::Time;
    using Pool = std::vector<DoorPorts>;
    /// What it needs of the node.
    class Host {
    public:
        /// As Reachability's.
        [[nodiscard]] virtual std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const = 0;
        [[nodiscard]] virtual std::vector<sip::Endpoint> stun_servers() const = 0;
        /// An IPv4 address at which others reach or see this node; nothing: none is known.
        [[nodiscard]] virtual std::optional<asio::ip::address> outer_address() const = 0;

    protected:
        ~Host() = default;
    };

    /// Borrows the host.
    explicit DoorSight(const Host& host) : host_(host) {}

    /// Where the router sends them on from.
    [[nodiscard]] std::optional<DoorOutside> mapped(const DoorPorts& ports) const;
    [[nodiscard]] bool any_mapped(const Pool& pool) const;
    /// The best that is known.
    [[nodiscard]] std::optional<DoorOutside> outside_of(const DoorPorts& ports, Time now) const;
    /// Nothing translates what this machine sends.
    [[nodiscard]] bool outer_is_own() const;
    /// Is there nobody who may answer?
    [[nodiscard]] bool nobody_to_ask(Time now) const { return servers(now).empty(); }
    /// About those of the pool of whom the answers are old; about all when others are asked than before.
    void ask(Pool& pool, Time now);
    void ask(DoorPorts& ports, Time now) const;
    /// Sends what is due. When there is more to do; nothing: all is known, or nothing will be.
    [[nodiscard]] static std::optional<Time> go_on(DoorPorts& ports, Time now);
    /// Has every question of the pool its answer, or will it have none? Then it learns from them.
    [[nodiscard]] bool all_told(const Pool& pool, Time now);
    /// Are answers of the pool so old that a NAT may have forgotten it?
    [[nodiscard]] static bool is_stale(const Pool& pool, Time now);
    /// Did two nodes see two ports? Nothing: it is not known.
    [[nodiscard]] std::optional<bool> symmetric() const noexcept { return symmetric_; }

private:
    [[nodiscard]] std::vector<sip::Endpoint> servers(Time now) const;
    static void ask(DoorPorts& ports, const std::vector<sip::Endpoint>& whom, Time now);
    void note_silent(const Pool& pool, Time now);

    const Host& host_;
    StunMemory memory_;
    bool noted_ = true;                 // in it: what came of the last questions
    std::vector<sip::Endpoint> asked_;  // where they see the pool
    std::optional<bool> symmetric_;     // by what they have said
};

}  // namespace node

// node/media/door_sight.cpp - asked, and what was seen.
#include "node/media/door_sight.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "crypto/identity.hpp"
#include "node/media/door_side.hpp"
#include "sip/transport/source_address.hpp"

namespace node {
namespace {

constexpr std::chrono::seconds seen_for{20};  // NATs forget a silent UDP port after 30 s

bool is_old(const DoorPorts& ports, DoorPlace::Time now) {
    return !ports.asked_at || now - *ports.asked_at >= seen_for;
}

}  // namespace

std::optional<DoorOutside> DoorSight::mapped(const DoorPorts& ports) const {
    const auto rtp = host_.door_outside(ports.rtp()), rtcp = host_.door_outside(ports.rtcp());
    if (!rtp || !rtcp) return std::nullopt;
    return DoorOutside{DoorOutside::By::router, *rtp, *rtcp, "a port that the router sends on"};
}

bool DoorSight::any_mapped(const Pool& pool) const {
    return std::any_of(pool.begin(), pool.end(),
                       [this](const DoorPorts& one) { return host_.door_outside(one.rtp()).has_value(); });
}

std::optional<DoorOutside> DoorSight::outside_of(const DoorPorts& ports, Time now) const {
    if (auto by_router = mapped(ports)) return by_router;
    const auto outer_address = host_.outer_address();
    if (outer_is_own())
        return DoorOutside{DoorOutside::By::router,
                           {*outer_address, ports.rtp()},
                           {*outer_address, ports.rtcp()},
                           "this machine's own address"};
    const auto& [query, rtcp_query] = ports.queries;
    if (query && query->outer()) {
        const auto outer = *query->outer();
        const auto outer_rtcp =
            rtcp_query && rtcp_query->outer()
                ? *rtcp_query->outer()
                : sip::Endpoint{outer.address, static_cast<std::uint16_t>(outer.port + 1)};
        const bool symmetric = query->verdict(now) == StunVerdict::each_another;
        return DoorOutside{DoorOutside::By::others, outer, outer_rtcp,
                           symmetric ? "where one node sees it, though the router shows each another port"
                                     : "where other nodes see it",
                           symmetric};
    }
    if (!outer_address || !outer_address->is_v4()) return std::nullopt;
    return DoorOutside{DoorOutside::By::address,
                       {*outer_address, ports.rtp()},
                       {*outer_address, ports.rtcp()},
                       "the outer address, if the router keeps the port"};
}

bool DoorSight::outer_is_own() const {
    const auto outer = host_.outer_address();
    return outer && outer->is_v4() && sip::source_address({*outer, 9}) == outer;
}

std::vector<sip::Endpoint> DoorSight::servers(Time now) const {
    return memory_.worth_asking(host_.stun_servers(), now);
}

void DoorSight::ask(Pool& pool, Time now) {
    auto whom = servers(now);
    const bool others = whom != asked_;
    asked_ = std::move(whom);
    for (DoorPorts& ports : pool) {
        if (!others && !is_old(ports, now)) continue;
        ask(ports, asked_, now);
        noted_ = false;
    }
}

void DoorSight::ask(DoorPorts& ports, Time now) const {
    ask(ports, servers(now), now);
}

void DoorSight::ask(DoorPorts& ports, const std::vector<sip::Endpoint>& whom, Time now) {
    if (whom.empty()) return;
    ports.asked_at = now;
    for (auto& query : ports.queries) {
        std::array<StunQuery::Transaction, StunQuery::most_asked> ids{};
        for (auto& id : ids) {
            const auto random = crypto::random_array<12>();
            std::copy(random.begin(), random.end(), id.begin());
        }
        query.emplace(whom, ids, now);
    }
}

std::optional<DoorSight::Time> DoorSight::go_on(DoorPorts& ports, Time now) {
    std::optional<Time> wake;
    for (const Component component : components) {
        auto& query = ports.queries[static_cast<std::size_t>(component)];
        if (!query) continue;
        for (const auto& send : query->due(now))
            ports.pair->send(component, send.to, send.bytes);
        const auto next = query->next_wake();
        if (next && query->verdict(now) == StunVerdict::waiting) wake = wake ? std::min(*wake, *next) : *next;
    }
    return wake;
}

bool DoorSight::all_told(const Pool& pool, Time now) {
    const bool open = std::any_of(pool.begin(), pool.end(), [now](const DoorPorts& ports) {
        return std::any_of(ports.queries.begin(), ports.queries.end(), [now](const auto& query) {
            return query && query->verdict(now) == StunVerdict::waiting;
        });
    });
    if (open) return false;
    note_silent(pool, now);
    for (const DoorPorts& ports : pool) {
        const auto& query = ports.queries.front();
        const auto verdict = query ? query->verdict(now) : StunVerdict::silent;
        if (verdict != StunVerdict::each_another && verdict != StunVerdict::kept) continue;
        symmetric_ = verdict == StunVerdict::each_another;
        break;
    }
    return true;
}

/// Of all who were asked, those who answered to no port.
void DoorSight::note_silent(const Pool& pool, Time now) {
    if (std::exchange(noted_, true)) return;
    std::map<sip::Endpoint, bool> asked;
    for (const DoorPorts& ports : pool) {
        for (const auto& query : ports.queries) {
            if (!query) continue;
            for (const auto& outcome : query->outcomes())
                asked[outcome.server] = asked[outcome.server] || outcome.answered;
        }
    }
    for (const auto& [server, answered] : asked) {
        if (answered)
            memory_.answered(server);
        else
            memory_.silent(server, now);
    }
}

bool DoorSight::is_stale(const Pool& pool, Time now) {
    return std::any_of(pool.begin(), pool.end(),
                       [now](const DoorPorts& ports) { return is_old(ports, now); });
}

}  // namespace node

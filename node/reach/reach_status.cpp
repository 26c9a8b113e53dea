// node/reach/reach_status.cpp - the engine's findings as values.
#include "node/reach/reach_status.hpp"

#include "node/addresses.hpp"
#include "node/reach/reach_sentence.hpp"

namespace node {
namespace {

using State = PortMapper::State;

const char* name_of(State state) {
    switch (state) {
        case State::off: return "off";
        case State::unasked: return "not asked yet";
        case State::silent: return "silent";
        case State::refuses: return "refuses";
        case State::speaks: return "speaks";
    }
    return "";
}

RouterStatus router_status(const PortMapper& mapper, const Gateway& gateway, Reachability::Time now) {
    RouterStatus router;
    router.address = gateway.address.to_string();
    router.own = gateway.own.to_string();
    router.pcp = name_of(mapper.state(GatewayProtocol::pcp));
    router.nat_pmp = name_of(mapper.state(GatewayProtocol::nat_pmp));
    router.upnp = name_of(mapper.state(GatewayProtocol::upnp));
    if (mapper.outer_address()) router.outer_address = mapper.outer_address()->to_string();
    router.ignored = mapper.ignored();
    for (const auto& [inner, mapping] : mapper.mappings()) {
        MappingStatus status{to_text(inner), mapping.outer, {}};
        if (!mapping.permanent)
            status.for_s = std::chrono::duration_cast<std::chrono::seconds>(mapping.until - now).count();
        router.mappings.push_back(std::move(status));
    }
    for (const auto& [inner, fault] : mapper.refused()) {
        if (!router.refused) router.refused.emplace();
        router.refused->push_back(to_text(inner) + ": " + fault);
    }
    return router;
}

}  // namespace

ReachStatus reach_status(const Reachability& reach, Reachability::Time now) {
    ReachStatus status;
    status.says = reach_sentence(reach);
    const auto& mapper = reach.mapping();
    if (mapper.gateway()) status.router = router_status(mapper, *mapper.gateway(), now);
    const auto& holes = reach.pinholes();
    if (holes.gateway()) status.firewall = router_status(holes, *holes.gateway(), now);
    for (const auto& seen : reach.seen().latest())
        status.seen.push_back({seen.address.to_string(), seen.networks, seen.of});
    for (const auto& each : reach.addresses()) {
        OwnAddressStatus address{
            to_text(each.address), std::string(name(each.how)), std::string(name(each.standing)), {}};
        if (!each.says.empty()) address.says = each.says;
        status.addresses.push_back(std::move(address));
    }
    return status;
}

}  // namespace node

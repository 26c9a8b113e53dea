// node/reach/upnp_pinholes.cpp - status, then renew, look or add for each port.
#include "node/reach/upnp_pinholes.hpp"

#include "node/reach/upnp_rules.hpp"

namespace node {
namespace {

// UPnP Device Architecture, and WANIPv6FirewallControl:1 §2.5.
constexpr int not_authorized = 606, no_such_entry = 704;

/// A router that has begun anew gives the same names again, to whoever comes first.
bool is_not_ours(int code) {
    return code == no_such_entry || code == not_authorized;
}

}  // namespace

MappingAnswer UpnpPinholes::answer(FirewallControl& control, const MappingRequest& request) {
    MappingAnswer answer;
    answer.id = request.id;
    answer.protocol = GatewayProtocol::upnp;
    bool on = true, opens = true;
    const int code = control.status(on, opens);
    if (code < 0) return answer;
    answer.speaks = true;
    // Who does not know how to tell is asked all the same.
    if (code == upnp_ok && !on) answer.fault = "its IPv6 firewall is off, so that it has nothing to open";
    if (code == upnp_ok && on && !opens) answer.fault = "it lets nobody open its IPv6 firewall";
    if (!answer.fault.empty()) return answer;
    answer.outer_address = request.gateway.own;
    for (const auto& wish : request.wishes) {
        auto grant = ask(control, wish, request);
        if (!grant) {
            answer.speaks = false;
            return answer;
        }
        answer.grants.push_back(std::move(*grant));
    }
    (void)end(control, request.ends);
    return answer;
}

std::optional<MappingGrant> UpnpPinholes::ask(FirewallControl& control, const MappingWish& wish,
                                              const MappingRequest& request) {
    const auto known = names_.find(wish.inner);
    if (known == names_.end()) return add(control, wish.inner, request);
    int code = no_such_entry;
    if (wish.anew) {
        if (control.remove(known->second) < 0) return std::nullopt;
    } else {
        code = wish.held ? control.look(known->second) : control.renew(known->second, request.lease);
    }
    if (code < 0) return std::nullopt;
    if (code == upnp_ok && !wish.held) return MappingGrant{wish.inner, wish.inner.port, request.lease, {}};
    // Who does not know how to tell is believed.
    if (wish.held && !wish.anew && !is_not_ours(code))
        return MappingGrant{wish.inner, wish.inner.port, {}, {}, true};
    names_.erase(known);
    return add(control, wish.inner, request);
}

std::optional<MappingGrant> UpnpPinholes::add(FirewallControl& control, const InnerPort& inner,
                                              const MappingRequest& request) {
    std::string name;
    const int code = control.add(inner, request.gateway.own.to_string(), request.lease, name);
    if (code < 0) return std::nullopt;
    if (code != upnp_ok) return MappingGrant{inner, 0, {}, upnp_fault(code)};
    if (name.empty())
        return MappingGrant{inner, 0, {}, "it says yes, and does not tell the name of the hole"};
    names_[inner] = std::move(name);
    return MappingGrant{inner, inner.port, request.lease, {}};
}

std::vector<MappingEnd> UpnpPinholes::end(FirewallControl& control, const std::vector<MappingEnd>& ends) {
    std::vector<MappingEnd> left;
    for (const auto& each : ends) {
        const auto known = names_.find(each.inner);
        if (known == names_.end()) continue;
        if (control.remove(known->second) < 0) {
            left.push_back(each);
        } else {
            names_.erase(known);
        }
    }
    return left;
}

}  // namespace node

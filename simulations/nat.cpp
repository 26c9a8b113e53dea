// simulations/nat.cpp - opens ports outwards, and lets in what may come in.
#include "simulations/nat.hpp"

namespace simulations {
namespace {

// RFC 4787 REQ-5: a mapping MUST NOT expire in less than two minutes. Boxes that obey stop there.
constexpr std::chrono::minutes patience{2};

}  // namespace

Endpoint Nat::out(const Endpoint& inside, const Endpoint& to, TimePoint now) {
    const auto key = std::pair(inside, kind_ == Kind::symmetric ? to : Endpoint());
    auto port = ports_.find(key);
    if (port != ports_.end() && mappings_.at(port->second).last_used + patience < now) {
        mappings_.erase(port->second);
        ports_.erase(port);
        port = ports_.end();
    }
    if (port == ports_.end()) {
        // Keeps the host's own port when it is free, as most boxes do.
        const bool keep = kind_ != Kind::symmetric && !mappings_.contains(inside.port());
        auto fresh = keep ? inside.port() : next_port_;
        while (!keep && mappings_.contains(fresh))
            ++fresh;
        if (!keep) next_port_ = static_cast<std::uint16_t>(fresh >= 60000 ? 20000 : fresh + 1);
        port = ports_.emplace(key, fresh).first;
        mappings_[fresh].inside = inside;
    }
    auto& mapping = mappings_.at(port->second);
    mapping.last_used = now;
    mapping.written_to[to] = now;
    if (mapping.written_to.size() > 1000)
        std::erase_if(mapping.written_to, [&](const auto& each) { return each.second + patience < now; });
    return {outside_, port->second};
}

std::optional<Endpoint> Nat::in(std::uint16_t port, const Endpoint& from, TimePoint now) const {
    const auto found = mappings_.find(port);
    if (found == mappings_.end() || found->second.last_used + patience < now) return std::nullopt;
    const auto& mapping = found->second;
    if (kind_ == Kind::full_cone) return mapping.inside;
    const bool any_port = kind_ == Kind::restricted;
    const auto first = mapping.written_to.lower_bound(any_port ? Endpoint(from.address(), 0) : from);
    for (auto to = first; to != mapping.written_to.end() && to->first.address() == from.address(); ++to) {
        if (!any_port && to->first != from) break;
        if (to->second + patience >= now) return mapping.inside;
    }
    return std::nullopt;
}

}  // namespace simulations

// node/reach/port_mapper.cpp - when the router is asked, and what its answers mean.
#include "node/reach/port_mapper.hpp"

#include <algorithm>

namespace node {
namespace {

using std::chrono::seconds;

constexpr auto look_again = seconds(60);          // UPnP: whether each mapping is still there
constexpr auto look_again_nat_pmp = seconds(15);  // one packet each way, which tells of a lost table
constexpr auto permanent_again = std::chrono::hours(1);
constexpr auto at_most_every = seconds(2);  // whatever is announced, or hinted at

/// A router that had answered restarts in a minute or two; one that never has will not begin to soon.
seconds pause_after(unsigned failures, bool had_answered) {
    constexpr std::array<int, 5> lost{2, 5, 10, 30, 60}, never{10, 30, 60, 300, 600};
    const auto i = std::min<std::size_t>(failures, lost.size()) - 1;
    return seconds(had_answered ? lost[i] : never[i]);
}

constexpr std::array protocols{GatewayProtocol::nat_pmp, GatewayProtocol::upnp};

}  // namespace

PortMapper::PortMapper(Settings settings) : settings_(settings) {
    start_over(Time{});
}

void PortMapper::start_over(Time now) {
    talks_ = {};
    for (auto& each : talks_)
        each.due = now;
    if (!settings_.nat_pmp) talk(GatewayProtocol::nat_pmp).state = State::off;
    if (!settings_.upnp) talk(GatewayProtocol::upnp).state = State::off;
    active_.reset();
    outer_.reset();
    mappings_.clear();
    refused_.clear();
    asking_.reset();
}

void PortMapper::set_ports(std::set<InnerPort> ports, Time now) {
    if (ports == ports_) return;
    const bool more =
        std::any_of(ports.begin(), ports.end(), [&](const auto& p) { return !ports_.contains(p); });
    ports_ = std::move(ports);
    std::erase_if(mappings_, [&](const auto& m) { return !ports_.contains(m.first); });
    if (!more) return;
    ask_soon(now);
    // A call waits for its door: whoever has granted before is asked at once.
    if (active_ && talk(*active_).failures == 0) talk(*active_).due = now;
}

void PortMapper::set_gateway(std::optional<Gateway> gateway, Time now) {
    if (gateway == gateway_) return ask_soon(now);
    gateway_ = std::move(gateway);
    start_over(now);
}

void PortMapper::ask_soon(Time now) {
    const auto at = std::max(now, asked_at_ + at_most_every);
    for (auto& each : talks_) {
        each.due = std::min(each.due, at);
        each.failures = std::min(each.failures, 1U);
    }
}

void PortMapper::router_announced(const asio::ip::address_v4& from, Time now) {
    if (!gateway_ || gateway_->address != from) return;
    // "Upon receiving the packet, clients MUST check the epoch" (§3.6): but a router that restarts soon after
    // it began has an epoch that hides it. Three packets more are cheaper than being out of reach.
    for (auto& [inner, mapping] : mappings_)
        mapping.renew_at = std::min(mapping.renew_at, std::max(now, asked_at_ + at_most_every));
    ask_soon(now);
}

bool PortMapper::may_ask(GatewayProtocol protocol) const {
    if (talk(protocol).state == State::off) return false;
    if (active_ && talk(*active_).failures < 2) return *active_ == protocol;
    if (protocol == GatewayProtocol::nat_pmp) return true;
    const State first = talk(GatewayProtocol::nat_pmp).state;
    return first == State::off || first == State::silent || first == State::refuses;
}

PortMapper::Time PortMapper::due(GatewayProtocol protocol) const {
    Time at = talk(protocol).due;
    if (active_ != protocol || talk(protocol).failures > 0) return at;
    for (const auto& [inner, mapping] : mappings_)
        at = std::min(at, mapping.renew_at);
    return at;
}

std::optional<MappingRequest> PortMapper::next_request(Time now) {
    if (!gateway_ || ports_.empty() || asking_) return std::nullopt;
    for (const auto protocol : protocols) {
        if (!may_ask(protocol) || due(protocol) > now) continue;
        MappingRequest request{++last_id_, protocol, *gateway_, {}, settings_.lease};
        for (const auto& port : ports_) {
            const auto known = mappings_.find(port);
            const bool held = known != mappings_.end() && known->second.renew_at > now && active_ == protocol;
            if (held && protocol == GatewayProtocol::nat_pmp) continue;
            const std::uint16_t outer = known == mappings_.end() ? port.port : known->second.outer;
            request.wishes.push_back({port, outer, held});
        }
        asking_ = Asking{request.id, protocol};
        asked_at_ = now;
        return request;
    }
    return std::nullopt;
}

std::optional<PortMapper::Time> PortMapper::next_wake() const {
    std::optional<Time> wake;
    const auto sooner = [&](Time at) { wake = wake ? std::min(*wake, at) : at; };
    for (const auto& [inner, mapping] : mappings_) {
        if (!mapping.permanent) sooner(mapping.until);
    }
    if (!gateway_ || ports_.empty() || asking_) return wake;
    for (const auto protocol : protocols) {
        if (may_ask(protocol)) sooner(due(protocol));
    }
    return wake;
}

// RFC 6886 §3.6: the router's clock may be slower than ours by an eighth, and off by two seconds.
bool PortMapper::table_is_new(Talk& talk, std::optional<std::uint32_t> epoch, Time now) {
    if (!epoch) return false;
    bool is_new = false;
    if (talk.epoch) {
        const auto passed = std::chrono::duration_cast<seconds>(now - talk.epoch_at).count();
        is_new =
            static_cast<std::int64_t>(*epoch) + 2 < static_cast<std::int64_t>(*talk.epoch) + passed * 7 / 8;
    }
    talk.epoch = epoch;
    talk.epoch_at = now;
    return is_new;
}

void PortMapper::failed(GatewayProtocol protocol, Time now) {
    Talk& t = talk(protocol);
    ++t.failures;
    t.due = now + pause_after(t.failures, active_ == protocol);
}

void PortMapper::take(const MappingGrant& grant, Time now) {
    if (!ports_.contains(grant.inner)) return;
    if (grant.outer == 0) {
        mappings_.erase(grant.inner);
        refused_[grant.inner] = grant.fault;
        return;
    }
    refused_.erase(grant.inner);
    if (grant.kept && mappings_.contains(grant.inner)) return;
    const bool permanent = grant.lease == seconds(0);
    Mapping& mapping = mappings_[grant.inner];
    mapping.outer = grant.outer;
    mapping.permanent = permanent;
    mapping.renew_at =
        now + (permanent ? permanent_again : std::chrono::duration_cast<seconds>(grant.lease / 2));
    mapping.until = permanent ? Time::max() : now + grant.lease;
}

void PortMapper::answered(const MappingAnswer& answer, Time now) {
    if (!asking_ || asking_->id != answer.id) return;
    asking_.reset();
    Talk& t = talk(answer.protocol);
    if (!answer.speaks) {
        t.state = State::silent;
        t.fault = answer.fault;
        return failed(answer.protocol, now);
    }
    const bool new_table = table_is_new(t, answer.epoch, now);
    const bool new_address = answer.outer_address && outer_ && *answer.outer_address != *outer_;
    t.fault = answer.fault;
    if (!answer.outer_address) {
        t.state = State::refuses;
        if (active_ == answer.protocol) outer_.reset();  // its link is down: so are we, for others
        return failed(answer.protocol, now);
    }
    for (const auto& grant : answer.grants)
        take(grant, now);
    if (mappings_.empty()) {
        t.state = State::refuses;
        t.fault = answer.grants.empty() ? "it granted nothing" : answer.grants.front().fault;
        return failed(answer.protocol, now);
    }
    t.state = State::speaks;
    t.failures = 0;
    t.due = now + (answer.protocol == GatewayProtocol::nat_pmp ? look_again_nat_pmp : look_again);
    active_ = answer.protocol;
    outer_ = answer.outer_address;
    if (!new_table && !new_address) return;
    // What this very answer has granted is in the new table.
    for (auto& [inner, mapping] : mappings_) {
        const bool just_granted =
            std::any_of(answer.grants.begin(), answer.grants.end(),
                        [&, port = inner](const MappingGrant& g) { return g.inner == port && !g.kept; });
        if (!just_granted) mapping.renew_at = now;
    }
}

void PortMapper::on_time(Time now) {
    std::erase_if(mappings_, [&](const auto& m) { return m.second.until <= now; });
    if (mappings_.empty()) active_.reset();
}

}  // namespace node

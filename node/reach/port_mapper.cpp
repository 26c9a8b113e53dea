// node/reach/port_mapper.cpp - when the router is asked, and what its answers mean.
#include "node/reach/port_mapper.hpp"

#include <algorithm>
#include <utility>

namespace node {
namespace {

using std::chrono::seconds;

constexpr auto look_again_upnp = seconds(60);   // whether each mapping is still there
constexpr auto look_again_short = seconds(15);  // one packet each way, which tells of a lost table
constexpr auto permanent_again = std::chrono::hours(1);
constexpr auto at_most_every = seconds(2);  // whatever is announced, or hinted at
constexpr std::size_t most_ends = 256;      // doors come and go while a router is silent: its leases run out

/// A router that had answered restarts in a minute or two; one that never has will not begin to soon.
seconds pause_after(unsigned failures, bool had_answered) {
    constexpr std::array<int, 5> lost{2, 5, 10, 30, 60}, never{10, 30, 60, 300, 600};
    const auto i = std::min<std::size_t>(failures, lost.size()) - 1;
    return seconds(had_answered ? lost[i] : never[i]);
}

constexpr std::array protocols{GatewayProtocol::pcp, GatewayProtocol::nat_pmp, GatewayProtocol::upnp};

seconds look_again(GatewayProtocol protocol) {
    return protocol == GatewayProtocol::upnp ? look_again_upnp : look_again_short;
}

}  // namespace

PortMapper::PortMapper(Settings settings) : settings_(settings) {
    start_over(Time{});
}

void PortMapper::start_over(Time now) {
    talks_ = {};
    for (auto& each : talks_)
        each.due = each.look_due = now;
    if (!settings_.pcp) talk(GatewayProtocol::pcp).state = State::off;
    if (!settings_.nat_pmp) talk(GatewayProtocol::nat_pmp).state = State::off;
    if (!settings_.upnp) talk(GatewayProtocol::upnp).state = State::off;
    active_.reset();
    outer_.reset();
    mappings_.clear();
    ends_.clear();
    refused_.clear();
    ignored_ = 0;
    asking_.reset();
}

void PortMapper::set_ports(std::set<InnerPort> ports, Time now) {
    if (ports == ports_) return;
    const bool more = std::ranges::any_of(ports, [&](const auto& p) { return !ports_.contains(p); });
    ports_ = std::move(ports);
    wished_meanwhile_ = asking_.has_value() && more;
    for (auto each = mappings_.begin(); each != mappings_.end();) {
        if (ports_.contains(each->first)) {
            ++each;
            continue;
        }
        if (ends_.size() < most_ends) ends_.push_back({each->first, each->second.outer, gateway_->own});
        each = mappings_.erase(each);
    }
    std::erase_if(refused_, [&](const auto& r) { return !ports_.contains(r.first); });
    // A call waits for its door: whoever has granted before is asked at once.
    if (active_ && talk(*active_).failures == 0) {
        talk(*active_).due = now;
    } else if (more) {
        ask_soon(now);
    }
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
        each.look_due = std::min(each.look_due, at);
        each.failures = std::min(each.failures, 1U);
    }
    // RFC 6887 §11.1: PCP tells the router's address with a mapping, and in no other way.
    if (active_ == GatewayProtocol::pcp && !mappings_.empty()) {
        Mapping& one = mappings_.begin()->second;
        one.renew_at = std::min(one.renew_at, at);
    }
}

void PortMapper::router_announced(const asio::ip::address& from, Time now) {
    if (!gateway_ || gateway_->address != from) return;
    // "Upon receiving the packet, clients MUST check the epoch" (§3.6): but a router that restarts soon after
    // it began has an epoch that hides it. Three packets more are cheaper than being out of reach.
    for (auto& [inner, mapping] : mappings_)
        mapping.renew_at = std::min(mapping.renew_at, std::max(now, asked_at_ + at_most_every));
    ask_soon(now);
}

bool PortMapper::make_anew(const InnerPort& port, Time now) {
    const auto found = mappings_.find(port);
    if (found == mappings_.end() || found->second.remade) return false;
    found->second.remade = found->second.anew = true;
    found->second.renew_at = now;
    return true;
}

std::vector<MappingEnd> PortMapper::held() const {
    std::vector<MappingEnd> all;
    for (const auto& [inner, mapping] : mappings_)
        all.push_back({inner, mapping.outer, gateway_->own});
    return all;
}

bool PortMapper::may_ask(GatewayProtocol protocol) const {
    if (talk(protocol).state == State::off) return false;
    if (active_ && talk(*active_).failures < 2) return *active_ == protocol;
    return std::ranges::all_of(protocols, [&](GatewayProtocol before) {
        const State state = talk(before).state;
        return before >= protocol || state == State::off || state == State::silent || state == State::refuses;
    });
}

PortMapper::Time PortMapper::due(GatewayProtocol protocol) const {
    const Talk& t = talk(protocol);
    if (active_ != protocol || t.failures > 0) return t.due;
    Time at = std::min(t.due, t.look_due);
    for (const auto& [inner, mapping] : mappings_)
        at = std::min(at, mapping.renew_at);
    return at;
}

std::vector<MappingWish> PortMapper::wishes(GatewayProtocol protocol, Time now) const {
    std::vector<MappingWish> all;
    const bool looks = talk(protocol).look_due <= now && protocol == GatewayProtocol::upnp;
    for (const auto& port : ports_) {
        const auto known = mappings_.find(port);
        const bool held = known != mappings_.end() && known->second.renew_at > now && active_ == protocol;
        if (held && !looks) continue;
        const std::uint16_t outer = known == mappings_.end() ? port.port : known->second.outer;
        all.push_back({port, outer, held, known != mappings_.end() && known->second.anew});
    }
    return all;
}

std::optional<MappingRequest> PortMapper::next_request(Time now) {
    if (!gateway_ || (ports_.empty() && ends_.empty()) || asking_) return std::nullopt;
    for (const auto protocol : protocols) {
        if (!may_ask(protocol) || due(protocol) > now) continue;
        MappingRequest request{++last_id_,      protocol, *gateway_,           wishes(protocol, now),
                               settings_.lease, {},       talk(protocol).spoke};
        if (active_ == protocol) request.ends = std::exchange(ends_, {});
        asking_ = Asking{request.id, protocol, talk(protocol).look_due <= now};
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
    if (!gateway_ || (ports_.empty() && ends_.empty()) || asking_) return wake;
    for (const auto protocol : protocols) {
        if (may_ask(protocol)) sooner(due(protocol));
    }
    return wake;
}

bool PortMapper::table_is_new(Talk& talk, GatewayProtocol protocol, std::optional<std::uint32_t> epoch,
                              Time now) {
    if (!epoch) return false;
    bool is_new = false;
    if (talk.epoch) {
        const auto passed = std::chrono::duration_cast<seconds>(now - talk.epoch_at).count();
        const auto before = static_cast<std::int64_t>(*talk.epoch), after = static_cast<std::int64_t>(*epoch);
        if (protocol == GatewayProtocol::pcp) {
            // RFC 6887 §8.5: it went back, or the two clocks differ by more than a sixteenth and two seconds.
            const auto theirs = after - before;
            is_new =
                after + 1 < before || theirs + 2 < passed - passed / 16 || passed + 2 < theirs - theirs / 16;
        } else {
            // RFC 6886 §3.6: the router's clock may be slower than ours by an eighth, and off by two seconds.
            is_new = after + 2 < before + passed * 7 / 8;
        }
    }
    talk.epoch = epoch;
    talk.epoch_at = now;
    return is_new;
}

void PortMapper::failed(GatewayProtocol protocol, Time now) {
    Talk& t = talk(protocol);
    ++t.failures;
    t.due = t.look_due = now + pause_after(t.failures, active_ == protocol);
}

void PortMapper::take(const MappingGrant& grant, Time now) {
    if (!ports_.contains(grant.inner)) {
        // Not wanted any more since it was asked for.
        if (grant.outer != 0 && ends_.size() < most_ends)
            ends_.push_back({grant.inner, grant.outer, gateway_->own});
        return;
    }
    if (grant.outer == 0) {
        mappings_.erase(grant.inner);
        refused_[grant.inner] = grant.fault;
        return;
    }
    refused_.erase(grant.inner);
    if (grant.kept && mappings_.contains(grant.inner)) return;
    const bool permanent = grant.lease == seconds(0);
    Mapping& mapping = mappings_[grant.inner];
    mapping.anew = false;
    mapping.outer = grant.outer;
    mapping.permanent = permanent;
    mapping.renew_at =
        now + (permanent ? permanent_again : std::chrono::duration_cast<seconds>(grant.lease / 2));
    mapping.until = permanent ? Time::max() : now + grant.lease;
}

void PortMapper::answered(const MappingAnswer& answer, Time now) {
    if (!asking_ || asking_->id != answer.id) return;
    ignored_ += answer.ignored;
    const bool looked = asking_->looks;
    asking_.reset();
    Talk& t = talk(answer.protocol);
    if (!answer.speaks) {
        t.state = State::silent;
        t.fault = answer.fault;
        return failed(answer.protocol, now);
    }
    t.spoke = true;
    const bool new_table = table_is_new(t, answer.protocol, answer.epoch, now);
    const bool new_address = answer.outer_address && outer_ && *answer.outer_address != *outer_;
    t.fault = answer.fault;
    const auto outer = answer.only_epoch ? outer_ : answer.outer_address;
    const auto refused = std::ranges::find(answer.grants, std::uint16_t{0}, &MappingGrant::outer);
    if (t.fault.empty() && refused != answer.grants.end()) t.fault = refused->fault;
    if (!outer) {
        t.state = State::refuses;
        if (active_ == answer.protocol) outer_.reset();  // its link is down: so are we, for others
        return failed(answer.protocol, now);
    }
    for (const auto& grant : answer.grants)
        take(grant, now);
    if (mappings_.empty() && !ports_.empty()) {
        t.state = State::refuses;
        if (t.fault.empty()) t.fault = "it granted nothing";
        return failed(answer.protocol, now);
    }
    t.state = State::speaks;
    t.failures = 0;
    if (looked || answer.protocol != GatewayProtocol::upnp) t.look_due = now + look_again(answer.protocol);
    t.due = std::exchange(wished_meanwhile_, false) || !ends_.empty() ? now : t.look_due;
    active_ = answer.protocol;
    outer_ = outer;
    if (new_table || new_address) renew_all_but(answer, now);
}

/// What this very answer has granted is in the new table.
void PortMapper::renew_all_but(const MappingAnswer& answer, Time now) {
    for (auto& [inner, mapping] : mappings_) {
        const bool just_granted = std::ranges::any_of(
            answer.grants, [&, port = inner](const MappingGrant& g) { return g.inner == port && !g.kept; });
        if (!just_granted) mapping.renew_at = now;
    }
}

void PortMapper::on_time(Time now) {
    std::erase_if(mappings_, [&](const auto& m) { return m.second.until <= now; });
    if (mappings_.empty() && ends_.empty()) active_.reset();
}

}  // namespace node

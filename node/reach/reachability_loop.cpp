// node/reach/reachability_loop.cpp - events into the engine, requests to the router out of it.
#include "node/reach/reachability_loop.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/reach/reach_sentence.hpp"

namespace node {
namespace {

Reachability::Settings settings_of(const Config& config) {
    Reachability::Settings settings;
    settings.advertise = config.sip.advertise;
    settings.advertise_hosts = config.sip.advertise_hosts;
    settings.mesh = config.mesh_prefixes;
    settings.mapping = {config.reach.nat_pmp, config.reach.upnp, config.reach.lease, config.reach.pcp};
    return settings;
}

constexpr auto logged_after = std::chrono::seconds(5);
constexpr auto check_pause = std::chrono::seconds(5);  // is an address due to be checked?

Reachability::Time steady_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

ReachabilityLoop::ReachabilityLoop(asio::io_context& loop, const Config& config, ReachabilityHost& host)
    : loop_(loop),
      host_(host),
      reach_(settings_of(config)),
      timer_(loop),
      watch_(loop, [this](NetworkView view) { network(std::move(view)); }),
      upnp_(loop),
      dial_back_(loop, static_cast<DialBackDriver::Host&>(*this)),
      check_timer_(loop) {
    reach_.set_network(watch_.view(), steady_now());
}

ReachabilityLoop::~ReachabilityLoop() {
    end_all(reach_.mapping());
    end_all(reach_.pinholes());
}

void ReachabilityLoop::end_all(const PortMapper& mapper) {
    const auto by = mapper.granted_by();
    if (!by || !mapper.gateway()) return;
    if (*by == GatewayProtocol::upnp) {
        // A slow router may not answer for all of them in time: those of doors, which have high numbers, come
        // last.
        auto ends = mapper.held();
        std::ranges::sort(ends, {}, [](const MappingEnd& each) { return each.inner.port; });
        upnp_.end_mappings(*mapper.gateway(), std::move(ends), [](const auto&) {});
    } else if (port_control_) {
        port_control_->end_mappings(*by, *mapper.gateway(), mapper.held());
    }
}

void ReachabilityLoop::set_listening(std::vector<overlay::TransportAddress> sip,
                                     std::set<std::uint16_t> dht) {
    reach_.set_listening(std::move(sip), std::move(dht), steady_now());
    report_changes();
}

void ReachabilityLoop::set_door_ports(std::set<std::uint16_t> udp) {
    reach_.set_door_ports(std::move(udp), steady_now());
    pump();
}

void ReachabilityLoop::start() {
    started_ = true;
    const auto& mapping = reach_.settings().mapping;
    if (mapping.nat_pmp || mapping.pcp) {
        port_control_ = std::make_unique<GatewayDriver>(
            loop_, host_.mapping_secret(), [this](const asio::ip::address& router) {
                reach_.mapping().router_announced(router, steady_now());
                pump();
            });
    }
    leftovers_ = remembered_ = host_.lasting_mappings();
    end_leftovers();
    pump();
    check();
}

/// Of an earlier run, or another address of ours, and not wanted now.
void ReachabilityLoop::end_leftovers() {
    const auto& mapper = reach_.mapping();
    if (!mapper.gateway() || mapper.state(GatewayProtocol::upnp) == PortMapper::State::off) return;
    std::vector<MappingEnd> ends;
    std::erase_if(leftovers_, [&](const LastingMapping& each) {
        if (each.gateway != mapper.gateway()->address) return false;
        const bool wanted = each.end.own == mapper.gateway()->own && mapper.ports().contains(each.end.inner);
        if (!wanted) ends.push_back(each.end);
        return wanted;
    });
    if (ends.empty()) return;
    upnp_.end_mappings(
        *mapper.gateway(), ends,
        alive_.guard([this, ends, router = mapper.gateway()->address](const std::vector<MappingEnd>& left) {
            std::erase_if(leftovers_, [&](const LastingMapping& each) {
                return each.gateway == router && std::ranges::count(ends, each.end) > 0 &&
                       std::ranges::count(left, each.end) == 0;
            });
            remember_lasting();
        }));
}

void ReachabilityLoop::look_up_hosts() {
    for (const auto& host : reach_.hosts_to_look_up(steady_now())) {
        if (!host_.look_up(host))
            reach_.host_answered(host, {{}, "DNS is switched off: dns.enabled", true}, steady_now());
    }
}

void ReachabilityLoop::host_answered(const std::string& host, HostAddresses says) {
    reach_.host_answered(host, std::move(says), steady_now());
    pump();
}

void ReachabilityLoop::remember_lasting() {
    auto all = leftovers_;
    const auto& mapper = reach_.mapping();
    for (const auto& [inner, mapping] : mapper.mappings()) {
        if (mapping.permanent)
            all.push_back({mapper.gateway()->address, {inner, mapping.outer, mapper.gateway()->own}});
    }
    if (all == remembered_) return;
    host_.remember(all);
    remembered_ = std::move(all);
}

void ReachabilityLoop::network(NetworkView view) {
    const auto before = reach_.mapping().gateway();
    const auto held = reach_.mapping().mappings();
    reach_.set_network(std::move(view), steady_now());
    if (before != reach_.mapping().gateway()) {
        for (const auto& [inner, mapping] : held) {
            if (mapping.permanent)
                leftovers_.push_back({before->address, {inner, mapping.outer, before->own}});
        }
        if (started_) end_leftovers();
    }
    host_.network_changed();
    pump();
}

void ReachabilityLoop::seen(std::vector<overlay::SeenAddress> seen) {
    reach_.set_seen(std::move(seen), steady_now());
    pump();
    check();
}

void ReachabilityLoop::look_soon() {
    reach_.mapping().ask_soon(steady_now());
    pump();
}

void ReachabilityLoop::ask_router(PortMapper& mapper) {
    auto request = mapper.next_request(steady_now());
    if (!request) return;
    const auto done = alive_.guard([this, &mapper](const MappingAnswer& answer) {
        mapper.answered(answer, steady_now());
        pump();
    });
    if (request->protocol == GatewayProtocol::upnp) {
        upnp_.start(std::move(*request), done);
    } else {
        port_control_->start(std::move(*request), done);
    }
}

bool ReachabilityLoop::handled(const sip::Flow& flow, std::string_view message) {
    return dial_back_.handled(flow, message);
}

bool ReachabilityLoop::handled(const sip::PipeId& first_bytes) {
    return dial_back_.handled(first_bytes);
}

void ReachabilityLoop::set_witnesses(std::vector<sip::Endpoint> witnesses) {
    witnesses_ = std::move(witnesses);
    check();
}

void ReachabilityLoop::check() {
    if (!started_) return;
    ask_witnesses();
    check_in(check_pause);
}

void ReachabilityLoop::check_in(std::chrono::seconds time) {
    check_timer_.expires_after(time);
    check_timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (!cancelled) check();
    }));
}

/// Whoever shares our router's address does not come from outside.
const sip::Endpoint* ReachabilityLoop::witness_for(const overlay::TransportAddress& address) {
    for (std::size_t i = 0; i < witnesses_.size(); ++i) {
        const auto& witness = witnesses_[next_witness_++ % witnesses_.size()];
        if (witness.address.is_v4() == address.address.is_v4() && witness.address != address.address)
            return &witness;
    }
    return nullptr;
}

/// One for each address that is due: people whom we know first, any node of the network else.
void ReachabilityLoop::ask_witnesses() {
    const auto now = steady_now();
    std::optional<std::size_t> strangers;  // may be asked about so many addresses
    for (const auto& address : reach_.to_check(now)) {
        if (dial_back_.asking(address)) continue;
        const auto* contact = contacts_silent_.erase(address) > 0 ? nullptr : witness_for(address);
        if (contact != nullptr) {
            if (!dial_back_.ask(*contact, address)) return;
        } else {
            if (!strangers) strangers = strangers_.begin(now);
            if (*strangers == 0) continue;
            --*strangers;
            if (!dial_back_.ask_strangers(address)) return;
        }
    }
}

bool ReachabilityLoop::ask_strangers(const overlay::TransportAddress& address, const crypto::Bytes<15>& id) {
    return host_.ask_strangers(address, id);
}

void ReachabilityLoop::strangers_answered(const crypto::Bytes<15>& id,
                                          const overlay::CallBackAnswer& answer) {
    if (answer.what == overlay::CallBackAnswer::What::promised) strangers_.promised();
    dial_back_.strangers_answered(id, answer);
}

bool ReachabilityLoop::called_upon(const overlay::CallBackWish& wish) {
    const bool called = dial_back_.called_upon(wish);
    met(wish.from.address());
    return called;
}

void ReachabilityLoop::met(const asio::ip::address& stranger) {
    // Who is met over IPv4 tells where he is over IPv6 (overlay/call_back.hpp, 4.), not the other way round.
    const auto now = steady_now();
    const auto due = reach_.to_check(now);
    const bool may_help = std::ranges::any_of(
        due, [&](const auto& address) { return stranger.is_v4() || address.address.is_v6(); });
    if (started_ && may_help && strangers_.met(stranger, now)) check();
}

void ReachabilityLoop::nobody_dials(const overlay::TransportAddress& address,
                                    const std::optional<overlay::CallBackAnswer>& strangers) {
    if (!strangers) {
        contacts_silent_.insert(address);
        return check_in(std::chrono::seconds(0));  // not now, inside of the question's own call
    }
    reach_.nobody_dials(address, *strangers);
    if (strangers_.nobody_offers(steady_now())) check_in(std::chrono::seconds(0));
}

void ReachabilityLoop::send(const sip::Flow& flow, std::string bytes) {
    host_.send(flow, std::move(bytes));
}

void ReachabilityLoop::dialled_back(const overlay::TransportAddress& address, bool came,
                                    const std::optional<asio::ip::address>& stranger) {
    contacts_silent_.erase(address);
    reach_.dialled_back(address, came, steady_now(), stranger);
    pump();
}

/// After every event.
void ReachabilityLoop::pump() {
    if (!started_) return;
    reach_.on_time(steady_now());
    ask_router(reach_.mapping());
    ask_router(reach_.pinholes());
    look_up_hosts();
    remember_lasting();
    report_changes();
    write_log(steady_now());
    auto wake = reach_.next_wake();
    if (reported_.due && (!wake || *reported_.due < *wake)) wake = reported_.due;
    if (!wake) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*wake);
    timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (!cancelled) pump();
    }));
}

void ReachabilityLoop::report_changes() {
    const auto& outer = reach_.mapping().outer_address();
    if (outer != reported_.outer) {
        reported_.outer = outer;
        host_.network_changed();
    }
    auto published = reach_.published();
    auto ours = reach_.ours();
    if (published == reported_.published && ours == reported_.ours) return;
    if (published != reported_.published) reported_.due = steady_now() + logged_after;
    reported_.published = std::move(published);
    reported_.ours = std::move(ours);
    host_.addresses_changed();
}

/// A line for a change that has lasted.
void ReachabilityLoop::write_log(Time now) {
    if (!reported_.due || now < *reported_.due) return;
    reported_.due.reset();
    auto sentence = reach_sentence(reach_);
    if (sentence == reported_.sentence) return;
    spdlog::info("reach: {}", sentence);
    reported_.sentence = std::move(sentence);
}

ReachStatus ReachabilityLoop::status() const {
    ReachStatus status = reach_status(reach_, steady_now());
    status.dial_back = dial_back_.status();
    status.dial_back->witnesses = witnesses_.size();
    return status;
}

}  // namespace node

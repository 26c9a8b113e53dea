// node/reach/reachability_loop.cpp - events into the engine, requests to the router out of it.
#include "node/reach/reachability_loop.hpp"

#include <spdlog/spdlog.h>

#include "node/addresses.hpp"
#include "node/reach/reach_sentence.hpp"

namespace node {
namespace {

Reachability::Settings settings_of(const Config& config) {
    Reachability::Settings settings;
    settings.advertise = config.sip.advertise;
    settings.mesh = config.mesh_prefixes;
    settings.mapping = {config.reach.nat_pmp, config.reach.upnp, config.reach.lease};
    return settings;
}

constexpr auto check_pause = std::chrono::seconds(10);  // is an address due to be checked?

/// A friend may begin any minute, and be the first whom we can ask: 4 kB to eight nodes.
std::chrono::seconds strangers_pause(unsigned in_vain) {
    return std::chrono::seconds(in_vain <= 30 ? 8 : in_vain <= 60 ? 60 : 300);
}

Reachability::Time steady_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

ReachabilityLoop::ReachabilityLoop(asio::io_context& loop, const Config& config, ReachabilityHost& host)
    : host_(host),
      reach_(settings_of(config)),
      timer_(loop),
      watch_(loop, [this](NetworkView view) { network(std::move(view)); }),
      upnp_(loop),
      dial_back_(loop, static_cast<DialBackDriver::Host&>(*this)),
      check_timer_(loop) {
    if (config.reach.nat_pmp) {
        nat_pmp_ = std::make_unique<NatPmp>(loop, [this](const asio::ip::address_v4& router) {
            reach_.mapping().router_announced(router, steady_now());
            pump();
        });
    }
    reach_.set_network(watch_.view(), steady_now());
}

ReachabilityLoop::~ReachabilityLoop() {
    const auto& mapper = reach_.mapping();
    const auto by = mapper.granted_by();
    if (!by || !mapper.gateway()) return;
    std::vector<InnerPort> inner;
    std::vector<std::pair<InnerPort, std::uint16_t>> both;
    for (const auto& [port, mapping] : mapper.mappings()) {
        inner.push_back(port);
        both.emplace_back(port, mapping.outer);
    }
    if (*by == GatewayProtocol::nat_pmp) {
        NatPmp::end_mappings(*mapper.gateway(), inner);
    } else {
        upnp_.end_mappings(*mapper.gateway(), std::move(both));
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
    pump();
    check();
}

void ReachabilityLoop::network(NetworkView view) {
    reach_.set_network(std::move(view), steady_now());
    host_.network_changed();
    pump();
}

void ReachabilityLoop::seen(std::vector<overlay::SeenAddress> seen) {
    reach_.set_seen(std::move(seen), steady_now());
    pump();
    check();
}

void ReachabilityLoop::begin(MappingRequest request) {
    const auto done = alive_.guard([this](const MappingAnswer& answer) { answered(answer); });
    if (request.protocol == GatewayProtocol::nat_pmp) {
        nat_pmp_->start(std::move(request), done);
    } else {
        upnp_.start(std::move(request), done);
    }
}

bool ReachabilityLoop::handled(const sip::Flow& flow, std::string_view message) {
    return dial_back_.handled(flow, message);
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
    for (const auto& address : reach_.to_check(now)) {
        if (dial_back_.asking(address)) continue;
        const auto* contact = contacts_silent_.erase(address) > 0 ? nullptr : witness_for(address);
        if (contact != nullptr) {
            if (!dial_back_.ask(*contact, address)) return;
        } else if (now >= strangers_.again) {
            if (!dial_back_.ask_strangers(address)) return;
        }
    }
}

bool ReachabilityLoop::ask_strangers(const overlay::TransportAddress& address, const crypto::Bytes<15>& id) {
    return host_.ask_strangers(address, id);
}

void ReachabilityLoop::strangers_answered(const crypto::Bytes<15>& id,
                                          const overlay::CallBackAnswer& answer) {
    if (answer.what == overlay::CallBackAnswer::What::promised) strangers_ = {};
    dial_back_.strangers_answered(id, answer);
}

void ReachabilityLoop::nobody_dials(const overlay::TransportAddress& address,
                                    const std::optional<overlay::CallBackAnswer>& strangers) {
    if (!strangers) {
        contacts_silent_.insert(address);
        return check_in(std::chrono::seconds(0));  // not now, inside of the question's own call
    }
    reach_.nobody_dials(address, *strangers);
    const auto now = steady_now();
    if (now < strangers_.again) return;  // one question of several
    strangers_.again = now + strangers_pause(++strangers_.in_vain);
}

void ReachabilityLoop::send(const sip::Flow& flow, std::string bytes) {
    host_.send(flow, std::move(bytes));
}

void ReachabilityLoop::dialled_back(const overlay::TransportAddress& address, bool came) {
    contacts_silent_.erase(address);
    reach_.dialled_back(address, came, steady_now());
    pump();
}

void ReachabilityLoop::answered(const MappingAnswer& answer) {
    reach_.mapping().answered(answer, steady_now());
    pump();
}

/// After every event.
void ReachabilityLoop::pump() {
    if (!started_) return;
    auto& mapper = reach_.mapping();
    reach_.on_time(steady_now());
    if (auto request = mapper.next_request(steady_now())) begin(std::move(*request));
    report_changes();
    const auto wake = reach_.next_wake();
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
    if (outer != last_outer_) {
        last_outer_ = outer;
        if (outer) spdlog::info("router: its own address is {}", outer->to_string());
        host_.network_changed();
    }
    auto published = reach_.published();
    auto ours = reach_.ours();
    if (published == last_published_ && ours == last_ours_) return;
    const bool news = published != last_published_;
    last_published_ = std::move(published);
    last_ours_ = std::move(ours);
    if (news && started_) spdlog::info("reach: {}", reach_sentence(reach_));
    host_.addresses_changed();
}

ReachStatus ReachabilityLoop::status() const {
    ReachStatus status = reach_status(reach_, steady_now());
    status.dial_back = dial_back_.status();
    status.dial_back->witnesses = witnesses_.size();
    return status;
}

}  // namespace node

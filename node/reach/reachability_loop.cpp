// node/reach/reachability_loop.cpp - events into the engine, rounds out of it.
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

constexpr auto check_pause = std::chrono::seconds(20);  // is an address due to be checked?

Reachability::Time steady_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

ReachSide::ReachSide(asio::io_context& loop, const Config& config, World world)
    : world_(std::move(world)),
      reach_(settings_of(config)),
      timer_(loop),
      watch_(loop, [this](NetworkView view) { network(std::move(view)); }),
      upnp_(loop),
      dial_back_(loop, *this),
      check_timer_(loop) {
    if (config.reach.nat_pmp) {
        nat_pmp_ = std::make_unique<NatPmp>(loop, [this](asio::ip::address_v4 router) {
            reach_.mapping().router_announced(router, steady_now());
            pump();
        });
    }
    reach_.set_network(watch_.view(), steady_now());
}

ReachSide::~ReachSide() {
    const auto& keeper = reach_.mapping();
    const auto by = keeper.granted_by();
    if (!by || !keeper.gateway()) return;
    std::vector<InnerPort> inner;
    std::vector<std::pair<InnerPort, std::uint16_t>> both;
    for (const auto& [port, mapping] : keeper.mappings()) {
        inner.push_back(port);
        both.emplace_back(port, mapping.outer);
    }
    if (*by == GatewayProtocol::nat_pmp) {
        NatPmp::end_mappings(*keeper.gateway(), inner);
    } else {
        upnp_.end_mappings(*keeper.gateway(), std::move(both));
    }
}

void ReachSide::set_listening(std::vector<overlay::TransportAddress> sip, std::set<std::uint16_t> dht) {
    reach_.set_listening(std::move(sip), std::move(dht), steady_now());
    tell_changes();
}

void ReachSide::start() {
    started_ = true;
    pump();
}

void ReachSide::network(NetworkView view) {
    reach_.set_network(std::move(view), steady_now());
    world_.on_network_changed();
    pump();
}

void ReachSide::seen(std::vector<overlay::SeenAddress> seen) {
    reach_.set_seen(std::move(seen), steady_now());
    pump();
}

void ReachSide::begin(GatewayRound round) {
    const auto done = [this, alive = std::weak_ptr(alive_)](const GatewayAnswer& answer) {
        if (!alive.expired()) answered(answer);
    };
    if (round.protocol == GatewayProtocol::nat_pmp) {
        nat_pmp_->start(std::move(round), done);
    } else {
        upnp_.start(std::move(round), done);
    }
}

void ReachSide::dialled_back(const overlay::TransportAddress& address, bool came) {
    reach_.called_back(address, came, steady_now());
    pump();
}

void ReachSide::set_witnesses(std::vector<sip::Endpoint> witnesses) {
    witnesses_ = std::move(witnesses);
    check();
}

/// One witness for each address that is due; whoever shares our router's address does not come from outside.
void ReachSide::check() {
    for (const auto& address : started_ ? reach_.to_check(steady_now()) : decltype(reach_.to_check({})){}) {
        for (std::size_t i = 0; i < witnesses_.size(); ++i) {
            const auto& witness = witnesses_[next_witness_++ % witnesses_.size()];
            if (witness.address.is_v4() != address.address.is_v4() || witness.address == address.address)
                continue;
            if (!dial_back_.ask(witness, address)) return;
            break;
        }
    }
    if (witnesses_.empty()) return;
    check_timer_.expires_after(check_pause);
    check_timer_.async_wait([this, alive = std::weak_ptr(alive_)](asio::error_code cancelled) {
        if (!cancelled && !alive.expired()) check();
    });
}

void ReachSide::answered(const GatewayAnswer& answer) {
    reach_.mapping().answered(answer, steady_now());
    pump();
}

/// After every event.
void ReachSide::pump() {
    if (!started_) return;
    auto& keeper = reach_.mapping();
    keeper.on_time(steady_now());
    if (auto round = keeper.next_round(steady_now())) begin(std::move(*round));
    tell_changes();
    const auto wake = keeper.next_wake();
    if (!wake) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*wake);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](asio::error_code cancelled) {
        if (!cancelled && !alive.expired()) pump();
    });
}

void ReachSide::tell_changes() {
    const auto& outer = reach_.mapping().outer_address();
    if (outer != told_outer_) {
        told_outer_ = outer;
        if (outer) spdlog::info("router: its own address is {}", outer->to_string());
        world_.on_network_changed();
    }
    auto published = reach_.published();
    auto ours = reach_.ours();
    if (published == told_published_ && ours == told_ours_) return;
    const bool news = published != told_published_;
    told_published_ = std::move(published);
    told_ours_ = std::move(ours);
    if (news && started_) spdlog::info("reach: {}", reach_sentence(reach_));
    world_.on_change();
}

nlohmann::ordered_json ReachSide::status() const {
    auto json = reach_json(reach_, steady_now());
    json["call_back"] = dial_back_.status();
    json["call_back"]["witnesses"] = witnesses_.size();
    return json;
}

}  // namespace node

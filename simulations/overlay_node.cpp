// simulations/overlay_node.cpp - what overlay.cpp does with asio, done with a world.
#include "simulations/overlay_node.hpp"

#include <stdexcept>

namespace simulations {
namespace {

overlay::Core::Config core_config(World& world, const OverlayNode::Setup& setup) {
    overlay::Core::Config config;
    config.node.network = setup.network;
    config.node.other_types = setup.other_types;
    config.node.requests_of_a_source = setup.requests_of_a_source;
    config.node.store_bytes_per_source = setup.store_bytes_per_source;
    config.pad_requests = setup.pad_requests;
    config.village.neighbours.network = config.village.exchange.network = setup.network;
    world.roll(config.node.node_id);
    config.publisher.locations = setup.locations;
    config.publisher.slot = setup.slot;
    config.publisher.refresh = setup.refresh;
    config.resolver.locations = config.revocations.locations = setup.locations;
    config.resolver.first_wave = setup.first_wave;
    config.resolver.ask_directly = setup.ask_directly;
    // Everybody lives at private addresses here.
    config.resolver.mesh = {{asio::ip::make_address("10.0.0.0"), 8},
                            {asio::ip::make_address("172.16.0.0"), 12}};
    config.resolver.searches_per_hour = setup.searches_per_hour;
    if (!setup.cache)
        config.resolver.positive_cache = config.resolver.negative_cache = std::chrono::seconds(0);
    return config;
}

}  // namespace

OverlayNode::OverlayNode(World& world, const Setup& setup, const crypto::Identity& identity,
                         overlay::Memory& memory)
    : world_(world),
      setup_(setup),
      key_(identity.public_key()),
      lan_{setup.address.address(), 8, 1, {5060, 5060, 5061}},
      core_(
          core_config(world, setup), identity, memory,
          [this](const Endpoint& to, crypto::ByteView datagram) {
              if (to.protocol() != setup_.address.protocol()) return EAFNOSUPPORT;
              count(datagram.size());
              return world_.send(setup_.address, to, datagram);
          },
          [&world](std::span<std::uint8_t> out) { world.roll(out); }, world.now()),
      ask_at_(world.now().steady) {
    world_.move_in(setup_.address, *this, setup_.skew);
    const auto now = world_.visit(setup_.address);
    core_.start(now);
    if (setup_.village) core_.set_lan({{lan_}, {}}, setup_.address.port(), 0, now);
}

OverlayNode::~OverlayNode() {
    world_.move_out(setup_.address);
}

void OverlayNode::receive(const Endpoint& from, crypto::ByteView datagram, Now now) {
    count(datagram.size());
    core_.receive(from, datagram, now);
    say();
}

void OverlayNode::overhear(const Endpoint& from, crypto::ByteView datagram, Now now) {
    if (!setup_.village) return;
    count(datagram.size());
    core_.heard(lan_, from.address(), datagram, now);
    say();
}

void OverlayNode::say() {
    static const Endpoint group{asio::ip::make_address("239.192.72.87"), 18519};
    for (const auto& saying : core_.take_sayings()) {
        count(saying.bytes.size());
        world_.send(setup_.address, group, saying.bytes);
    }
}

void OverlayNode::step(Now now) {
    if (!core_.lonely()) {
        tries_ = 0;
        ask_at_ = now.steady;
    } else if (ask_at_ <= now.steady) {
        for (const auto& host : setup_.bootstrap)
            core_.meet(host, now);
        ask_at_ = now.steady + overlay::pause_after(tries_++);
    }
    core_.step(now);
    say();
}

TimePoint OverlayNode::next_wake() const {
    const auto core = core_.next_wake();
    return core_.lonely() && !setup_.bootstrap.empty() ? std::min(core, ask_at_) : core;
}

void OverlayNode::publish(const std::string& label, overlay::InnerRecord record) {
    publish({key_, {}, label}, std::move(record));
}

void OverlayNode::withdraw(const std::string& label) {
    withdraw({key_, {}, label});
}

void OverlayNode::publish(const overlay::RecordName& name, overlay::InnerRecord record) {
    core_.publish(name, std::move(record), world_.visit(setup_.address));
}

void OverlayNode::withdraw(const overlay::RecordName& name) {
    core_.withdraw(name, world_.visit(setup_.address));
}

void OverlayNode::set_neighbours(std::vector<Endpoint> nodes) {
    core_.set_neighbours(std::move(nodes), world_.visit(setup_.address));
}

void OverlayNode::ask(overlay::ResolveRequest request, overlay::ResolveDone done) {
    core_.resolve(std::move(request), world_.visit(setup_.address), std::move(done));
}

overlay::Core& OverlayNode::core() {
    world_.visit(setup_.address);
    return core_;
}

overlay::ResolveAnswer OverlayNode::resolve(const crypto::PublicKey& owner, const std::string& label) {
    return resolve({owner, {}, label});
}

overlay::ResolveAnswer OverlayNode::resolve(const overlay::RecordName& name, bool skip_cache) {
    auto answer = std::make_shared<std::optional<overlay::ResolveAnswer>>();
    ask({name, skip_cache}, [answer](overlay::ResolveAnswer got) { *answer = std::move(got); });
    if (!world_.run_until([&] { return answer->has_value(); }, std::chrono::minutes(1)))
        throw std::runtime_error("a lookup was never answered");
    return **answer;
}

overlay::OverlayStatus OverlayNode::status() const {
    overlay::OverlayStatus status;
    core_.describe(status);
    return status;
}

unsigned OverlayNode::read_back() const {
    const auto published = status().published;
    return published.empty() ? 0 : published.front().read_back;
}

}  // namespace simulations

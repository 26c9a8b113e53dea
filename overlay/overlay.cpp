// overlay/overlay.cpp - the adapter: sockets, clock and random bytes of the real world, handed to the cores.
#include "overlay/overlay.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <optional>

#include "overlay/alive.hpp"
#include "overlay/bootstrap.hpp"
#include "overlay/core.hpp"
#include "overlay/udp_link.hpp"
#include "overlay/village/beacon_link.hpp"

namespace overlay {
namespace {

using asio::ip::udp;

constexpr std::chrono::milliseconds shutdown_poll{50};

Now read_clocks() {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::steady_clock::now(),
            static_cast<UnixSeconds>(std::chrono::duration_cast<std::chrono::seconds>(wall).count())};
}

Core::Config core_config(const OverlayConfig& config) {
    Core::Config core;
    core.node.network = config.network;
    crypto::random_bytes(core.node.node_id);
    core.publisher.locations = config.locations;
    core.publisher.slot = config.slot;
    core.resolver.locations = core.revocations.locations = config.locations;
    core.resolver.mesh = config.mesh;
    core.resolver.deadline = config.resolve_deadline;
    core.village.neighbours.network = core.village.exchange.network = config.network;
    return core;
}

}  // namespace

struct Overlay::Impl {
    Impl(asio::io_context& io, const OverlayConfig& config, const crypto::Identity& identity, Memory& memory)
        : link(io, config.listen,
               [this](const udp::endpoint& from, crypto::ByteView data) {
                   core.receive(from, data, read_clocks());
                   arm();
               }),
          core(
              core_config(config), identity, memory,
              [this](const udp::endpoint& to, crypto::ByteView data) {
                  return link.send(
                      to, data, CallBacks::is_question(data) ? UdpLink::From::lasting : UdpLink::From::any);
              },
              crypto::random_bytes, read_clocks()),
          bootstrap(
              io, config.bootstrap, [this] { return core.lonely(); },
              [this](const udp::endpoint& host) {
                  core.meet(host, read_clocks());
                  arm();
              }),
          beacons(io,
                  [this](const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram) {
                      core.heard(on, from, datagram, read_clocks());
                      arm();
                  }),
          wake(io),
          leaving(io) {}

    void start() {
        link.start();
        core.start(read_clocks());
        bootstrap.start();
        arm();
    }

    // To be called whenever the core was.
    void arm() {
        for (const auto& saying : core.take_sayings())
            beacons.send(saying.from, saying.bytes);
        tell();
        const auto at = core.next_wake();
        if (at == armed) return;
        armed = at;
        wake.expires_at(at);
        wake.async_wait(alive.guard([this](const asio::error_code& error) {
            if (error) return;
            armed.reset();
            const Now now = read_clocks();
            if (core.next_wake() <= now.steady) core.step(now);
            arm();
        }));
    }

    void set_lan(LanSettings settings) {
        const auto port_of = [this](bool v4) {
            for (const auto& bound : link.bound())
                if (bound.address().is_v4() == v4 && !bound.address().is_loopback()) return bound.port();
            return std::uint16_t{0};
        };
        std::erase_if(settings.addresses, [](const LanAddress& at) { return at.sip == SipPorts{}; });
        beacons.set(settings.addresses);
        core.set_lan(std::move(settings), port_of(true), port_of(false), read_clocks());
    }

    void tell() {
        if (!listener) return;
        auto news = core.take_news();
        for (const auto& wish : news.wishes)
            listener->call_back_wished(wish);
        for (const auto& node : news.met)
            listener->met(node);
        if (news.seen_changed) listener->seen_changed(core.seen());
        if (news.shared) listener->identity_shared(*news.shared);
        if (news.neighbours_changed) listener->neighbours_changed(core.village().neighbours().latest_first());
    }

    // Where an edge is reached, the overlay is too, at the port that is bound: a hint, which costs who
    // follows it three datagrams.
    [[nodiscard]] std::vector<NodeAddress> nodes_at(const std::vector<Edge>& edges) const {
        constexpr std::size_t most = 4;
        std::vector<NodeAddress> nodes;
        const auto bound = link.bound();
        for (const auto& edge : edges) {
            for (const auto& [transport, address, port] : edge.addresses) {
                const auto socket = std::ranges::find(
                    bound, address.is_v4(), [](const udp::endpoint& each) { return each.address().is_v4(); });
                if (socket == bound.end() || nodes.size() == most) continue;
                const NodeAddress node{address, socket->port()};
                if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
            }
        }
        return nodes;
    }

    void leave(TimePoint until, std::function<void()> done) {
        if (core.gone() || std::chrono::steady_clock::now() >= until) {
            done();
            return;
        }
        leaving.expires_after(shutdown_poll);
        leaving.async_wait(alive.guard([this, until, done = std::move(done)](const asio::error_code& error) {
            if (!error) leave(until, done);
        }));
    }

    UdpLink link;
    Core core;
    Bootstrap bootstrap;
    BeaconLink beacons;
    std::shared_ptr<Listener> listener;
    asio::steady_timer wake, leaving;
    std::optional<TimePoint> armed;
    Alive alive;  // a handler may already be queued, without an error, when we are destroyed
};

Overlay::Overlay(asio::io_context& loop, const OverlayConfig& config, const crypto::Identity& identity,
                 Memory& memory)
    : impl_(std::make_unique<Impl>(loop, config, identity, memory)) {}

Overlay::~Overlay() = default;

void Overlay::start() {
    impl_->start();
}

void Overlay::publish(const RecordName& name, InnerRecord record) {
    if (record.kind == Kind::contacts) record.nodes = impl_->nodes_at(record.edges);
    impl_->core.publish(name, std::move(record), read_clocks());
    impl_->arm();
}

void Overlay::withdraw(const RecordName& name) {
    impl_->core.withdraw(name, read_clocks());
    impl_->arm();
}

void Overlay::set_certificates(std::vector<CertifiedName> certified) {
    impl_->core.set_certificates(std::move(certified), read_clocks());
    impl_->arm();
}

void Overlay::publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks) {
    impl_->core.publish_tombstones(std::move(blocks), read_clocks());
    impl_->arm();
}

void Overlay::trust_clock(bool plausible) {
    impl_->core.trust_clock(plausible, read_clocks());
    impl_->arm();
}

void Overlay::resolve(ResolveRequest request, ResolveDone done) {
    impl_->core.resolve(std::move(request), read_clocks(), std::move(done));
    impl_->arm();
}

void Overlay::set_lan(LanSettings settings) {
    impl_->set_lan(std::move(settings));
    impl_->arm();
}

void Overlay::meet(const std::vector<udp::endpoint>& nodes) {
    for (const auto& node : nodes)
        impl_->core.meet(node, read_clocks());
    impl_->arm();
}

void Overlay::network_changed() {
    impl_->core.network_changed(read_clocks());
    impl_->arm();
}

void Overlay::ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id,
                            CallBacks::Answered answered) {
    impl_->core.ask_call_back(of, id, std::move(answered), read_clocks());
    impl_->arm();
}

void Overlay::promise_call_back(const CallBackWish& wish, bool yes) {
    impl_->core.promise_call_back(wish, yes, read_clocks());
    impl_->arm();
}

void Overlay::also_at(const std::optional<asio::ip::address>& address) {
    std::optional<udp::endpoint> where;
    for (const auto& bound : impl_->link.bound()) {
        const bool there = bound.address().is_unspecified() || (address && bound.address() == *address);
        if (address && bound.address().is_v6() && there) where = udp::endpoint(*address, bound.port());
    }
    impl_->core.also_at(where);
}

void Overlay::listen(std::shared_ptr<Listener> listener) {
    impl_->core.offer_call_backs(listener != nullptr);
    impl_->listener = std::move(listener);
}

OverlayStatus Overlay::status() const {
    OverlayStatus status;
    impl_->core.describe(status);
    status.listening = impl_->link.bound();
    status.packets_in = impl_->link.packets_in;
    status.packets_out = impl_->link.packets_out;
    status.bytes_in = impl_->link.bytes_in;
    status.bytes_out = impl_->link.bytes_out;
    return status;
}

void Overlay::shutdown(std::chrono::milliseconds patience, std::function<void()> done) {
    const Now now = read_clocks();
    impl_->core.leave(now);
    impl_->arm();
    impl_->leave(now.steady + patience, std::move(done));
}

}  // namespace overlay

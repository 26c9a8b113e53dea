// overlay/overlay.cpp - the adapter: sockets, clock and dice of the real world, handed to the cores.
#include "overlay/overlay.hpp"

#include <asio/steady_timer.hpp>
#include <optional>

#include "overlay/bootstrap.hpp"
#include "overlay/publisher.hpp"
#include "overlay/udp_link.hpp"

namespace overlay {
namespace {

using asio::ip::udp;

constexpr std::chrono::seconds save_first{10};
constexpr std::chrono::seconds save_again{300};
constexpr std::chrono::milliseconds shutdown_poll{50};

Now read_clocks() {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::steady_clock::now(),
            static_cast<UnixSeconds>(std::chrono::duration_cast<std::chrono::seconds>(wall).count())};
}

DhtNode::Config node_config(const OverlayConfig& config) {
    DhtNode::Config node;
    node.network = config.network;
    crypto::random_bytes(node.node_id);
    return node;
}

}  // namespace

struct Overlay::Impl {
    Impl(asio::io_context& io, const OverlayConfig& c, const crypto::Identity& identity, Memory& m)
        : config(c),
          memory(m),
          link(io, config.listen,
               [this](const udp::endpoint& from, crypto::ByteView data) { receive(from, data); }),
          dht(
              node_config(config),
              [this](const udp::endpoint& to, crypto::ByteView data) { return link.send(to, data); },
              read_clocks()),
          resolver({config.locations, config.resolve_deadline}, dht, seen),
          publisher({config.locations, config.slot}, identity, dht, memory, crypto::random_bytes),
          bootstrap(
              io, config.bootstrap, [this] { return dht.connectivity() != Connectivity::connected; },
              [this](const udp::endpoint& host) {
                  dht.ping(host);
                  arm();
              }),
          wake(io),
          save(io),
          leaving(io) {
        for (const auto& entry : memory.load_seen())
            seen.restore(entry);
        seen.on_change = [this](const RollbackMemory::Entry& entry) { memory.save_seen(entry); };
    }

    void start() {
        link.start();
        for (const auto& node : memory.load_nodes()) {
            dht.insert(node);
            dht.ping(node.endpoint);  // insert() alone waits for the next maintenance round
        }
        bootstrap.start();
        save_later(save_first);
        arm();
    }

    void receive(const udp::endpoint& from, crypto::ByteView data) {
        const Now now = read_clocks();
        dht.receive(from, data, now);
        work(now);
    }

    // The cores after anything happened. Their next_wake() is in the past when a callback gave them something
    // to do.
    void work(Now now) {
        const auto connectivity = dht.connectivity();
        const bool changed = std::exchange(last_connectivity, connectivity) != connectivity;
        const auto due = [&](std::optional<TimePoint> at) { return changed || (at && *at <= now.steady); };
        if (due(resolver.next_wake())) resolver.step(now);
        if (due(publisher_wake)) {
            publisher.step(now);
            publisher_wake = publisher.next_wake(now);
        }
        arm();
    }

    void arm() {
        auto at = dht.next_wake();
        for (const auto& other : {resolver.next_wake(), publisher_wake}) {
            if (other && *other < at) at = *other;
        }
        if (at == armed && armed > TimePoint{}) return;
        armed = at;
        wake.expires_at(at);
        wake.async_wait([this](const asio::error_code& error) {
            if (error) return;
            armed = {};
            const Now now = read_clocks();
            if (dht.next_wake() <= now.steady) dht.step(now);
            work(now);
        });
    }

    void publisher_changed(Now now) {
        publisher_wake = publisher.next_wake(now);
        arm();
    }

    void save_later(std::chrono::seconds after) {
        save.expires_after(after);
        save.async_wait([this](const asio::error_code& error) {
            if (error) return;
            save_nodes();
            seen.forget_before(period_of(read_clocks().wall) - 1);
            save_later(save_again);
        });
    }

    void save_nodes() {
        const auto nodes = dht.known_nodes();
        if (!nodes.empty()) memory.save_nodes(nodes);  // an outage must not cost us whom we knew
    }

    void leave(TimePoint until, std::function<void()> done) {
        if (publisher.idle() || std::chrono::steady_clock::now() >= until) {
            done();
            return;
        }
        leaving.expires_after(shutdown_poll);
        leaving.async_wait([this, until, done = std::move(done)](const asio::error_code& error) {
            if (error) return;
            leave(until, done);
        });
    }

    OverlayConfig config;
    Memory& memory;
    UdpLink link;
    DhtNode dht;
    RollbackMemory seen;
    Resolver resolver;
    Publisher publisher;
    Bootstrap bootstrap;
    asio::steady_timer wake, save, leaving;
    TimePoint armed{};
    std::optional<TimePoint> publisher_wake;
    Connectivity last_connectivity = Connectivity::disconnected;
};

Overlay::Overlay(asio::io_context& loop, const OverlayConfig& config, const crypto::Identity& identity,
                 Memory& memory)
    : impl_(std::make_unique<Impl>(loop, config, identity, memory)) {}

Overlay::~Overlay() = default;

void Overlay::start() {
    impl_->start();
}

void Overlay::publish(const std::string& label, InnerRecord record) {
    const Now now = read_clocks();
    impl_->publisher.publish(label, std::move(record), now);
    impl_->publisher_changed(now);
}

void Overlay::withdraw(const std::string& label) {
    const Now now = read_clocks();
    impl_->publisher.withdraw(label, now);
    impl_->publisher_changed(now);
}

void Overlay::resolve(ResolveRequest request, ResolveDone done) {
    impl_->resolver.resolve(std::move(request), read_clocks(), std::move(done));
    impl_->arm();
}

OverlayStatus Overlay::status() const {
    OverlayStatus status;
    impl_->dht.describe(status);
    impl_->resolver.describe(status);
    impl_->publisher.describe(status);
    status.listening = impl_->link.bound();
    status.packets_in = impl_->link.packets_in;
    status.packets_out = impl_->link.packets_out;
    status.bytes_in = impl_->link.bytes_in;
    status.bytes_out = impl_->link.bytes_out;
    return status;
}

void Overlay::shutdown(std::chrono::milliseconds patience, std::function<void()> done) {
    const Now now = read_clocks();
    impl_->save_nodes();
    impl_->publisher.withdraw_all(now);
    impl_->arm();
    impl_->leave(now.steady + patience, std::move(done));
}

}  // namespace overlay

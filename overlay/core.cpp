// overlay/core.cpp - one turn of the overlay: the DHT node first, then who waits for it.
#include "overlay/core.hpp"

#include <algorithm>

namespace overlay {
namespace {

using std::chrono::seconds;

constexpr seconds save_first{5};  // soon, for a node that does not live long
constexpr seconds save_again{300};
constexpr std::size_t most_asked = 16;  // after a change of the network; eight opinions are enough
constexpr std::size_t most_known = 64;  // enough to find one that lives; all are pinged at once

}  // namespace

seconds pause_after(unsigned tries) {
    constexpr unsigned minute = 60;
    if (tries < minute) return seconds(1);
    return seconds(tries < minute + 12 ? 5 : 30);  // a laptop that wakes up is back within half a minute
}

Core::Core(const Config& config, const crypto::Identity& identity, Memory& memory, DhtNode::Send send,
           Publisher::Dice dice, Now now)
    : memory_(memory),
      dht_(
          config.node,
          [this, send = std::move(send)](const asio::ip::udp::endpoint& to, crypto::ByteView datagram) {
              seen_as_.sent(to);
              return send(to, datagram);
          },
          now),
      revocations_(config.revocations, dht_, memory),
      resolver_(config.resolver, dht_, seen_, revocations_),
      publisher_(config.publisher, identity, dht_, memory, dice),
      tombstones_(config.publisher.locations, dht_, std::move(dice)),
      look_at_(now.steady),
      housekeeping_at_(now.steady + save_first) {
    for (const auto& entry : memory_.load_seen())
        seen_.restore(entry);
    seen_.on_change = [this](const RollbackMemory::Entry& entry) { memory_.save_seen(entry); };
}

void Core::start(Now now) {
    known_ = memory_.load_nodes();
    if (known_.size() > most_known) known_.resize(most_known);
    look_for_known_nodes(now);
}

void Core::look_for_known_nodes(Now now) {
    for (const auto& node : known_) {
        if (tries_ == 0) dht_.insert(node);
        dht_.ping(node.endpoint);  // insert() alone waits for the next round of maintenance
    }
    look_at_ = now.steady + std::max(seconds(3), pause_after(tries_++));  // a ping is three tries of a second
}

void Core::receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now) {
    const bool seen = seen_as_.received(from, datagram);
    dht_.receive(from, datagram, now);
    work(now);
    if (seen && on_seen_changed) on_seen_changed();
}

void Core::network_changed(Now now) {
    auto nodes = dht_.known_nodes();
    if (nodes.empty()) nodes = known_;
    if (nodes.size() > most_asked) nodes.resize(most_asked);
    for (const auto& node : nodes)
        dht_.ping(node.endpoint);
    tries_ = 0;
    look_at_ = now.steady;
}

void Core::step(Now now) {
    if (dht_.next_wake() <= now.steady) dht_.step(now);
    work(now);
}

// The cores after anything happened. A next_wake() is in the past when a callback gave somebody work.
void Core::work(Now now) {
    const auto connectivity = dht_.connectivity();
    const bool changed = std::exchange(last_connectivity_, connectivity) != connectivity;
    const auto due = [&](std::optional<TimePoint> at) { return changed || (at && *at <= now.steady); };
    if (due(resolver_.next_wake())) resolver_.step(now);
    if (clock_plausible_ && due(publisher_wake_)) {
        publisher_.step(now);
        publisher_wake_ = publisher_.next_wake(now);
    }
    if (clock_plausible_ && due(tombstones_wake_)) {
        tombstones_.step(now);
        tombstones_wake_ = tombstones_.next_wake(now);
    }
    if (changed && connectivity == Connectivity::connected) tries_ = 0;
    if (lonely() && look_at_ <= now.steady) look_for_known_nodes(now);
    if (housekeeping_at_ <= now.steady) housekeeping(now);
}

void Core::housekeeping(Now now) {
    save_nodes();
    if (const auto today = period_of(now.wall); today > 0) seen_.forget_before(today - 1);
    housekeeping_at_ = now.steady + save_again;
}

void Core::save_nodes() {
    auto nodes = dht_.known_nodes();
    if (nodes.empty()) return;  // an outage must not cost us whom we knew
    if (nodes.size() > most_known) nodes.resize(most_known);
    known_ = std::move(nodes);
    memory_.save_nodes(known_);
}

TimePoint Core::next_wake() const {
    auto at = std::min(dht_.next_wake(), housekeeping_at_);
    if (lonely() && !known_.empty()) at = std::min(at, look_at_);
    for (const auto& other : {resolver_.next_wake(), clock_plausible_ ? publisher_wake_ : std::nullopt,
                              clock_plausible_ ? tombstones_wake_ : std::nullopt}) {
        if (other) at = std::min(at, *other);
    }
    return at;
}

void Core::meet(const asio::ip::udp::endpoint& host, Now /*now*/) {
    dht_.ping(host);
}

void Core::publish(const RecordName& name, InnerRecord record, Now now) {
    publisher_.publish(name, std::move(record), now);
    publisher_wake_ = publisher_.next_wake(now);
}

void Core::withdraw(const RecordName& name, Now now) {
    publisher_.withdraw(name, now);
    publisher_wake_ = publisher_.next_wake(now);
}

void Core::set_certificates(std::vector<CertifiedName> certified, Now now) {
    publisher_.set_certificates(std::move(certified), now);
    publisher_wake_ = publisher_.next_wake(now);
}

void Core::publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks, Now now) {
    tombstones_.publish(std::move(blocks), now);
    tombstones_wake_ = tombstones_.next_wake(now);
}

void Core::trust_clock(bool plausible, Now now) {
    if (std::exchange(clock_plausible_, plausible) == plausible || !plausible) return;
    publisher_wake_ = tombstones_wake_ = now.steady;
}

void Core::resolve(ResolveRequest request, Now now, ResolveDone done) {
    resolver_.resolve(std::move(request), now, std::move(done));
}

void Core::describe(OverlayStatus& status) const {
    dht_.describe(status);
    resolver_.describe(status);
    publisher_.describe(status);
    tombstones_.describe(status);
}

void Core::leave(Now now) {
    save_nodes();
    if (clock_plausible_) publisher_.withdraw_all(now);
    publisher_wake_ = publisher_.next_wake(now);
}

}  // namespace overlay

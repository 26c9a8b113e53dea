// overlay/village/neighbours.cpp - a bounded list, and a timer.
#include "overlay/village/neighbours.hpp"

#include <algorithm>

#include "overlay/contact_filter.hpp"

namespace overlay {
namespace {

constexpr std::uint16_t first_unprivileged = 1024;  // as contact_filter.hpp: no phone's port, other services'

}  // namespace

bool is_beside(const LanAddress& on, const asio::ip::address& from) {
    if (from == on.address) return true;  // another node on this machine
    return Prefix(on.address, on.prefix_length).contains(from) && !from.is_multicast() &&
           !from.is_unspecified();
}

Neighbours::Neighbours(const Config& config, Trickle::Random random)
    : config_(config),
      random_(random),
      trickle_(config.trickle, std::move(random)),
      new_ones_(new_at_once, std::chrono::duration<double>(new_at_once / new_a_second)) {
    random_(tag_);
}

void Neighbours::set(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Time now) {
    if (settings == settings_ && dht_v4 == dht_v4_ && dht_v6 == dht_v6_) return;
    const bool elsewhere = settings.addresses != settings_.addresses;
    settings_ = std::move(settings);
    dht_v4_ = dht_v4;
    dht_v6_ = dht_v6;
    if (elsewhere)
        moved(now);
    else
        trickle_.start(now);
}

void Neighbours::moved(Time now) {
    random_(tag_);
    gone_ = gone_ || !all_.empty();
    all_.clear();
    has_said_ = false;
    trickle_.start(now);
}

Neighbours::Heard Neighbours::heard(const LanAddress& on, const asio::ip::address& from,
                                    crypto::ByteView datagram, Time now) {
    const auto beacon = read_beacon(datagram);
    if (!beacon || beacon->network != config_.network || !is_beside(on, from)) {
        ++counters_.refused;
        return {};
    }
    if (beacon->tag == tag_) return {};  // our own, which comes back
    ++counters_.heard;
    Neighbour made;
    std::ranges::copy(datagram, made.said.begin());
    const auto known = std::ranges::find_if(all_, [&](const Neighbour& each) {
        return each.address == from && is_of_same_node(each.said, made.said);
    });
    if (known != all_.end()) {
        known->said = made.said;
        const bool changed = known->beacon.in_dht != beacon->in_dht;
        known->beacon = *beacon;
        known->heard = now;
        ++known->times;
        return {changed, beacon};
    }
    if (!admit(from, now)) {
        ++counters_.crowded;
        return {false, beacon};
    }
    made.address = from;
    made.beacon = *beacon;
    made.heard = now;
    all_.push_back(std::move(made));
    trickle_.inconsistent(now);  // whoever is new has not heard us
    return {true, beacon};
}

/// Makes room where it must. False: this one is too many.
bool Neighbours::admit(const asio::ip::address& from, Time now) {
    // Whom we heard but once, then who has been silent for longest. A node says its beacon thrice within its
    // first two seconds; who makes beacons up does not say one twice.
    const auto let_go_first = [](const Neighbour& one, const Neighbour& other) {
        if ((one.times == 1) != (other.times == 1)) return one.times == 1;
        return one.heard < other.heard;
    };
    if (!new_ones_.take(1, now)) return false;
    const auto at_address = [&](const Neighbour& each) { return each.address == from; };
    if (static_cast<std::size_t>(std::ranges::count_if(all_, at_address)) >= most_at_one_address) {
        const auto end = std::partition(all_.begin(), all_.end(), at_address);
        all_.erase(std::min_element(all_.begin(), end, let_go_first));
        return true;
    }
    if (all_.size() < most) return true;
    const auto first = std::ranges::min_element(all_, let_go_first);
    if (first->times > 1) return false;
    all_.erase(first);
    return true;
}

std::vector<Neighbour> Neighbours::latest_first() const {
    auto all = all_;
    std::ranges::stable_sort(all, [](const Neighbour& a, const Neighbour& b) { return a.heard > b.heard; });
    return all;
}

std::vector<Neighbours::Saying> Neighbours::step(const SetDigest& blocks, bool in_dht, Time now) {
    const auto before = all_.size();
    std::erase_if(all_, [now](const Neighbour& each) { return each.heard + forgotten_after <= now; });
    gone_ = gone_ || all_.size() != before;
    std::vector<Saying> sayings;
    if (settings_.addresses.empty() || !trickle_.step(now)) return sayings;
    has_said_ = true;
    for (const auto& own : settings_.addresses) {
        Beacon beacon;
        beacon.network = config_.network;
        beacon.tag = tag_;
        beacon.dht = own.address.is_v4() ? dht_v4_ : dht_v6_;
        beacon.sip = own.sip;
        beacon.blocks = blocks;
        beacon.in_dht = in_dht;
        sayings.push_back({own, write_beacon(beacon, own.address, settings_.tls_key_hash)});
        ++counters_.said;
    }
    return sayings;
}

std::optional<Neighbours::Time> Neighbours::next_wake() const {
    if (settings_.addresses.empty()) return std::nullopt;
    auto wake = trickle_.next_wake();
    for (const auto& each : all_)
        wake = std::min(wake, each.heard + forgotten_after);
    return wake;
}

std::vector<EdgeBeside> edges_beside(const std::vector<Neighbour>& neighbours,
                                     const crypto::Bytes<32>& tls_key_hash, std::size_t most) {
    std::vector<const Neighbour*> found;
    for (const auto& each : neighbours) {
        if (each.beacon.sip.tls >= first_unprivileged && is_marked_by(each.said, each.address, tls_key_hash))
            found.push_back(&each);
    }
    std::ranges::stable_sort(found,
                             [](const Neighbour* a, const Neighbour* b) { return a->heard > b->heard; });
    std::vector<EdgeBeside> edges;
    for (const auto* each : found) {
        const EdgeBeside edge{each->address, each->beacon.sip.tls};
        if (edges.size() < most && std::ranges::find(edges, edge) == edges.end()) edges.push_back(edge);
    }
    return edges;
}

}  // namespace overlay

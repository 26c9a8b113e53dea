// overlay/village/village.cpp - hands each datagram to whom it is for.
#include "overlay/village/village.hpp"

#include <algorithm>

namespace overlay {
namespace {

constexpr std::chrono::seconds look_every{60};

}  // namespace

Village::Village(const Config& config, const Trickle::Random& random)
    : neighbours_(config.neighbours, random),
      store_(config.store),
      exchange_(config.exchange, store_, random) {}

void Village::set(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Now now) {
    const auto before = neighbours_.settings().addresses;
    const bool stays = before.empty() || std::ranges::any_of(before, [&](const LanAddress& old) {
                           return std::ranges::any_of(settings.addresses, [&](const LanAddress& each) {
                               return each.address == old.address;
                           });
                       });
    if (!stays && !settings.addresses.empty()) store_.forget_others();
    neighbours_.set(std::move(settings), dht_v4, dht_v6, now.steady);
}

Village::Heard Village::heard(const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram,
                              Now now) {
    if (is_village_datagram(datagram)) {
        const bool own = std::ranges::any_of(neighbours_.settings().addresses,
                                             [&](const auto& each) { return each.address == from; });
        // What we say comes back. Another node at our address is one of this machine: a rare guest.
        if (!is_beside(on, from) || (own && exchange_.is_echo(datagram))) return {};
        return {false, exchange_.receive(from, datagram, now)};
    }
    const auto [changed, beacon] = neighbours_.heard(on, from, datagram, now.steady);
    if (beacon && exchange_.digest(from, beacon->blocks, neighbours_.all().size(), now.steady))
        neighbours_.differs(now.steady);
    return {changed, {}};
}

void Village::publish(crypto::ByteView wire, Now now) {
    const auto took = store_.take(wire, std::nullopt, now);
    if (took.how == VillageStore::Taken::as_news && is_open()) exchange_.own(took.key, now.steady);
    if (!look_at_) look_at_ = now.steady + look_every;
}

/// Over IPv4 where there is any; over IPv6 besides, if somebody is heard over that alone.
bool Village::is_heard_at(const LanAddress& own) const {
    const auto& all = neighbours_.settings().addresses;
    const bool also_v4 = own.address.is_v6() && std::ranges::any_of(all, [&](const LanAddress& other) {
                             return other.interface == own.interface && other.address.is_v4();
                         });
    if (!also_v4) return true;
    const auto& beside = neighbours_.all();
    return std::ranges::any_of(beside, [&](const Neighbour& one) {
        return one.address.is_v6() && std::ranges::none_of(beside, [&](const Neighbour& other) {
                   return other.address.is_v4() && other.beacon.tag == one.beacon.tag;
               });
    });
}

std::vector<Village::Saying> Village::step(bool in_dht, Now now) {
    std::vector<Saying> sayings;
    if (!look_at_ || *look_at_ <= now.steady) {
        (void)store_.step(now);
        look_at_ = now.steady + look_every;
    }
    for (const auto& [from, bytes] : neighbours_.step(store_.digest(), in_dht, now.steady))
        sayings.push_back({from, {bytes.begin(), bytes.end()}});
    if (!exchanges()) return sayings;
    if (const auto datagram = exchange_.step(now.steady)) {
        for (const auto& own : neighbours_.settings().addresses)
            if (is_heard_at(own)) sayings.push_back({own, *datagram});
    }
    return sayings;
}

std::optional<Village::Time> Village::next_wake() const {
    auto wake = look_at_;
    const auto sooner = [&](const std::optional<Time>& at) {
        if (at && (!wake || *at < *wake)) wake = at;
    };
    sooner(neighbours_.next_wake());
    if (exchanges()) sooner(exchange_.next_wake());
    return wake;
}

VillageFigures Village::figures() const {
    VillageFigures figures;
    const auto& counters = store_.counters();
    figures.blocks = store_.all().size();
    figures.bytes = store_.bytes();
    figures.kept = counters.kept;
    figures.stale = counters.stale;
    figures.refused = counters.refused;
    figures.crowded = counters.crowded;
    figures.let_go = counters.let_go;
    figures.said = exchange_.counters().said;
    figures.bytes_said = exchange_.counters().bytes;
    return figures;
}

}  // namespace overlay

// overlay/village/village.hpp - a node among its neighbours: who is beside it (neighbours.hpp), which blocks
// all of them hold (store.hpp), and how those come from one to the other (exchange.hpp). A home's network is
// a village of two; a mesh of some hundred radios is one, hop by hop.
// A core: datagrams, time and dice are handed in; what is to be said comes out of step(). Overlay loop only.
#pragma once

#include "overlay/village/exchange.hpp"
#include "overlay/village/figures.hpp"
#include "overlay/village/neighbours.hpp"

namespace overlay {

class Village {
public:
    using Time = Trickle::Time;
    struct Config {
        Neighbours::Config neighbours;
        VillageStore::Limits store;
        Exchange::Config exchange;
    };
    Village(const Config& config, const Trickle::Random& random);
    Village(const Village&) = delete;  // the exchange points to the store
    Village& operator=(const Village&) = delete;

    /// As Neighbours'. In another place than before, what others brought is forgotten: it is none of the new
    /// neighbours' business.
    void set(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Now now);
    void moved(Now now) { neighbours_.moved(now.steady); }
    /// Are there networks on which to speak?
    [[nodiscard]] bool is_open() const noexcept { return !neighbours_.settings().addresses.empty(); }

    struct Heard {
        bool neighbours = false;                // somebody is new, or gone
        std::vector<crypto::PublicKey> blocks;  // of which something new is held
    };
    /// What came to the group at `on`.
    Heard heard(const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram, Now now);
    /// One of our own blocks, or of a tombstone that we keep findable.
    void publish(crypto::ByteView wire, Now now);

    struct Saying {
        LanAddress from;
        VillageBytes bytes;
    };
    /// To the group: beacons at each of our addresses, the rest once on each network. `in_dht`: as
    /// Neighbours::step.
    [[nodiscard]] std::vector<Saying> step(bool in_dht, Now now);
    [[nodiscard]] bool take_gone() noexcept { return neighbours_.take_gone(); }
    [[nodiscard]] std::optional<Time> next_wake() const;
    /// All that we signed was said.
    [[nodiscard]] bool idle() const { return !is_open() || exchange_.idle(); }

    [[nodiscard]] const Neighbours& neighbours() const noexcept { return neighbours_; }
    [[nodiscard]] const VillageStore& store() const noexcept { return store_; }
    /// All but `answers`.
    [[nodiscard]] VillageFigures figures() const;

private:
    [[nodiscard]] bool is_heard_at(const LanAddress& own) const;
    /// A record that leads into this network is called where its node's beacon says that it is, so that comes
    /// first.
    [[nodiscard]] bool exchanges() const noexcept { return is_open() && neighbours_.has_said(); }

    Neighbours neighbours_;
    VillageStore store_;
    Exchange exchange_;
    std::optional<Time> look_at_;  // what has expired
};

}  // namespace overlay

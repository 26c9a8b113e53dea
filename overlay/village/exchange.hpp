// overlay/village/exchange.hpp - how the blocks of a village come to all who live there, hop by hop, without
// a route: what is new is said on, and who hears that a neighbour holds other blocks tells which it holds.
// All goes to the group of the link, so that a radio says once what all its neighbours hear, and nothing
// ever goes to an address that somebody named.
// 1. A block that is new here is said on after a while, unless two others have said it meanwhile; our own at
//    once. (Nothing is, before our first beacon: village.hpp.)
// 2. A beacon with other digests than ours is answered with a list of the sixteenths that differ, when
//    nothing new has come for a moment. Who holds what a list lacks gives it; who lacks what it names wants
//    it. A want is given once, by whoever is first.
// 3. What is said is paced: a gap after each datagram that grows with the neighbours, and so many bytes a
//    second after a burst, half of them for news and half for lists, wants and what is given again. So that
//    is the most that lies in digests and lists, wants without end, and floods of blocks can make us say.
// 4. Who says again and again that he holds others, and brings nothing, is asked less and less often.
// 5. Nothing is kept but what the store has checked, nor said on: a replay of an older block makes us say
//    the newer one, once a second at the most.
// A core: bounded by the store, overlay loop only.
#pragma once

#include "overlay/recent_map.hpp"
#include "overlay/village/datagrams.hpp"
#include "overlay/village/store.hpp"
#include "overlay/village/trickle.hpp"

namespace overlay {

class Exchange {
public:
    using Time = Trickle::Time;
    using Milliseconds = std::chrono::milliseconds;
    struct Config {
        std::uint32_t network = 0;
        double burst = 65536, bytes_a_second = 1000;  // of what is said; 8 kbit/s
        // A datagram takes 45 ms at 250 kbit/s. All who hear each other have their turn in a while.
        Milliseconds turn{40}, shortest{80}, longest{1000};
        Milliseconds settled{800}, settled_at_most{4000};  // 2.
        Milliseconds again{1000};                          // what was said is not said again for so long
    };
    /// Borrows the store.
    Exchange(const Config& config, VillageStore& store, Trickle::Random random);

    /// A block of ours, that is in the store.
    void own(const VillageStore::Key& key, Time now);
    /// What a neighbour's beacon says that he holds. `beside`: how many neighbours there are. True: it is
    /// not what we hold, and he is worth an answer (4.).
    bool digest(const asio::ip::address& from, const SetDigest& theirs, std::size_t beside, Time now);
    /// The very datagram that we said last: multicast comes back to who sent it.
    [[nodiscard]] bool is_echo(crypto::ByteView datagram) const;
    /// One of datagrams.hpp. The keys of which we hold something new.
    std::vector<crypto::PublicKey> receive(const asio::ip::address& from, crypto::ByteView datagram, Now now);
    /// What is to be said now, one datagram at the most.
    [[nodiscard]] std::optional<VillageBytes> step(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    /// None of our own waits to be said.
    [[nodiscard]] bool idle() const;

    struct Counters {
        std::uint64_t said = 0, bytes = 0, lists = 0, wants = 0, gives = 0, unread = 0;
    };
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

private:
    using Key = VillageStore::Key;
    enum class Why : std::uint8_t { own, news, again };
    struct Pending {
        Time due;
        Why why = Why::news;
        unsigned heard = 0;  // from others meanwhile
    };
    struct Wanted {
        Time since, due;
    };
    struct Doubt {
        Time until{};
        std::chrono::seconds pause{1};
    };

    void met(const BlockList& list, Time now);
    void met(const BlockWant& want, Time now);
    [[nodiscard]] std::vector<crypto::PublicKey> met(const asio::ip::address& from, const BlockGive& give,
                                                     Now now);
    void give_later(const Key& key, Why why, Time now);
    void want_later(const BlockPlace& place, Time now);
    void no_list_of(const BlockList& list);
    [[nodiscard]] std::vector<Key> at(const BlockPlace& place) const;
    [[nodiscard]] std::vector<ListedBlock> listed(const KeyPrefix& first, const KeyPrefix& last) const;
    [[nodiscard]] std::optional<VillageBytes> give(Why why, Time now);
    [[nodiscard]] std::optional<VillageBytes> list(Time now);
    [[nodiscard]] std::optional<VillageBytes> want(Time now);
    [[nodiscard]] Milliseconds window() const;
    [[nodiscard]] Milliseconds between(Milliseconds least, Milliseconds most);
    [[nodiscard]] Time list_due(const Wanted& wanted) const;

    Config config_;
    VillageStore& store_;
    Trickle::Random random_;
    TokenBucket news_, rest_;
    std::map<Key, Pending> gives_;
    std::array<std::optional<Wanted>, SetDigest::part_count> lists_;
    std::map<BlockPlace, Time> wants_;
    RecentMap<Key, Time> said_;  // by us or by others
    RecentMap<asio::ip::address, Doubt> doubts_;
    VillageBytes last_;  // that was said
    std::size_t beside_ = 0;
    Time next_at_{}, news_at_{};
    Counters counters_;
};

}  // namespace overlay

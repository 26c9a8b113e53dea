// overlay/core.cpp - one turn of the overlay: the DHT node first, then who waits for it.
#include "overlay/core.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "overlay/contact_filter.hpp"

namespace overlay {
namespace {

using std::chrono::seconds;

constexpr seconds save_first{5};  // soon, for a node that does not live long
constexpr seconds save_again{300};
constexpr std::size_t most_asked = 16;  // after a change of the network; eight opinions are enough
constexpr std::size_t most_known = 64;  // enough to find one that lives; all are pinged at once
// Two halves of a network that was cut for longer than OpenDHT remembers a silent node (minutes) never meet
// again by themselves: simulations/scenarios/partition.cpp. So each asks now and then for whom it has lost.
constexpr seconds look_across_every{600};
// OpenDHT looks for its own id when it joins, and then knows its neighbourhood. Buckets further away stay as
// they are for ten minutes, though Kademlia (§2.3) would have them filled at once. In a young network nobody
// near knows anybody far, and a put ends in the wrong half of it (and is read back there): of 1,000 nodes
// that joined within a minute, one in a hundred: simulations/scenarios/lookup.cpp. So far buckets are
// searched at once, when the bootstrap host is all that is known, as it knows them all, and twice more if one
// looks empty. Two of them: a third found nothing more and cost a newcomer a seventh more packets. Not
// oftener: each key searched costs 14 KiB for an hour.
constexpr seconds explore_again{15};
constexpr unsigned explorations = 3, far = 2, deepest = 12;
// Behind a NAT nobody comes to us, and OpenDHT looks for newcomers after one to three minutes. Who finds
// nobody that would call him back looks by himself, always for one key, of which OpenDHT keeps one search.
constexpr seconds look_around_every{10};
constexpr std::size_t most_met = 16;  // told of at once; who is told asks few of them
constexpr std::size_t looks_empty = 2, looks_full = 8;
constexpr unsigned network_v4 = 16, network_v6 = 64;  // bits: who has one address there often has more
constexpr std::size_t most_lost = 64, lost_asked = 4, most_hosts = 16;
// Of those beside us; the others are known through them. All are told of one newcomer at once, and that one,
// who may be made up in somebody's name, is to hear few of them.
constexpr std::size_t most_neighbours_met = 8;

unsigned common_bits(const crypto::Bytes<20>& a, const crypto::Bytes<20>& b) {
    for (unsigned byte = 0; byte < a.size(); ++byte) {
        const auto differ = static_cast<std::uint8_t>(a[byte] ^ b[byte]);
        if (differ != 0) return 8 * byte + static_cast<unsigned>(std::countl_zero(differ));
    }
    return 8 * static_cast<unsigned>(a.size());
}

/// At most one of each network.
std::vector<asio::ip::udp::endpoint> of_other_networks(const std::vector<asio::ip::udp::endpoint>& all,
                                                       const asio::ip::address& own, bool v4) {
    std::vector<asio::ip::udp::endpoint> chosen;
    std::vector<Prefix> networks;
    for (const auto& node : all) {
        const auto& at = node.address();
        const bool taken =
            std::ranges::any_of(networks, [&](const Prefix& network) { return network.contains(at); });
        if (taken || at == own || at.is_v4() != v4 || !is_global(at)) continue;
        networks.emplace_back(at, v4 ? network_v4 : network_v6);
        chosen.push_back(node);
        if (chosen.size() == CallBacks::most_asked) break;
    }
    return chosen;
}

// Each node asks first where chance says: who would hide a name from all has to win all its locations.
template <typename Config>
Config begin_anywhere(Config config, const Publisher::Random& random) {
    std::array<std::uint8_t, 1> roll{};
    random(roll);
    config.first_location = static_cast<std::uint8_t>(roll[0] % config.locations);
    return config;
}

}  // namespace

seconds pause_after(unsigned tries) {
    constexpr unsigned minute = 60;
    if (tries < minute) return seconds(1);
    return seconds(tries < minute + 12 ? 5 : 30);  // a laptop that wakes up is back within half a minute
}

Core::Core(const Config& config, const crypto::Identity& identity, Memory& memory, DhtNode::Send send,
           Publisher::Random random, Now now)
    : memory_(memory),
      node_id_(config.node.node_id),
      random_(random),
      validation_({config.node.network, config.node.node_id, config.pad_requests}, std::move(send), random),
      dht_(
          config.node,
          [this](const asio::ip::udp::endpoint& to, crypto::ByteView datagram) {
              seen_as_.sent(to);
              return validation_.send(to, datagram);
          },
          now),
      direct_(
          config.direct,
          [this](const asio::ip::udp::endpoint& to, crypto::ByteView datagram) {
              return DirectAsk::is_question(datagram) ? validation_.send_question(to, datagram)
                                                      : validation_.send_answer(to, datagram);
          },
          [this](const crypto::PublicKey& blinded) { return publisher_.block_of(blinded); }, random),
      call_backs_(
          config.call_back,
          [this](const asio::ip::udp::endpoint& to, crypto::ByteView datagram) {
              return CallBacks::is_question(datagram) ? validation_.send_question(to, datagram)
                                                      : validation_.send_answer(to, datagram);
          },
          random),
      owner_nodes_(memory),
      revocations_(begin_anywhere(config.revocations, random), dht_, memory),
      resolver_(begin_anywhere(config.resolver, random), dht_, direct_, seen_, owner_nodes_, revocations_),
      publisher_(config.publisher, identity, dht_, memory, random),
      tombstones_(config.publisher.locations, dht_, std::move(random)),
      due_{.publisher = {},
           .tombstones = {},
           .look = now.steady,
           .housekeeping = now.steady + save_first,
           .look_across = now.steady + look_across_every,
           .explore = TimePoint::max(),
           .look_around = TimePoint::max()},
      explored_{now.steady - look_across_every, 0, now.steady - look_around_every} {
    ways_in_.public_network = config.node.network == 0;
    for (const auto& entry : memory_.load_seen())
        seen_.restore(entry);
    call_backs_.on_also_at = [this](const asio::ip::udp::endpoint& node) {
        if (!is_global(node.address()) || validation_.is_valid(node)) return;
        call_backs_.met_kin(node, false);
        dht_.ping(node);
    };
    seen_.on_change = [this](const RollbackMemory::Entry& entry) { memory_.save_seen(entry); };
}

void Core::start(Now now) {
    validation_.at(now.steady);
    ways_in_.known = memory_.load_nodes();
    if (ways_in_.known.size() > most_known) ways_in_.known.resize(most_known);
    look_for_known_nodes(now);
}

void Core::look_for_known_nodes(Now now) {
    for (const auto& node : ways_in_.known) {
        if (ways_in_.tries == 0) dht_.insert(node);
        dht_.ping(node.endpoint);  // insert() alone waits for the next round of maintenance
    }
    for (std::size_t i = 0; i < std::min(most_neighbours_met, ways_in_.neighbours.size()); ++i)
        dht_.ping(ways_in_.neighbours[i]);
    due_.look = now.steady +
                std::max(seconds(3), pause_after(ways_in_.tries++));  // a ping is three tries of a second
}

void Core::look_across(Now now) {
    for (const auto& host : ways_in_.hosts)
        dht_.ping(host);
    for (std::size_t i = 0; i < std::min(lost_asked, ways_in_.lost.size()); ++i) {
        dht_.ping(ways_in_.lost.front());
        ways_in_.lost.push_back(ways_in_.lost.front());
        ways_in_.lost.pop_front();
    }
    due_.look_across = now.steady + look_across_every;
}

/// For a key that shares so many of its first bits with our id, and not the next.
void Core::search_at(unsigned distance) {
    Location key{};
    random_(key);
    for (unsigned bit = 0; bit <= distance; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        const bool ours = (node_id_[bit / 8] & mask) != 0;
        if (ours == (bit < distance))
            key[bit / 8] |= mask;
        else
            key[bit / 8] &= static_cast<std::uint8_t>(~mask);
    }
    dht_.get(key, true, [](const DhtNode::Found&) { return false; }, {});
}

void Core::explore(Now now) {
    due_.explore = explored_.times + 1 < explorations ? now.steady + explore_again : TimePoint::max();
    if (explored_.times++ == 0) {
        explored_.from_scratch_at = now.steady;
        for (unsigned distance = 0; distance < far; ++distance)
            search_at(distance);
        return;
    }
    std::array<std::size_t, deepest + 1> known{};
    for (const auto& node : dht_.known_nodes())
        ++known[std::min(common_bits(node_id_, node.id), deepest)];
    // As many nodes belong into a bucket as into all nearer ones together.
    auto nearer = std::accumulate(known.begin(), known.end(), std::size_t{0});
    for (unsigned distance = 0; distance < deepest; ++distance) {
        nearer -= known[distance];
        if (known[distance] < looks_empty && nearer >= looks_full) {
            search_at(distance);
            return;
        }
    }
}

void Core::receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now) {
    const auto received = validation_.received(from, datagram, now.steady);
    const bool seen = received.answers_us && seen_as_.received(from, datagram);
    if (received.of_our_kind) met_of_our_kind(from);
    const bool kin = ways_in_.public_network ? call_backs_.is_kin(from) : true;
    if (received.proved && kin) tell_of(from);
    if (received.datagram) {
        dht_.receive(from, *received.datagram, now);
    } else if (direct_.receive(from, datagram, now) || call_backs_.receive(from, datagram, now)) {
        met_of_our_kind(from);
    }
    work(now);
    if (seen) news_.seen_changed = true;
}

void Core::offer_call_backs(bool offered) {
    call_backs_.on_wish = {};
    if (offered) call_backs_.on_wish = [this](const CallBackWish& wish) { news_.wishes.push_back(wish); };
}

Core::News Core::take_news() {
    news_.shared = publisher_.take_shared();
    return std::exchange(news_, {});
}

void Core::met_of_our_kind(const asio::ip::udp::endpoint& node) {
    if (!is_global(node.address())) return;
    const bool valid = validation_.is_valid(node);
    if (!call_backs_.met_kin(node, valid)) return;
    if (!valid) return validation_.ping(node);  // it counts once it has answered
    if (ways_in_.public_network) tell_of(node);
}

void Core::tell_of(const asio::ip::udp::endpoint& node) {
    if (is_global(node.address()) && news_.met.size() < most_met) news_.met.push_back(node.address());
}

/// For whoever has come since.
void Core::look_around(Now now) {
    explored_.around_at = now.steady;
    due_.look_around = TimePoint::max();
    dht_.get(node_id_, true, [](const DhtNode::Found&) { return false; }, {});
}

/// Those of our kind first, latest first, then any that we know; each of another network, and none that is
/// behind the same router as we. Who knows nobody over IPv6 asks over IPv4, where he is told
/// (call_back.hpp, 4.).
std::vector<asio::ip::udp::endpoint> Core::witnesses_for(const asio::ip::address& address) const {
    std::vector<asio::ip::udp::endpoint> all;
    for (const auto& node : call_backs_.kin())
        if (validation_.is_valid(node)) all.push_back(node);
    for (const auto& known : dht_.known_nodes())
        all.push_back(known.endpoint);
    auto chosen = of_other_networks(all, address, address.is_v4());
    if (chosen.empty() && address.is_v6()) chosen = of_other_networks(all, address, true);
    return chosen;
}

void Core::ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id,
                         CallBacks::Answered answered, Now now) {
    validation_.at(now.steady);
    const auto look_if_in_vain = [this, answered = std::move(answered)](const CallBackAnswer& answer) {
        if (answer.what != CallBackAnswer::What::promised)
            due_.look_around = explored_.around_at + look_around_every;
        answered(answer);
    };
    call_backs_.ask(of, id, witnesses_for(of.address), look_if_in_vain, now);
}

void Core::promise_call_back(const CallBackWish& wish, bool yes, Now now) {
    validation_.at(now.steady);
    call_backs_.promise(wish, yes);
}

void Core::network_changed(Now now) {
    validation_.at(now.steady);
    auto nodes = dht_.known_nodes();
    if (nodes.empty()) nodes = ways_in_.known;
    if (nodes.size() > most_asked) nodes.resize(most_asked);
    for (const auto& node : nodes)
        dht_.ping(node.endpoint);
    ways_in_.tries = 0;
    due_.look = now.steady;
}

void Core::step(Now now) {
    validation_.at(now.steady);
    if (dht_.next_wake() <= now.steady) dht_.step(now);
    work(now);
}

// The cores after anything happened. A next_wake() is in the past when a callback gave somebody work.
void Core::work(Now now) {
    const auto connectivity = dht_.connectivity();
    const bool changed = std::exchange(last_connectivity_, connectivity) != connectivity;
    const auto due = [&](std::optional<TimePoint> at) { return changed || (at && *at <= now.steady); };
    if (due(direct_.next_wake())) direct_.step(now);
    if (due(call_backs_.next_wake())) call_backs_.step(now);
    if (due(resolver_.next_wake())) resolver_.step(now);
    if (clock_plausible_ && due(due_.publisher)) {
        publisher_.step(now);
        due_.publisher = publisher_.next_wake(now);
    }
    if (clock_plausible_ && due(due_.tombstones)) {
        tombstones_.step(now);
        due_.tombstones = tombstones_.next_wake(now);
    }
    if (changed && connectivity == Connectivity::connected) {
        ways_in_.tries = 0;
        if (explored_.from_scratch_at + look_across_every <= now.steady) {  // not at each flap
            explored_.times = 0;
            due_.explore = now.steady;
        }
    }
    if (!lonely() && due_.explore <= now.steady) explore(now);
    if (!lonely() && due_.look_around <= now.steady) look_around(now);
    if (lonely() && due_.look <= now.steady) look_for_known_nodes(now);
    if (due_.look_across <= now.steady) look_across(now);
    if (due_.housekeeping <= now.steady) housekeeping(now);
}

void Core::housekeeping(Now now) {
    save_nodes();
    if (const auto today = period_of(now.wall); today > 0) seen_.forget_before(today - 1);
    due_.housekeeping = now.steady + save_again;
}

void Core::save_nodes() {
    auto nodes = dht_.known_nodes();
    if (nodes.empty()) return;  // an outage must not cost us whom we knew
    if (nodes.size() > most_known) nodes.resize(most_known);
    const auto among = [](const std::vector<KnownNode>& all, const asio::ip::udp::endpoint& endpoint) {
        return std::ranges::find(all, endpoint, &KnownNode::endpoint) != all.end();
    };
    std::erase_if(ways_in_.lost, [&](const auto& endpoint) { return among(nodes, endpoint); });
    for (const auto& node : ways_in_.known)
        if (!among(nodes, node.endpoint)) ways_in_.lost.push_front(node.endpoint);
    if (ways_in_.lost.size() > most_lost) ways_in_.lost.resize(most_lost);
    ways_in_.known = std::move(nodes);
    memory_.save_nodes(ways_in_.known);
}

TimePoint Core::next_wake() const {
    auto at = std::min({dht_.next_wake(), due_.housekeeping, due_.look_across});
    if (lonely() && !(ways_in_.known.empty() && ways_in_.neighbours.empty())) at = std::min(at, due_.look);
    if (!lonely()) at = std::min({at, due_.explore, due_.look_around});
    for (const auto& other : {resolver_.next_wake(), direct_.next_wake(), call_backs_.next_wake(),
                              clock_plausible_ ? due_.publisher : std::nullopt,
                              clock_plausible_ ? due_.tombstones : std::nullopt}) {
        if (other) at = std::min(at, *other);
    }
    return at;
}

void Core::meet(const asio::ip::udp::endpoint& host, Now now) {
    validation_.at(now.steady);
    if (std::ranges::find(ways_in_.hosts, host) == ways_in_.hosts.end()) {
        if (ways_in_.hosts.size() == most_hosts) ways_in_.hosts.erase(ways_in_.hosts.begin());
        ways_in_.hosts.push_back(host);
    }
    dht_.ping(host);
}

void Core::set_neighbours(std::vector<asio::ip::udp::endpoint> nodes, Now now) {
    validation_.at(now.steady);
    std::vector<NodeAddress> asked;
    for (const auto& node : nodes)
        asked.push_back({node.address(), node.port()});
    resolver_.set_neighbours(std::move(asked));
    const auto before = std::exchange(ways_in_.neighbours, std::move(nodes));
    if (!lonely() && ways_in_.public_network) return;
    std::array<std::uint8_t, 2> roll{};
    random_(roll);
    // So that of many, about eight speak to each newcomer.
    const bool of_few = roll[0] * std::max(ways_in_.neighbours.size(), most_neighbours_met) <
                        (std::size_t{0xff} + 1) * most_neighbours_met;
    if (!lonely() && !of_few) return;
    std::size_t met = 0;
    for (const auto& node : ways_in_.neighbours) {
        if (std::ranges::find(before, node) != before.end()) continue;
        if (met++ == most_neighbours_met) break;
        dht_.ping(node);
    }
}

// Not next_wake(), which walks over all names: they may come by the thousand.
void Core::look_at_publisher(std::optional<TimePoint> at) {
    if (at && (!due_.publisher || *at < *due_.publisher)) due_.publisher = at;
}

void Core::publish(const RecordName& name, InnerRecord record, Now now) {
    look_at_publisher(publisher_.publish(name, std::move(record), now));
}

void Core::withdraw(const RecordName& name, Now now) {
    look_at_publisher(publisher_.withdraw(name, now));
}

void Core::set_certificates(std::vector<CertifiedName> certified, Now now) {
    publisher_.set_certificates(std::move(certified), now);
    due_.publisher = publisher_.next_wake(now);
}

void Core::publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks, Now now) {
    tombstones_.publish(std::move(blocks), now);
    due_.tombstones = tombstones_.next_wake(now);
}

void Core::trust_clock(bool plausible, Now now) {
    if (std::exchange(clock_plausible_, plausible) == plausible || !plausible) return;
    due_.publisher = due_.tombstones = now.steady;
}

void Core::resolve(ResolveRequest request, Now now, ResolveDone done) {
    validation_.at(now.steady);
    resolver_.resolve(std::move(request), now, std::move(done));
}

void Core::describe(OverlayStatus& status) const {
    dht_.describe(status);
    validation_.describe(status);
    resolver_.describe(status);
    publisher_.describe(status);
    tombstones_.describe(status);
}

void Core::leave(Now now) {
    save_nodes();
    if (clock_plausible_) publisher_.withdraw_all(now);
    due_.publisher = publisher_.next_wake(now);
}

}  // namespace overlay

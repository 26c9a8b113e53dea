// overlay/core.cpp - one turn of the overlay: the DHT node first, then who waits for it.
#include "overlay/core.hpp"

#include <algorithm>

#include "overlay/contact_filter.hpp"
#include "overlay/known_nodes.hpp"
#include "overlay/source.hpp"

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
constexpr unsigned explorations = 3, far = 2;
// Behind a NAT nobody comes to us, and OpenDHT looks for newcomers after one to three minutes. Who finds
// nobody that would call him back looks by himself, always for one key, of which OpenDHT keeps one search.
constexpr seconds look_around_every{10};
constexpr std::size_t most_met = 16;  // told of at once; who is told asks few of them
constexpr std::size_t most_lost = 64, lost_asked = 4, most_hosts = 16;
// Of those beside us; the others are known through them. All are told of one newcomer at once, and that one,
// who may be made up in somebody's name, is to hear few of them.
constexpr std::size_t most_neighbours_met = 8;
// While a village has no way out: of those known from before, so often.
constexpr std::size_t known_asked_quietly = 4;
constexpr seconds quiet_pause{300};

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
      beside_{Village(config.village, random), Gate(config.publisher.locations, dht_, random), {}},
      resolver_(begin_anywhere(config.resolver, random),
                {dht_, direct_, seen_, owner_nodes_, revocations_, beside_.village.store()}),
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
    // In a village without a way out nobody answers, and the air is everybody's.
    const bool quiet = is_quiet() && ways_in_.tries > 0;
    for (std::size_t i = 0;
         i < (quiet ? std::min(known_asked_quietly, ways_in_.known.size()) : ways_in_.known.size()); ++i) {
        const auto& node = ways_in_.known[quiet ? (ways_in_.tries + i) % ways_in_.known.size() : i];
        if (ways_in_.tries == 0) dht_.insert(node);
        dht_.ping(node.endpoint);  // insert() alone waits for the next round of maintenance
    }
    const auto& beside = is_quiet() ? ways_in_.beside_and_in_dht : ways_in_.neighbours;
    for (std::size_t i = 0; i < std::min(most_neighbours_met, beside.size()); ++i)
        dht_.ping(beside[i]);
    const auto pause = pause_after(ways_in_.tries++);
    due_.look =
        now.steady + std::max(quiet ? quiet_pause : seconds(3), pause);  // a ping is three tries of a second
}

/// Our neighbours hold what the DHT would of a village without a way out: who is in it only for them need not
/// be, as long as they have room.
bool Core::is_quiet() const {
    return beside_.village.is_open() && !ways_in_.neighbours.empty() && beside_.village.store().is_roomy();
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

void Core::search_at(unsigned distance) {
    dht_.get(key_at(node_id_, distance, random_), true, [](const DhtNode::Found&) { return false; }, {});
}

void Core::explore(Now now) {
    due_.explore = explored_.times + 1 < explorations ? now.steady + explore_again : TimePoint::max();
    if (explored_.times++ == 0) {
        explored_.from_scratch_at = now.steady;
        for (unsigned distance = 0; distance < far; ++distance)
            search_at(distance);
        return;
    }
    if (const auto distance = empty_bucket(node_id_, dht_.known_nodes())) search_at(*distance);
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
    auto chosen = of_other_networks(all, address, address.is_v4(), CallBacks::most_asked);
    if (chosen.empty() && address.is_v6())
        chosen = of_other_networks(all, address, true, CallBacks::most_asked);
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
    beside_.village.moved(now);
    if (beside_.village.take_gone()) others_beside(now);
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
    const bool changed = std::exchange(standing_.last_connectivity, connectivity) != connectivity;
    const auto due = [&](std::optional<TimePoint> at) { return changed || (at && *at <= now.steady); };
    if (due(direct_.next_wake())) direct_.step(now);
    if (due(call_backs_.next_wake())) call_backs_.step(now);
    if (due(resolver_.next_wake())) resolver_.step(now);
    if (standing_.clock_plausible && due(due_.publisher)) {
        publisher_.step(now);
        due_.publisher = publisher_.next_wake(now);
        for (const auto& wire : publisher_.take_signed())
            beside_.village.publish(wire, now);
    }
    if (const auto wake = beside_.village.next_wake(); wake && *wake <= now.steady) work_in_village(now);
    work_at_gate(now);
    if (standing_.clock_plausible && due(due_.tombstones)) {
        tombstones_.step(now);
        due_.tombstones = tombstones_.next_wake(now);
    }
    if (changed && connectivity == Connectivity::connected) {
        ways_in_.tries = 0;
        look_for_way_out();
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

void Core::work_in_village(Now now) {
    for (auto& saying : beside_.village.step(!lonely() && standing_.way_out, now))
        beside_.sayings.push_back(std::move(saying));
    if (beside_.village.take_gone()) others_beside(now);
}

/// Others without a way out are found through ours.
void Core::work_at_gate(Now now) {
    if (lonely() || !standing_.way_out || !standing_.clock_plausible) return beside_.gate.close();
    const auto wake = beside_.gate.next_wake();
    if (wake ? *wake > now.steady : beside_.village.store().all().empty()) return;
    const auto is_in_dht = [this](const asio::ip::address& neighbour) {
        return std::ranges::any_of(beside_.village.neighbours().all(), [&](const Neighbour& each) {
            return each.beacon.in_dht && source_of(each.address) == neighbour;
        });
    };
    beside_.gate.step(beside_.village.store(), is_in_dht, now);
}

void Core::housekeeping(Now now) {
    save_nodes();
    look_for_way_out();
    for (const auto& wire : tombstones_.current())
        beside_.village.publish(wire, now);
    if (const auto today = period_of(now.wall); today > 0) seen_.forget_before(today - 1);
    due_.housekeeping = now.steady + save_again;
}

void Core::look_for_way_out() {
    standing_.way_out = std::ranges::any_of(dht_.known_nodes(), [this](const KnownNode& node) {
        return std::ranges::find(ways_in_.neighbours, node.endpoint) == ways_in_.neighbours.end();
    });
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
    for (const auto& other :
         {resolver_.next_wake(), beside_.village.next_wake(), beside_.gate.next_wake(), direct_.next_wake(),
          call_backs_.next_wake(), standing_.clock_plausible ? due_.publisher : std::nullopt,
          standing_.clock_plausible ? due_.tombstones : std::nullopt}) {
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

void Core::set_lan(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Now now) {
    beside_.village.set(std::move(settings), dht_v4, dht_v6, now);
    publisher_.use_village(beside_.village.is_open());
    look_at_publisher(now.steady);
    if (beside_.village.take_gone()) others_beside(now);
}

void Core::heard(const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram, Now now) {
    validation_.at(now.steady);
    const auto heard = beside_.village.heard(on, from, datagram, now);
    if (!heard.blocks.empty()) resolver_.met_in_village(heard.blocks, now);
    if (heard.neighbours || beside_.village.take_gone()) others_beside(now);
    work(now);
}

/// The neighbours are others than before.
void Core::others_beside(Now now) {
    const auto all = beside_.village.neighbours().latest_first();
    std::vector<asio::ip::udp::endpoint> nodes;
    ways_in_.beside_and_in_dht.clear();
    for (const auto& each : all) {
        const asio::ip::udp::endpoint node(each.address, each.beacon.dht);
        if (node.port() < 1024 || std::ranges::find(nodes, node) != nodes.end()) continue;
        nodes.push_back(node);
        if (each.beacon.in_dht) ways_in_.beside_and_in_dht.push_back(node);
    }
    if (lonely() && !ways_in_.beside_and_in_dht.empty()) due_.look = std::min(due_.look, now.steady);
    meet_neighbours(std::move(nodes), now);
    // What those hold who say what they hold, we have.
    std::vector<NodeAddress> silent;
    for (const auto& each : all)
        if (!beside_.village.store().is_roomy() || each.beacon.blocks.all == crypto::Bytes<16>{})
            silent.push_back({each.address, each.beacon.dht});
    std::erase_if(silent, [](const NodeAddress& node) { return node.port < 1024; });
    resolver_.set_neighbours(std::move(silent));
    news_.neighbours_changed = true;
}

void Core::set_neighbours(std::vector<asio::ip::udp::endpoint> nodes, Now now) {
    std::vector<NodeAddress> asked;
    for (const auto& node : nodes)
        asked.push_back({node.address(), node.port()});
    resolver_.set_neighbours(std::move(asked));
    meet_neighbours(std::move(nodes), now);
}

void Core::meet_neighbours(std::vector<asio::ip::udp::endpoint> nodes, Now now) {
    validation_.at(now.steady);
    const auto before = std::exchange(ways_in_.neighbours, std::move(nodes));
    if (lonely() ? is_quiet() : ways_in_.public_network) return;
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
    for (const auto& wire : tombstones_.current())
        beside_.village.publish(wire, now);
    due_.tombstones = tombstones_.next_wake(now);
}

void Core::trust_clock(bool plausible, Now now) {
    if (std::exchange(standing_.clock_plausible, plausible) == plausible || !plausible) return;
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
    const auto answers = status.village.answers;
    status.village = beside_.village.figures();
    status.village.answers = answers;
    status.village.put_for_others = beside_.gate.put();
    status.neighbours = beside_.village.neighbours().all().size();
    status.beacons = beside_.village.neighbours().counters();
}

void Core::leave(Now now) {
    save_nodes();
    if (standing_.clock_plausible) publisher_.withdraw_all(now);
    for (const auto& wire : publisher_.take_signed())
        beside_.village.publish(wire, now);
    due_.publisher = publisher_.next_wake(now);
}

}  // namespace overlay

// node/media/doors_driver.cpp - sockets, and what comes to them.
#include "node/media/doors_driver.hpp"

#include <algorithm>
#include <array>

#include "crypto/identity.hpp"
#include "node/clock.hpp"
#include "sip/network_kind.hpp"
#include "sip/transport/source_address.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 1s;                           // for who is silent
constexpr std::chrono::seconds silence = 60s, rest = 2h;  // of both sides; while held
constexpr auto longest_ringing = 10min;                   // a face that nobody has answered

DoorSide::Time steady_now() {
    return now().steady;
}

/// Anywhere in the Internet (RFC 5737: nobody's address).
asio::ip::address somewhere() {
    return asio::ip::make_address_v4("192.0.2.1");
}

}  // namespace

struct DoorsDriver::OpenFace {
    DoorPorts ports;
    std::optional<BorrowedDoors::Taken> borrowed;  // a friend's, where its side sends to, and we
    DoorSide side;
    FaceId other = 0;  // 0: not joined
    Time opened{};
    std::optional<DoorPlace> place;  // of the pool's
};

DoorsDriver::DoorsDriver(asio::io_context& loop, Host& host, std::size_t most_faces)
    : loop_(loop), host_(host), most_faces_(most_faces), sight_(host), timer_(loop, [this] { wake(); }) {}

DoorsDriver::~DoorsDriver() = default;

// --- ports

std::unique_ptr<DoorPair> DoorsDriver::bind_pair(const asio::ip::address& local) {
    return DoorPair::bind(loop_, board_, static_cast<DoorPair::User&>(*this), local);
}

void DoorsDriver::start(std::set<std::uint16_t> more) {
    more_ports_ = std::move(more);
    started_ = true;
    fill_pool();
}

void DoorsDriver::fill_pool() {
    while (started_ && pool_.size() < pairs_ahead && faces_.size() < most_faces_) {
        auto pair = bind_pair(asio::ip::address_v4::any());
        if (!pair) break;
        pool_.push_back(DoorPorts{std::move(pair), true});
    }
    tell_ports();
}

void DoorsDriver::tell_ports() {
    std::set<std::uint16_t> ports = more_ports_;
    ports.insert(lent_ports_.begin(), lent_ports_.end());
    for (const auto& ahead : pool_)
        ports.insert({ahead.rtp(), ahead.rtcp()});
    for (const auto& [id, face] : faces_) {
        if (face->ports.pooled) ports.insert({face->ports.rtp(), face->ports.rtcp()});
    }
    if (ports == told_ports_) return;
    told_ports_ = ports;
    host_.set_door_ports(std::move(ports));
}

// Those first whose place outside is known.
std::optional<DoorPorts> DoorsDriver::take_from_pool() {
    if (pool_.empty()) fill_pool();
    const auto moment = steady_now();
    auto best =
        std::find_if(pool_.begin(), pool_.end(), [this](const auto& one) { return sight_.mapped(one); });
    if (best == pool_.end())
        best = std::find_if(pool_.begin(), pool_.end(),
                            [&](const auto& one) { return sight_.outside_of(one, moment); });
    if (best == pool_.end()) return std::nullopt;
    auto ports = std::move(*best);
    pool_.erase(best);
    return ports;
}

// --- for others

std::optional<DoorsDriver::Reached> DoorsDriver::lend_pair(DoorPair::User& user) {
    if (full()) return std::nullopt;
    std::unique_ptr<DoorPair> pair;
    Reached reached;
    if (const auto own = own_address(somewhere());
        sip::network_kind(own) == sip::NetworkKind::open && !own.is_unspecified()) {
        pair = bind_pair(own);
        if (!pair) return std::nullopt;
        reached.rtp = {own, pair->port()};
        reached.rtcp = {own, static_cast<std::uint16_t>(pair->port() + 1)};
    } else {
        const auto best =
            std::find_if(pool_.begin(), pool_.end(), [this](const auto& one) { return sight_.mapped(one); });
        if (best == pool_.end()) return std::nullopt;
        const auto outside = *sight_.mapped(*best);
        pair = std::move(best->pair);
        pool_.erase(best);
        reached.rtp = outside.rtp;
        reached.rtcp = outside.rtcp;
    }
    lent_ports_.insert({pair->port(), static_cast<std::uint16_t>(pair->port() + 1)});
    pair->show(std::array{reached.rtp, reached.rtcp});
    pair->use(user);
    reached.pair = std::move(pair);
    fill_pool();
    return reached;
}

void DoorsDriver::take_back(std::unique_ptr<DoorPair> pair) {
    lent_ports_.erase(pair->port());
    lent_ports_.erase(static_cast<std::uint16_t>(pair->port() + 1));
    pair.reset();
    tell_ports();
}

asio::ip::address DoorsDriver::own_address(const asio::ip::address& towards) const {
    return sip::source_address({towards, 9}).value_or(asio::ip::address());
}

// --- where others see the pool

void DoorsDriver::prepare(std::function<void()> ready) {
    fill_pool();
    if (sight_.any_mapped(pool_) || sight_.outer_is_own() || sight_.nobody_to_ask(steady_now()) || !started_)
        return ready();
    ask_outside();
    waiting_.push_back(std::move(ready));
    told_where_seen();
}

void DoorsDriver::ask_outside() {
    sight_.ask(pool_, steady_now());
    go_on_asking();
}

void DoorsDriver::go_on_asking() {
    for (DoorPorts& ports : pool_) {
        if (const auto next = DoorSight::go_on(ports, steady_now())) wake_soon(*next);
    }
}

void DoorsDriver::look_soon() {
    if (!faces_.empty()) wake_soon(steady_now());
}

void DoorsDriver::look_for_moves(Time now) {
    std::vector<Face> moved;
    bool silent = false;
    for (const auto& [id, face] : faces_) {
        if (!face->place) continue;
        DoorPorts& ports = face->ports;
        const bool speaks = face->side.outside() && !face->side.rests();
        auto heard = speaks ? face->side.heard_at() : std::nullopt;
        if (speaks && !heard && face->place->is_guess()) heard = face->side.silent_since();
        if (face->place->fell_silent(heard, now)) {
            silent = true;
            sight_.ask(ports, now);
        }
        if (const auto next = DoorSight::go_on(ports, now)) wake_soon(*next);
        if (!face->place->moved(sight_.outside_of(ports, now), ports.asked_at)) continue;
        const DoorOutside& at = face->place->told();
        ports.pair->show(std::array{at.rtp, at.rtcp});
        moved.push_back({id, at.rtp, at.rtcp, at.how, {}});
    }
    counters_.moved += moved.size();
    if (silent) host_.look_at_address();
    for (const Face& face : moved)
        host_.face_moved(face);
}

/// Whoever waits is called when every question of the pool has its answer, or none will come.
void DoorsDriver::told_where_seen() {
    if (!sight_.all_told(pool_, steady_now())) return;
    for (auto& ready : std::exchange(waiting_, {}))
        ready();
}

std::string DoorsDriver::outside_says() const {
    for (const DoorPorts& ports : pool_) {
        if (const auto outside = sight_.outside_of(ports, steady_now())) return outside->how;
    }
    return {};
}

// --- faces

std::optional<sip::Doors::Face> DoorsDriver::open(const sip::Flow& towards) {
    const auto refuse = [this](const char* why) -> std::optional<Face> {
        ++counters_.refused;
        why_not_ = why;
        return std::nullopt;
    };
    if (full()) return refuse("too many doors are open");
    auto local = towards.local.address;
    if (local.is_unspecified() || local.is_v4() != towards.remote.address.is_v4())
        local = own_address(towards.remote.address);
    if (local.is_unspecified() && towards.remote.address.is_v4())
        local = host_.outer_address().value_or(local);  // ours, where no router translates
    if (local.is_unspecified()) return refuse("no address of this machine leads there");
    const bool through_router = local.is_v4() &&
                                sip::network_kind(towards.remote.address) == sip::NetworkKind::open &&
                                sip::network_kind(local) != sip::NetworkKind::open;
    if (!through_router) {
        auto pair = bind_pair(local);
        if (!pair) return refuse("no two ports are free");
        Face face;
        face.rtp = {local, pair->port()};
        face.rtcp = {local, static_cast<std::uint16_t>(pair->port() + 1)};
        face.how = "this machine's own address";
        return opened(std::move(face), DoorPorts{std::move(pair)}, std::nullopt);
    }
    if (auto face = open_by_friend()) return face;
    auto ports = take_from_pool();
    if (!ports) return refuse("no port of this machine can be reached from outside");
    auto outside = *sight_.outside_of(*ports, steady_now());
    const Face face =
        opened({0, outside.rtp, outside.rtcp, outside.how, {}}, std::move(*ports), std::nullopt);
    faces_.at(face.id)->place.emplace(std::move(outside));
    return face;
}

std::optional<sip::Doors::Face> DoorsDriver::open_by_friend() {
    if (lender().empty()) return std::nullopt;
    auto taken = friends_->take(static_cast<DoorPair::User&>(*this));
    if (!taken) return std::nullopt;
    Face face{0, taken->rtp, taken->rtcp, taken->contact + "'s door", taken->contact};
    return opened(std::move(face), DoorPorts{std::move(taken->pair)}, *taken);
}

sip::Doors::Face DoorsDriver::opened(Face face, DoorPorts ports,
                                     std::optional<BorrowedDoors::Taken> borrowed) {
    face.id = ++last_;
    ports.pair->mark = face.id;
    // A friend's ports are his to show; the other end of a router's way is ours.
    if (!borrowed) ports.pair->show(std::array{face.rtp, face.rtcp});
    auto opened = std::make_unique<OpenFace>();
    opened->ports = std::move(ports);
    opened->borrowed = std::move(borrowed);
    opened->opened = steady_now();
    faces_.emplace(face.id, std::move(opened));
    ++counters_.opened;
    fill_pool();
    wake_soon(steady_now() + look_every);
    return face;
}

std::optional<bool> DoorsDriver::needs_friend() const {
    if (sight_.any_mapped(pool_)) return false;
    return symmetric();
}

std::string DoorsDriver::lender() const {
    return friends_ != nullptr && needs_friend().value_or(false) ? friends_->lender() : std::string();
}

void DoorsDriver::door_lost(BorrowedDoors::Number door) {
    const auto found = std::find_if(faces_.begin(), faces_.end(), [door](const auto& one) {
        return one.second->borrowed && one.second->borrowed->door == door;
    });
    if (found == faces_.end()) return;
    const FaceId face = found->first;
    ++counters_.fell_silent;
    host_.face_closed(face);
    close(face);
}

void DoorsDriver::join(FaceId a, FaceId b) {
    faces_.at(a)->other = b;
    faces_.at(b)->other = a;
}

void DoorsDriver::aim(FaceId face, const Peer& peer) {
    const auto found = faces_.find(face);
    if (found == faces_.end()) return;
    OpenFace& aimed = *found->second;
    if (aimed.borrowed) {
        friends_->aim(aimed.borrowed->door, peer);
        aimed.side.aim(at_friend(*aimed.borrowed, peer), steady_now());
    } else {
        aimed.side.aim(peer, steady_now());
    }
    wake_soon(steady_now());  // not at once: the edge is on the stack
}

void DoorsDriver::close(FaceId face) {
    const auto found = faces_.find(face);
    if (found == faces_.end()) return;
    auto closing = std::move(found->second);
    faces_.erase(found);
    if (const auto other = faces_.find(closing->other); other != faces_.end()) other->second->other = 0;
    if (closing->borrowed) friends_->give_back(closing->borrowed->door);
    if (closing->ports.pooled && pool_.size() < pairs_ahead) {
        closing->ports.pair->mark = 0;
        closing->ports.pair->show(std::nullopt);
        pool_.push_back(std::move(closing->ports));
    }
    tell_ports();
}

sip::Doors::Traffic DoorsDriver::traffic(FaceId face) const {
    const auto found = faces_.find(face);
    return found == faces_.end() ? Traffic{} : found->second->side.traffic();
}

/// Of a friend's door, the friend.
sip::Doors::Peer DoorsDriver::at_friend(const BorrowedDoors::Taken& door, const Peer& peer) {
    Peer there = peer;
    there.outside = true;
    there.addresses = {door.rtp.address};
    if (peer.rtp) there.rtp = door.rtp;
    if (peer.rtcp) there.rtcp = peer.rtcp == peer.rtp ? door.rtp : door.rtcp;
    return there;
}

// --- packets

DoorPorts* DoorsDriver::in_pool(const DoorPair& pair) {
    const auto found =
        std::find_if(pool_.begin(), pool_.end(), [&](const auto& one) { return one.pair.get() == &pair; });
    return found == pool_.end() ? nullptr : &*found;
}

void DoorsDriver::came(DoorPair& pair, Component component, const sip::Endpoint& source,
                       std::string_view datagram) {
    const auto found = faces_.find(pair.mark);
    DoorPorts* ports = found == faces_.end() ? in_pool(pair) : &found->second->ports;
    auto* const query = ports == nullptr ? nullptr : &ports->queries[static_cast<std::size_t>(component)];
    if (query != nullptr && *query && (*query)->answered(source, datagram)) {
        if (found != faces_.end()) wake_soon(steady_now());
        return told_where_seen();
    }
    if (found == faces_.end()) return;
    OpenFace& face = *found->second;
    if (face.borrowed && friends_->answered(face.borrowed->door, component, source, datagram)) return;
    const auto moment = steady_now();
    if (!face.side.takes(component, source, datagram.size(), moment)) {
        ++counters_.strangers;
        return;
    }
    if (datagram.empty() || (face.side.outside() && is_stun_indication(datagram))) return;  // another door's
    const auto other = faces_.find(face.other);
    if (other == faces_.end()) return;
    const auto to = other->second->side.target(component, moment);
    if (!to) {
        ++counters_.astray;
        return;
    }
    other->second->ports.pair->send(component, *to, datagram);
    other->second->side.sent(component, moment);
    ++counters_.packets;
    counters_.bytes += datagram.size();
}

// --- time

void DoorsDriver::wake_soon(Time at) {
    timer_.set(at);
}

void DoorsDriver::open_ways(OpenFace& face, Time now) {
    for (const Component component : components) {
        if (!face.side.opens(component, now)) continue;
        const auto id = crypto::random_array<12>();
        const std::string_view transaction(reinterpret_cast<const char*>(id.data()), id.size());
        face.ports.pair->send(component, *face.side.target(component, now), stun_binding(false, transaction));
    }
    if (const auto next = face.side.next_opening(now)) wake_soon(*next);
}

// A door that carries nothing any more; and one that was opened for a call which then was not answered.
void DoorsDriver::close_silent(Time now) {
    std::vector<FaceId> silent;
    for (const auto& [id, face] : faces_) {
        const auto other = faces_.find(face->other);
        if (!face->side.aimed()) {
            if (now - face->opened > longest_ringing) silent.push_back(id);
            continue;
        }
        auto since = face->side.silent_since();
        bool rests = face->side.rests();
        if (other != faces_.end() && other->second->side.aimed()) {
            since = std::max(since, other->second->side.silent_since());
            rests = rests || other->second->side.rests();
        }
        if (now - since > (rests ? rest : silence)) silent.push_back(id);
    }
    for (const FaceId id : silent) {
        if (!faces_.contains(id)) continue;  // closed with the one before
        ++counters_.fell_silent;
        host_.face_closed(id);
        close(id);
    }
}

void DoorsDriver::wake() {
    const auto moment = steady_now();
    go_on_asking();
    look_for_moves(moment);
    if (!waiting_.empty()) told_where_seen();
    for (const auto& [id, face] : faces_)
        open_ways(*face, moment);
    close_silent(moment);
    // While a call uses the pool's kind of ports, another stream may need one at once.
    const bool calls = std::any_of(faces_.begin(), faces_.end(),
                                   [](const auto& entry) { return entry.second->ports.pooled; });
    if (calls && !sight_.nobody_to_ask(moment) && DoorSight::is_stale(pool_, moment)) ask_outside();
    if (!faces_.empty()) wake_soon(moment + look_every);
}

DoorCounters DoorsDriver::counters() const {
    DoorCounters all = counters_;
    all.open = faces_.size();
    all.pool = pool_.size();
    return all;
}

}  // namespace node

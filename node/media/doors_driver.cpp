// node/media/doors_driver.cpp - sockets, and what comes to them.
#include "node/media/doors_driver.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/ip/udp.hpp>

#include "crypto/identity.hpp"
#include "node/clock.hpp"
#include "sip/network_kind.hpp"
#include "sip/transport/source_address.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_size = 16;
constexpr std::size_t datagram_size = 9216;               // media fit into an Ethernet frame, or a jumbo one
constexpr int batches_per_turn = 8;                       // then the loop's other work has its turn
constexpr int bind_attempts = 32;                         // until two ports, an even and the next, are free
constexpr auto look_every = 1s;                           // for who is silent
constexpr auto seen_for = 20s;                            // NATs forget a silent UDP port after 30 s
constexpr std::chrono::seconds silence = 60s, rest = 2h;  // of both sides; while held
constexpr auto longest_ringing = 10min;                   // a face that nobody has answered

DoorSide::Time steady_now() {
    return now().steady;
}

sip::Endpoint endpoint_of(const asio::ip::udp::endpoint& e) {
    return {e.address(), e.port()};
}

}  // namespace

/// Two sockets, RTP's even port and the next (RFC 3550 §11).
class DoorsDriver::Pair {
public:
    Pair(DoorsDriver& driver, asio::ip::udp::socket rtp, asio::ip::udp::socket rtcp)
        : driver_(driver), sockets_{std::move(rtp), std::move(rtcp)} {
        for (const Component component : components)
            await(component);
    }
    Pair(const Pair&) = delete;  // what waits points back here
    Pair& operator=(const Pair&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void set_port(std::uint16_t port) { port_ = port; }
    void send(Component component, const sip::Endpoint& to, std::string_view bytes) {
        asio::error_code unsaid;  // as of any datagram that is lost
        socket(component).send_to(asio::buffer(bytes.data(), bytes.size()), {to.address, to.port}, 0, unsaid);
    }

    FaceId face = 0;  // 0: in the pool
    bool pooled = false;
    std::array<std::optional<StunQuery>, 2> queries;
    std::optional<Time> asked_at;

private:
    [[nodiscard]] asio::ip::udp::socket& socket(Component component) {
        return sockets_[static_cast<std::size_t>(component)];
    }
    void await(Component component) {
        socket(component).async_wait(asio::ip::udp::socket::wait_read,
                                     alive_.guard([this, component](const asio::error_code& error) {
                                         if (error) return;
                                         const auto here = alive_.watch();
                                         for (int turn = 0; turn < batches_per_turn; ++turn) {
                                             if (!receive(component) || !here) break;
                                         }
                                         if (here) await(component);
                                     }));
    }
    bool receive(Component component);  // true: there may be more

    DoorsDriver& driver_;
    std::array<asio::ip::udp::socket, 2> sockets_;
    std::uint16_t port_ = 0;
    sip::Alive alive_;
};

bool DoorsDriver::Pair::receive(Component component) {
    std::array<mmsghdr, batch_size> headers{};
    std::array<iovec, batch_size> vectors{};
    std::array<asio::ip::udp::endpoint, batch_size> sources;
    for (std::size_t i = 0; i < batch_size; ++i) {
        vectors[i] = {driver_.buffer_.data() + i * datagram_size, datagram_size};
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_name = sources[i].data();
        headers[i].msg_hdr.msg_namelen = static_cast<socklen_t>(sources[i].capacity());
    }
    // An error that ICMP tells of an earlier datagram is read and passed over.
    const int got =
        ::recvmmsg(socket(component).native_handle(), headers.data(), batch_size, MSG_DONTWAIT, nullptr);
    if (got <= 0) return false;
    const auto here = alive_.watch();
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) && here; ++i) {
        if ((headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
        sources[i].resize(headers[i].msg_hdr.msg_namelen);
        driver_.came(*this, component, endpoint_of(sources[i]),
                     {driver_.buffer_.data() + i * datagram_size, headers[i].msg_len});
    }
    return static_cast<std::size_t>(got) == batch_size;
}

struct DoorsDriver::OpenFace {
    std::unique_ptr<Pair> pair;
    DoorSide side;
    FaceId other = 0;  // 0: not joined
    Time opened{};
    std::optional<DoorPlace> place;  // of the pool's
};

DoorsDriver::DoorsDriver(asio::io_context& loop, Host& host, std::size_t most_faces)
    : loop_(loop),
      host_(host),
      most_faces_(most_faces),
      buffer_(batch_size * datagram_size),
      timer_(loop, [this] { wake(); }) {}

DoorsDriver::~DoorsDriver() = default;

// --- ports

std::unique_ptr<DoorsDriver::Pair> DoorsDriver::bind_pair(const asio::ip::address& local) {
    const auto protocol = local.is_v4() ? asio::ip::udp::v4() : asio::ip::udp::v6();
    for (int attempt = 0; attempt < bind_attempts; ++attempt) {
        asio::ip::udp::socket rtp(loop_), rtcp(loop_);
        asio::error_code error;
        rtp.open(protocol, error);
        if (!error) rtcp.open(protocol, error);
        if (error) return nullptr;  // no descriptors
        rtp.bind({local, 0}, error);
        if (error) return nullptr;  // not our address any more
        const auto port = rtp.local_endpoint(error).port();
        if (error || port % 2 != 0) continue;
        rtcp.bind({local, static_cast<std::uint16_t>(port + 1)}, error);
        if (error) continue;
        rtp.native_non_blocking(true, error);
        rtcp.native_non_blocking(true, error);
        auto pair = std::make_unique<Pair>(*this, std::move(rtp), std::move(rtcp));
        pair->set_port(port);
        return pair;
    }
    return nullptr;
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
        pair->pooled = true;
        pool_.push_back(std::move(pair));
    }
    tell_ports();
}

void DoorsDriver::tell_ports() {
    std::set<std::uint16_t> ports = more_ports_;
    const auto add = [&](const Pair& pair) {
        ports.insert(pair.port());
        ports.insert(static_cast<std::uint16_t>(pair.port() + 1));
    };
    for (const auto& pair : pool_)
        add(*pair);
    for (const auto& [id, face] : faces_) {
        if (face->pair->pooled) add(*face->pair);
    }
    if (ports == told_ports_) return;
    told_ports_ = ports;
    host_.set_door_ports(std::move(ports));
}

// Those first whose place outside is known.
std::unique_ptr<DoorsDriver::Pair> DoorsDriver::take_from_pool() {
    if (pool_.empty()) fill_pool();
    auto best = std::find_if(pool_.begin(), pool_.end(), [this](const auto& pair) {
        return host_.door_outside(pair->port()) &&
               host_.door_outside(static_cast<std::uint16_t>(pair->port() + 1));
    });
    if (best == pool_.end())
        best =
            std::find_if(pool_.begin(), pool_.end(), [this](const auto& pair) { return outside_of(*pair); });
    if (best == pool_.end()) return nullptr;
    auto pair = std::move(*best);
    pool_.erase(best);
    return pair;
}

std::optional<DoorOutside> DoorsDriver::outside_of(const Pair& pair) const {
    const auto next = static_cast<std::uint16_t>(pair.port() + 1);
    const auto rtp = host_.door_outside(pair.port()), rtcp = host_.door_outside(next);
    using By = DoorOutside::By;
    if (rtp && rtcp) return DoorOutside{By::router, *rtp, *rtcp, "a port that the router sends on"};
    const auto& [query, rtcp_query] = pair.queries;
    if (query && query->outer()) {
        const auto outer = *query->outer();
        const auto outer_rtcp =
            rtcp_query && rtcp_query->outer()
                ? *rtcp_query->outer()
                : sip::Endpoint{outer.address, static_cast<std::uint16_t>(outer.port + 1)};
        const bool symmetric = query->verdict(steady_now()) == StunVerdict::each_another;
        return DoorOutside{By::others, outer, outer_rtcp,
                           symmetric ? "where one node sees it, though the router shows each another port"
                                     : "where other nodes see it",
                           symmetric};
    }
    if (const auto outer = host_.outer_address(); outer && outer->is_v4())
        return DoorOutside{By::address,
                           {*outer, pair.port()},
                           {*outer, next},
                           "the outer address, if the router keeps the port"};
    return std::nullopt;
}

asio::ip::address DoorsDriver::own_address(const asio::ip::address& towards) const {
    return sip::source_address({towards, 9}).value_or(asio::ip::address());
}

// --- where others see the pool

void DoorsDriver::prepare(std::function<void()> ready) {
    fill_pool();
    const auto servers = host_.stun_servers();
    const bool mapped = std::any_of(pool_.begin(), pool_.end(), [this](const auto& pair) {
        return host_.door_outside(pair->port()).has_value();
    });
    if (mapped || servers.empty() || !started_) return ready();
    ask_outside();
    waiting_.push_back(std::move(ready));
    told_where_seen();
}

void DoorsDriver::ask_outside() {
    const auto servers = host_.stun_servers();
    const auto moment = steady_now();
    for (const auto& pair : pool_) {
        if (!pair->asked_at || moment - *pair->asked_at >= seen_for) ask_outside(*pair, servers, moment);
        go_on_asking(*pair, moment);
    }
}

void DoorsDriver::ask_outside(Pair& pair, const std::vector<sip::Endpoint>& servers, Time now) {
    pair.asked_at = now;
    for (auto& query : pair.queries) {
        std::array<StunQuery::Transaction, StunQuery::most_asked> ids{};
        for (auto& id : ids) {
            const auto random = crypto::random_array<12>();
            std::copy(random.begin(), random.end(), id.begin());
        }
        query.emplace(servers, ids, now);
    }
}

void DoorsDriver::go_on_asking(Pair& pair, Time now) {
    for (const Component component : components) {
        auto& query = pair.queries[static_cast<std::size_t>(component)];
        if (!query) continue;
        for (const auto& send : query->due(now))
            pair.send(component, send.to, send.bytes);
        if (const auto next = query->next_wake(); next && query->verdict(now) == StunVerdict::waiting)
            wake_soon(*next);
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
        Pair& pair = *face->pair;
        const auto heard = face->side.outside() && !face->side.rests() ? face->side.heard_at() : std::nullopt;
        if (face->place->fell_silent(heard, now)) {
            silent = true;
            if (const auto servers = host_.stun_servers(); !servers.empty()) ask_outside(pair, servers, now);
        }
        go_on_asking(pair, now);
        if (!face->place->moved(outside_of(pair), pair.asked_at)) continue;
        const DoorOutside& at = face->place->told();
        moved.push_back({id, at.rtp, at.rtcp, at.how});
    }
    counters_.moved += moved.size();
    if (silent) host_.look_at_address();
    for (const Face& face : moved)
        host_.face_moved(face);
}

/// Whoever waits is called when every question of the pool has its answer, or none will come.
void DoorsDriver::told_where_seen() {
    const auto moment = steady_now();
    const bool open = std::any_of(pool_.begin(), pool_.end(), [moment](const auto& pair) {
        return std::any_of(pair->queries.begin(), pair->queries.end(), [moment](const auto& query) {
            return query && query->verdict(moment) == StunVerdict::waiting;
        });
    });
    if (open) return;
    for (auto& ready : std::exchange(waiting_, {}))
        ready();
}

std::string DoorsDriver::outside_says() const {
    for (const auto& pair : pool_) {
        if (const auto outside = outside_of(*pair)) return outside->how;
    }
    return {};
}

std::optional<bool> DoorsDriver::symmetric() const {
    for (const auto& pair : pool_) {
        const auto& query = pair->queries.front();
        const auto verdict = query ? query->verdict(steady_now()) : StunVerdict::silent;
        if (verdict == StunVerdict::each_another) return true;
        if (verdict == StunVerdict::kept) return false;
    }
    return std::nullopt;
}

// --- faces

std::optional<sip::Doors::Face> DoorsDriver::open(const sip::Flow& towards) {
    const auto refuse = [this](const char* why) -> std::optional<Face> {
        ++counters_.refused;
        why_not_ = why;
        return std::nullopt;
    };
    if (faces_.size() >= most_faces_) return refuse("too many doors are open");
    auto local = towards.local.address;
    if (local.is_unspecified() || local.is_v4() != towards.remote.address.is_v4())
        local = own_address(towards.remote.address);
    if (local.is_unspecified() && towards.remote.address.is_v4())
        local = host_.outer_address().value_or(local);  // ours, where no router translates
    if (local.is_unspecified()) return refuse("no address of this machine leads there");
    const bool through_router = local.is_v4() &&
                                sip::network_kind(towards.remote.address) == sip::NetworkKind::open &&
                                sip::network_kind(local) != sip::NetworkKind::open;
    auto pair = through_router ? take_from_pool() : bind_pair(local);
    if (!pair)
        return refuse(through_router ? "no port of this machine can be reached from outside"
                                     : "no two ports are free");
    Face face;
    face.id = ++last_;
    auto opened = std::make_unique<OpenFace>();
    if (through_router) {
        const auto& outside = opened->place.emplace(*outside_of(*pair)).told();
        face.rtp = outside.rtp;
        face.rtcp = outside.rtcp;
        face.how = outside.how;
    } else {
        face.rtp = {local, pair->port()};
        face.rtcp = {local, static_cast<std::uint16_t>(pair->port() + 1)};
        face.how = "this machine's own address";
    }
    pair->face = face.id;
    opened->pair = std::move(pair);
    opened->opened = steady_now();
    faces_.emplace(face.id, std::move(opened));
    ++counters_.opened;
    fill_pool();
    wake_soon(steady_now() + look_every);
    return face;
}

void DoorsDriver::join(FaceId a, FaceId b) {
    faces_.at(a)->other = b;
    faces_.at(b)->other = a;
}

void DoorsDriver::aim(FaceId face, const Peer& peer) {
    const auto found = faces_.find(face);
    if (found == faces_.end()) return;
    found->second->side.aim(peer, steady_now());
    wake_soon(steady_now());  // not at once: the edge is on the stack
}

void DoorsDriver::close(FaceId face) {
    const auto found = faces_.find(face);
    if (found == faces_.end()) return;
    auto closing = std::move(found->second);
    faces_.erase(found);
    if (const auto other = faces_.find(closing->other); other != faces_.end()) other->second->other = 0;
    if (closing->pair->pooled && pool_.size() < pairs_ahead) {
        closing->pair->face = 0;
        pool_.push_back(std::move(closing->pair));
    }
    tell_ports();
}

sip::Doors::Traffic DoorsDriver::traffic(FaceId face) const {
    const auto found = faces_.find(face);
    return found == faces_.end() ? Traffic{} : found->second->side.traffic();
}

// --- packets

void DoorsDriver::came(Pair& pair, Component component, const sip::Endpoint& source,
                       std::string_view datagram) {
    auto& query = pair.queries[static_cast<std::size_t>(component)];
    if (query && query->answered(source, datagram)) {
        if (pair.face != 0) wake_soon(steady_now());
        return told_where_seen();
    }
    const auto found = faces_.find(pair.face);
    if (found == faces_.end()) return;
    OpenFace& face = *found->second;
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
    other->second->pair->send(component, *to, datagram);
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
        face.pair->send(component, *face.side.target(component, now), stun_binding(false, transaction));
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
    for (const auto& pair : pool_)
        go_on_asking(*pair, moment);
    look_for_moves(moment);
    if (!waiting_.empty()) told_where_seen();
    for (const auto& [id, face] : faces_)
        open_ways(*face, moment);
    close_silent(moment);
    // While a call uses the pool's kind of ports, another stream may need one at once.
    const bool calls = std::any_of(faces_.begin(), faces_.end(),
                                   [](const auto& entry) { return entry.second->pair->pooled; });
    if (calls && !host_.stun_servers().empty()) {
        const bool stale = std::any_of(pool_.begin(), pool_.end(), [moment](const auto& pair) {
            return !pair->asked_at || moment - *pair->asked_at >= seen_for;
        });
        if (stale) ask_outside();
    }
    if (!faces_.empty()) wake_soon(moment + look_every);
}

DoorCounters DoorsDriver::counters() const {
    DoorCounters all = counters_;
    all.open = faces_.size();
    all.pool = pool_.size();
    return all;
}

}  // namespace node

// node/media/media_loop.cpp - what the doors need of reach and configuration, and the sentences.
#include "node/media/media_loop.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "sip/network_kind.hpp"
#include "sip/relay_token.hpp"
#include "sip/syntax/next_hop.hpp"

namespace node {
namespace {

/// Where SIP has its UDP sockets, at the port for STUN.
std::vector<sip::Endpoint> stun_endpoints(const Config& config) {
    std::vector<sip::Endpoint> all;
    for (const auto& listen : config.sip.listen) {
        const sip::Endpoint at{listen.address, config.media.stun_port};
        const bool udp = listen.transport == overlay::Transport::udp && listen.port != at.port;
        if (udp && at.port != 0 && std::find(all.begin(), all.end(), at) == all.end()) all.push_back(at);
    }
    return all;
}

sip::Endpoint met_at(const sip::NextHop& callee) {
    if (callee.peer.through.empty()) return callee.endpoint;
    return {sip::address_beyond_relay(callee.endpoint.address), callee.endpoint.port};
}

StreamStatus stream_status(const sip::MediaReport& report) {
    StreamStatus status;
    status.call = report.call;
    status.kind = report.kind;
    status.step = sip::name(report.choice.step);
    status.because = report.choice.why;
    status.how = report.how;
    status.from_caller = report.from_caller.packets;
    status.from_callee = report.from_callee.packets;
    status.strangers = report.from_caller.strangers + report.from_callee.strangers;
    return status;
}

}  // namespace

MediaLoop::MediaLoop(asio::io_context& loop, const Parts& parts, std::size_t most_faces)
    : loop_(loop),
      parts_(parts),
      borrowing_(loop, static_cast<BorrowingDriver::Host&>(*this)),
      doors_(loop, static_cast<DoorsDriver::Host&>(*this), most_faces),
      lending_(loop, doors_, static_cast<LendingDriver::Host&>(*this)),
      calls_(doors_, parts.config.media.door) {
    doors_.set_friends(borrowing_);
    parts_.relays.set_doors(static_cast<RelayDoors&>(*this));
}

void MediaLoop::start(StunServerLoop::Gate& gate) {
    stun_ = std::make_unique<StunServerLoop>(loop_, stun_endpoints(parts_.config), gate);
    echo_ = std::make_unique<EchoDriver>(loop_);
    std::set<std::uint16_t> more;
    if (stun_->listens()) more.insert(parts_.config.media.stun_port);
    if (parts_.config.media.door) return doors_.start(std::move(more));
    if (!more.empty()) set_door_ports(std::move(more));
}

std::optional<sip::RouteAnswer> MediaLoop::service(const sip::RouteQuestion& question) {
    if (!echo_ || !question.from_own_user || !question.host_is_own || question.dialled.user != "*43")
        return std::nullopt;
    sip::RouteAnswer answer;
    answer.status = 302;
    answer.contacts.push_back({fmt::format("sip:echo@{};transport=udp", sip::to_string(echo_->at()))});
    answer.needs_us = true;  // it listens on this machine alone
    return answer;
}

void MediaLoop::prepare(std::function<void()> ready) {
    doors_.prepare([this, ready = std::move(ready)] {
        tell_relays();
        if (doors_.lender().empty()) return ready();
        borrowing_.prepare(ready);
    });
}

void MediaLoop::look_outside() {
    doors_.prepare([this] { tell_relays(); });
}

void MediaLoop::tell_relays() {
    if (const auto needed = doors_.needs_friend()) parts_.relays.want_doors(*needed);
}

// --- friends' doors

bool MediaLoop::tell(const RelayCandidate& relay, const RelayFrame& frame) {
    return parts_.relays.tell(relay, frame);
}

void MediaLoop::door_lost(BorrowedDoors::Number door) {
    doors_.door_lost(door);
}

bool MediaLoop::lends() const {
    return parts_.config.reach.relay_media == RelayMedia::contacts;
}

bool MediaLoop::is_ours(const asio::ip::address& address) const {
    return parts_.own.is_ours(address);
}

void MediaLoop::tell(const crypto::PublicKey& borrower, const RelayFrame& frame) {
    parts_.relays.tell(borrower, frame);
}

std::vector<RelayFrame> MediaLoop::asked(const crypto::PublicKey& by, const RelayFrame& frame) {
    return lending_.asked(by, frame);
}

void MediaLoop::left(const crypto::PublicKey& who, bool for_good) {
    lending_.left(who, for_good);
}

void MediaLoop::told(const RelayCandidate& by, const RelayFrame& frame) {
    // A relay that lies must not aim us at our own network.
    const auto is_door = [this](const sip::Endpoint& at) {
        return at.port != 0 && LentDoors::may_be_aimed_at(at) &&
               parts_.own.why_not({overlay::Transport::udp, at.address, at.port}).empty();
    };
    if (frame.type == RelayFrame::Type::lent && !(is_door(frame.rtp) && is_door(frame.rtcp))) return;
    borrowing_.told(by, frame);
}

// --- what the doors ask

void MediaLoop::set_door_ports(std::set<std::uint16_t> udp) {
    parts_.reach.set_door_ports(std::move(udp));
}

std::optional<sip::Endpoint> MediaLoop::door_outside(std::uint16_t udp) const {
    return parts_.reach.door_outside(udp);
}

std::vector<sip::Endpoint> MediaLoop::stun_servers() const {
    auto servers = parts_.witnesses.stun_servers();
    std::erase_if(servers, [](const sip::Endpoint& server) { return !server.address.is_v4(); });
    return servers;
}

std::optional<asio::ip::address> MediaLoop::outer_address() const {
    const auto is_outer = [](const asio::ip::address& address) {
        return address.is_v4() && sip::network_kind(address) == sip::NetworkKind::open;
    };
    for (const auto& address : parts_.own.advertised()) {
        if (is_outer(address.address)) return address.address;
    }
    // One who lies alone must not have our calls' sound sent to another.
    const auto& view = parts_.reach.reach().seen().view();
    for (const auto& seen : view) {
        if (is_outer(seen.address) && supports(view, seen.address)) return seen.address;
    }
    return std::nullopt;
}

bool MediaLoop::in_one_mesh(const asio::ip::address& a, const asio::ip::address& b) const {
    const auto& mesh = parts_.config.mesh_prefixes;
    return std::any_of(mesh.begin(), mesh.end(), [&](const overlay::Prefix& prefix) {
        return prefix.contains(a) && prefix.contains(b);
    });
}

void MediaLoop::face_closed(sip::Doors::FaceId face) {
    const std::string call = calls_.face_closed(face);
    if (!call.empty() && silent_told_) silent_told_(call);
}

void MediaLoop::face_moved(const sip::Doors::Face& face) {
    const auto move = calls_.face_moved(face);
    parts_.relays.moved();
    if (move && moved_told_) moved_told_(*move);
}

// --- what is told

bool MediaLoop::needs_us(const sip::Flow& phone, const sip::NextHop& callee) const {
    return sip::is_door(calls_.preview(phone, met_at(callee)).step);
}

std::string MediaLoop::sentence(const sip::Flow& phone, const sip::NextHop& callee) const {
    const auto far = met_at(callee);
    const auto choice = calls_.preview(phone, far);
    switch (choice.step) {
        case sip::MediaStep::untouched:
            return fmt::format("The sound goes straight from phone to phone: {}.", choice.why);
        case sip::MediaStep::door: {
            const auto outside = doors_.outside_says();
            if (sip::network_kind(far.address) != sip::NetworkKind::open)
                return fmt::format("The sound goes through ports of this machine: {}.", choice.why);
            if (outside.empty())
                return fmt::format(
                    "There will be no sound: {}, and no port of this machine can be reached from outside. "
                    "Have "
                    "the router open ports (UPnP, NAT-PMP), or have a contact whose node can be reached.",
                    choice.why);
            if (doors_.needs_friend().value_or(false))
                return fmt::format(
                    "There may be no sound: {}, and your router gives each destination another port, so that "
                    "only a home that opens a port for the call is heard. Ask a friend whose node can be "
                    "reached to set reach.relay_media = \"contacts\".",
                    choice.why);
            return fmt::format("The sound goes through ports of this machine ({}): {}.", outside, choice.why);
        }
        case sip::MediaStep::friends_door:
            return fmt::format("The sound goes through {}'s door: {}.", doors_.lender(), choice.why);
        case sip::MediaStep::nothing: return fmt::format("There will be no sound: {}.", choice.why);
    }
    return {};
}

std::string MediaLoop::says() const {
    if (!parts_.config.media.door)
        return "Sound goes from phone to phone alone (media.door is \"never\"): between homes behind routers "
               "nothing is heard unless the phones use ICE or STUN.";
    std::string text = "Between phones that cannot send to each other, sound goes through this node";
    const auto outside = doors_.outside_says();
    const auto lender = doors_.lender();
    if (!lender.empty()) {
        text += fmt::format(", outside by {}'s door.", lender);
    } else {
        text += outside.empty() ? "." : fmt::format(", outside by {}.", outside);
    }
    if (const auto servers = stun_servers(); !servers.empty())
        text += fmt::format(" A phone that asks for a STUN server may be given {}.",
                            sip::to_string(servers.front()));
    if (lends() && lending_.counters().lent > 0)
        text += fmt::format(" Contacts whose routers are in the way use doors of this node: {} now.",
                            lending_.open());
    return text;
}

void MediaLoop::describe_friends(MediaStatus& status) const {
    const auto& borrowed = borrowing_.counters();
    status.friends.streams = calls_.counters().by_friend;
    status.friends.borrowed = {borrowing_.lender(), borrowing_.open(), borrowed.asked,
                               borrowed.refused,    borrowed.silent,   borrowed.ended};
    const auto& lent = lending_.counters();
    status.friends.lending = {lends(),      lending_.open(), lent.lent,      lent.refused, lent.ended,
                              lent.packets, lent.bytes,      lent.strangers, lent.over,    lent.bad_aims};
}

MediaStatus MediaLoop::status() const {
    MediaStatus status;
    status.door = parts_.config.media.door ? "auto" : "never";
    status.says = says();
    for (const auto& server : stun_servers())
        status.stun_servers.push_back(sip::to_string(server));
    const auto& calls = calls_.counters();
    status.untouched = calls.untouched;
    status.by_door = calls.by_door;
    status.silent = calls.silent;
    status.unreadable = calls.unreadable;
    status.too_many = calls.too_many;
    status.moves_heard = calls.moves;
    const auto doors = doors_.counters();
    status.doors = {doors.open,  doors.pool,    doors.opened, doors.refused,   doors.fell_silent,
                    doors.moved, doors.packets, doors.bytes,  doors.strangers, doors.astray};
    describe_friends(status);
    if (stun_) status.stun_answers = stun_->answers();
    for (const auto& report : calls_.reports())
        status.streams.push_back(stream_status(report));
    return status;
}

}  // namespace node

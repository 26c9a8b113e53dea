// sip/media/media_calls.cpp - offers and answers, and the faces that they are shown.
#include "sip/media/media_calls.hpp"

#include <algorithm>

#include "sip/network_kind.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::uint16_t first_port = 1024;  // below are the system's services (RFC 6335 §6)
constexpr std::size_t max_name = 64;

std::string user_in(const MessageView& message, Header header) {
    const auto parsed = NameAddrView::parse(message.header(header).value_or(""));
    const auto uri = parsed ? UriView::parse(parsed->uri) : fail(Errc::bad_name_addr);
    if (!uri) return "?";
    return std::string((uri->user.empty() ? uri->host : uri->user).substr(0, max_name));
}

/// Where media for this side go, and whence its own may come.
Doors::Peer peer_of(const SdpStream& said, const MediaPath::Way& way) {
    const auto& seen = way.from.remote.address;
    const auto address = said.address.value_or(asio::ip::address());
    const NetworkKind kind = network_kind(address), seen_kind = network_kind(seen);
    const bool link_local = address.is_v6() && address.to_v6().is_link_local();  // without its interface
    const bool aims_inside = kind == NetworkKind::loopback ? seen_kind != NetworkKind::loopback
                                                           : kind != seen_kind && kind != NetworkKind::open;
    const bool believed = !said.nowhere() && !link_local && !aims_inside;
    Doors::Peer peer;
    peer.outside = !way.from_phone;
    // A browser that hides its addresses has none to say, and is no less there.
    peer.rests = (said.nowhere() && said.ice == SdpIce::none) || !said.sends || !said.receives;
    const auto& at = believed ? address : seen;
    peer.addresses.push_back(at);
    if (way.from_phone && at != seen) peer.addresses.push_back(seen);
    const auto there = [&](const Endpoint& endpoint) -> std::optional<Endpoint> {
        if (said.nowhere() || endpoint.port < first_port) return std::nullopt;
        return Endpoint{at, endpoint.port};
    };
    peer.rtp = there(said.rtp_at());
    peer.rtcp = there(said.rtcp_at());
    return peer;
}

}  // namespace

bool MediaCalls::Call::answered() const {
    return std::any_of(legs.begin(), legs.end(), [](const Leg& leg) { return leg.answered; });
}

bool MediaCalls::Call::has_faces() const {
    return std::any_of(legs.begin(), legs.end(), [](const Leg& leg) {
        return std::any_of(leg.streams.begin(), leg.streams.end(),
                           [](const Stream& stream) { return stream.faces[0] || stream.faces[1]; });
    });
}

// --- calls and legs

MediaCalls::Call* MediaCalls::begun(const MessageView& invite) {
    const Id id{invite.call_id(), invite.from_tag()};
    if (Call* known = calls_.use(id)) return known;
    if (calls_.full() && !make_room()) {
        ++counters_.too_many;
        return nullptr;
    }
    Call& call = calls_.make(id);
    call.who = user_in(invite, Header::from) + " -> " + user_in(invite, Header::to);
    return &call;
}

bool MediaCalls::make_room() {
    for (const auto& [id, call] : calls_) {
        if (call.answered() && call.has_faces()) continue;
        end(Id(id));
        return true;
    }
    return false;
}

/// Of the call that rings longest: who lets others ring could else take every port.
bool MediaCalls::free_faces(const Stream& wanted_for) {
    const auto is_it = [&](const Leg& leg) {
        return std::any_of(leg.streams.begin(), leg.streams.end(),
                           [&](const Stream& stream) { return &stream == &wanted_for; });
    };
    for (const auto& [id, call] : calls_) {
        if (call.answered() || !call.has_faces() || std::any_of(call.legs.begin(), call.legs.end(), is_it))
            continue;
        end(Id(id));
        return true;
    }
    return false;
}

MediaCalls::Found MediaCalls::found(const MessageView& message) {
    const std::string call_id(message.call_id());
    if (Call* call = calls_.find(Id{call_id, message.from_tag()})) return {call, Side::caller};
    if (Call* call = calls_.find(Id{call_id, message.to_tag()})) return {call, Side::callee};
    return {};
}

MediaCalls::Leg* MediaCalls::leg_of(Call& call, std::string_view tag) {
    for (Leg& leg : call.legs) {
        if (std::find(leg.tags.begin(), leg.tags.end(), tag) != leg.tags.end()) return &leg;
    }
    return nullptr;
}

MediaCalls::Leg* MediaCalls::leg_to(Call& call, std::size_t target, bool make) {
    for (Leg& leg : call.legs) {
        if (leg.target == target) return &leg;
    }
    if (!make || call.legs.size() == max_legs) return nullptr;
    call.legs.emplace_back();
    call.legs.back().target = target;
    return &call.legs.back();
}

void MediaCalls::close(Stream& stream) {
    for (auto& face : stream.faces) {
        if (face) doors_.close(face->id);
        face.reset();
    }
    stream.said = stream.agreed = {};
}

void MediaCalls::close(Leg& leg) {
    for (Stream& stream : leg.streams)
        close(stream);
}

void MediaCalls::end(const Id& id) {
    Call* call = calls_.find(id);
    if (call == nullptr) return;
    for (Leg& leg : call->legs)
        close(leg);
    calls_.erase(id);
}

void MediaCalls::refused(const MessageView& request) {
    const Id id{request.call_id(), request.from_tag()};
    const Call* call = calls_.find(id);
    if (call != nullptr && !call->answered()) end(id);
}

void MediaCalls::over(const MessageView& bye) {
    const auto [call, sender] = found(bye);
    if (call == nullptr) return;
    const std::string caller(sender == Side::caller ? bye.from_tag() : bye.to_tag());
    end({std::string(bye.call_id()), caller});
}

void MediaCalls::ended(std::string_view call_id, std::string_view caller_tag) {
    end({std::string(call_id), std::string(caller_tag)});
}

std::vector<std::pair<std::string, std::string>> MediaCalls::through_us() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [id, call] : calls_) {
        if (call.answered() && call.has_faces()) all.push_back(id);
    }
    return all;
}

std::string MediaCalls::face_closed(Doors::FaceId face) {
    std::string silent;
    const auto is_open = [](const Stream& stream) {
        return std::any_of(stream.faces.begin(), stream.faces.end(),
                           [](const auto& one) { return one.has_value(); });
    };
    for (auto& [id, call] : calls_) {
        Call& changed = *calls_.find(id);
        for (Leg& leg : changed.legs) {
            for (Stream& stream : leg.streams) {
                const bool has = std::any_of(stream.faces.begin(), stream.faces.end(),
                                             [face](const auto& one) { return one && one->id == face; });
                if (!has) continue;
                close(stream);
                if (leg.answered && std::none_of(leg.streams.begin(), leg.streams.end(), is_open))
                    silent = id.first;
            }
        }
    }
    return silent;
}

// --- messages

MediaPath::Passed MediaCalls::request(const MessageView& request, const Way& way) {
    const bool begins = request.method() == Method::invite && request.to_tag().empty();
    Call* call = begins ? begun(request) : nullptr;
    Side from = Side::caller;
    Leg* leg = nullptr;
    if (call != nullptr) {
        leg = leg_to(*call, way.target, true);
    } else if (!begins) {
        const Found known = found(request);
        from = known.sender;
        const auto tag = from == Side::caller ? request.to_tag() : request.from_tag();
        if (known.call != nullptr) leg = leg_of(*known.call, tag);
    }
    if (leg == nullptr) return {};
    if (begins) leg->phones = {way.from_phone, way.to_phone};
    const bool answers =
        request.method() == Method::ack || (request.method() == Method::prack && leg->offered == other(from));
    Passed passed;
    passed.body = pass(*leg, request, from, way, answers ? Role::answer : Role::offer);
    passed.stays = std::any_of(leg->streams.begin(), leg->streams.end(),
                               [](const Stream& stream) { return is_door(stream.choice.step); });
    if (begins && request.body().empty()) {  // its offer comes with the answer
        const auto sight =
            sight_of(way.from.remote.address, SdpIce::none, way.from, way.to, Role::offer, way.to_phone);
        passed.stays = is_door(choose_media(sight).step);
    }
    return passed;
}

std::optional<std::string> MediaCalls::response(const MessageView& response, const Way& way, bool offered) {
    if (response.status() < 101 || response.status() >= 300 || response.to_tag().empty()) return std::nullopt;
    const auto [call, asked] = found(response);
    if (call == nullptr) return std::nullopt;
    const std::string tag(asked == Side::caller ? response.to_tag() : response.from_tag());
    Leg* leg = leg_of(*call, tag);
    if (leg == nullptr && asked == Side::caller) {
        leg = leg_to(*call, way.target, false);
        if (leg != nullptr && leg->tags.size() < max_tags) leg->tags.push_back(tag);
    }
    if (leg == nullptr) return std::nullopt;
    if (response.status() >= 200 && response.method() == Method::invite && !leg->answered) {
        leg->answered = true;
        for (Leg& loser : call->legs) {
            if (!loser.answered) close(loser);
        }
    }
    return pass(*leg, response, other(asked), way, offered ? Role::answer : Role::offer);
}

std::optional<std::string> MediaCalls::pass(Leg& leg, const MessageView& message, Side from, Way way,
                                            Role role) {
    way.from_phone = leg.phones[index(from)];
    way.to_phone = leg.phones[index(other(from))];
    const auto body = sdp_body(message);
    if (body.sdp.empty()) {
        if (!body.unreadable.empty()) ++counters_.unreadable;
        return std::nullopt;
    }
    const auto sdp = SdpView::parse(body.sdp);
    if (!sdp) {
        ++counters_.unreadable;
        return std::nullopt;
    }
    leg.streams.resize(std::max(leg.streams.size(), sdp->streams().size()));
    std::vector<SdpEdit> edits;
    for (std::size_t i = 0; i < sdp->streams().size(); ++i) {
        const SdpStream& said = sdp->streams()[i];
        Stream& stream = leg.streams[i];
        stream.kind = said.kind.substr(0, max_name);
        if (said.port == 0 || said.shares) {
            if (role == Role::answer) close(stream);
            continue;
        }
        if (!said.strange.empty()) {
            stream.choice = {MediaStep::untouched, std::string(said.strange)};
            continue;
        }
        decide(stream, said, way, role);
        stream.said[index(from)] = peer_of(said, way);
        if (!is_door(stream.choice.step)) continue;
        const auto* face = face_for(stream, other(from), way.to);
        // Where the offer went by without a door, the one who answers is shown none either.
        if (face != nullptr && role == Role::answer && face_for(stream, from, way.from) == nullptr) continue;
        if (face != nullptr && (!said.nowhere() || said.ice != SdpIce::none))
            edits.push_back({i, face->rtp, face->rtcp});
    }
    if (role == Role::offer) leg.offered = from;
    if (role == Role::answer) agree(leg);
    if (edits.empty()) return std::nullopt;
    return body.body_with(message.body(), sdp->with(edits));
}

void MediaCalls::decide(Stream& stream, const SdpStream& said, const Way& way, Role role) const {
    const bool has_door = stream.faces[0] || stream.faces[1];
    if (has_door) return;
    const auto choice = choose_media(
        sight_of(said.address.value_or(asio::ip::address()), said.ice, way.from, way.to, role, way.to_phone));
    // What an answer says may need more than its offer did, and never less.
    if (role == Role::answer && choice.step == MediaStep::untouched) return;
    stream.choice = choice;
}

const Doors::Face* MediaCalls::face_for(Stream& stream, Side side, const Flow& towards) {
    auto& face = stream.faces[index(side)];
    if (face) return &*face;
    Flow flow = towards;
    // SIP may speak another family than the phone's media.
    if (const auto& peer = stream.said[index(side)];
        peer && peer->rtp && peer->rtp->address.is_v4() != flow.remote.address.is_v4())
        flow = {Transport::udp, {}, *peer->rtp, 0};
    face = doors_.open(flow);
    if (!face && doors_.full() && free_faces(stream)) face = doors_.open(flow);
    if (!face) {
        const auto why = stream.choice.why + ", and " + doors_.why_not();
        close(stream);
        stream.choice = {MediaStep::nothing, why};
        return nullptr;
    }
    // Which it was to be is known; which it is, now.
    if (!face->lender.empty()) stream.choice.step = MediaStep::friends_door;
    const bool outside = network_kind(flow.remote.address) == NetworkKind::open;
    if (face->lender.empty() && outside && stream.choice.step == MediaStep::friends_door)
        stream.choice.step = MediaStep::door;
    if (stream.faces[0] && stream.faces[1]) doors_.join(stream.faces[0]->id, stream.faces[1]->id);
    return &*face;
}

void MediaCalls::agree(Leg& leg) {
    leg.offered.reset();
    for (Stream& stream : leg.streams) {
        for (const Side side : {Side::caller, Side::callee}) {
            if (stream.said[index(side)]) stream.agreed[index(side)] = stream.said[index(side)];
        }
        aim(stream);
        if (stream.kind.empty() || std::exchange(stream.counted, true)) continue;
        switch (stream.choice.step) {
            case MediaStep::untouched: ++counters_.untouched; break;
            case MediaStep::door: ++counters_.by_door; break;
            case MediaStep::friends_door: ++counters_.by_friend; break;
            case MediaStep::nothing: ++counters_.silent; break;
        }
    }
}

void MediaCalls::aim(Stream& stream) {
    for (const Side side : {Side::caller, Side::callee}) {
        const auto& face = stream.faces[index(side)];
        const auto& peer = stream.agreed[index(side)];
        if (face && peer) doors_.aim(face->id, *peer);
    }
}

// --- doors that have moved

std::optional<MediaMove> MediaCalls::face_moved(const Doors::Face& face) {
    for (auto& [id, known] : calls_) {
        for (Leg& leg : calls_.find(id)->legs) {
            for (const Side side : {Side::caller, Side::callee}) {
                const auto is_it = [&](const Stream& stream) {
                    const auto& one = stream.faces[index(side)];
                    return one && one->id == face.id;
                };
                const auto moved = std::find_if(leg.streams.begin(), leg.streams.end(), is_it);
                if (moved == leg.streams.end()) continue;
                moved->faces[index(side)] = face;  // the next offer says so, too
                if (!leg.answered) return std::nullopt;
                MediaMove move{id.first, id.second, leg.tags, other(side) == Side::caller, {}};
                for (std::size_t i = 0; i < leg.streams.size(); ++i) {
                    if (const auto& one = leg.streams[i].faces[index(side)])
                        move.streams.push_back({i, one->rtp, one->rtcp});
                }
                return move;
            }
        }
    }
    return std::nullopt;
}

/// Where the other door is now; nothing: what an SDP could not say there, either.
std::optional<Doors::Peer> MediaCalls::moved_peer(const Doors::Peer& before, const MediaMove::Stream& said,
                                                  const Flow& from) {
    SdpStream as_said;
    as_said.address = said.rtp.address;
    as_said.port = said.rtp.port;
    as_said.rtcp = said.rtcp.port;
    Doors::Peer peer = peer_of(as_said, {from, {}});
    const bool same_family =
        !before.addresses.empty() && before.addresses.front().is_v4() == said.rtp.address.is_v4();
    if (!same_family || !peer.rtp || *peer.rtp != said.rtp || said.rtcp.address != said.rtp.address)
        return std::nullopt;
    if (!before.rtp) peer.rtp.reset();  // it holds, and wants nothing now
    if (!before.rtcp) peer.rtcp.reset();
    peer.rests = before.rests;
    return peer;
}

MediaPath::Moved MediaCalls::moved(const MediaMove& move, const Flow& from) {
    const Side speaker = move.of_caller ? Side::caller : Side::callee;
    Call* call = calls_.find(Id{move.call_id, move.caller_tag});
    Leg* leg =
        call == nullptr || move.callee_tags.empty() ? nullptr : leg_of(*call, move.callee_tags.front());
    if (leg == nullptr || !leg->answered || leg->phones[index(speaker)]) return Moved::no_door;
    std::vector<std::pair<Stream*, Doors::Peer>> aims;
    for (const auto& said : move.streams) {
        if (said.index >= leg->streams.size()) return Moved::no_door;
        Stream& stream = leg->streams[said.index];
        const auto& before = stream.agreed[index(speaker)];
        if (!stream.faces[index(speaker)] || !before) return Moved::no_door;
        auto peer = moved_peer(*before, said, from);
        if (!peer) return Moved::refused;
        aims.emplace_back(&stream, std::move(*peer));
    }
    for (auto& [stream, peer] : aims) {
        stream->said[index(speaker)] = stream->agreed[index(speaker)] = std::move(peer);
        aim(*stream);
    }
    ++counters_.moves;
    return Moved::taken;
}

// --- what is asked before

MediaSight MediaCalls::sight_of(const asio::ip::address& said, SdpIce ice, const Flow& speaker,
                                const Flow& listener, Role role, bool asks_phone) const {
    MediaSight sight;
    sight.said = said;
    sight.ice = ice;
    sight.speaker = speaker;
    sight.listener = listener;
    sight.to_be_answered = role == Role::offer;
    sight.asks_phone = asks_phone;
    sight.said_in_mesh = doors_.in_one_mesh(said, listener.remote.address);
    sight.seen_in_mesh = doors_.in_one_mesh(listener.remote.address, speaker.remote.address);
    sight.doors_allowed = allowed_;
    sight.friend_lends = !doors_.lender().empty();
    return sight;
}

Flow MediaCalls::before(const Flow& caller, const Endpoint& callee) const {
    Flow flow{Transport::udp, {doors_.own_address(callee.address), 0}, callee, 0};
    if (flow.local.address.is_unspecified()) flow.local = caller.local;
    return flow;
}

bool MediaCalls::needs_us(const MessageView& request, const Flow& caller, const Endpoint& callee) const {
    if (request.method() != Method::invite) return false;
    const Flow towards = before(caller, callee);
    const auto body = sdp_body(request);
    const auto sdp = SdpView::parse(body.sdp);
    const auto needed = [&](const asio::ip::address& said, SdpIce ice) {
        return is_door(choose_media(sight_of(said, ice, caller, towards, Role::offer)).step);
    };
    if (!sdp) return body.unreadable.empty() && needed(caller.remote.address, SdpIce::none);
    return std::any_of(sdp->streams().begin(), sdp->streams().end(), [&](const SdpStream& stream) {
        return stream.port != 0 && stream.strange.empty() && needed(*stream.address, stream.ice);
    });
}

MediaChoice MediaCalls::preview(const Flow& phone, const Endpoint& callee) const {
    return choose_media(
        sight_of(phone.remote.address, SdpIce::none, phone, before(phone, callee), Role::offer));
}

std::vector<MediaReport> MediaCalls::reports() const {
    std::vector<MediaReport> all;
    for (const auto& [id, call] : calls_) {
        for (const Leg& leg : call.legs) {
            if (!leg.answered) continue;
            for (const Stream& stream : leg.streams) {
                if (stream.kind.empty()) continue;
                MediaReport report{call.who, stream.kind, stream.choice, {}, {}, {}};
                const auto& [caller, callee] = stream.faces;
                if (caller) report.from_caller = doors_.traffic(caller->id);
                if (callee) report.from_callee = doors_.traffic(callee->id);
                for (const auto* face : {&caller, &callee}) {
                    if (!*face) continue;
                    report.how +=
                        (report.how.empty() ? "" : "; ") + to_string((*face)->rtp) + ", " + (*face)->how;
                }
                all.push_back(std::move(report));
            }
        }
    }
    return all;
}

}  // namespace sip

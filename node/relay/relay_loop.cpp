// node/relay/relay_loop.cpp - runs both sides of relaying.
#include "node/relay/relay_loop.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "crypto/hkdf.hpp"
#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/relay/relay_sentence.hpp"

namespace node {
namespace {

// Until there are two relays. A friend's node that has only started may say in a moment that it has TLS: at
// first it is asked anew, whatever the overlay remembers (for a minute).
constexpr auto look_again = std::chrono::seconds(60), look_again_soon = std::chrono::seconds(8);
constexpr unsigned soon_at_most = 6;
constexpr std::size_t asked_at_once = 8, most_ways_in = 8;

crypto::Bytes<32> token_secret(const crypto::Identity& identity) {
    crypto::Bytes<32> secret{};
    crypto::hkdf_sha512(crypto::bytes_of("hedgewitch/v1/relay/secret"), identity.seed().view(), {}, secret);
    return secret;
}

sip::Endpoint endpoint_of(const overlay::TransportAddress& address) {
    return {address.address, address.port};
}

}  // namespace

RelayLoop::RelayLoop(asio::io_context& loop, Parts parts, RelayHost& host)
    : parts_(std::move(parts)),
      host_(host),
      relay_(token_secret(parts_.identity)),
      pipes_(loop, static_cast<PipesDriver::Host&>(*this)),
      timer_(loop, [this] { on_time(); }),
      look_timer_(loop) {
    read_contacts();
}

void RelayLoop::read_contacts() {
    contact_keys_.clear();
    for (const auto& contact : parts_.contacts.all()) {
        if (const auto named = key_name_of(contact.uri)) contact_keys_.insert(named->first);
    }
}

bool RelayLoop::may(const crypto::PublicKey& key) const {
    switch (parts_.config.reach.relay_for) {
        case RelayFor::nobody: return false;
        case RelayFor::contacts: return contact_keys_.contains(key);
        case RelayFor::anybody: return true;
    }
    return false;
}

void RelayLoop::contacts_changed() {
    read_contacts();
    looks_without_ = 0;
    act(relay_.review([this](const crypto::PublicKey& key) { return may(key); }));
    look_for_relays();
    settle();
}

void RelayLoop::on_frame(const sip::Flow& flow, std::string_view bytes) {
    const auto frame = parse_relay_frame(bytes);
    if (!frame) return;
    if (behind_.knows(flow)) {
        act(behind_.frame(flow, *frame, now().steady));
    } else {
        const auto peer = parts_.transports.peer(flow);
        const auto zone = peer ? peer->zone_key : std::nullopt;
        act(relay_.frame(flow, *frame, zone, zone && may(*zone), now()));
    }
    settle();
}

void RelayLoop::on_wish(const sip::FirstBytes& wish, asio::ip::tcp::socket socket) {
    if (wish.kind == sip::FirstBytes::Kind::pipe) {
        if (relay_.answered(wish.pipe)) pipes_.join(wish.pipe, std::move(socket));
        return;
    }
    std::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) return;
    const auto pipe = crypto::random_array<16>();
    const auto tell = relay_.caller(wish.token, remote.address(), pipe, now());
    if (!tell) return;
    pipes_.wait(pipe, std::move(socket));
    parts_.transports.send(tell->first, tell->second);
}

void RelayLoop::flow_failed(const sip::Flow& flow) {
    act(relay_.flow_failed(flow));
    if (!behind_.knows(flow)) return;
    behind_.flow_failed(flow, now().steady);
    settle();
}

void RelayLoop::pipe_ended(const sip::PipeId& pipe) {
    relay_.ended(pipe);
}

void RelayLoop::set_reached(bool reached) {
    behind_.set_reached(reached, now().steady);
    if (!reached && !looking_) look_for_relays();
    settle();
}

void RelayLoop::moved() {
    act(behind_.moved(now().steady));
    settle();
}

void RelayLoop::want_doors(bool wanted) {
    behind_.want_doors(wanted);
    if (wanted && !looking_) look_for_relays();
    settle();
}

void RelayLoop::act(const RelayActions& actions) {
    for (const auto& flow : actions.keep)
        parts_.transports.keep(flow);
    for (const auto& [flow, frame] : actions.send)
        parts_.transports.send(flow, frame);
    for (const auto& flow : actions.close)
        parts_.transports.close(flow);
    for (const auto& [pipe, address] : actions.stay_if_from)
        pipes_.end_unless_from(pipe, address);
    if (doors_ == nullptr) return;
    for (const auto& [key, frame] : actions.doors) {
        // Relayed for as anybody is: he has no doors from us.
        if (!contact_keys_.contains(key)) continue;
        for (const auto& answer : doors_->asked(key, frame))
            tell(key, answer);
    }
    for (const auto& key : actions.left)
        doors_->left(key, !may(key));
}

void RelayLoop::tell(const crypto::PublicKey& behind, const RelayFrame& frame) {
    if (const auto flow = relay_.flow_of(behind)) parts_.transports.send(*flow, to_bytes(frame));
}

bool RelayLoop::tell(const RelayCandidate& relay, const RelayFrame& frame) {
    const auto flow = behind_.held(relay.key_hash);
    if (flow) parts_.transports.send(*flow, to_bytes(frame));
    return flow.has_value();
}

void RelayLoop::act(const BehindRelays::Actions& actions) {
    for (const auto& [flow, frame] : actions.send)
        parts_.transports.send(flow, frame);
    for (const auto& flow : actions.close)
        parts_.transports.close(flow);
    for (const auto& [relay, pipe] : actions.answer)
        parts_.transports.answer(relay, sip::pipe_header(pipe));
    for (const auto& [relay, frame] : actions.doors) {
        if (doors_ != nullptr) doors_->told(relay, frame);
    }
    for (const auto& relay : actions.open) {
        sip::PeerExpectation expected{{}, relay.key_hash};
        expected.held = true;
        act(behind_.opened(relay, parts_.transports.reach(sip::Transport::tls, relay.at, expected),
                           now().steady));
    }
}

void RelayLoop::on_time() {
    act(relay_.on_time(now()));
    act(behind_.on_time(now().steady));
    settle();
}

void RelayLoop::settle() {
    const auto at = now().steady;
    if (auto edges = behind_.through(host_.tls_key_hash()); edges != through_) {
        through_ = std::move(edges);
        host_.through_changed();
    }
    timer_.set(relay_.next_wake());
    timer_.set(behind_.next_wake(at));
}

void RelayLoop::look_for_relays() {
    if (!parts_.overlay) return;
    looking_ = true;
    const bool lacks = behind_.lacks_relays(now().steady);
    const bool soon = candidates_.empty() && looks_without_ < soon_at_most;
    looks_without_ = lacks && candidates_.empty() ? looks_without_ + 1 : 0;
    look_timer_.expires_after(soon ? look_again_soon : look_again);
    look_timer_.async_wait(alive_.guard([this](const asio::error_code& cancelled) {
        if (!cancelled) look_for_relays();
    }));
    if (!lacks) return;
    const auto contacts = parts_.contacts.all();
    for (std::size_t i = 0; i < std::min(asked_at_once, contacts.size()); ++i) {
        const auto& contact = contacts[next_contact_++ % contacts.size()];
        const auto named = key_name_of(contact.uri);
        if (!named || named->first == parts_.identity.public_key()) continue;
        overlay::ResolveRequest request{{named->first, contact.secret, named->second}};
        request.ask_anew = soon;
        parts_.overlay->resolve(std::move(request),
                                alive_.guard([this, called = contact.name,
                                              key = named->first](const overlay::ResolveAnswer& answer) {
                                    if (answer.record && !answer.revoked) met(called, key, *answer.record);
                                }));
    }
}

void RelayLoop::met(const std::string& contact, const crypto::PublicKey& key,
                    const overlay::InnerRecord& record) {
    std::erase_if(candidates_, [&](const RelayCandidate& one) { return one.key == key; });
    for (const auto& edge : record.edges) {
        const auto usable = std::find_if(edge.addresses.begin(), edge.addresses.end(), [&](const auto& at) {
            return at.transport == overlay::Transport::tls && overlay::is_global(at.address) &&
                   host_.why_not(at).empty();
        });
        if (usable == edge.addresses.end() || edge.tls_key_hash == crypto::Bytes<32>{}) continue;
        candidates_.push_back({contact, key, endpoint_of(*usable), edge.tls_key_hash});
        for (const auto& node : record.nodes)
            ways_in_.insert(ways_in_.begin(), {node.address, node.port});
        if (ways_in_.size() > most_ways_in) ways_in_.resize(most_ways_in);
        break;
    }
    if (candidates_.size() > BehindRelays::most_candidates) candidates_.erase(candidates_.begin());
    behind_.set_candidates(candidates_, now().steady);
    act(behind_.on_time(now().steady));
    settle();
}

std::optional<sip::Endpoint> RelayLoop::relayed_here(const overlay::ThroughEdge& edge) const {
    const auto held = relay_.held_over(edge.token, now());
    if (!held) return std::nullopt;
    std::optional<sip::Endpoint> found;
    for (const auto& listen : parts_.transports.bound()) {
        // The family that the other node has for sure: sip::address_beyond_relay().
        const bool fits = listen.endpoint.address.is_v4() == held->remote.address.is_v4();
        if (listen.transport != sip::Transport::tls || (found && !fits)) continue;
        found = listen.endpoint;
        if (found->address.is_unspecified()) {
            found->address = found->address.is_v4() ? asio::ip::address(asio::ip::address_v4::loopback())
                                                    : asio::ip::address(asio::ip::address_v6::loopback());
        }
        if (fits) break;
    }
    return found;
}

void RelayLoop::describe(ReachStatus& status) const {
    for (const auto& known : behind_.relays()) {
        ThroughStatus through;
        through.contact = known.relay.contact;
        through.relay = to_text(
            overlay::TransportAddress{overlay::Transport::tls, known.relay.at.address, known.relay.at.port});
        through.standing = name(known.standing);
        if (known.why) through.says = why(*known.why);
        status.through.push_back(std::move(through));
    }
    const auto& counters = relay_.counters();
    RelayingStatus& mine = status.relaying;
    mine.held = relay_.held();
    mine.pipes = relay_.pipes();
    mine.pipes_opened = counters.pipes;
    mine.pipes_refused = counters.pipes_refused;
    mine.refused = counters.refused;
    mine.bad_tokens = counters.bad_tokens;
    mine.bytes = pipes_.bytes();
    status.says = with_relays(status.says, behind_, parts_.contacts.size() > 0, now().steady);
}

}  // namespace node

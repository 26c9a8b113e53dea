// sip/edge/authenticator.cpp - From, then the gate, then the password, then what is remembered of it.
#include "sip/edge/authenticator.hpp"

#include <asio/ip/address.hpp>
#include <utility>

#include "sip/network_kind.hpp"
#include "sip/syntax/label.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_user_told = 64;  // of a user name as a phone wrote it; a label is no longer

std::string_view shortened(const std::string& username) {
    return std::string_view(username).substr(0, max_user_told);
}

}  // namespace

Authenticator::Authenticator(const EdgeConfig& config, Users& users, const OwnHosts& own, AnswerGate& gate,
                             EdgeHost& host)
    : config_(config),
      users_(users),
      own_(own),
      gate_(gate),
      host_(host),
      digest_(config.realm, config.secret, users, config.legacy_digest) {}

Authenticator::Outcome Authenticator::authenticate(const MessageView& request, const Flow& flow, Now now) {
    const auto given = digest_.given(request, challenger_of(request));
    if (!given) return challenge(request, flow, false, false, now);
    const auto& source = flow.remote.address;
    const Guess guess{flow, canonical_label(given->username).value_or(""),
                      digest_.is_fresh(*given, source, now.steady)};
    if (!gate_.may_look(guess, now)) {
        host_.login_failed(shortened(given->username), flow, LoginFault::too_many, now);
        return unlooked(request, guess, now);
    }
    const auto ours = [&](std::string_view host, std::optional<std::uint16_t> port) {
        return own_.contain(host, port, flow);
    };
    auto verdict = digest_.verify(*given, request, source, ours, now.steady);
    using Kind = Digest::Verdict::Kind;
    if (verdict.kind == Kind::accepted) {
        offer_.accepted(request, flow, verdict.sha256, now.steady);
        if (const auto home = gate_.logged_in(guess, now)) host_.home_seen(*home);
        return Proven{std::move(verdict.user)};
    }
    if (verdict.kind == Kind::refused) {
        ++counters_.credentials_refused;
        gate_.was_wrong(guess, now);
        host_.login_failed(shortened(given->username), flow, verdict.fault, now);
    }
    if (verdict.kind == Kind::replayed) ++counters_.replays_refused;
    return challenge(request, flow, verdict.kind == Kind::stale || verdict.kind == Kind::replayed, true, now);
}

// Who came by TCP hears when to come again. One with an old nonce may be a phone from before a restart: with
// a new one it has a bucket that others cannot empty.
Authenticator::Outcome Authenticator::unlooked(const MessageView& request, const Guess& guess, Now now) {
    if (!guess.address_proven) return challenge(request, guess.flow, false, true, now);
    if (guess.flow.transport == Transport::udp) return Silence{};
    return Answer{503, "Too Many Wrong Passwords", {{"Retry-After", "60"}}};
}

Answer Authenticator::challenge(const MessageView& request, const Flow& flow, bool stale, bool tried,
                                Now now) {
    ++counters_.challenged;
    const bool md5_only = offer_.md5_only(request, flow, tried, now.steady);
    return digest_.challenge(challenger_of(request), flow.remote.address, stale, md5_only, now.steady);
}

// RFC 3261 §22.3. Which calls we shall carry, and which get a 302, is known only when somebody was found; who
// asks us to find him asks his proxy.
Challenger Authenticator::challenger_of(const MessageView& request) const {
    return config_.forwards && request.method() != Method::register_ ? Challenger::proxy : Challenger::server;
}

std::optional<std::optional<std::string>> Authenticator::claimed_user(const MessageView& request,
                                                                      const Flow& flow) const {
    const auto from = NameAddrView::parse(request.header(Header::from).value_or(""));
    const auto uri = from ? UriView::parse(from->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || !own_.contain(uri->host, std::nullopt, flow)) return std::nullopt;
    const auto label = canonical_label(uri->user);
    // Half of all homes are 192.168.1.0/24: from outside, that is the caller's home and not ours. Unless the
    // name is one of our users': nobody outside may look like those without their password.
    asio::error_code no_literal;
    const auto literal = asio::ip::make_address(std::string(uri->host), no_literal);
    const bool anothers = !no_literal && network_kind(literal) == NetworkKind::inside &&
                          network_kind(flow.remote.address) == NetworkKind::open;
    if (anothers && (!label || users_.find(*label) == nullptr)) return std::nullopt;
    return label;
}

}  // namespace sip

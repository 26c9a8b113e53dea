// node/inbound/call_policy.cpp - who is it, does it ring, what is shown.
#include "node/inbound/call_policy.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "crypto/name.hpp"
#include "node/names/contact.hpp"
#include "node/names/host_kind.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/syntax/display_name.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

using Kind = sip::InboundVerdict::Kind;

constexpr std::size_t max_claim = 256;  // of a URI that is kept

/// What From claims.
struct Claim {
    std::string display;  // as it is to be read, never empty
    std::string user, host;
    std::string uri;  // in one spelling, without port and parameters

    explicit Claim(const sip::MessageView& request) {
        const auto from = sip::NameAddrView::parse(request.header(sip::Header::from).value_or(""));
        const auto parsed = from ? sip::UriView::parse(from->uri) : sip::fail(sip::Errc::bad_name_addr);
        if (parsed && parsed->is_sip()) {
            user = ContactIndex::plain_user(parsed->user);
            host = canonical_host(parsed->host);
            const std::string bare = parsed->host_is_ipv6 ? "[" + host + "]" : host;
            uri = "sip:" + (user.empty() ? "" : sip::escape_user(user) + "@") + bare;
        } else if (from) {
            uri = sip::plain_display(from->uri);
        }
        uri.resize(std::min(uri.size(), max_claim));
        if (from) display = sip::plain_display(from->display_name);
        if (display.empty()) display = sip::plain_display(user.empty() ? host : user);
        if (display.empty()) display = "unknown";
    }
};

}  // namespace

struct CallPolicy::Who {
    std::optional<Caller> verified;
    std::optional<std::string> contact;  // its name
    bool ours = false;                   // of the callee's own zone
    Claim claim;

    [[nodiscard]] bool known() const { return ours || contact; }
    [[nodiscard]] std::string uri() const { return verified ? uri_of(*verified) : claim.uri; }

    [[nodiscard]] sip::CallerMark mark(const ContactIndex& contacts) const {
        if (verified) {
            const std::string display = contact ? *contact : (ours ? "" : "(new) ") + verified->label;
            return {display, uri_of(*verified), true, known()};
        }
        sip::CallerMark mark{"? " + claim.display, {}, false, false};
        if (!claim.host.empty() && contacts.is_reserved(claim.user, claim.host)) {
            const std::string user = claim.user.empty() ? "unverified" : sip::escape_user(claim.user);
            mark.uri = "sip:" + user + "@unverified.invalid";  // RFC 2606: leads nowhere
        }
        return mark;
    }
};

CallPolicy::CallPolicy(const InboundRules& rules, WaitingCallers& callers, const ContactIndex& contacts,
                       CallerTickets& tickets, CallPolicyHost& host)
    : rules_(rules),
      callers_(callers),
      contacts_(contacts),
      tickets_(tickets),
      host_(host),
      rings_of_user_(rules.stranger_rings),
      rings_by_caller_(rules.caller_rings) {}

CallPolicy::Who CallPolicy::who_calls(const sip::InboundCall& call, sip::Now now) {
    Who who{{}, {}, false, Claim(call.request)};
    const std::string label(call.callee);
    const crypto::PublicKey owner = host_.owner_of(label);
    if (!call.ticket.empty())
        who.verified =
            tickets_.take(call.ticket, {owner, label}, call.flow, now, sip::ticket_calls(call.request));
    // Another node may speak for its zone alone; which of its users speaks, its connection does not say.
    const auto zone = host_.zone_of(call.flow);
    if (who.verified && zone && *zone != who.verified->zone) {
        ++counters_.other_zone;
        who.verified.reset();
    }
    if (auto proven = key_name_of(std::string(call.proven)))
        who.verified = Caller{proven->first, std::move(proven->second)};
    if (who.verified && !is_good(who.verified->zone, now)) who.verified.reset();
    if (who.verified) {
        who.contact = contacts_.contact_of(*who.verified, now.wall);
        who.ours = who.verified->zone == owner;
    }
    return who;
}

bool CallPolicy::is_good(const crypto::PublicKey& key, sip::Now now) {
    const auto revoked = host_.is_revoked(key);
    if (revoked && !*revoked) return true;
    ++(revoked ? counters_.revoked : counters_.unchecked);
    if (!revoked && (!logged_unchecked_ || now.steady - *logged_unchecked_ >= std::chrono::minutes(1))) {
        logged_unchecked_ = now.steady;
        spdlog::error(
            "inbound: state.db does not say whether a caller's key is revoked; until it does, "
            "contacts count as strangers");
    }
    return false;
}

sip::InboundVerdict CallPolicy::judge(const sip::InboundCall& call, sip::Now now) {
    const Who who = who_calls(call, now);
    const bool proven = who.verified.has_value();
    if (!call.admitted && !who.known()) return {Kind::ignore, false, {}, proven, false};
    if (rings(call, who, now)) {
        ++(who.known() ? counters_.contacts : counters_.strangers);
        return {Kind::ring, false, who.mark(contacts_), proven, who.known()};
    }
    ++counters_.refused;
    return {Kind::refuse, proven, {}, proven, who.known()};
}

bool CallPolicy::rings(const sip::InboundCall& call, const Who& who, sip::Now now) {
    if (!call.exists) return false;
    if (!who.known()) {
        // What else there is commands the phone: transfers it, restarts it, or has it say where it is.
        const sip::Method method = call.request.method();
        if (method != sip::Method::invite && method != sip::Method::message) return false;
        if (callers_.is_blocked(who.uri(), who.verified.has_value())) return false;
        const StrangerPolicy mode = callers_.mode_of(call.callee).value_or(rules_.strangers);
        if (mode == StrangerPolicy::ask) note(call, who, now);
        if (mode != StrangerPolicy::allow) return false;
    }
    if (!call.reachable) return false;
    if (within_limits(call, who, now)) return true;
    ++counters_.limited;
    return false;
}

bool CallPolicy::within_limits(const sip::InboundCall& call, const Who& who, sip::Now now) {
    const std::string user(call.callee);
    const std::string caller =
        who.verified ? who.uri() : sip::source_of(call.flow.remote.address).to_string();
    if (!who.known() && !rings_of_user_.has(user, 1, now.steady)) return false;
    if (!rings_by_caller_.take(caller, 1, now.steady)) return false;
    return who.known() || rings_of_user_.take(user, 1, now.steady);
}

void CallPolicy::note(const sip::InboundCall& call, const Who& who, sip::Now now) {
    const bool verified = who.verified.has_value();
    const auto same = std::find_if(notes_.begin(), notes_.end(), [&](const WaitingCaller& other) {
        return other.user == call.callee && other.caller == who.uri() && other.verified == verified;
    });
    if (same != notes_.end() || who.uri().empty()) return;
    if (!(verified ? notes_of_proven_ : notes_of_others_).take(1, now.steady)) {
        ++counters_.unnoted;
        return;
    }
    notes_.push_back({0, std::string(call.callee), who.uri(),
                      verified ? who.verified->label : who.claim.display, verified, now.wall, now.wall, 1});
    if (notes_.size() == 1) host_.callers_wait();
    // Whom anybody can call could fill the log.
    if (logged_ && now.steady - *logged_ < std::chrono::minutes(10)) return;
    logged_ = now.steady;
    spdlog::info("{}: somebody called and waits for you: `hedgewitch callers`", call.callee);
}

void CallPolicy::write_notes() {
    try {
        callers_.note_all(std::exchange(notes_, {}));
    } catch (const DatabaseError& e) {
        callers_.write_failed(e);
    }
}

}  // namespace node

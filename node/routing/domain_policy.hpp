// node/routing/domain_policy.hpp - whose word counts about a domain: DNS's, the DHT's, or the key's that the
// domain is bound to. A pure function of what was asked and what has come in; the chain calls it after each
// event. An attacker who owns DNS alone can make a call fail, and cannot send it elsewhere.
// clang-format off
//   bound to                     what counts
//   pin, DNSSEC, authority       a record of the DHT by that key; or a DNS answer that proves itself: DNSSEC-secure
//                                all the way, or leading to a host that proves the key. It waits for the DHT a
//                                while, which knows more about the phones. Unproven DNS is only mentioned
//   first use                    a DNS answer that proves itself; without one, a record of the DHT by that key
//   nothing                      DNS; never a key found in the DHT
//   a key, and another waits     403 until the person decides
// clang-format on
// Whatever is to be answered waits a moment for a TXT that is still under way and may bind or change the key.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "node/dns/key_binding_record.hpp"
#include "node/routing/chain_rules.hpp"
#include "node/routing/step.hpp"
#include "node/state/trust_table.hpp"

namespace node {

/// Something that is asked in other places. Times are counted from the beginning of the call.
template <typename T>
struct Asked {
    bool asked = false;
    std::optional<T> answer;
    std::chrono::milliseconds asked_at{0}, answered_at{0};

    [[nodiscard]] bool is_open() const { return asked && !answer; }
    void ask(std::chrono::milliseconds at) {
        asked = true;
        asked_at = at;
    }
    void answered(T with, std::chrono::milliseconds at) {
        answer = std::move(with);
        answered_at = at;
    }
};

struct Evidence {
    std::string domain;
    std::optional<TrustEntry> bound;  // the key that the domain is bound to
    /// Nothing is bound, and DNS leads to a host that proves a key which the person has rejected.
    bool rejected = false;
    /// Somebody wants to know all, not to call: every answer is waited for.
    bool whole_account = false;
    Asked<StepAnswer> dns, dht;
    Asked<KeyBinding> binding;  // its key is in `bound` already
    std::chrono::milliseconds elapsed{0};
};

struct Answer {
    sip::RouteAnswer answer;
    std::string note;  // for the account: why the DHT was not asked; or empty
};
/// For a record by this key. Then decide() again.
struct AskDht {
    crypto::PublicKey key{};
};
/// decide() again when something comes in, or at this time.
struct WaitUntil {
    std::chrono::milliseconds elapsed = std::chrono::milliseconds::max();
};
using Decision = std::variant<Answer, AskDht, WaitUntil>;

/// REQUIRES: DNS and the TXT were asked, unless they are switched off.
[[nodiscard]] Decision decide(const Evidence& evidence, const ChainRules& rules);

/// A final error without contacts.
[[nodiscard]] sip::RouteAnswer refusal(int status, std::string reason = {}, std::string warning = {});
/// 403: another key wants the place of the one that is known.
[[nodiscard]] sip::RouteAnswer key_changed(const TrustEntry& entry);

}  // namespace node

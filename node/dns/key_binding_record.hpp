// node/dns/key_binding_record.hpp - which key a domain names for itself in DNS: TXT `_hedgewitch.<domain>` =
// `v=1;k=<56 characters>[;max-age=<seconds>]`. Only a DNSSEC-secure answer binds: anybody on the way can
// forge the others. SIP loop only.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crypto/identity.hpp"
#include "node/dns/asked.hpp"

namespace node {

/// For how long a binding is kept that is not seen again, unless it says so itself: as HSTS (RFC 6797).
inline constexpr std::chrono::seconds default_key_binding_age = std::chrono::hours(24 * 30);
/// More is cut to this: nobody shall be bound for life by one mistake in a zone file.
inline constexpr std::chrono::seconds longest_key_binding_age = std::chrono::hours(24 * 366);

struct KeyBinding {
    enum class State : std::uint8_t {
        bound,      // secure: `key` and `max_age` hold
        absent,     // no such record, or the domain may not be asked for
        insecure,   // a record that DNSSEC does not vouch for: not to be used
        bogus,      // DNSSEC says that it is forged
        failed,     // no answer, SERVFAIL, no server
        malformed,  // secure, yet unreadable, or naming two keys
    };
    State state = State::failed;
    std::optional<crypto::PublicKey> key;  // when bound, and only then
    std::chrono::seconds max_age = default_key_binding_age;
    std::string text;  // one sentence for a person
    DnsAsked step;
};
std::string_view name(KeyBinding::State state) noexcept;

class KeyBindings {
public:
    virtual ~KeyBindings() = default;
    /// `domain`: lowercase, A-labels, no trailing dot. Calls `done` exactly once, on the SIP loop, never
    /// before this returns and never later than the deadline of DNS.
    virtual void lookup(const std::string& domain, std::function<void(KeyBinding)> done) = 0;
};

/// The name that is asked: "_hedgewitch.example.org".
std::string key_binding_name(const std::string& domain);

/// The TXT text that binds `key`: "v=1;k=...;max-age=3600"; the default max-age is left out.
std::string key_binding_text(const crypto::PublicKey& key,
                             std::chrono::seconds max_age = default_key_binding_age);

struct KeyBindingRecord {
    crypto::PublicKey key{};
    std::chrono::seconds max_age = default_key_binding_age;
    friend bool operator==(const KeyBindingRecord&, const KeyBindingRecord&) = default;
};
/// What the TXT records of one name say, each as RDATA on the wire.
struct KeyBindingRecords {
    std::optional<KeyBindingRecord> record;
    std::string trouble;  // why there is none although a record claims to be one; empty: there is none at all
};
KeyBindingRecords parse_key_binding_records(std::span<const std::string> rdata);

}  // namespace node

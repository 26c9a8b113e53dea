// node/state/trust_rules.hpp - whose word about a name's key counts more, and what one sighting does to one
// binding. Pure: no I/O, no clock. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "crypto/identity.hpp"

namespace node {

/// Strongest first; the numbers are those in the database.
enum class TrustSource : std::uint8_t { pin = 1, dnssec = 2, authority = 3, first_use = 4 };
/// For a person: "verified", "vouched", "vouched", "first seen".
std::string_view shown_as(TrustSource source) noexcept;
/// For programs: "pin", "dnssec", "authority", "first-use".
std::string_view name(TrustSource source) noexcept;

// Domains change hands: a lapsed one is sold again about 80 days after it expired (45 days
// of grace, 30 of redemption, 5 of deletion). A first sight that nobody confirmed for more than twice as long
// says little about today's owner; who calls twice a year keeps it alive.
inline constexpr std::chrono::seconds first_use_max_age = std::chrono::days(180);
inline constexpr std::chrono::seconds default_dnssec_max_age = std::chrono::days(30);
inline constexpr std::chrono::seconds least_dnssec_max_age = std::chrono::hours(1);
inline constexpr std::chrono::seconds most_dnssec_max_age = std::chrono::days(365);

enum class Finding : std::uint8_t {
    bound,      // for the first time, or after the former binding aged out
    confirmed,  // the same key; a key that waits goes on waiting
    changed,    // another key: it waits, calls get 403
    ignored,    // another key: unproven against a proven one, or rejected before
};

/// A binding as the table keeps it.
struct TrustRow {
    std::optional<crypto::PublicKey> key;  // none: the name is pinned by the configuration alone
    TrustSource source = TrustSource::first_use;
    std::chrono::sys_seconds first_seen, last_seen;
    std::chrono::seconds max_age{0};           // counted from last_seen; 0: for ever
    std::optional<crypto::PublicKey> new_key;  // waits for the person
    TrustSource new_source = TrustSource::first_use;
    std::chrono::sys_seconds new_seen;
    std::optional<crypto::PublicKey> rejected_key;
    friend bool operator==(const TrustRow&, const TrustRow&) = default;
};

/// Somebody says, now, that this is the name's key.
struct Sighting {
    crypto::PublicKey key{};
    TrustSource source = TrustSource::first_use;
    std::chrono::sys_seconds now;
    std::chrono::seconds max_age = default_dnssec_max_age;  // counts for dnssec alone
};

struct Judgement {
    Finding finding = Finding::ignored;
    bool touched = false;  // the row is another now, and must be kept
};

/// `pinned`: the configuration's key for this name, or null.
Judgement judge(TrustRow& row, const crypto::PublicKey* pinned, const Sighting& sighting);

/// How long a binding by this source holds without being seen again; 0: for ever.
std::chrono::seconds age_limit(TrustSource source, std::chrono::seconds dnssec_max_age) noexcept;

/// A binding whose key is challenged does not age: the person's answer must not come from the calendar.
bool aged_out(std::chrono::sys_seconds last_seen, std::chrono::seconds max_age, bool challenged,
              std::chrono::sys_seconds now) noexcept;

}  // namespace node

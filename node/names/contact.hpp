// node/names/contact.hpp - one of the person's own names for others, and what may be one.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/identity.hpp"

namespace node {

inline constexpr std::size_t max_number_length = 10;

/// An emergency number somewhere in the world: 112, 911 ... Not refused, a house may have its own; but told,
/// as somebody may one day dial it for help.
[[nodiscard]] bool is_emergency_number(std::string_view text);

struct Contact {
    std::string name;                   // as crypto::canonical_label
    std::optional<std::string> number;  // 1..10 of 0-9 * #
    std::string uri;                    // "sip:alice@example.org", without secret
    std::vector<std::uint8_t> secret;   // of the invite; empty: none. Never shown, logged or dialled
    std::chrono::sys_seconds created;
    friend bool operator==(const Contact&, const Contact&) = default;
};

/// Commands only: says what is wrong with which contact, and what to do.
class ContactError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A contact from what a person typed: a SIP URI ("sip:" may be missing) or an invite. Every part checked and
/// in its one spelling. Throws ContactError.
Contact make_contact(std::string_view name, const std::optional<std::string>& number,
                     std::string_view uri_or_invite, std::chrono::sys_seconds now);
/// Which of its name and number is an emergency number, as a warning for a person; empty: none.
[[nodiscard]] std::string emergency_warning(const Contact& contact);
/// Throws ContactError.
std::string contact_name_of(std::string_view text);

/// Whom a key name in `uri` means: its key and label. Empty for all other URIs.
std::optional<std::pair<crypto::PublicKey, std::string>> key_name_of(const std::string& uri);

}  // namespace node

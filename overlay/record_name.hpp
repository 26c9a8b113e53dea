// overlay/record_name.hpp - the name a record is kept under: whose zone, which secret, which label.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "crypto/identity.hpp"

namespace overlay {

struct RecordName {
    crypto::PublicKey owner{};         // the zone's key A
    std::vector<std::uint8_t> secret;  // empty, or the 16 bytes of an invite; never shown or logged
    std::string label;                 // canonical
    friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

}  // namespace overlay

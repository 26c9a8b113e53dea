// overlay/lookup_trace.hpp - what a lookup asked and met, for `hedgewitch lookup` and the trace of a call.
// Nothing here is secret: storers see the locations, and whoever holds the name opens the rest.
#pragma once

#include <string>
#include <system_error>

#include "overlay/block.hpp"

namespace overlay {

/// Hex, as OpenDHT prints an InfoHash.
[[nodiscard]] std::string to_hex(const Location& location);

/// One value met on the way. At most 64 of a search are kept.
struct ValueVerdict {
    std::uint8_t location = 0;  // index i of loc_i
    std::error_code refused;    // empty: verified
    std::uint8_t slot = 0;      // these four only when the block could be parsed
    std::uint16_t seq = 0;
    UnixSeconds expires = 0;
    bool certified = false;     // written by a node that the owner certified, not with the seed
    UnixSeconds issued_at = 0;  // 0: was not opened. Signed, also where it is refused as of another time
    std::string info_hash{};    // hex, where it was met
    bool tombstone = false;     // met where the key's revocation would be, not at the name's own location
};

/// One location that was asked.
struct AskedLocation {
    std::uint8_t location = 0;
    std::uint32_t period = 0;  // the day; of a tombstone the epoch
    bool tombstone = false;
    std::string info_hash;   // hex; "address:port" of a node that was asked past the DHT
    std::size_t values = 0;  // met there, good or not
    bool ended = false;      // before the answer was given
    bool answered = false;   // somebody did, with a value or without
};

}  // namespace overlay

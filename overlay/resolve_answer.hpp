// overlay/resolve_answer.hpp - what is asked of the overlay about a name, and what it answers. Values only:
// any thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "overlay/inner_record.hpp"
#include "overlay/lookup_trace.hpp"
#include "overlay/record_name.hpp"

namespace overlay {

/// A name, and how to ask for it.
struct ResolveRequest : RecordName {
    // For who wants to know all: asks the network whatever we remember, and waits until each location was
    // heard, or for the deadline.
    bool skip_cache = false;
    // A call to what was found lately has failed: asks, and answers as soon as any other.
    bool ask_anew = false;
};

enum class Outcome : std::uint8_t {
    found,       // record is set and verified
    none,        // asked, and nobody holds a usable record
    not_joined,  // we know no DHT node
    deadline,    // no answer in time
};

struct ResolveAnswer {
    Outcome outcome = Outcome::none;
    std::optional<InnerRecord> record;
    // The key itself was given up, for all its names and for ever: record is a tombstone, the name's own if
    // it has one. Its `target` is a hint for people: whoever has stolen the key can write it.
    bool revoked = false;
    // The owner's own key signed some of the record. Else only nodes that he has certified speak: their word
    // counts for this call, and nothing is remembered for longer on it.
    bool by_owner = false;
    std::vector<NodeAddress> owners_nodes;  // of the record's, those that the owner's own key names
    crypto::PublicKey blinded{};            // A' of the period that answered
    UnixSeconds expires = 0;                // of the earliest block in it
    bool from_cache = false;
    std::chrono::milliseconds elapsed{0};
    std::vector<ValueVerdict> values;
    std::vector<AskedLocation> asked;  // the name's, then its key's tombstone's
};
using ResolveDone = std::function<void(ResolveAnswer)>;  // exactly once

}  // namespace overlay

// overlay/overlay_status.hpp - the figures that `hedgewitch status`
// shows of the overlay. Values only: any thread.
#pragma once

#include <asio/ip/udp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "overlay/error.hpp"
#include "overlay/inner_record.hpp"
#include "overlay/village/figures.hpp"
#include "overlay/village/neighbours.hpp"

namespace overlay {

enum class Connectivity : std::uint8_t { disconnected, connecting, connected };

/// Another machine writes as this node does: with the same key, in the same slot. Callers were told where
/// that one is.
struct SharedIdentity {
    UnixSeconds met = 0;        // its block, the last time
    std::uint8_t slot = 0;      // in which it wrote
    std::uint8_t slot_now = 0;  // in which this node writes now
    std::uint64_t blocks = 0;   // of its, so far
    std::string label;          // the name under which it was met last
};

/// A name that this node publishes. Never the secret of one that is unlisted.
struct PublishedRecord {
    crypto::PublicKey owner{};
    std::string label;
    bool unlisted = false;
    Kind kind = Kind::contacts;
    std::uint16_t seq = 0;  // this one and the next two: 0 while nothing is signed
    UnixSeconds expires = 0;
    unsigned read_back = 0;  // at how many of our locations it was read back
    bool withdrawn = false;
    std::string problem;                   // why it is not published, or not refreshed; a sentence's end
    std::optional<SharedIdentity> shared;  // under this name another machine was met last
    UnixSeconds certified_until = 0;       // of another owner's name: when our certificates run out
};

/// A pre-signed revocation that this node publishes. Whose it is can be told by who knows the key:
/// revocation_blinding(key, epoch).blinded is the same.
struct PublishedTombstone {
    crypto::PublicKey blinded{};
    std::uint32_t epoch = 0;
    UnixSeconds expires = 0;
    unsigned read_back = 0;
};

/// How strangers are kept from using us: address_validation.hpp and listen_quota.hpp.
struct StrangerFigures {
    std::uint64_t answers_held = 0;   // that waited until their address had answered us
    std::uint64_t unsent = 0;         // datagrams that never went: no answer came, or too many waited
    std::uint64_t unasked = 0;        // answers to nothing
    std::size_t valid_addresses = 0;  // have answered us within the hour
    std::size_t listens_kept = 0;     // of others, at our keys
    std::uint64_t listens_refused = 0;
    static void fields(auto& self, auto& field) {
        field("answers_held", self.answers_held);
        field("unsent", self.unsent);
        field("unasked", self.unasked);
        field("valid_addresses", self.valid_addresses);
        field("listens_kept", self.listens_kept);
        field("listens_refused", self.listens_refused);
    }
};

/// Of the home's network and the mesh: neighbours.hpp.
struct NeighbourFigures {
    std::size_t neighbours = 0;  // known now
    NeighbourCounters beacons;
    VillageFigures village;
    static void fields(auto& self, auto& field) {
        field("neighbours", self.neighbours);
        field("beacons_said", self.beacons.said);
        field("beacons_heard", self.beacons.heard);
        field("beacons_refused", self.beacons.refused);
        field("beacons_crowded", self.beacons.crowded);
        VillageFigures::fields(self.village, field);
    }
};

struct OverlayStatus : StrangerFigures, NeighbourFigures {
    Connectivity connectivity = Connectivity::disconnected;
    std::string node_id;  // hex, random at every start
    std::vector<asio::ip::udp::endpoint> listening;
    unsigned good_nodes_v4 = 0, good_nodes_v6 = 0;
    unsigned dubious_nodes_v4 = 0, dubious_nodes_v6 = 0;
    std::size_t stored_values = 0, stored_bytes = 0;
    std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
    std::uint64_t lookups = 0, cache_hits = 0;
    Refusals refused_as_storer{};  // values others asked us to keep
    Refusals refused_as_caller{};  // values met while resolving
    std::vector<PublishedRecord> published;
    std::vector<PublishedTombstone> tombstones;  // of the running epoch
    std::size_t later_tombstones = 0;            // held for epochs to come
};

}  // namespace overlay

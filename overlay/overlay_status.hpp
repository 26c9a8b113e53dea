// overlay/overlay_status.hpp - the figures that `hedgewitch status`
// shows of the overlay. Values only: any thread.
#pragma once

#include <asio/ip/udp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "overlay/error.hpp"
#include "overlay/inner_record.hpp"

namespace overlay {

enum class Connectivity : std::uint8_t { disconnected, connecting, connected };

struct PublishedRecord {
    std::string label;
    std::uint16_t seq = 0;
    UnixSeconds expires = 0;
    unsigned read_back = 0;  // at how many of our locations it was read back
    bool withdrawn = false;
};

struct OverlayStatus {
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
};

}  // namespace overlay

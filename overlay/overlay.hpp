// overlay/overlay.hpp - finds and publishes signed, encrypted contact records in a Kademlia DHT.
// The one object node/ holds: the stepped DHT node, publisher, resolver and UDP sockets on one asio loop.
// Overlay loop only, the constructor aside; answers come on the overlay loop, node/ posts them onwards.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "overlay/record_merge.hpp"

namespace overlay {

struct OverlayConfig {
    std::uint32_t network = 0;               // OpenDHT network id; 0 is the public network
    std::vector<std::string> bootstrap;      // "host:port", "[v6]:port"; asked anew while we know nobody
    std::vector<asio::ip::udp::endpoint> listen;  // one of each family at most; port in use: any free one
    std::uint8_t locations = 2;              // R, 1..4
    std::uint8_t slot = 0;                   // which of the owner's nodes this is
    std::chrono::milliseconds resolve_deadline{4000};
};

/// What must outlive a restart. node/ keeps it in SQLite. Called on the overlay loop; must not throw.
class Memory {
public:
    struct KnownNode {
        crypto::Bytes<20> id{};
        asio::ip::udp::endpoint endpoint;
    };
    struct PublishedSeq {  // the last seq we signed for A' (a crash must not make us sign it twice)
        crypto::PublicKey blinded{};
        std::uint16_t seq = 0;
        std::uint32_t period = 0;
    };
    virtual ~Memory() = default;
    virtual std::vector<KnownNode> load_nodes() = 0;
    virtual void save_nodes(const std::vector<KnownNode>& nodes) = 0;
    virtual std::vector<RollbackMemory::Entry> load_seen() = 0;
    virtual void save_seen(const RollbackMemory::Entry& entry) = 0;
    virtual std::vector<PublishedSeq> load_published() = 0;
    virtual void save_published(const PublishedSeq& entry) = 0;  // durable when it returns
};

struct ResolveRequest {
    crypto::PublicKey owner{};
    std::vector<std::uint8_t> secret;  // empty, or 16 bytes of an invite
    std::string label;                 // canonical
    bool skip_cache = false;
};

/// One value met on the way, for `hedgewitch lookup` and the trace. At most 64 are kept.
struct ValueVerdict {
    std::uint8_t location = 0;       // index i of loc_i
    std::error_code refused;         // empty: verified
    std::uint8_t slot = 0;           // these three only when the block could be parsed
    std::uint16_t seq = 0;
    UnixSeconds expires = 0;
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
    crypto::PublicKey blinded{};  // A' of the period that answered
    UnixSeconds expires = 0;      // of the earliest block in it
    bool from_cache = false;
    std::chrono::milliseconds elapsed{0};
    std::vector<ValueVerdict> values;
};
using ResolveDone = std::function<void(ResolveAnswer)>;  // exactly once

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

class Overlay {
public:
    /// Binds the sockets; throws std::system_error when no listen address can be bound. Borrows `memory`.
    Overlay(asio::io_context& loop, const OverlayConfig& config, const crypto::Identity& identity, Memory& memory);
    ~Overlay();
    Overlay(const Overlay&) = delete;  // sockets and the DHT core point back here
    Overlay& operator=(const Overlay&) = delete;

    void start();
    /// Replaces what this node publishes for `label`. Held until connected, coalesced for 2 s.
    /// `issued_at` is stamped here. An equal record changes nothing.
    void publish(const std::string& label, InnerRecord record);
    /// Nobody can delete from the DHT: publishes a newer record without contacts, once, and stops refreshing.
    void withdraw(const std::string& label);
    void resolve(ResolveRequest request, ResolveDone done);
    [[nodiscard]] OverlayStatus status() const;
    /// Saves known nodes, withdraws every record, calls back when that is sent or after `patience`.
    void shutdown(std::chrono::milliseconds patience, std::function<void()> done);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace overlay

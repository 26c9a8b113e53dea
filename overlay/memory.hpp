// overlay/memory.hpp - what the overlay must still know after a restart; node/ keeps it.
#pragma once

#include <vector>

#include "overlay/dht_node.hpp"
#include "overlay/record_merge.hpp"

namespace overlay {

/// What must outlive a restart. node/ keeps it in SQLite. Called on the overlay loop; must not throw.
class Memory {
public:
    using KnownNode = overlay::KnownNode;
    struct PublishedSeq {  // the last seq we signed for A' (a crash must not make us sign it twice)
        crypto::PublicKey blinded{};
        std::uint16_t seq = 0;
        std::uint32_t period = 0;
    };
    struct RevokedKey {
        crypto::PublicKey key{};
        UnixSeconds seen = 0;  // its tombstone, first
    };
    using NameHash = crypto::Bytes<32>;  // of owner, secret and label: the secret itself is not kept
    struct OwnerNodes {                  // who may be asked for a name past the DHT
        NameHash name{};
        std::vector<NodeAddress> nodes;
    };
    virtual ~Memory() = default;
    virtual std::vector<KnownNode> load_nodes() = 0;
    virtual void save_nodes(const std::vector<KnownNode>& nodes) = 0;
    virtual std::vector<RollbackMemory::Entry> load_seen() = 0;
    virtual void save_seen(const RollbackMemory::Entry& entry) = 0;
    virtual std::vector<PublishedSeq> load_published() = 0;
    virtual void save_published(const PublishedSeq& entry) = 0;  // durable when it returns
    virtual std::vector<RevokedKey> load_revoked() = 0;
    virtual void save_revoked(const RevokedKey& revoked) = 0;    // for ever
    virtual std::vector<OwnerNodes> load_owner_nodes() = 0;      // latest last
    virtual void save_owner_nodes(const OwnerNodes& entry) = 0;  // the latest 4096 are enough
};

}  // namespace overlay

// node/state/overlay_memory.hpp - what the overlay must remember across restarts: nodes met, highest seqs
// seen, seqs signed, keys revoked, the nodes of owners. The overlay loop's, as its Database.
#pragma once

#include <vector>

#include "node/state/database.hpp"
#include "overlay/overlay.hpp"

namespace node {

/// Writes that fail are logged, and the node goes on: a call matters more than this memory.
class OverlayMemory : public overlay::Memory {
public:
    /// Nodes of another network than this are none that it remembers.
    explicit OverlayMemory(Database& db, std::uint32_t network = 0) : db_(db), network_(network) {}
    std::vector<KnownNode> load_nodes() override;
    void save_nodes(const std::vector<KnownNode>& nodes) override;
    std::vector<overlay::RollbackMemory::Entry> load_seen() override;
    void save_seen(const overlay::RollbackMemory::Entry& entry) override;
    std::vector<PublishedSeq> load_published() override;
    void save_published(const PublishedSeq& entry) override;
    std::vector<RevokedKey> load_revoked() override;
    void save_revoked(const RevokedKey& revoked) override;
    std::vector<OwnerNodes> load_owner_nodes() override;
    void save_owner_nodes(const OwnerNodes& entry) override;

private:
    Database& db_;
    std::uint32_t network_;
};

}  // namespace node

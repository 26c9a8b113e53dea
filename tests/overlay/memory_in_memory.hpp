// tests/overlay/memory_in_memory.hpp - overlay::Memory without a file, as a restart would find it.
#pragma once

#include <map>

#include "overlay/memory.hpp"

class MemoryInMemory final : public overlay::Memory {
public:
    std::vector<KnownNode> load_nodes() override { return nodes; }
    void save_nodes(const std::vector<KnownNode>& known) override { nodes = known; }
    std::vector<overlay::RollbackMemory::Entry> load_seen() override { return seen; }
    void save_seen(const overlay::RollbackMemory::Entry& entry) override { seen.push_back(entry); }
    std::vector<PublishedSeq> load_published() override {
        std::vector<PublishedSeq> all;
        for (const auto& [key, entry] : published)
            all.push_back(entry);
        return all;
    }
    void save_published(const PublishedSeq& entry) override { published[entry.blinded] = entry; }
    std::vector<RevokedKey> load_revoked() override { return revoked; }
    void save_revoked(const RevokedKey& entry) override { revoked.push_back(entry); }
    std::vector<OwnerNodes> load_owner_nodes() override { return owner_nodes; }
    void save_owner_nodes(const OwnerNodes& entry) override { owner_nodes.push_back(entry); }

    std::vector<KnownNode> nodes;
    std::vector<overlay::RollbackMemory::Entry> seen;
    std::map<crypto::PublicKey, PublishedSeq> published;
    std::vector<RevokedKey> revoked;
    std::vector<OwnerNodes> owner_nodes;
};

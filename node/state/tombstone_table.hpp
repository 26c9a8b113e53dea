// node/state/tombstone_table.hpp - revocations that this node keeps findable, its own or a friend's, and
// whether its own key is given up. Answers come from memory, read on construction and by reload(). One loop,
// as its Database. Everything but the const functions throws DatabaseError.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "crypto/identity.hpp"
#include "node/state/database.hpp"
#include "overlay/tombstone.hpp"

namespace node {

class TombstoneTable {
public:
    explicit TombstoneTable(Database& db);
    void reload();

    /// Of all epochs: what Overlay::publish_tombstones() wants.
    [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& blocks() const noexcept { return blocks_; }
    [[nodiscard]] bool own_revoked() const noexcept { return own_revoked_; }
    [[nodiscard]] const std::optional<crypto::PublicKey>& moved_to() const noexcept { return moved_to_; }

    // These write at once.
    void add(const std::vector<overlay::Tombstone>& tombstones);
    /// This node's own key: add() and the mark, both or none. Cannot be taken back.
    void revoke_own(const std::vector<overlay::Tombstone>& tombstones,
                    const std::optional<crypto::PublicKey>& moved_to, std::chrono::sys_seconds now);
    /// The identity was made or restored: it is given up if a tombstone of it is here, and else not, whatever
    /// was said of one that was here before.
    void identity_is(const crypto::PublicKey& own, std::chrono::sys_seconds now);

private:
    void insert(const std::vector<overlay::Tombstone>& tombstones);

    Database& db_;
    std::vector<std::vector<std::uint8_t>> blocks_;
    bool own_revoked_ = false;
    std::optional<crypto::PublicKey> moved_to_;
};

}  // namespace node

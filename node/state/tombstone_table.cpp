// node/state/tombstone_table.cpp - tombstones in memory and in SQLite.
#include "node/state/tombstone_table.hpp"

#include <algorithm>

namespace node {
namespace {

bool is_tombstone_of(const crypto::PublicKey& key, crypto::ByteView wire) {
    const auto block = overlay::parse_block(wire);
    if (!block || block->expires == 0) return false;
    const auto blinding = overlay::revocation_blinding(key, overlay::epoch_of(block->expires - 1));
    return blinding && blinding->blinded == block->blinded;
}

}  // namespace

TombstoneTable::TombstoneTable(Database& db) : db_(db) {
    reload();
}

void TombstoneTable::reload() {
    std::vector<std::vector<std::uint8_t>> blocks;
    auto select = db_.prepare("SELECT block FROM tombstone ORDER BY epoch, block");
    while (select.step())
        blocks.push_back(select.blob(0));
    blocks_ = std::move(blocks);

    auto mark = db_.prepare("SELECT moved_to FROM given_up");
    own_revoked_ = mark.step();
    moved_to_.reset();
    if (!own_revoked_) return;
    const auto key = mark.blob(0);
    mark.run();
    if (key.size() != moved_to_.emplace().size()) {
        moved_to_.reset();
        return;
    }
    std::copy(key.begin(), key.end(), moved_to_->begin());
}

void TombstoneTable::insert(const std::vector<overlay::Tombstone>& tombstones) {
    auto insert = db_.prepare("INSERT OR IGNORE INTO tombstone(epoch, block) VALUES(?, ?)");
    for (const auto& tombstone : tombstones)
        insert.bind(1, std::int64_t{tombstone.epoch}).bind(2, tombstone.block).run();
}

void TombstoneTable::add(const std::vector<overlay::Tombstone>& tombstones) {
    Transaction transaction(db_);
    insert(tombstones);
    transaction.commit();
    reload();
}

void TombstoneTable::revoke_own(const std::vector<overlay::Tombstone>& tombstones,
                                const std::optional<crypto::PublicKey>& moved_to,
                                std::chrono::sys_seconds now) {
    Transaction transaction(db_);
    insert(tombstones);
    db_.execute("DELETE FROM given_up");
    auto mark = db_.prepare("INSERT INTO given_up(moved_to, since) VALUES(?, ?)");
    if (moved_to) {
        mark.bind(1, *moved_to);
    } else {
        mark.bind(1, std::vector<std::uint8_t>{});
    }
    mark.bind(2, std::int64_t{now.time_since_epoch().count()}).run();
    transaction.commit();
    reload();
}

void TombstoneTable::identity_is(const crypto::PublicKey& own, std::chrono::sys_seconds now) {
    const bool revoked =
        std::ranges::any_of(blocks_, [&](const auto& block) { return is_tombstone_of(own, block); });
    if (revoked && !own_revoked_) return revoke_own({}, std::nullopt, now);
    if (!revoked) db_.execute("DELETE FROM given_up");
    reload();
}

}  // namespace node

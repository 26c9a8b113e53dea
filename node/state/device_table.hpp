// node/state/device_table.hpp - the owner's other nodes, which this one has certified: who writes which slot,
// and until when. Read from the database by each call. One loop, as its Database. Throws DatabaseError.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "crypto/identity.hpp"
#include "node/state/database.hpp"

namespace node {

struct DeviceRow {
    crypto::PublicKey key{};
    std::uint8_t slot = 0;
    std::chrono::sys_seconds valid_until;  // of the last certificate given to it
    std::chrono::sys_seconds created;
    friend bool operator==(const DeviceRow&, const DeviceRow&) = default;
};

class DeviceTable {
public:
    explicit DeviceTable(Database& db) : db_(db) {}

    [[nodiscard]] std::vector<DeviceRow> all() const;  // by slot

    /// What stands against giving `slot` to `key` now: a row of that slot of another key, or of that key with
    /// another slot, whose certificates still run. Two nodes in one slot would undo each other's records.
    [[nodiscard]] std::optional<DeviceRow> in_the_way(const crypto::PublicKey& key, std::uint8_t slot,
                                                      std::chrono::sys_seconds now) const;
    /// In the place of what is here of that key or slot. A later end that was here before stays.
    void put(const DeviceRow& row);
    /// False: unknown.
    bool forget(const crypto::PublicKey& key);

private:
    Database& db_;
};

}  // namespace node

// node/state/device_table.cpp - devices in SQLite.
#include "node/state/device_table.hpp"

#include <algorithm>

namespace node {
namespace {

std::chrono::sys_seconds time_of(std::int64_t seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

}  // namespace

std::vector<DeviceRow> DeviceTable::all() const {
    std::vector<DeviceRow> rows;
    auto select = db_.prepare("SELECT key, slot, valid_until, created FROM device ORDER BY slot");
    while (select.step()) {
        const auto key = select.blob(0);
        DeviceRow row{{},
                      static_cast<std::uint8_t>(select.number(1)),
                      time_of(select.number(2)),
                      time_of(select.number(3))};
        if (key.size() != row.key.size()) continue;
        std::copy(key.begin(), key.end(), row.key.begin());
        rows.push_back(row);
    }
    return rows;
}

std::optional<DeviceRow> DeviceTable::in_the_way(const crypto::PublicKey& key, std::uint8_t slot,
                                                 std::chrono::sys_seconds now) const {
    for (const auto& row : all()) {
        const bool conflicts = (row.slot == slot) != (row.key == key);
        if (conflicts && row.valid_until > now) return row;
    }
    return std::nullopt;
}

void DeviceTable::put(const DeviceRow& row) {
    auto until = row.valid_until;
    for (const auto& known : all()) {
        if (known.key == row.key && known.slot == row.slot) until = std::max(until, known.valid_until);
    }
    Transaction transaction(db_);
    db_.prepare("DELETE FROM device WHERE key = ? OR slot = ?")
        .bind(1, row.key)
        .bind(2, std::int64_t{row.slot})
        .run();
    auto insert = db_.prepare("INSERT INTO device(key, slot, valid_until, created) VALUES(?, ?, ?, ?)");
    insert.bind(1, row.key).bind(2, std::int64_t{row.slot});
    insert.bind(3, std::int64_t{until.time_since_epoch().count()});
    insert.bind(4, std::int64_t{row.created.time_since_epoch().count()}).run();
    transaction.commit();
}

bool DeviceTable::forget(const crypto::PublicKey& key) {
    return db_.prepare("DELETE FROM device WHERE key = ?").bind(1, key).run() == 1;
}

}  // namespace node

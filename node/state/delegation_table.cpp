// node/state/delegation_table.cpp - delegations in memory and in SQLite.
#include "node/state/delegation_table.hpp"

#include <algorithm>

namespace node {

DelegationTable::DelegationTable(Database& db) : db_(db) {
    reload();
}

void DelegationTable::reload() {
    Rows rows;
    auto select = db_.prepare("SELECT label, target, created FROM delegation");
    while (select.step()) {
        const auto key = select.blob(1);
        DelegationRow row{{}, std::chrono::sys_seconds(std::chrono::seconds(select.number(2)))};
        if (key.size() != row.target.size()) continue;
        std::copy(key.begin(), key.end(), row.target.begin());
        rows.emplace(select.text(0), row);
    }
    rows_ = std::move(rows);
}

std::map<std::string, crypto::PublicKey> DelegationTable::targets() const {
    std::map<std::string, crypto::PublicKey> targets;
    for (const auto& [label, row] : rows_)
        targets.emplace(label, row.target);
    return targets;
}

void DelegationTable::delegate(const std::string& label, const DelegationRow& row) {
    auto insert = db_.prepare("INSERT OR REPLACE INTO delegation(label, target, created) VALUES(?, ?, ?)");
    insert.bind(1, label).bind(2, row.target);
    insert.bind(3, std::int64_t{row.created.time_since_epoch().count()}).run();
    reload();
}

bool DelegationTable::revoke(std::string_view label) {
    const bool revoked = db_.prepare("DELETE FROM delegation WHERE label = ?").bind(1, label).run() == 1;
    reload();
    return revoked;
}

}  // namespace node

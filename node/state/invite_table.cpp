// node/state/invite_table.cpp - invites in memory and in SQLite.
#include "node/state/invite_table.hpp"

namespace node {

InviteTable::InviteTable(Database& db) : db_(db) {
    reload();
}

void InviteTable::reload() {
    std::map<std::string, std::vector<InviteRow>, std::less<>> rows;
    auto select = db_.prepare("SELECT label, secret, note, created FROM invite ORDER BY created, secret");
    while (select.step()) {
        rows[select.text(0)].push_back({select.text(0), select.blob(1), select.text(2),
                                        std::chrono::sys_seconds(std::chrono::seconds(select.number(3)))});
    }
    rows_ = std::move(rows);
}

std::vector<InviteRow> InviteTable::of(std::string_view label) const {
    const auto found = rows_.find(label);
    return found == rows_.end() ? std::vector<InviteRow>{} : found->second;
}

std::vector<std::vector<std::uint8_t>> InviteTable::secrets_of(std::string_view label) const {
    std::vector<std::vector<std::uint8_t>> secrets;
    for (const auto& row : of(label))
        secrets.push_back(row.secret);
    return secrets;
}

bool InviteTable::add(const InviteRow& row) {
    if (of(row.label).size() >= max_of_one_user) return false;
    auto insert = db_.prepare("INSERT INTO invite(label, secret, note, created) VALUES(?, ?, ?, ?)");
    insert.bind(1, row.label).bind(2, row.secret).bind(3, row.note);
    insert.bind(4, std::int64_t{row.created.time_since_epoch().count()}).run();
    reload();
    return true;
}

bool InviteTable::remove(std::string_view label, std::size_t number) {
    const auto rows = of(label);
    if (number == 0 || number > rows.size()) return false;
    auto drop = db_.prepare("DELETE FROM invite WHERE label = ? AND secret = ?");
    drop.bind(1, label).bind(2, rows[number - 1].secret).run();
    reload();
    return true;
}

}  // namespace node

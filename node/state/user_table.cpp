// node/state/user_table.cpp - rows of `user`.
#include "node/state/user_table.hpp"

namespace node {

UserTable::UserTable(Database& db, std::string realm) : db_(db), realm_(std::move(realm)) {
    reload();
}

const sip::Credentials* UserTable::find(std::string_view user) {
    const auto found = known_.find(std::string(user));
    return found == known_.end() ? nullptr : &found->second;
}

void UserTable::reload() {
    std::unordered_map<std::string, sip::Credentials> known;
    std::vector<std::string> of_other_realms;
    for (auto& row : all()) {
        if (row.realm == realm_) {
            known.emplace(row.label, std::move(row.credentials));
        } else {
            of_other_realms.push_back(row.label);
        }
    }
    known_ = std::move(known);
    of_other_realms_ = std::move(of_other_realms);
}

std::vector<UserRow> UserTable::all() const {
    auto select = db_.prepare(
        "SELECT label, realm, ha1_md5, ha1_sha256, created, listed, delivery FROM user ORDER BY label");
    std::vector<UserRow> rows;
    while (select.step()) {
        rows.push_back({select.text(0),
                        select.text(1),
                        {select.text(2), select.text(3), sip::delivery_of(select.text(6))},
                        std::chrono::sys_seconds(std::chrono::seconds(select.number(4))),
                        select.number(5) != 0});
    }
    return rows;
}

bool UserTable::add(const UserRow& row) {
    auto insert = db_.prepare(
        "INSERT INTO user(label, realm, ha1_md5, ha1_sha256, created) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO "
        "NOTHING");
    insert.bind(1, row.label)
        .bind(2, row.realm)
        .bind(3, row.credentials.ha1_md5)
        .bind(4, row.credentials.ha1_sha256);
    const bool added = insert.bind(5, std::int64_t{row.created.time_since_epoch().count()}).run() == 1;
    reload();
    return added;
}

bool UserTable::change(const UserRow& row) {
    auto update = db_.prepare("UPDATE user SET realm = ?, ha1_md5 = ?, ha1_sha256 = ? WHERE label = ?");
    update.bind(1, row.realm).bind(2, row.credentials.ha1_md5).bind(3, row.credentials.ha1_sha256);
    const bool changed = update.bind(4, row.label).run() == 1;
    reload();
    return changed;
}

bool UserTable::set_listed(std::string_view label, bool listed) {
    auto update = db_.prepare("UPDATE user SET listed = ? WHERE label = ?");
    return update.bind(1, std::int64_t{listed ? 1 : 0}).bind(2, label).run() == 1;
}

bool UserTable::set_delivery(std::string_view label, std::optional<sip::Delivery> delivery) {
    auto update = db_.prepare("UPDATE user SET delivery = ? WHERE label = ?");
    return update.bind(1, delivery ? sip::name(*delivery) : "").bind(2, label).run() == 1;
}

bool UserTable::remove(std::string_view label) {
    Transaction transaction(db_);
    db_.prepare("DELETE FROM binding WHERE user = ?").bind(1, label).run();
    db_.prepare("DELETE FROM invite WHERE label = ?").bind(1, label).run();
    db_.prepare("DELETE FROM home WHERE user = ?").bind(1, label).run();
    const bool removed = db_.prepare("DELETE FROM user WHERE label = ?").bind(1, label).run() == 1;
    transaction.commit();
    reload();
    return removed;
}

}  // namespace node

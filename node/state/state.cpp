// node/state/state.cpp - paths, users and bindings.
#include "node/state/state.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "node/addresses.hpp"

namespace node {
namespace {

sip::Endpoint endpoint_of(const std::string& text) {
    return parse_endpoint(text).value_or(sip::Endpoint{});
}

sip::Binding read_binding(const Statement& row) {
    sip::Binding b;
    b.contact = row.text(1);
    b.q = static_cast<std::uint16_t>(row.number(2));
    b.expires = std::chrono::sys_seconds(std::chrono::seconds(row.number(3)));
    b.call_id = row.text(4);
    b.cseq = static_cast<std::uint32_t>(row.number(5));
    b.instance = row.text(6);
    b.reg_id = static_cast<std::uint32_t>(row.number(7));
    b.path = row.text(8);
    b.user_agent = row.text(9);
    b.parameters = row.text(10);
    // The connection is not kept: its number means nothing in the next run, and 0 is no connection.
    b.flow.transport = static_cast<sip::Transport>(row.number(11));
    b.flow.local = endpoint_of(row.text(12));
    b.flow.remote = endpoint_of(row.text(13));
    return b;
}

void write_binding(Statement& insert, std::string_view user, std::int64_t position, const sip::Binding& b) {
    insert.bind(1, user).bind(2, position).bind(3, b.contact).bind(4, std::int64_t{b.q});
    insert.bind(5, std::int64_t{b.expires.time_since_epoch().count()})
        .bind(6, b.call_id)
        .bind(7, std::int64_t{b.cseq});
    insert.bind(8, b.instance)
        .bind(9, std::int64_t{b.reg_id})
        .bind(10, b.path)
        .bind(11, b.user_agent)
        .bind(12, b.parameters);
    insert.bind(13, static_cast<std::int64_t>(b.flow.transport));
    insert.bind(14, sip::to_string(b.flow.local)).bind(15, sip::to_string(b.flow.remote));
    insert.run();
}

}  // namespace

StatePaths::StatePaths(std::filesystem::path directory)
    : dir(std::move(directory)),
      database(dir / "state.db"),
      identity(dir / "identity.key"),
      passphrase(dir / "identity.pass"),
      address(dir / "address"),
      revocation(dir / "revocation.hwt"),
      control_socket(dir / "control.sock"),
      lock(dir / "lock") {}

void StatePaths::make_dir() const {
    if (std::filesystem::create_directories(dir))
        std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
}

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
    const bool removed = db_.prepare("DELETE FROM user WHERE label = ?").bind(1, label).run() == 1;
    transaction.commit();
    reload();
    return removed;
}

std::map<std::string, std::vector<sip::Binding>> BindingTable::load() {
    auto select = db_.prepare(
        "SELECT user, contact, q, expires, call_id, cseq, instance, reg_id, path, user_agent, parameters,"
        " transport, local, remote FROM binding ORDER BY user, position");
    std::map<std::string, std::vector<sip::Binding>> found;
    while (select.step())
        found[select.text(0)].push_back(read_binding(select));
    return found;
}

bool BindingTable::replace(std::string_view user, const std::vector<sip::Binding>& bindings) {
    try {
        Transaction transaction(db_);
        db_.prepare("DELETE FROM binding WHERE user = ?").bind(1, user).run();
        auto insert = db_.prepare("INSERT INTO binding VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
        std::int64_t position = 0;
        for (const auto& binding : bindings)
            write_binding(insert, user, position++, binding);
        transaction.commit();
        return true;
    } catch (const DatabaseError& e) {
        spdlog::error("{}: bindings could not be kept: {}", user, e.what());
        return false;
    }
}

}  // namespace node

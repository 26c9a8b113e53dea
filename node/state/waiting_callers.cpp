// node/state/waiting_callers.cpp - callers who wait, callers who are blocked, and what users want with the
// rest.
#include "node/state/waiting_callers.hpp"

namespace node {
namespace {

constexpr const char* columns =
    "SELECT number, user, caller, name, verified, first_call, last_call, calls FROM waiting_caller ";

std::int64_t seconds_of(std::chrono::sys_seconds time) {
    return time.time_since_epoch().count();
}

std::chrono::sys_seconds time_of(std::int64_t seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

WaitingCaller read_row(const Statement& row) {
    return {row.number(0),
            row.text(1),
            row.text(2),
            row.text(3),
            row.number(4) != 0,
            time_of(row.number(5)),
            time_of(row.number(6)),
            row.number(7)};
}

}  // namespace

WaitingCallers::WaitingCallers(Database& db) : db_(db) {
    reload();
}

void WaitingCallers::reload() {
    std::set<std::pair<std::string, bool>> blocked;
    auto select = db_.prepare("SELECT caller, verified FROM blocked_caller");
    while (select.step())
        blocked.emplace(select.text(0), select.number(1) != 0);
    std::map<std::string, StrangerPolicy, std::less<>> modes;
    auto users = db_.prepare("SELECT label, strangers FROM user WHERE strangers <> ''");
    while (users.step()) {
        if (const auto mode = stranger_policy_of(users.text(1))) modes.emplace(users.text(0), *mode);
    }
    blocked_ = std::move(blocked);
    modes_ = std::move(modes);
}

std::optional<StrangerPolicy> WaitingCallers::mode_of(std::string_view user) const {
    const auto found = modes_.find(user);
    return found == modes_.end() ? std::nullopt : std::optional(found->second);
}

bool WaitingCallers::set_mode(std::string_view user, std::optional<StrangerPolicy> mode) {
    auto update = db_.prepare("UPDATE user SET strangers = ? WHERE label = ?");
    const bool known = update.bind(1, mode ? name(*mode) : "").bind(2, user).run() == 1;
    reload();
    return known;
}

bool WaitingCallers::note(const WaitingCaller& caller) {
    Transaction transaction(db_);
    const bool first = note_one(caller);
    transaction.commit();
    return first;
}

void WaitingCallers::note_all(const std::vector<WaitingCaller>& callers) {
    if (callers.empty()) return;
    Transaction transaction(db_);
    for (const WaitingCaller& caller : callers)
        (void)note_one(caller);
    transaction.commit();
}

bool WaitingCallers::note_one(const WaitingCaller& caller) {
    auto insert = db_.prepare(
        "INSERT INTO waiting_caller(user, caller, name, verified, first_call, last_call, calls)"
        " VALUES(?, ?, ?, ?, ?, ?, 1) ON CONFLICT(user, caller, verified) DO UPDATE SET"
        " name = excluded.name, last_call = excluded.last_call, calls = calls + 1 RETURNING calls");
    insert.bind(1, caller.user).bind(2, caller.caller).bind(3, caller.name);
    insert.bind(4, std::int64_t{caller.verified ? 1 : 0}).bind(5, seconds_of(caller.first));
    insert.bind(6, seconds_of(caller.last));
    bool first = false;
    while (insert.step())
        first = insert.number(0) == 1;
    db_.prepare("DELETE FROM waiting_caller WHERE last_call < ?")
        .bind(1, seconds_of(caller.last - caller_forgotten_after))
        .run();
    db_.prepare(
           "DELETE FROM waiting_caller WHERE verified = ? AND number NOT IN (SELECT number FROM "
           "waiting_caller"
           " WHERE verified = ? ORDER BY last_call DESC, number DESC LIMIT ?)")
        .bind(1, std::int64_t{caller.verified ? 1 : 0})
        .bind(2, std::int64_t{caller.verified ? 1 : 0})
        .bind(3, static_cast<std::int64_t>(max_waiting_callers))
        .run();
    return first;
}

std::vector<WaitingCaller> WaitingCallers::waiting() const {
    auto select = db_.prepare(std::string(columns) + "ORDER BY last_call DESC, number DESC");
    std::vector<WaitingCaller> all;
    while (select.step())
        all.push_back(read_row(select));
    return all;
}

std::optional<WaitingCaller> WaitingCallers::find(std::int64_t number) const {
    auto select = db_.prepare(std::string(columns) + "WHERE number = ?");
    select.bind(1, number);
    if (!select.step()) return std::nullopt;
    return read_row(select);
}

bool WaitingCallers::forget(std::string_view caller, bool verified) {
    auto remove = db_.prepare("DELETE FROM waiting_caller WHERE caller = ? AND verified = ?");
    return remove.bind(1, caller).bind(2, std::int64_t{verified ? 1 : 0}).run() > 0;
}

bool WaitingCallers::is_blocked(std::string_view caller, bool verified) const {
    return blocked_.contains({std::string(caller), verified});
}

std::vector<std::string> WaitingCallers::blocked() const {
    std::vector<std::string> all;
    for (const auto& [caller, verified] : blocked_)
        all.push_back((verified ? "" : "(unverified) ") + caller);
    return all;
}

bool WaitingCallers::block(std::string_view caller, bool verified, std::chrono::sys_seconds now) {
    if (blocked_.size() >= max_blocked_callers) return false;
    auto insert = db_.prepare(
        "INSERT INTO blocked_caller(caller, verified, since) VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
    insert.bind(1, caller).bind(2, std::int64_t{verified ? 1 : 0}).bind(3, seconds_of(now)).run();
    reload();
    return true;
}

bool WaitingCallers::unblock(std::string_view caller) {
    const bool was = db_.prepare("DELETE FROM blocked_caller WHERE caller = ?").bind(1, caller).run() > 0;
    reload();
    return was;
}

}  // namespace node

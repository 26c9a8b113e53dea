// node/state/page_table.cpp - rows of `page_session`, `page_link` and `page_password`.
#include "node/state/page_table.hpp"

#include <algorithm>

namespace node {
namespace {

std::int64_t number_of(std::chrono::sys_seconds time) {
    return time.time_since_epoch().count();
}

std::chrono::sys_seconds time_of(std::int64_t number) {
    return std::chrono::sys_seconds(std::chrono::seconds(number));
}

}  // namespace

std::optional<PageSessionRow> PageTable::session(const Hash& hash) {
    auto select = db_.prepare("SELECT created, seen FROM page_session WHERE hash = ?");
    if (!select.bind(1, hash).step()) return std::nullopt;
    return PageSessionRow{hash, time_of(select.number(0)), time_of(select.number(1))};
}

void PageTable::add_session(const Hash& hash, std::chrono::sys_seconds now) {
    Transaction transaction(db_);
    db_.prepare("INSERT INTO page_session(hash, created, seen) VALUES(?, ?, ?)")
        .bind(1, hash)
        .bind(2, number_of(now))
        .bind(3, number_of(now))
        .run();
    db_.prepare(
           "DELETE FROM page_session WHERE hash NOT IN (SELECT hash FROM page_session ORDER BY seen DESC, "
           "created DESC, hash LIMIT ?)")
        .bind(1, std::int64_t{most_sessions})
        .run();
    transaction.commit();
}

void PageTable::seen(const Hash& hash, std::chrono::sys_seconds now) {
    db_.prepare("UPDATE page_session SET seen = ? WHERE hash = ?")
        .bind(1, number_of(now))
        .bind(2, hash)
        .run();
}

void PageTable::end_session(const Hash& hash) {
    db_.prepare("DELETE FROM page_session WHERE hash = ?").bind(1, hash).run();
}

int PageTable::end_sessions(const std::optional<Hash>& but) {
    return db_.prepare("DELETE FROM page_session WHERE hash <> ?").bind(1, but.value_or(Hash{})).run();
}

void PageTable::end_sessions_before(std::chrono::sys_seconds then) {
    db_.prepare("DELETE FROM page_session WHERE seen < ?").bind(1, number_of(then)).run();
}

bool PageTable::has_sessions() {
    return db_.prepare("SELECT 1 FROM page_session LIMIT 1").step();
}

void PageTable::add_link(const Hash& hash, std::chrono::sys_seconds until, std::chrono::sys_seconds now) {
    Transaction transaction(db_);
    db_.prepare("DELETE FROM page_link WHERE until < ?").bind(1, number_of(now)).run();
    db_.prepare("INSERT INTO page_link(hash, until) VALUES(?, ?)")
        .bind(1, hash)
        .bind(2, number_of(until))
        .run();
    db_.prepare(
           "DELETE FROM page_link WHERE hash NOT IN (SELECT hash FROM page_link ORDER BY until DESC, hash "
           "LIMIT ?)")
        .bind(1, std::int64_t{most_links})
        .run();
    transaction.commit();
}

bool PageTable::has_link(const Hash& hash, std::chrono::sys_seconds now) {
    return db_.prepare("SELECT 1 FROM page_link WHERE hash = ? AND until >= ?")
        .bind(1, hash)
        .bind(2, number_of(now))
        .step();
}

bool PageTable::take_link(const Hash& hash, std::chrono::sys_seconds now) {
    return db_.prepare("DELETE FROM page_link WHERE hash = ? AND until >= ?")
               .bind(1, hash)
               .bind(2, number_of(now))
               .run() > 0;
}

void PageTable::end_links_after(std::chrono::sys_seconds until) {
    db_.prepare("DELETE FROM page_link WHERE until > ?").bind(1, number_of(until)).run();
}

std::string PageTable::password() {
    auto select = db_.prepare("SELECT hash FROM page_password");
    return select.step() ? select.text(0) : std::string();
}

void PageTable::set_password(const std::string& hash) {
    Transaction transaction(db_);
    db_.execute("DELETE FROM page_password");
    if (!hash.empty()) db_.prepare("INSERT INTO page_password(hash) VALUES(?)").bind(1, hash).run();
    transaction.commit();
}

}  // namespace node

// node/state/facts.cpp - one statement each.
#include "node/state/facts.hpp"

namespace node {

std::optional<std::int64_t> Facts::get(std::string_view name) {
    auto statement = db_.prepare("SELECT value FROM fact WHERE name = ?");
    statement.bind(1, name);
    if (!statement.step()) return std::nullopt;
    return statement.number(0);
}

void Facts::set(std::string_view name, std::int64_t value) {
    Transaction transaction(db_);
    db_.prepare(
           "INSERT INTO fact(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = "
           "excluded.value")
        .bind(1, name)
        .bind(2, value)
        .run();
    transaction.commit();
}

std::vector<std::string> Facts::names(std::string_view beginning) {
    auto statement = db_.prepare("SELECT name FROM fact WHERE substr(name, 1, ?) = ? ORDER BY name");
    statement.bind(1, static_cast<std::int64_t>(beginning.size())).bind(2, beginning);
    std::vector<std::string> all;
    while (statement.step())
        all.push_back(statement.text(0));
    return all;
}

bool Facts::forget(std::string_view name) {
    return db_.prepare("DELETE FROM fact WHERE name = ?").bind(1, name).run() > 0;
}

}  // namespace node

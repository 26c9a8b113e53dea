// node/state/home_table.cpp - rows of `home`.
#include "node/state/home_table.hpp"

namespace node {

std::vector<sip::Home> HomeTable::all(std::chrono::sys_seconds now) {
    db_.prepare("DELETE FROM home WHERE seen < ?")
        .bind(1, std::int64_t{(now - sip::AnswerGate::home_for).time_since_epoch().count()})
        .run();
    trim();
    std::vector<sip::Home> homes;
    auto select = db_.prepare("SELECT source, user, seen FROM home ORDER BY seen");
    while (select.step()) {
        asio::error_code none;
        const auto source = asio::ip::make_address(select.text(0), none);
        if (none) continue;
        homes.push_back(
            {source, select.text(1), std::chrono::sys_seconds(std::chrono::seconds(select.number(2)))});
    }
    return homes;
}

void HomeTable::put(const sip::Home& home) {
    db_.prepare(
           "INSERT INTO home(source, user, seen) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET seen = "
           "excluded.seen")
        .bind(1, home.source.to_string())
        .bind(2, home.account)
        .bind(3, std::int64_t{home.seen.time_since_epoch().count()})
        .run();
    if (++puts_ % trimmed_each == 0) trim();
}

void HomeTable::trim() {
    db_.prepare(
           "DELETE FROM home WHERE (source, user) NOT IN (SELECT source, user FROM home ORDER BY seen DESC "
           "LIMIT ?)")
        .bind(1, static_cast<std::int64_t>(sip::AnswerGate::max_homes))
        .run();
}

}  // namespace node

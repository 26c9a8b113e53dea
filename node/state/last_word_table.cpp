// node/state/last_word_table.cpp - rows of `last_word`.
#include "node/state/last_word_table.hpp"

#include <algorithm>

#include "node/addresses.hpp"

namespace node {
namespace {

sip::LastWord read_word(const Statement& row) {
    sip::LastWord word;
    word.id = {{row.text(0), row.text(1), row.text(2)},
               row.number(3) == 0 ? sip::Side::caller : sip::Side::callee};
    word.flow.transport = static_cast<sip::Transport>(row.number(4));
    // As with bindings: the number of a connection means nothing in the next run.
    word.flow.local = parse_endpoint(row.text(5)).value_or(sip::Endpoint{});
    word.flow.remote = parse_endpoint(row.text(6)).value_or(sip::Endpoint{});
    const auto peer = row.blob(7);
    if (peer.size() == sip::KeyHash{}.size()) {
        word.peer.emplace();
        std::copy(peer.begin(), peer.end(), word.peer->begin());
    }
    word.listens = parse_endpoint(row.text(8));
    word.through = row.text(9);
    word.user = row.text(10);
    word.contact = row.text(11);
    word.text = row.text(12);
    return word;
}

void write_word(Database& db, const sip::LastWord& word, std::chrono::sys_seconds now) {
    const std::span<const std::uint8_t> peer =
        word.peer ? std::span<const std::uint8_t>(*word.peer) : std::span<const std::uint8_t>();
    db.prepare(
          "INSERT OR REPLACE INTO last_word(call_id, caller, callee, side, transport, local, remote, peer,"
          " listens, through, user, contact, message, written)"
          " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(1, word.id.call.call_id)
        .bind(2, word.id.call.caller)
        .bind(3, word.id.call.callee)
        .bind(4, static_cast<std::int64_t>(word.id.to))
        .bind(5, static_cast<std::int64_t>(word.flow.transport))
        .bind(6, sip::to_string(word.flow.local))
        .bind(7, sip::to_string(word.flow.remote))
        .bind(8, peer)
        .bind(9, word.listens ? sip::to_string(*word.listens) : std::string())
        .bind(10, word.through)
        .bind(11, word.user)
        .bind(12, word.contact)
        .bind(13, word.text)
        .bind(14, std::int64_t{now.time_since_epoch().count()})
        .run();
}

}  // namespace

std::vector<sip::LastWord> LastWordTable::all(std::chrono::sys_seconds now) {
    db_.prepare("DELETE FROM last_word WHERE written < ?")
        .bind(1, std::int64_t{(now - kept_for).time_since_epoch().count()})
        .run();
    std::vector<sip::LastWord> words;
    auto select = db_.prepare(
        "SELECT call_id, caller, callee, side, transport, local, remote, peer, listens, through, user, "
        "contact,"
        " message FROM last_word ORDER BY call_id, caller, callee, side LIMIT ?");
    select.bind(1, static_cast<std::int64_t>(sip::LastWords::max_words));
    while (select.step())
        words.push_back(read_word(select));
    return words;
}

void LastWordTable::write(const sip::LastWords::Changes& changes, std::chrono::sys_seconds now) {
    Transaction transaction(db_);
    for (const auto& word : changes.written)
        write_word(db_, word, now);
    for (const auto& id : changes.done) {
        db_.prepare("DELETE FROM last_word WHERE call_id = ? AND caller = ? AND callee = ? AND side = ?")
            .bind(1, id.call.call_id)
            .bind(2, id.call.caller)
            .bind(3, id.call.callee)
            .bind(4, static_cast<std::int64_t>(id.to))
            .run();
    }
    transaction.commit();
}

}  // namespace node

// node/state/binding_table.cpp - rows of `binding`, those of a user replaced together.
#include "node/state/binding_table.hpp"

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

std::map<std::string, std::vector<sip::Binding>> BindingTable::load() {
    write_new();
    auto select = db_.prepare(
        "SELECT user, contact, q, expires, call_id, cseq, instance, reg_id, path, user_agent, parameters,"
        " transport, local, remote FROM binding ORDER BY user, position");
    std::map<std::string, std::vector<sip::Binding>> found;
    while (select.step())
        found[select.text(0)].push_back(read_binding(select));
    return found;
}

void BindingTable::write(std::string_view user, const std::vector<sip::Binding>& bindings) {
    db_.prepare("DELETE FROM binding WHERE user = ?").bind(1, user).run();
    auto insert = db_.prepare("INSERT INTO binding VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    std::int64_t position = 0;
    for (const auto& binding : bindings)
        write_binding(insert, user, position++, binding);
}

bool BindingTable::replace(std::string_view user, const std::vector<sip::Binding>& bindings) {
    waiting_.insert_or_assign(std::string(user), bindings);
    return true;
}

void BindingTable::write_waiting() {
    if (waiting_.empty()) return;
    try {
        Transaction transaction(db_);
        for (const auto& [user, bindings] : waiting_)
            write(user, bindings);
        transaction.commit();
        waiting_.clear();
        failing_ = false;
    } catch (const DatabaseError& e) {
        failing_ = true;
        db_.write_failed("where phones are", e);
    }
}

}  // namespace node

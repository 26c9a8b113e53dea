// node/state/home_table.hpp - where phones have logged in, so that they are answered after a restart too,
// whatever others send in the name of their address (sip/edge/answer_gate.hpp). Bounded: those that are older
// than 30 days go, and of too many the oldest. The SIP loop's, as its Database.
#pragma once

#include <vector>

#include "node/state/database.hpp"
#include "sip/edge/answer_gate.hpp"

namespace node {

class HomeTable {
public:
    explicit HomeTable(Database& db) : db_(db) {}
    /// The oldest first; what is too old is gone. Throws DatabaseError.
    [[nodiscard]] std::vector<sip::Home> all(std::chrono::sys_seconds now);
    void put(const sip::Home& home);

private:
    static constexpr unsigned trimmed_each = 256;
    void trim();

    Database& db_;
    unsigned puts_ = 0;
};

}  // namespace node

// node/state/invite_table.hpp - the secrets of the invites that this node's users have given out: each is one
// more record in the DHT, which only its holders find. Answers come from memory, read on construction and by
// reload(). One loop, as its Database. Everything but the const functions throws DatabaseError.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node/state/database.hpp"

namespace node {

struct InviteRow {
    std::string label;                 // of a user of ours
    std::vector<std::uint8_t> secret;  // 16 bytes; never shown or logged, but in the invite itself
    std::string note;                  // for the person: to whom it went
    std::chrono::sys_seconds created;
};

class InviteTable {
public:
    /// Each costs a record at every location, put again every 8 minutes.
    static constexpr std::size_t max_of_one_user = 8;

    explicit InviteTable(Database& db);
    void reload();

    /// Oldest first: what `invite list` numbers from 1.
    [[nodiscard]] std::vector<InviteRow> of(std::string_view label) const;
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> secrets_of(std::string_view label) const;

    // These write at once.
    /// False: the user has max_of_one_user already.
    [[nodiscard]] bool add(const InviteRow& row);
    /// The `number`th of of(label), from 1. False: there is none.
    [[nodiscard]] bool remove(std::string_view label, std::size_t number);

private:
    Database& db_;
    std::map<std::string, std::vector<InviteRow>, std::less<>> rows_;
};

}  // namespace node

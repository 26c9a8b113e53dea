// node/state/delegation_table.hpp - the labels of this node's zone that other keys speak for. Answers come
// from memory, read on construction and by reload(). One loop, as its Database. Everything but the const
// functions throws DatabaseError.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "crypto/identity.hpp"
#include "node/state/database.hpp"

namespace node {

struct DelegationRow {
    crypto::PublicKey target{};
    std::chrono::sys_seconds created;
};

class DelegationTable {
public:
    using Rows = std::map<std::string, DelegationRow, std::less<>>;  // by label
    explicit DelegationTable(Database& db);
    void reload();

    [[nodiscard]] const Rows& rows() const noexcept { return rows_; }
    /// What publications() wants.
    [[nodiscard]] std::map<std::string, crypto::PublicKey> targets() const;

    // These write at once.
    void delegate(const std::string& label, const DelegationRow& row);  // in the place of another, if any
    /// False: nothing was delegated.
    [[nodiscard]] bool revoke(std::string_view label);

private:
    Database& db_;
    Rows rows_;
};

}  // namespace node

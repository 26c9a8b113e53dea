// node/state/user_table.hpp - the accounts of this node's phones. The SIP loop's, as its Database; a command
// has its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/state/database.hpp"
#include "sip/auth/accounts.hpp"

namespace node {

struct UserRow {
    std::string label;  // canonical
    std::string realm;  // the digests belong to it
    sip::Credentials credentials;
    std::chrono::sys_seconds created;
    bool listed = true;  // published under its name alone; else only who has an invite finds it
};

/// Answers the edge from memory; the table is read on construction and by reload().
class UserTable : public sip::Users {
public:
    UserTable(Database& db, std::string realm);
    const sip::Credentials* find(std::string_view user) override;

    /// Reads the table again. Throws DatabaseError; then what was known stays.
    void reload();
    [[nodiscard]] std::vector<UserRow> all() const;  // by label; users of other realms included
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }
    /// Users whose digests were made for another realm: they cannot log in.
    [[nodiscard]] const std::vector<std::string>& of_other_realms() const noexcept {
        return of_other_realms_;
    }

    /// These write at once. False: exists already, or no such user.
    bool add(const UserRow& row);
    bool change(const UserRow& row);  // the digests and their realm
    bool set_listed(std::string_view label, bool listed);
    bool set_delivery(std::string_view label, std::optional<sip::Delivery> delivery);  // nothing: as the node
    bool remove(std::string_view label);

private:
    Database& db_;
    std::string realm_;
    std::unordered_map<std::string, sip::Credentials> known_;
    std::vector<std::string> of_other_realms_;
};

}  // namespace node

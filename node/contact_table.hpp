// node/contact_table.hpp - the person's own names and short numbers for others: "mum", "12".
// Names, numbers and the node's own users are one dialling space: what a phone dials means one thing.
// Answers come from memory; the table is read on construction and by reload(). One loop, as its Database.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crypto/identity.hpp"
#include "node/database.hpp"

namespace node {

inline constexpr std::size_t max_contacts = 10'000;
inline constexpr std::size_t max_number_length = 10;

struct ContactRow {
    std::string name;                   // as crypto::canonical_label
    std::optional<std::string> number;  // 1..10 of 0-9 * #
    std::string uri;                    // "sip:alice@example.org", without secret
    std::vector<std::uint8_t> secret;   // of the invite; empty: none. Never shown, logged or dialled
    std::chrono::sys_seconds created;
    friend bool operator==(const ContactRow&, const ContactRow&) = default;
};

/// Commands only: says what is wrong with which contact, and what to do.
class ContactError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Checks name, number and URI, and gives them their one spelling. Throws ContactError.
ContactRow canonical_contact(ContactRow row);

class ContactTable {
public:
    /// Borrows `db`. Throws DatabaseError.
    explicit ContactTable(Database& db);

    /// From memory, no I/O. The pointers hold until the next call that is not const. `name` is canonical.
    [[nodiscard]] const ContactRow* find_name(std::string_view name) const;
    [[nodiscard]] const ContactRow* find_number(std::string_view number) const;
    /// The secret under which `label` of `owner` is to be asked for: that of the contact with this key name
    /// that came last. Empty: none, the name is asked for as it is.
    [[nodiscard]] std::vector<std::uint8_t> secret_for(const crypto::PublicKey& owner,
                                                       std::string_view label) const;
    [[nodiscard]] const std::map<std::string, ContactRow, std::less<>>& all() const noexcept { return rows_; }

    /// Reads the table again. Throws DatabaseError; then what was known stays.
    void reload();

    // These write at once. Throw ContactError (taken, full), DatabaseError.
    void add(const ContactRow& row);
    /// All of them, or none. `replace`: instead of those that are here. Those that are here already, the same
    /// in all but `created`, are left as they are. Returns how many were added.
    std::size_t import(const std::vector<ContactRow>& rows, bool replace);
    /// False: no such contact.
    bool remove(std::string_view name);
    bool rename(std::string_view from, const std::string& to);

private:
    void check_free(const ContactRow& row) const;

    Database& db_;
    std::map<std::string, ContactRow, std::less<>> rows_;
    std::map<std::string, const ContactRow*, std::less<>> by_number_;
    std::map<std::pair<crypto::PublicKey, std::string>, const ContactRow*> by_key_name_;  // with a secret
};

}  // namespace node

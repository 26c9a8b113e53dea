// node/state/contact_table.hpp - the person's own names and short numbers for others: "mum", "12".
// Names, numbers and the node's own users are one dialling space: what a phone dials means one thing.
// Answers come from memory; the table is read on construction and by reload(). One loop, as its Database.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/names/contact.hpp"
#include "node/state/database.hpp"

namespace node {

inline constexpr std::size_t max_contact_rows = 10'000;

class ContactTable {
public:
    /// Borrows `db`. Throws DatabaseError.
    explicit ContactTable(Database& db);

    /// From memory, no I/O. The pointers hold until the next call that is not const. `name` is canonical.
    [[nodiscard]] const Contact* find_name(std::string_view name) const;
    [[nodiscard]] const Contact* find_number(std::string_view number) const;
    /// The secret under which `label` of `owner` is to be asked for: that of the latest invite. Empty: none,
    /// the name is asked for as it is.
    [[nodiscard]] std::vector<std::uint8_t> secret_for(const crypto::PublicKey& owner,
                                                       std::string_view label) const;
    [[nodiscard]] std::vector<Contact> all() const;  // by name
    [[nodiscard]] std::size_t size() const noexcept { return book_.rows.size(); }

    /// Reads the table again. Throws DatabaseError; then what was known stays.
    void reload();

    // These write at once. Throw ContactError (taken, too many) and DatabaseError, and change nothing then.
    void add(const Contact& row);
    /// All of them, or none. `replace`: instead of those that are here. Those that are here already, alike in
    /// all but `created`, are left as they are. Returns how many were added.
    std::size_t import(const std::vector<Contact>& rows, bool replace);
    /// False: no such contact.
    bool remove(std::string_view name);
    bool rename(std::string_view from, const std::string& to);

private:
    struct Book {
        std::map<std::string, Contact, std::less<>> rows;
        std::map<std::string, std::string, std::less<>> numbers;  // -> name
        std::map<std::pair<crypto::PublicKey, std::string>, std::string>
            by_key_name;  // with a secret -> name
        void put(Contact row);
    };
    Book read();
    void check_free(const Book& book, const Contact& row);
    bool is_own_user(std::string_view label);
    void insert(Book& book, const Contact& row);

    Database& db_;
    Book book_;
};

}  // namespace node

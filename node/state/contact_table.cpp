// node/state/contact_table.cpp - contacts in memory and in the file.
#include "node/state/contact_table.hpp"

namespace node {
namespace {

bool alike(const Contact& a, const Contact& b) {
    return a.name == b.name && a.number == b.number && a.uri == b.uri && a.secret == b.secret;
}

}  // namespace

void ContactTable::Book::put(Contact row) {
    if (row.number) numbers[*row.number] = row.name;
    const auto key_name = row.secret.empty() ? std::nullopt : key_name_of(row.uri);
    if (key_name) {
        const auto [at, fresh] = by_key_name.emplace(*key_name, row.name);
        if (!fresh && rows.at(at->second).created <= row.created) at->second = row.name;
    }
    rows[row.name] = std::move(row);
}

ContactTable::ContactTable(Database& db) : db_(db), book_(read()) {}

const Contact* ContactTable::find_name(std::string_view name) const {
    const auto found = book_.rows.find(name);
    return found == book_.rows.end() ? nullptr : &found->second;
}

const Contact* ContactTable::find_number(std::string_view number) const {
    const auto found = book_.numbers.find(number);
    return found == book_.numbers.end() ? nullptr : find_name(found->second);
}

std::vector<std::uint8_t> ContactTable::secret_for(const crypto::PublicKey& owner,
                                                   std::string_view label) const {
    const auto found = book_.by_key_name.find({owner, std::string(label)});
    return found == book_.by_key_name.end() ? std::vector<std::uint8_t>() : find_name(found->second)->secret;
}

std::vector<Contact> ContactTable::all() const {
    std::vector<Contact> rows;
    for (const auto& [name, row] : book_.rows)
        rows.push_back(row);
    return rows;
}

ContactTable::Book ContactTable::read() {
    auto select = db_.prepare("SELECT name, number, uri, secret, created FROM contact");
    Book book;
    while (select.step()) {
        Contact row;
        row.name = select.text(0);
        if (auto number = select.text(1); !number.empty()) row.number = std::move(number);
        row.uri = select.text(2);
        row.secret = select.blob(3);
        row.created = std::chrono::sys_seconds(std::chrono::seconds(select.number(4)));
        book.put(std::move(row));
    }
    return book;
}

void ContactTable::reload() {
    book_ = read();
}

bool ContactTable::is_own_user(std::string_view label) {
    return db_.prepare("SELECT 1 FROM user WHERE label = ?").bind(1, label).step();
}

void ContactTable::check_free(const Book& book, const Contact& row) {
    if (book.rows.size() >= max_contact_rows)
        throw ContactError("there are " + std::to_string(max_contact_rows) +
                           " contacts, and no more are kept; remove some first");
    if (const auto found = book.rows.find(row.name); found != book.rows.end())
        throw ContactError("there is a contact " + row.name + " already, " + found->second.uri +
                           "; take another name, or `hedgewitch contact remove " + row.name + "` first");
    if (const auto found = book.numbers.find(row.name); found != book.numbers.end())
        throw ContactError(row.name + " is the short number of " + found->second + "; take another name");
    if (is_own_user(row.name))
        throw ContactError(row.name + " is a user of this node, whom phones call by that name; take another");
    if (!row.number) return;
    const std::string& number = *row.number;
    if (const auto found = book.numbers.find(number); found != book.numbers.end())
        throw ContactError("the short number " + number + " is that of " + found->second +
                           "; take another, or remove that contact first");
    if (book.rows.contains(number) || number == row.name)
        throw ContactError(number + " is the name of a contact; take another short number");
    if (is_own_user(number))
        throw ContactError(number + " is a user of this node; take another short number");
}

void ContactTable::insert(Book& book, const Contact& row) {
    check_free(book, row);
    auto insert = db_.prepare(
        row.number ? "INSERT INTO contact(name, uri, secret, created, number) VALUES(?, ?, ?, ?, ?)"
                   : "INSERT INTO contact(name, uri, secret, created) VALUES(?, ?, ?, ?)");
    insert.bind(1, row.name).bind(2, row.uri).bind(3, crypto::ByteView(row.secret));
    insert.bind(4, std::int64_t{row.created.time_since_epoch().count()});
    if (row.number) insert.bind(5, *row.number);
    insert.run();
    book.put(row);
}

void ContactTable::add(const Contact& row) {
    Transaction transaction(db_);
    Book book = read();
    insert(book, row);
    transaction.commit();
    book_ = std::move(book);
}

std::size_t ContactTable::import(const std::vector<Contact>& rows, bool replace) {
    Transaction transaction(db_);
    if (replace) db_.execute("DELETE FROM contact");
    Book book = read();
    std::size_t added = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto here = book.rows.find(rows[i].name);
        if (here != book.rows.end() && alike(here->second, rows[i])) continue;
        try {
            insert(book, rows[i]);
            ++added;
        } catch (const ContactError& e) {
            throw ContactError("entry " + std::to_string(i + 1) + ": " + e.what());
        }
    }
    transaction.commit();
    book_ = std::move(book);
    return added;
}

bool ContactTable::remove(std::string_view name) {
    if (db_.prepare("DELETE FROM contact WHERE name = ?").bind(1, name).run() == 0) return false;
    reload();
    return true;
}

bool ContactTable::rename(std::string_view from, const std::string& to) {
    Transaction transaction(db_);
    Book book = read();
    const auto found = book.rows.find(from);
    if (found == book.rows.end()) return false;
    Contact row = found->second;
    if (row.name == to) return true;
    db_.prepare("DELETE FROM contact WHERE name = ?").bind(1, from).run();
    book = read();
    row.name = to;
    insert(book, row);
    transaction.commit();
    book_ = std::move(book);
    return true;
}

}  // namespace node

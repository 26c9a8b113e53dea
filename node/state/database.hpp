// node/state/database.hpp - SQLiteCpp as this node wants it: one connection, whose file is private, checked,
// migrated and as durable as was asked for; statements bound and read by type; errors that name the file. A
// connection belongs to one loop. Errors are exceptions here; what runs on a loop catches them at its own
// edge.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace node {

/// what() names the file.
class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Durable against what, when a commit returns. WAL, both.
enum class Durability { process_crash, power_loss };

class Statement {
public:
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, std::int64_t number);
    Statement& bind(int index, std::span<const std::uint8_t> blob);
    /// True while there is a row. Resets itself after the last one.
    bool step();
    /// For statements without rows. Returns how many rows changed.
    int run();

    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::vector<std::uint8_t> blob(int column) const;

private:
    friend class Database;
    Statement(const SQLite::Database& db, const std::string& sql, const std::filesystem::path& file);
    SQLite::Statement statement_;
    const std::filesystem::path* file_;  // the database's, which outlives its statements
};

class Database {
public:
    /// Opens, or makes with mode 0600, `file`; brings the schema up to date. Throws DatabaseError: damaged
    /// files are reported, never replaced.
    Database(std::filesystem::path file, Durability durability);
    Database(const Database&) = delete;  // statements point to the file name
    Database& operator=(const Database&) = delete;

    Statement prepare(const std::string& sql);
    void execute(const std::string& sql);

private:
    friend class Transaction;
    void migrate();
    std::filesystem::path file_;
    SQLite::Database db_;
};

/// Of two that begin at once the second waits. Rolls back unless committed.
class Transaction {
public:
    explicit Transaction(Database& db);
    void commit();

private:
    SQLite::Transaction transaction_;
    const std::filesystem::path& file_;
};

}  // namespace node

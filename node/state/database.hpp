// node/state/database.hpp - SQLite with C++ lifetimes: one connection, prepared statements, bound and read by
// type. A connection belongs to one loop. Errors are exceptions here; what runs on a loop catches them at its
// own edge.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

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
    Statement(sqlite3* db, sqlite3_stmt* statement, const std::filesystem::path& file);
    void check(int code) const;
    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
    const std::filesystem::path* file_;  // the database's, which outlives its statements
};

class Database {
public:
    /// Opens, or makes with mode 0600, `file`; brings the schema up to date. Throws DatabaseError: damaged
    /// files are reported, never replaced.
    Database(std::filesystem::path file, Durability durability);
    ~Database();
    Database(const Database&) = delete;  // statements point to the file name
    Database& operator=(const Database&) = delete;

    Statement prepare(std::string_view sql);
    void execute(const std::string& sql);

private:
    void migrate();
    std::filesystem::path file_;
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_;
};

/// Rolls back unless committed.
class Transaction {
public:
    explicit Transaction(Database& db);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& db_;
    bool open_ = true;
};

}  // namespace node

// node/state/database.hpp - SQLiteCpp as this node wants it: one connection, whose file is private, checked,
// migrated and as durable as was asked for; statements bound and read by type; errors that name the file. A
// connection belongs to one loop. Errors are exceptions here; what runs on a loop catches them at its own
// edge.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace node {

/// what() names the file.
class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Durable against what, when a commit returns. WAL, both.
enum class Durability { process_crash, power_loss };

/// Of a loop for the writer of another process or loop: what a person on the phone does not notice.
inline constexpr std::chrono::milliseconds loop_patience{40};

class Database;

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
    /// Gives it back, reset, to be used again.
    struct Release {
        Database* db;
        void operator()(SQLite::Statement* statement) const noexcept;
    };
    Statement(Database& db, std::unique_ptr<SQLite::Statement> statement);
    std::unique_ptr<SQLite::Statement, Release> statement_;  // the database outlives it
    const std::filesystem::path* file_;                      // the database's
};

class Database {
public:
    /// Opens, or makes with mode 0600, `file`; brings the schema up to date. Throws DatabaseError: damaged
    /// files are reported, never replaced.
    Database(std::filesystem::path file, Durability durability);
    Database(const Database&) = delete;  // statements point to the file name
    Database& operator=(const Database&) = delete;

    /// Compiled once: who asks for the same text again gets what the last one has given back.
    Statement prepare(const std::string& sql);
    void execute(const std::string& sql);

    /// For how long a write waits for another connection's. Commands are patient (3 s), loops must not be:
    /// what they cannot write at once they write later.
    void wait_at_most(std::chrono::milliseconds time);
    /// A write has failed and its writer goes on without. Logged once, until a Transaction works again.
    void write_failed(const std::string& what, const DatabaseError& error);
    /// What write_failed() was told; empty: it can be written, as far as is known.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

private:
    friend class Transaction;
    friend class Statement;
    static constexpr std::size_t most_idle = 64;  // statements, of a few KiB each
    void migrate();
    bool has_column(const char* table, const char* name);
    std::filesystem::path file_;
    SQLite::Database db_;
    std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>> idle_;  // by text
    std::string fault_;
    int depth_ = 0;  // of transactions inside each other
};

/// Of two that begin at once the second waits. Rolls back unless committed. One inside another is a part of
/// it: what it commits counts when the outer one does.
class Transaction {
public:
    explicit Transaction(Database& db);
    ~Transaction();
    Transaction(const Transaction&) = delete;  // each ends once
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& db_;
    const std::string name_;  // of the savepoint
    bool open_ = true;
};

}  // namespace node

// node/state/database.cpp - opens, checks and migrates the state database.
#include "node/state/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace node {
namespace {

// Entry i brings version i to i + 1. Never edit one that was released: add the next.
constexpr std::array migrations = {
    R"(
    CREATE TABLE user(
        label TEXT PRIMARY KEY, realm TEXT NOT NULL, ha1_md5 TEXT NOT NULL, ha1_sha256 TEXT NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE binding(
        user TEXT NOT NULL, position INTEGER NOT NULL, contact TEXT NOT NULL, q INTEGER NOT NULL,
        expires INTEGER NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL, instance TEXT NOT NULL,
        reg_id INTEGER NOT NULL, path TEXT NOT NULL, user_agent TEXT NOT NULL, parameters TEXT NOT NULL,
        transport INTEGER NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL,
        PRIMARY KEY(user, position)) STRICT, WITHOUT ROWID;
    CREATE TABLE dht_node(id BLOB PRIMARY KEY, endpoint TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE seen_seq(
        blinded BLOB NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, period INTEGER NOT NULL,
        PRIMARY KEY(blinded, slot)) STRICT, WITHOUT ROWID;
    CREATE TABLE published_seq(
        blinded BLOB PRIMARY KEY, seq INTEGER NOT NULL, period INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    )",
    // Names and trust. Empty blobs stand for "none"; times are Unix seconds.
    R"(
    ALTER TABLE user ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;  -- 0: only who has an invite finds it
    ALTER TABLE user ADD COLUMN delivery TEXT NOT NULL DEFAULT '';  -- auto, redirect, proxy; '': as the node
    CREATE TABLE trust(  -- which key a name is bound to, and one that wants to take its place
        name TEXT PRIMARY KEY, key BLOB NOT NULL, source INTEGER NOT NULL, first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL, max_age INTEGER NOT NULL,
        new_key BLOB NOT NULL, new_source INTEGER NOT NULL, new_seen INTEGER NOT NULL,
        rejected_key BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE contact(
        name TEXT PRIMARY KEY, number TEXT UNIQUE, uri TEXT NOT NULL, secret BLOB NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE invite(  -- secrets under which a user of ours is published besides, or instead of, its name
        label TEXT NOT NULL, secret BLOB NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY(label, secret)) STRICT, WITHOUT ROWID;
    CREATE TABLE delegation(
        label TEXT PRIMARY KEY, target BLOB NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device(  -- nodes that this owner has certified
        key BLOB PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, valid_until INTEGER NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE certificate(  -- by which this node writes in the name of another key
        owner BLOB NOT NULL, label TEXT NOT NULL, secret BLOB NOT NULL, period INTEGER NOT NULL,
        slot INTEGER NOT NULL, certificate BLOB NOT NULL,
        PRIMARY KEY(owner, label, secret, period)) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone(  -- pre-signed, of this node's key or a friend's, to be published
        epoch INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY(epoch, block)) STRICT, WITHOUT ROWID;
    CREATE TABLE given_up(  -- at most one row: this node's own key is revoked; empty: it moved nowhere
        moved_to BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE revoked(key BLOB PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE owner_node(  -- for a name (hashed) that was found, its owner's nodes; higher ids are later
        id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, nodes TEXT NOT NULL) STRICT;
    CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE user ADD COLUMN strangers TEXT NOT NULL DEFAULT '';  -- allow, ask, reject; '': as the node
    CREATE TABLE waiting_caller(  -- refused by "ask", until the person decides
        number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, caller TEXT NOT NULL, name TEXT NOT NULL,
        verified INTEGER NOT NULL, first_call INTEGER NOT NULL, last_call INTEGER NOT NULL,
        calls INTEGER NOT NULL, UNIQUE(user, caller, verified)) STRICT;
    CREATE TABLE blocked_caller(
        caller TEXT NOT NULL, verified INTEGER NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY(caller, verified)) STRICT, WITHOUT ROWID;
    )",
};

/// SQLite would make the file with the umask's mode; digests of passwords need a tighter one.
/// A file that exists is never opened here: closing it would drop the POSIX locks that other connections of
/// this process hold on it, and another process would then delete the WAL under them
/// (sqlite.org/howtocorrupt.html §2.2).
void make_private(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        close(descriptor);
    } else if (errno != EEXIST) {
        throw DatabaseError(file.string() + ": cannot be made: " + std::strerror(errno));
    }
    if (chmod(file.c_str(), 0600) != 0) {
        throw DatabaseError(file.string() + ": cannot be made private: " + std::strerror(errno));
    }
}

}  // namespace

Statement::Statement(sqlite3* db, sqlite3_stmt* statement, const std::filesystem::path& file)
    : db_(db), statement_(statement, sqlite3_finalize), file_(&file) {}

void Statement::check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    const std::string what = sqlite3_errmsg(db_);
    sqlite3_reset(statement_.get());
    throw DatabaseError(file_->string() + ": " + what);
}

Statement& Statement::bind(int index, std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), index, text.data() == nullptr ? "" : text.data(), text.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
    check(sqlite3_bind_int64(statement_.get(), index, number));
    return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> blob) {
    const void* data = blob.data() == nullptr ? static_cast<const void*>("") : blob.data();  // null: NULL
    check(sqlite3_bind_blob64(statement_.get(), index, data, blob.size(), SQLITE_TRANSIENT));
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    check(code);
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(statement_.get());
    return false;
}

int Statement::run() {
    while (step()) {
    }
    return sqlite3_changes(db_);
}

std::string Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::vector<std::uint8_t> Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, data + sqlite3_column_bytes(statement_.get(), column)};
}

Database::Database(std::filesystem::path file, Durability durability)
    : file_(std::move(file)), db_(nullptr, sqlite3_close_v2) {
    make_private(file_);
    sqlite3* raw = nullptr;
    const int code =
        sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(raw);
    if (code != SQLITE_OK) throw DatabaseError(file_.string() + ": " + sqlite3_errstr(code));
    sqlite3_busy_timeout(raw, 3000);  // `user add` beside a running node: a writer waits for the other
    execute("PRAGMA journal_mode = WAL");
    // In WAL mode NORMAL loses the last commits with the power, but not with the process
    // (sqlite.org/pragma.html).
    execute(durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
    execute("PRAGMA foreign_keys = ON");
    auto quick = prepare("PRAGMA quick_check(1)");
    if (!quick.step() || quick.text(0) != "ok") {
        throw DatabaseError(file_.string() +
                            ": is damaged. Move it away and restore a copy, or add the users again");
    }
    quick.run();
    migrate();
}

Database::~Database() = default;

void Database::migrate() {
    const auto version_now = [this] {
        auto statement = prepare("PRAGMA user_version");
        const std::int64_t version = statement.step() ? statement.number(0) : 0;
        statement.run();
        return version;
    };
    constexpr auto newest = static_cast<std::int64_t>(migrations.size());
    if (version_now() > newest) throw DatabaseError(file_.string() + ": was written by a later Hedgewitch");
    if (version_now() == newest) return;
    Transaction transaction(
        *this);  // immediate: of two processes that start at once the second waits, then finds it done
    for (std::int64_t version = version_now(); version < newest; ++version) {
        execute(migrations[static_cast<std::size_t>(version)]);
        execute("PRAGMA user_version = " + std::to_string(version + 1));
    }
    transaction.commit();
}

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    if (code != SQLITE_OK) throw DatabaseError(file_.string() + ": " + sqlite3_errmsg(db_.get()));
    return {db_.get(), raw, file_};
}

void Database::execute(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return;
    const std::string what = sqlite3_errmsg(db_.get());
    throw DatabaseError(file_.string() + ": " + what);
}

Transaction::Transaction(Database& db) : db_(db) {
    db_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        db_.execute("ROLLBACK");
    } catch (const DatabaseError&) {
        // SQLite has rolled back by itself; there is nothing left to undo.
    }
}

void Transaction::commit() {
    db_.execute("COMMIT");
    open_ = false;
}

}  // namespace node

// node/state/database.cpp - opens, checks and migrates the state database.
#include "node/state/database.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "node/state/state_copy.hpp"

namespace node {
namespace {

struct Step {
    const char* sql;
    /// Columns added before that, where they are missing: ADD COLUMN knows no IF NOT EXISTS.
    struct Column {
        const char *table, *name, *definition;
    };
    std::array<Column, 2> columns{};
};

// Entry i brings version i to i + 1. Never edit one that was released: add the next. tests/node/state keeps
// what each release has written (released_schemas.hpp), and opens it.
constexpr std::array steps = {
    Step{R"(
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
    )"},
    // 0.2.0, names and trust. Empty blobs stand for "none"; times are Unix seconds.
    Step{R"(
    ALTER TABLE user ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;  -- 0: only who has an invite finds it
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
    CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    )"},
    // 0.3.0 and 0.4.0 had these as a part of the step before: a file of theirs has some already.
    Step{R"(
    CREATE TABLE IF NOT EXISTS owner_node(  -- for a name (hashed) that was found, its owner's nodes; higher ids later
        id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, nodes TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS waiting_caller(  -- refused by "ask", until the person decides
        number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, caller TEXT NOT NULL, name TEXT NOT NULL,
        verified INTEGER NOT NULL, first_call INTEGER NOT NULL, last_call INTEGER NOT NULL,
        calls INTEGER NOT NULL, UNIQUE(user, caller, verified)) STRICT;
    CREATE TABLE IF NOT EXISTS blocked_caller(
        caller TEXT NOT NULL, verified INTEGER NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY(caller, verified)) STRICT, WITHOUT ROWID;
    )",
         {Step::Column{"user", "delivery",
                       "TEXT NOT NULL DEFAULT ''"},  // auto, redirect, proxy; '': as the node
          Step::Column{"user", "strangers",
                       "TEXT NOT NULL DEFAULT ''"}}},  // allow, ask, reject; '': as the node
    Step{R"(
    CREATE TABLE home(  -- where phones of a user have logged in: an IPv4 address, or the first of an IPv6 /64
        source TEXT NOT NULL, user TEXT NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY(source, user)) STRICT, WITHOUT ROWID;
    )"},
    Step{R"(
    CREATE TABLE way_in(  -- nodes of the DHT that an invite named, to begin from
        endpoint TEXT PRIMARY KEY, added INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    )"},
    Step{R"(
    CREATE TABLE page_session(  -- browsers that are logged in to the page, by the hash of their cookie
        hash BLOB PRIMARY KEY, created INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE page_link(hash BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE page_password(hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;  -- at most one row
    )"},
    Step{R"(
    CREATE TABLE last_word(  -- of calls under way: what both sides are told should this node end before
        call_id TEXT NOT NULL, caller TEXT NOT NULL, callee TEXT NOT NULL, side INTEGER NOT NULL,
        transport INTEGER NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL, peer BLOB NOT NULL,
        listens TEXT NOT NULL, through TEXT NOT NULL, user TEXT NOT NULL, contact TEXT NOT NULL, message TEXT NOT NULL,
        written INTEGER NOT NULL, PRIMARY KEY(call_id, caller, callee, side)) STRICT, WITHOUT ROWID;
    )"},
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

/// What SQLite says does not name the file, nor what to do about it.
DatabaseError error_of(const std::filesystem::path& file, const SQLite::Exception& e) {
    if (e.getErrorCode() != SQLITE_CORRUPT && e.getErrorCode() != SQLITE_NOTADB)
        return DatabaseError(file.string() + ": " + e.what());
    return DatabaseError(file.string() + ": is damaged (" + e.what() + "). " + way_out(file));
}

template <typename F>
decltype(auto) naming(const std::filesystem::path& file, F&& what) {
    try {
        return what();
    } catch (const SQLite::Exception& e) {
        throw error_of(file, e);
    }
}

constexpr int busy_timeout_ms = 3000;  // `user add` beside a running node: a writer waits for the other

}  // namespace

Statement::Statement(Database& db, std::unique_ptr<SQLite::Statement> statement)
    : statement_(statement.release(), Release{&db}), file_(&db.file_) {}

void Statement::Release::operator()(SQLite::Statement* statement) const noexcept {
    std::unique_ptr<SQLite::Statement> owned(statement);
    if (db->idle_.size() >= Database::most_idle) return;
    try {
        (void)owned->tryReset();
        owned->clearBindings();
        auto text = owned->getQuery();
        db->idle_.try_emplace(std::move(text), std::move(owned));
    } catch (const std::exception&) {
        // It is compiled anew, then.
    }
}

Statement& Statement::bind(int index, std::string_view text) {
    naming(*file_, [&] { statement_->bind(index, std::string(text)); });
    return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
    naming(*file_, [&] { statement_->bind(index, number); });
    return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> blob) {
    const void* data = blob.data() == nullptr ? static_cast<const void*>("") : blob.data();  // null: NULL
    naming(*file_, [&] { statement_->bind(index, data, static_cast<int>(blob.size())); });
    return *this;
}

bool Statement::step() {
    try {
        if (statement_->executeStep()) return true;
    } catch (const SQLite::Exception& e) {
        (void)statement_->tryReset();
        throw error_of(*file_, e);
    }
    statement_->reset();
    return false;
}

int Statement::run() {
    while (step()) {
    }
    return statement_->getChanges();
}

std::string Statement::text(int column) const {
    return statement_->getColumn(column).getString();
}

std::int64_t Statement::number(int column) const {
    return statement_->getColumn(column).getInt64();
}

std::vector<std::uint8_t> Statement::blob(int column) const {
    const SQLite::Column value = statement_->getColumn(column);
    const auto* data = static_cast<const std::uint8_t*>(value.getBlob());
    return data == nullptr ? std::vector<std::uint8_t>() : std::vector(data, data + value.getBytes());
}

Database::Database(std::filesystem::path file, Durability durability)
    : file_(std::move(file)), db_(naming(file_, [this] {
          make_private(file_);
          return SQLite::Database(file_, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
      })) {
    execute("PRAGMA journal_mode = WAL");
    // In WAL mode NORMAL loses the last commits with the power, but not with the process
    // (sqlite.org/pragma.html).
    execute(durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
    execute("PRAGMA foreign_keys = ON");
    auto quick = prepare("PRAGMA quick_check(1)");
    if (!quick.step() || quick.text(0) != "ok") {
        throw DatabaseError(file_.string() + ": is damaged. " + way_out(file_));
    }
    quick.run();
    migrate();
}

void Database::migrate() {
    const auto version_now = [this] {
        auto statement = prepare("PRAGMA user_version");
        const std::int64_t version = statement.step() ? statement.number(0) : 0;
        statement.run();
        return version;
    };
    constexpr auto newest = static_cast<std::int64_t>(steps.size());
    if (version_now() > newest) throw DatabaseError(file_.string() + ": was written by a later Hedgewitch");
    if (version_now() == newest) return;
    Transaction transaction(
        *this);  // immediate: of two processes that start at once the second waits, then finds it done
    for (std::int64_t version = version_now(); version < newest; ++version) {
        const Step& step = steps[static_cast<std::size_t>(version)];
        for (const auto& [table, name, definition] : step.columns) {
            if (table != nullptr && !has_column(table, name))
                execute(std::string("ALTER TABLE ") + table + " ADD COLUMN " + name + " " + definition);
        }
        execute(step.sql);
        execute("PRAGMA user_version = " + std::to_string(version + 1));
    }
    transaction.commit();
}

bool Database::has_column(const char* table, const char* name) {
    auto select = prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
    const bool has = select.bind(1, table).bind(2, name).step();
    if (has) select.run();
    return has;
}

Statement Database::prepare(const std::string& sql) {
    if (auto idle = idle_.extract(sql)) return {*this, std::move(idle.mapped())};
    return naming(file_, [&] { return Statement(*this, std::make_unique<SQLite::Statement>(db_, sql)); });
}

void Database::execute(const std::string& sql) {
    naming(file_, [&] { db_.exec(sql); });
}

void Database::wait_at_most(std::chrono::milliseconds time) {
    naming(file_, [&] { db_.setBusyTimeout(static_cast<int>(time.count())); });
}

void Database::write_failed(const std::string& what, const DatabaseError& error) {
    if (fault_.empty())
        spdlog::error("{} could not be kept, and nothing else until this is mended: {}", what, error.what());
    fault_ = error.what();
}

// IMMEDIATE: a lock that was upgraded while another connection writes could only fail
// (sqlite.org/lang_transaction).
Transaction::Transaction(Database& db) : db_(db), name_("inner_" + std::to_string(db.depth_)) {
    db_.prepare(db_.depth_ == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT " + name_).run();
    ++db_.depth_;
}

Transaction::~Transaction() {
    if (!open_) return;
    --db_.depth_;
    try {
        db_.execute(db_.depth_ == 0 ? "ROLLBACK" : "ROLLBACK TO " + name_ + "; RELEASE " + name_);
    } catch (const DatabaseError&) {
        // SQLite has done it already: after an error of the disk (sqlite.org/lang_transaction §3).
    }
}

void Transaction::commit() {
    db_.prepare(db_.depth_ == 1 ? "COMMIT" : "RELEASE " + name_).run();
    open_ = false;
    if (--db_.depth_ > 0 || db_.fault_.empty()) return;
    spdlog::info("{}: can be written again", db_.file_.string());
    db_.fault_.clear();
}

}  // namespace node

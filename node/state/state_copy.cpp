// node/state/state_copy.cpp - VACUUM INTO, and files in a table.
#include "node/state/state_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "crypto/file.hpp"
#include "crypto/sealed_file.hpp"
#include "node/clock.hpp"
#include "node/state/database.hpp"

namespace node {
namespace {

namespace fs = std::filesystem;

constexpr auto settings_name = "hedgewitch.toml";
constexpr auto copy_every = std::chrono::hours(24);

std::optional<std::chrono::sys_seconds> written(const fs::path& file) {
    struct stat info {};
    if (stat(file.c_str(), &info) != 0 || info.st_size == 0) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(info.st_mtim.tv_sec));
}

std::string quoted(const std::string& text) {
    std::string sql = "'";
    for (const char c : text)
        sql += c == '\'' ? "''" : std::string(1, c);
    return sql + "'";
}

[[noreturn]] void cannot_write(const fs::path& file) {
    throw DatabaseError(file.string() + ": cannot be written: " + std::strerror(errno));
}

/// SQLite fills a file that is empty; made here it has the right mode.
void make_empty(const fs::path& file) {
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0 || fchmod(descriptor, 0600) != 0) cannot_write(file);
    close(descriptor);
}

void move_into_place(const fs::path& from, const fs::path& to) {
    const int descriptor = open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) close(descriptor);
    if (!synced || rename(from.c_str(), to.c_str()) != 0 || !crypto::sync_folder(to)) cannot_write(to);
}

std::vector<std::uint8_t> content_of(const fs::path& file) {
    std::error_code unknown;
    const auto size = fs::file_size(file, unknown);
    auto bytes = crypto::read_file(file, unknown ? 0 : size);
    if (unknown || !bytes) throw DatabaseError(file.string() + ": cannot be read: " + std::strerror(errno));
    return std::move(*bytes);
}

/// Removes what it names, and SQLite's files beside it, in any case.
class Temporary {
public:
    explicit Temporary(fs::path file) : path(std::move(file)) { make_empty(path); }
    ~Temporary() {
        std::error_code ignored;
        for (const char* end : {"", "-wal", "-shm", "-journal"})
            fs::remove(path.string() + end, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    const fs::path path;
};

void vacuum_into(const fs::path& from, const fs::path& to) {
    Database db(from, Durability::process_crash);
    db.execute("VACUUM INTO " + quoted(to.string()));
}

/// What belongs to an identity, and comes back with it.
std::array<fs::path, 5> identity_files_of(const StatePaths& paths) {
    return {paths.identity, paths.passphrase, paths.address, paths.revocation, paths.dir / "tls.crt"};
}

/// It is held in memory twice while it is opened.
void refuse_too_large(const fs::path& from) {
    std::error_code unknown;
    const auto size = fs::file_size(from, unknown);
    if (unknown || size <= largest_backup) return;
    throw std::runtime_error(fmt::format(
        "{} has more than {} MB, as no backup of Hedgewitch has: it is another file. Name the one that "
        "`hedgewitch backup --all` wrote",
        from.string(), largest_backup >> 20));
}

std::string why_closed(const std::error_code& error) {
    if (error == crypto::Errc::wrong_passphrase) return "this is not its passphrase";
    if (error == crypto::Errc::damaged_file) return "is damaged, or not all of it: take another copy of it";
    return error.message();
}

}  // namespace

fs::path daily_copy(const fs::path& database) {
    return database.string() + ".daily";
}

std::string way_out(const fs::path& database) {
    const std::string what =
        "The users, where their phones are, contacts, trust, invites and callers are in it; the "
        "identity is not. ";
    if (const auto copied = written(daily_copy(database))) {
        return what + "`hedgewitch restore --daily` puts the copy of " + date_text(*copied) +
               " in its place, and what was changed since is lost";
    }
    return what +
           "There is no daily copy: `hedgewitch restore --all FILE` takes what `hedgewitch backup --all "
           "FILE` "
           "has kept, and `hedgewitch restore --empty` begins without any of it";
}

void refuse_if_gone(const StatePaths& paths) {
    std::error_code unknown;
    if (!fs::exists(paths.identity, unknown)) return;
    if (!fs::exists(paths.database, unknown))
        throw DatabaseError(paths.database.string() + ": is gone. " + way_out(paths.database));
    if (fs::file_size(paths.database, unknown) == 0 && !unknown)
        throw DatabaseError(paths.database.string() + ": is empty. " + way_out(paths.database));
}

void copy_database(const fs::path& from, const fs::path& to) {
    const Temporary temporary(to.string() + ".tmp");
    vacuum_into(from, temporary.path);
    move_into_place(temporary.path, to);
}

bool copy_is_due(const fs::path& database, std::chrono::sys_seconds now) {
    const auto copied = written(daily_copy(database));
    return !copied || now - *copied >= copy_every || *copied - now > copy_every;  // the clock was ahead
}

crypto::FileSet removed(const fs::path& database) {
    crypto::FileSet files;
    const std::string name = database.filename().string();
    std::error_code unknown;
    if (fs::file_size(database, unknown) > 0 && !unknown) files[name + ".before"] = content_of(database);
    for (const char* end : {"", "-wal", "-shm"})
        files[name + end] = std::nullopt;
    return files;
}

crypto::FileSet replaced_by(const fs::path& database, const fs::path& from) {
    auto files = removed(database);
    files[database.filename().string()] = content_of(from);
    return files;
}

void write_backup(const StatePaths& paths, const std::string& settings, std::string_view passphrase,
                  const crypto::KeystoreCost& cost, const fs::path& to) {
    const Temporary temporary(paths.dir / "backing-up.db");  // never beside `to`, as it is not sealed yet
    vacuum_into(paths.database, temporary.path);
    {
        Database db(temporary.path, Durability::process_crash);
        Transaction transaction(db);
        db.execute("CREATE TABLE kept_file(name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT");
        auto insert = db.prepare("INSERT INTO kept_file VALUES(?, ?)");
        for (const auto& file : identity_files_of(paths)) {
            if (fs::exists(file)) insert.bind(1, file.filename().string()).bind(2, content_of(file)).run();
        }
        if (!settings.empty()) insert.bind(1, settings_name).bind(2, crypto::bytes_of(settings)).run();
        transaction.commit();
    }
    if (fs::file_size(temporary.path) > largest_backup)
        throw std::runtime_error(
            fmt::format("{} has more than {} MB, and no backup is made of so much: copy the "
                        "folder while the node is stopped",
                        paths.database.string(), largest_backup >> 20));
    const auto sealed = crypto::seal_file(content_of(temporary.path), passphrase, cost);
    if (!sealed) throw std::runtime_error(to.string() + ": " + sealed.error().message());
    if (!crypto::replace_file(to, *sealed)) cannot_write(to);
}

bool is_sealed_backup(const fs::path& from) {
    refuse_too_large(from);
    constexpr std::size_t beginning = 16;
    const auto bytes = crypto::read_file(from, beginning);
    if (!bytes) throw std::runtime_error(from.string() + ": cannot be read: " + std::strerror(errno));
    return crypto::is_sealed_file(*bytes);
}

Restored read_backup(const StatePaths& paths, std::string_view passphrase, const fs::path& from) {
    refuse_too_large(from);
    auto content = content_of(from);
    if (crypto::is_sealed_file(content)) {
        auto opened = crypto::open_file(content, passphrase);
        if (!opened) throw std::runtime_error(from.string() + ": " + why_closed(opened.error()));
        content = std::move(*opened);
    }
    // https://www.sqlite.org/fileformat.html §1.3
    constexpr std::string_view database_begins{"SQLite format 3\0", 16};
    if (content.size() < database_begins.size() ||
        !std::equal(database_begins.begin(), database_begins.end(), content.begin()))
        throw std::runtime_error(from.string() + " was not made by `hedgewitch backup --all`, or is cut off");
    const Temporary work(paths.dir / "restoring.db");
    if (!crypto::replace_file(work.path, content)) cannot_write(work.path);
    Restored restored;
    {
        Database db(work.path, Durability::process_crash);
        auto is_one = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'kept_file'");
        if (!is_one.step())
            throw std::runtime_error(from.string() + ": was not made by `hedgewitch backup --all`");
        is_one.run();
        const auto kept = [&](const std::string& name) -> std::optional<std::vector<std::uint8_t>> {
            auto select = db.prepare("SELECT content FROM kept_file WHERE name = ?");
            if (!select.bind(1, name).step()) return std::nullopt;
            return select.blob(0);
        };
        for (const auto& file : identity_files_of(paths))
            restored.files[file.filename().string()] = kept(file.filename().string());
        if (const auto settings = kept(settings_name))
            restored.settings.assign(settings->begin(), settings->end());
        db.execute("DROP TABLE kept_file");
    }
    if (!restored.files[paths.identity.filename().string()])
        throw std::runtime_error(from.string() + ": holds no identity");
    restored.files.merge(replaced_by(paths.database, work.path));
    return restored;
}

}  // namespace node

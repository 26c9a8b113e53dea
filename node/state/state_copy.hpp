// node/state/state_copy.hpp - copies of the state file: one that the node makes each day beside it, one in
// which a person keeps all there is; and what is said when the file itself is damaged or gone. Throws
// DatabaseError.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "crypto/file_set.hpp"
#include "crypto/stretch.hpp"
#include "node/state/paths.hpp"

namespace node {

/// state.db.daily
std::filesystem::path daily_copy(const std::filesystem::path& database);
/// What is in `database`, what is lost with it, and the command that helps.
std::string way_out(const std::filesystem::path& database);
/// An identity without its state file, or with an empty one: it was there once.
void refuse_if_gone(const StatePaths& paths);

/// Whole or not at all; mode 0600. The database may be in use, and nobody waits. A damaged one is not copied.
void copy_database(const std::filesystem::path& from, const std::filesystem::path& to);
/// The daily copy is missing or a day old.
bool copy_is_due(const std::filesystem::path& database, std::chrono::sys_seconds now);

/// `database` becomes what the file `from` holds, or goes; what it was before becomes state.db.before.
crypto::FileSet replaced_by(const std::filesystem::path& database, const std::filesystem::path& from);
crypto::FileSet removed(const std::filesystem::path& database);

/// All there is: the database with the files of the identity in a table of their own, and `settings` (the
/// configuration file's text; empty: none), sealed with `passphrase`. One file to keep, and to restore all
/// from.
void write_backup(const StatePaths& paths, const std::string& settings, std::string_view passphrase,
                  const crypto::KeystoreCost& cost, const std::filesystem::path& to);

struct Restored {
    crypto::FileSet files;  // what the state folder becomes
    std::string settings;   // empty: there were none
};
/// A thousand times what a home's node keeps. A larger file is none of ours, and is not read into memory; nor
/// is one made.
inline constexpr std::uintmax_t largest_backup = std::uintmax_t{256} << 20;
/// What such a file holds; those of 0.5.0 and before are not sealed, and open with any passphrase. Throws
/// std::runtime_error: it is none, is larger than that, is damaged, or has another passphrase. Works in the
/// folder.
Restored read_backup(const StatePaths& paths, std::string_view passphrase, const std::filesystem::path& from);
/// A passphrase is needed to read it. Throws as read_backup().
bool is_sealed_backup(const std::filesystem::path& from);

}  // namespace node

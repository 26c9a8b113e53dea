// node/state/state_copy.hpp - copies of the state file: one that the node makes each day beside it, one in
// which a person keeps all there is; and what is said when the file itself is damaged or gone. Throws
// DatabaseError.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "crypto/file_set.hpp"
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

/// The database with the files of the identity in a table of their own: one file to keep, and to restore all
/// from.
void write_backup(const StatePaths& paths, const std::filesystem::path& to);
/// What the state folder becomes by such a file. Throws std::runtime_error when it is none. Works in the
/// folder.
crypto::FileSet read_backup(const StatePaths& paths, const std::filesystem::path& from);

}  // namespace node

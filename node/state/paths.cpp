// node/state/paths.cpp - one directory, which only its owner enters.
#include "node/state/paths.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "node/state/ownership.hpp"

namespace node {
namespace {

/// Who that is, and how to be that user.
std::string whose(const std::filesystem::path& dir) {
    const auto owner = owner_of(dir);
    const std::string name = owner ? owner->name : "root";
    return "it belongs to " + (owner ? to_text(*owner) : name) + ", and you are uid " +
           std::to_string(geteuid()) + (name.empty() ? "" : ": `sudo -u " + name + " hedgewitch ...`");
}

void must_allow(const std::filesystem::path& dir, int mode) {
    if (faccessat(AT_FDCWD, dir.c_str(), mode, AT_EACCESS) == 0 || errno == ENOENT) return;
    const int reason = errno;
    const std::string text = dir.string() + ": " + std::strerror(reason);
    if (reason == EROFS)
        throw std::runtime_error(text +
                                 ": its file system is mounted read-only (`mount -o remount,rw`), or broken");
    if (reason != EACCES) throw std::runtime_error(text);
    throw std::runtime_error(text + ": " + whose(dir));
}

}  // namespace

StatePaths::StatePaths(std::filesystem::path directory)
    : dir(std::move(directory)),
      database(dir / "state.db"),
      identity(dir / "identity.key"),
      passphrase(dir / "identity.pass"),
      address(dir / "address"),
      revocation(dir / "revocation.hwt"),
      control_socket(dir / "control.sock"),
      lock(dir / "lock") {}

void StatePaths::make_dir() const {
    std::error_code failed;
    const bool made = std::filesystem::create_directories(dir, failed);
    if (failed) {
        throw std::runtime_error(dir.string() + ": cannot be made: " + failed.message() +
                                 ". --state DIR, or state.dir in the configuration, names another folder");
    }
    if (made) std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
}

void StatePaths::must_be_readable() const {
    must_allow(dir, R_OK | X_OK);
}

void StatePaths::must_be_writable() const {
    must_allow(dir, R_OK | W_OK | X_OK);
}

}  // namespace node

// node/state/ownership.cpp - stat(2), getpwnam_r(3), fchownat(2).
#include "node/state/ownership.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace node {
namespace {

namespace fs = std::filesystem;
using Words = std::array<char, 16384>;  // what a line of passwd(5) may need

/// Root's own alone: what has another owner, or another name elsewhere, was not made here by root.
void give_one(const fs::path& path, mode_t kind, const Account& account) {
    const int descriptor = open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat info {};
    const bool roots = fstat(descriptor, &info) == 0 && (info.st_mode & S_IFMT) == kind && info.st_uid == 0 &&
                       (kind == S_IFDIR || info.st_nlink == 1);
    if (roots && fchownat(descriptor, "", account.user, account.group, AT_EMPTY_PATH) != 0) {
        // It stays root's, and whoever cannot open it then says so with its name.
    }
    close(descriptor);
}

}  // namespace

std::optional<Account> owner_of(const fs::path& folder) {
    struct stat info {};
    if (stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return std::nullopt;
    passwd entry{};
    passwd* found = nullptr;
    Words words{};
    if (getpwuid_r(info.st_uid, &entry, words.data(), words.size(), &found) != 0 || found == nullptr)
        return Account{info.st_uid, info.st_gid, {}};
    return Account{found->pw_uid, found->pw_gid, found->pw_name};
}

std::optional<Account> account_named(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    Words words{};
    if (getpwnam_r(name.c_str(), &entry, words.data(), words.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return Account{found->pw_uid, found->pw_gid, found->pw_name};
}

bool may_reach(const Account& account, const fs::path& path) {
    for (fs::path above = fs::absolute(path).lexically_normal().parent_path();; above = above.parent_path()) {
        struct stat info {};
        if (stat(above.c_str(), &info) != 0) return false;
        const mode_t needed = info.st_uid == account.user    ? S_IXUSR
                              : info.st_gid == account.group ? S_IXGRP
                                                             : S_IXOTH;
        if ((info.st_mode & needed) == 0) return false;
        if (above == above.parent_path()) return true;
    }
}

void give(const fs::path& folder, const Account& account) {
    give_one(folder, S_IFDIR, account);
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(folder, unreadable))
        give_one(entry.path(), S_IFREG, account);
}

std::string to_text(const Account& account) {
    const std::string number = "uid " + std::to_string(account.user);
    return account.name.empty() ? number : account.name + " (" + number + ")";
}

}  // namespace node

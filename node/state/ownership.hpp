// node/state/ownership.hpp - whose the state folder is, when root works in it. What root makes there belongs
// to the folder's owner, so that the node can be started as that user.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace node {

struct Account {
    uid_t user = 0;
    gid_t group = 0;
    std::string name;  // empty: it has none
};

/// Nothing: root's, or there is no such file.
std::optional<Account> owner_of(const std::filesystem::path& folder);
/// The user of that name, with its own group.
std::optional<Account> account_named(const std::string& name);

/// Whether it may pass through all folders above `path`, as their modes say.
bool may_reach(const Account& account, const std::filesystem::path& path);

/// Root's plain files in `folder`, and the folder, if it is root's, become `account`'s. Links are left alone:
/// who owns the folder could have set them to anywhere. REQUIRES: root.
void give(const std::filesystem::path& folder, const Account& account);

/// "alice (uid 1000)"
std::string to_text(const Account& account);

}  // namespace node

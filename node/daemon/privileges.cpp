// node/daemon/privileges.cpp - setresuid(2), capset(2).
#include "node/daemon/privileges.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "node/identity/private_memory.hpp"
#include "node/state/ownership.hpp"

namespace node {
namespace {

void must(bool done, const std::string& what) {
    if (!done) throw std::runtime_error("started as root: " + what + ": " + std::strerror(errno));
}

/// Permitted and effective; nothing is inheritable. capabilities(7): glibc has no call for it.
bool set_capabilities(std::uint32_t low_half) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, 2> sets{{{low_half, low_half, 0}, {0, 0, 0}}};
    return syscall(SYS_capset, &header, sets.data()) == 0;
}

void become(const Account& account) {
    const std::string who = "cannot become " + to_text(account);
    must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, who);
    const bool grouped = account.name.empty() ? setgroups(0, nullptr) == 0
                                              : initgroups(account.name.c_str(), account.group) == 0;
    must(grouped, who);
    must(setresgid(account.group, account.group, account.group) == 0, who);
    must(setresuid(account.user, account.user, account.user) == 0, who);
    must(set_capabilities(1U << CAP_NET_BIND_SERVICE | 1U << CAP_DAC_READ_SEARCH), who);
    if (setuid(0) == 0) throw std::runtime_error("started as root: root can be had back, which must not be");
    keep_memory_private();
}

}  // namespace

void leave_root(const std::filesystem::path& state) {
    if (geteuid() != 0) return;
    auto account = owner_of(state);
    if (account && !may_reach(*account, state)) {
        throw std::runtime_error("started as root: " + to_text(*account) + ", who owns " + state.string() +
                                 ", may not enter a folder above it: `chmod o+x` it, or move the state");
    }
    if (!account) account = account_named("hedgewitch");
    if (!account || account->user == 0 || !may_reach(*account, state)) {
        spdlog::info("started as root, and stays it without its capabilities: {} is root's", state.string());
        return;
    }
    give(state, *account);
    become(*account);
    spdlog::info("started as root, runs as {}", to_text(*account));
}

void drop_capabilities() {
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (!set_capabilities(0)) spdlog::warn("capabilities could not be dropped: {}", std::strerror(errno));
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace node

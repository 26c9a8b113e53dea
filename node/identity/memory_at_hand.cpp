// node/identity/memory_at_hand.cpp - reads /proc and /sys/fs/cgroup.
#include "node/identity/memory_at_hand.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace node {
namespace {

namespace fs = std::filesystem;
using Bytes = std::optional<std::uint64_t>;

/// The number in a file of one number; nothing: there is none, as in "max".
Bytes number_in(const fs::path& file) {
    std::ifstream in(file);
    std::uint64_t number = 0;
    if (in >> number) return number;
    return std::nullopt;
}

/// The number behind `name` in a file of lines "name number".
std::uint64_t field_of(const fs::path& file, const std::string& name) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string word;
        std::uint64_t number = 0;
        if (words >> word >> number && word == name) return number;
    }
    return 0;
}

Bytes least(Bytes one, Bytes other) {
    if (!one || !other) return one ? one : other;
    return std::min(*one, *other);
}

std::uint64_t less(std::uint64_t limit, std::uint64_t used) {
    return limit > used ? limit - used : 0;
}

struct GroupFiles {
    const char *limit, *used, *swap_limit, *swap_used, *cache;
};
constexpr GroupFiles second{"memory.max", "memory.current", "memory.swap.max", "memory.swap.current",
                            "inactive_file"};
// Its limits of swap hold for both together: they are left out, and so it is the stricter.
constexpr GroupFiles first{"memory.limit_in_bytes", "memory.usage_in_bytes", nullptr, nullptr,
                           "total_inactive_file"};

/// Of the group in `folder`, with what the kernel can take back: pages of files, which it has written.
Bytes left_in(const fs::path& folder, const GroupFiles& files, std::uint64_t free_swap) {
    const Bytes limit = number_in(folder / files.limit);
    if (!limit) return std::nullopt;
    const std::uint64_t cache = field_of(folder / "memory.stat", files.cache);
    const std::uint64_t used = less(number_in(folder / files.used).value_or(0), cache);
    std::uint64_t swap = 0;
    if (files.swap_limit != nullptr) {
        const auto swap_limit = number_in(folder / files.swap_limit);
        swap = swap_limit ? less(*swap_limit, number_in(folder / files.swap_used).value_or(0)) : free_swap;
    }
    return less(*limit, used) + std::min(swap, free_swap);
}

/// The least of the group and those around it. In a container its own root stands for them.
Bytes left_around(const fs::path& mount, fs::path group, const GroupFiles& files, std::uint64_t free_swap) {
    Bytes left = left_in(mount, files, free_swap);
    for (; group.has_relative_path(); group = group.parent_path())
        left = least(left, left_in(mount / group.relative_path(), files, free_swap));
    return left;
}

/// proc(5), /proc/PID/cgroup: "0::/path" of version 2, "4:memory:/path" of version 1.
Bytes left_in_groups(const fs::path& root, std::uint64_t free_swap) {
    Bytes left;
    std::ifstream in(root / "proc/self/cgroup");
    for (std::string line; std::getline(in, line);) {
        const auto one = line.find(':'), two = line.find(':', one + 1);
        if (one == std::string::npos || two == std::string::npos) continue;
        const std::string controllers = "," + line.substr(one + 1, two - one - 1) + ",";
        const fs::path group = line.substr(two + 1), mount = root / "sys/fs/cgroup";
        if (controllers == ",,") {
            left = least(left, left_around(mount, group, second, free_swap));
        } else if (controllers.find(",memory,") != std::string::npos) {
            left = least(left, left_around(mount / "memory", group, first, free_swap));
        }
    }
    return left;
}

Bytes left_of_address_space(const fs::path& root) {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    return less(limit.rlim_cur, field_of(root / "proc/self/status", "VmSize:") * 1024);
}

}  // namespace

std::optional<std::uint64_t> memory_at_hand(const fs::path& root) {
    const fs::path machine = root / "proc/meminfo";
    const std::uint64_t free_swap = field_of(machine, "SwapFree:") * 1024;
    Bytes left;
    if (const auto available = field_of(machine, "MemAvailable:"); available > 0)
        left = available * 1024 + free_swap;
    return least(least(left, left_in_groups(root, free_swap)), left_of_address_space(root));
}

}  // namespace node

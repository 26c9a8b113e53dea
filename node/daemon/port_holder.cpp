// node/daemon/port_holder.cpp - a port, its sockets' inodes, the process that has one of them open.
#include "node/daemon/port_holder.hpp"

#include <fmt/format.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

namespace node {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    const std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

bool is_number(const std::string& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string user_of(unsigned uid) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
        return entry.pw_name;
    return std::to_string(uid);
}

bool has_open(const fs::path& process, const std::set<std::string>& links) {
    std::error_code hidden;
    for (fs::directory_iterator at(process / "fd", hidden), end; !hidden && at != end; at.increment(hidden)) {
        std::error_code gone;
        if (links.contains(fs::read_symlink(at->path(), gone).string())) return true;
    }
    return false;
}

}  // namespace

std::vector<SocketRow> sockets_at(std::string_view table, std::uint16_t port, bool tcp) {
    constexpr std::string_view listens = "0A";
    const std::string ending = fmt::format(":{:04X}", port);
    std::vector<SocketRow> rows;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string number, local, remote, state, queues, timer, again, timeout;
        SocketRow row;
        if (!(fields >> number >> local >> remote >> state >> queues >> timer >> again >> row.uid >>
              timeout >> row.inode))
            continue;  // the heading, too
        if (local.ends_with(ending) && (!tcp || state == listens) && row.inode != 0) rows.push_back(row);
    }
    return rows;
}

std::string port_holder(std::uint16_t port, bool tcp, const fs::path& proc) {
    std::vector<SocketRow> rows;
    for (const auto* version : {"", "6"}) {
        const auto more =
            sockets_at(text_of(proc / "net" / (std::string(tcp ? "tcp" : "udp") + version)), port, tcp);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    if (rows.empty()) return {};
    const std::string user = user_of(rows.front().uid);
    std::set<std::string> links;
    for (const auto& row : rows)
        links.insert(fmt::format("socket:[{}]", row.inode));
    std::error_code none;
    for (fs::directory_iterator at(proc, none), end; !none && at != end; at.increment(none)) {
        const std::string process = at->path().filename().string();
        if (!is_number(process) || !has_open(at->path(), links)) continue;
        std::string name = text_of(at->path() / "comm");
        std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
        return fmt::format("{} (process {}, of user {})", name, process, user);
    }
    return "a program of user " + user;
}

std::string port_holder_of(std::string_view what, const fs::path& proc) {
    constexpr std::string_view before = "cannot listen on ";
    const auto begin = what.find(before);
    if (begin == std::string_view::npos) return {};
    auto address = what.substr(begin + before.size());
    address = address.substr(0, address.find(": "));
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::uint16_t port = 0;
    const auto digits = address.substr(colon + 1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), port).ec != std::errc()) return {};
    return port_holder(port, !(address.starts_with("UDP") || address.starts_with("udp")), proc);
}

}  // namespace node

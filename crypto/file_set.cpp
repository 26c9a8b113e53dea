// crypto/file_set.cpp - a list that decides, and renames that follow it.
#include "crypto/file_set.hpp"

#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <string_view>

#include "crypto/bytes.hpp"
#include "crypto/file.hpp"

namespace crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view list_name = "replacing", next = ".next";
constexpr std::size_t most_of_a_list = std::size_t{64} * 1024;

fs::path next_of(const fs::path& file) {
    return file.string() + std::string(next);
}

/// What replace_files() writes on its way, and replace_file() below it.
bool is_half_done(const std::string& name) {
    return name.ends_with(next) || name.find(".next.new-") != std::string::npos ||
           name.starts_with("replacing.new-");
}

/// A line each, "put NAME" or "remove NAME".
std::string list_of(const FileSet& files) {
    std::string list;
    for (const auto& [name, content] : files)
        list += (content ? "put " : "remove ") + name + "\n";
    return list;
}

/// Done any number of times it comes to the same. False: errno says why.
bool follow(const fs::path& folder, const std::string& list) {
    std::istringstream lines(list);
    for (std::string what, name; lines >> what >> name;) {
        const fs::path file = folder / name;
        const bool done =
            what == "put" ? ::rename(next_of(file).c_str(), file.c_str()) == 0 : ::unlink(file.c_str()) == 0;
        if (!done && errno != ENOENT) return false;
    }
    return sync_folder(folder / list_name) && ::unlink((folder / list_name).c_str()) == 0 &&
           sync_folder(folder / list_name);
}

/// Nothing was decided: what lies there is half of something.
void undo(const fs::path& folder) {
    const int kept = errno;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (is_half_done(entry.path().filename().string())) fs::remove(entry.path(), ignored);
    }
    errno = kept;
}

}  // namespace

Result<void> replace_files(const fs::path& folder, const FileSet& files) {
    for (const auto& [name, content] : files) {
        if (!content || replace_file(next_of(folder / name), *content)) continue;
        undo(folder);
        return fail(Errc::file_error);
    }
    const std::string list = list_of(files);
    if (!replace_file(folder / list_name, bytes_of(list))) {
        undo(folder);
        return fail(Errc::file_error);
    }
    if (!follow(folder, list)) return fail(Errc::file_error);
    return {};
}

bool is_replacing(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name == list_name || is_half_done(name)) return true;
    }
    return false;
}

Result<void> finish_replacing(const fs::path& folder) {
    const auto list = read_file(folder / list_name, most_of_a_list);
    if (list) {
        if (!follow(folder, {list->begin(), list->end()})) return fail(Errc::file_error);
        return {};
    }
    if (errno != ENOENT) return fail(Errc::file_error);
    undo(folder);
    return {};
}

}  // namespace crypto

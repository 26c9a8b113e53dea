// tests/house/house_test.cpp - the rules of the house that a compiler does not enforce.
//   crypto <- overlay <- node -> sip; only overlay's .cpp files see OpenDHT; cores read no clock and roll no
//   dice.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = SOURCE_DIR;

// Which folders of ours a folder may include.
const std::map<std::string, std::set<std::string>> arrows = {
    {"crypto", {"crypto"}},
    {"sip", {"sip"}},
    {"overlay", {"overlay", "crypto"}},
    {"node", {"node", "overlay", "crypto", "sip"}},
    {"simulations", {"simulations", "overlay", "crypto"}},
};

struct SourceFile {
    std::string folder;
    fs::path path;
    std::vector<std::string> lines;
};

std::vector<SourceFile> sources() {
    std::vector<SourceFile> found;
    for (const auto& [folder, allowed] : arrows) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") continue;
            SourceFile file{folder, entry.path(), {}};
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);)
                file.lines.push_back(line);
            found.push_back(std::move(file));
        }
    }
    return found;
}

std::string tree_path(const fs::path& path) {
    return fs::relative(path, root).generic_string();
}

// The part of an include path before the first slash: "sip" of #include "sip/syntax/uri.hpp".
std::vector<std::string> included(const SourceFile& file) {
    static const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
    std::vector<std::string> paths;
    for (const auto& line : file.lines) {
        std::smatch match;
        if (std::regex_search(line, match, include)) paths.push_back(match[1]);
    }
    return paths;
}

// Lines that hold `pattern` outside of a comment, as "file:line".
std::vector<std::string> uses(const SourceFile& file, const std::regex& pattern) {
    std::vector<std::string> places;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string code = file.lines[i].substr(0, file.lines[i].find("//"));
        if (std::regex_search(code, pattern))
            places.push_back(tree_path(file.path) + ":" + std::to_string(i + 1));
    }
    return places;
}

TEST(House, every_folder_of_the_design_holds_source) {
    std::map<std::string, int> files;
    for (const auto& file : sources())
        ++files[file.folder];
    for (const auto* folder : {"crypto", "overlay", "sip", "node"})
        EXPECT_GT(files[folder], 3) << folder;
}

TEST(House, no_include_runs_against_the_arrows) {
    for (const auto& file : sources()) {
        for (const auto& path : included(file)) {
            const std::string top = path.substr(0, path.find('/'));
            if (!arrows.contains(top)) continue;  // not ours
            EXPECT_TRUE(arrows.at(file.folder).contains(top))
                << tree_path(file.path) << " includes " << path << ": " << file.folder << " may not know "
                << top;
        }
    }
}

TEST(House, only_cpp_files_of_overlay_and_simulations_see_opendht) {
    for (const auto& file : sources()) {
        for (const auto& path : included(file)) {
            if (!path.starts_with("opendht")) continue;
            EXPECT_TRUE((file.folder == "overlay" || file.folder == "simulations") &&
                        file.path.extension() == ".cpp")
                << tree_path(file.path) << " includes " << path << ", which costs 2 s a unit";
        }
    }
}

// Adapters are the files that own sockets and timers; everything else in sip/ and overlay/ is a core.
TEST(House, cores_open_no_socket_and_read_no_clock) {
    const std::set<std::string> adapters = {
        "sip/transport/transports.cpp",
        "sip/transport/transports.hpp",
        "sip/transport/udp_transport.cpp",
        "sip/transport/udp_transport.hpp",
        "sip/transport/stream_transport.cpp",
        "sip/transport/stream_transport.hpp",
        "overlay/overlay.cpp",
        "overlay/overlay.hpp",
        "overlay/udp_link.cpp",
        "overlay/udp_link.hpp",
        "overlay/bootstrap.cpp",
        "overlay/bootstrap.hpp",
        "sip/transport/stream_connection.cpp",
        "sip/transport/stream_connection.hpp",
        "sip/transport/source_address.cpp",
        "sip/transport/byte_stream.cpp",
        "sip/transport/byte_stream.hpp",
        "sip/transport/tls_stream.cpp",
        "sip/transport/tls_stream.hpp",
    };
    const std::regex forbidden(
        R"((steady_clock|system_clock)::now|\btime\s*\(\s*(nullptr|0|NULL)\s*\)|clock_gettime|random_device|)"
        R"(\brand\s*\(|::socket\s*\(|asio/(io_context|steady_timer|ip/tcp)|asio\.hpp)");
    for (const auto& file : sources()) {
        if (file.folder != "sip" && file.folder != "overlay") continue;
        if (adapters.contains(tree_path(file.path))) continue;
        for (const auto& place : uses(file, forbidden)) {
            ADD_FAILURE() << place << " is in a core: hand time, dice and bytes in";
        }
    }
}

TEST(House, every_file_starts_by_saying_what_it_is) {
    for (const auto& file : sources()) {
        ASSERT_FALSE(file.lines.empty()) << tree_path(file.path);
        EXPECT_TRUE(file.lines.front().starts_with("// " + tree_path(file.path) + " - "))
            << tree_path(file.path) << " line 1 should be: // " << tree_path(file.path) << " - what it is";
    }
}

TEST(House, files_hold_one_idea_and_at_most_450_lines) {
    for (const auto& file : sources())
        EXPECT_LE(file.lines.size(), 450U) << tree_path(file.path);
}

TEST(House, headers_have_one_guard_and_open_no_namespace_for_others) {
    for (const auto& file : sources()) {
        if (file.path.extension() != ".hpp") continue;
        EXPECT_EQ(std::count(file.lines.begin(), file.lines.end(), "#pragma once"), 1)
            << tree_path(file.path);
        for (const auto& place : uses(file, std::regex(R"(^\s*using namespace)")))
            ADD_FAILURE() << place;
    }
}

}  // namespace

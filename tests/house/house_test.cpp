// tests/house/house_test.cpp - the rules of the house that a compiler does not enforce.
//   crypto <- overlay <- node -> sip, and between the rooms of sip/ and node/ the arrows of the tables below;
//   only overlay's .cpp files see OpenDHT; cores read no clock and roll no dice; classes and functions of a
//   size that one head holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/house/declarations.hpp"
#include "tests/house/source_tree.hpp"

namespace house {
namespace {

namespace fs = std::filesystem;

const fs::path root = SOURCE_DIR;

constexpr std::size_t most_data_members = 20;
constexpr std::size_t most_constructor_parameters = 6;
constexpr int most_lines_of_a_function = 60;
constexpr std::size_t lines_of_a_file_that_holds_one_idea = 450, most_lines_of_a_file = 500;

// What breaks a rule and may, until somebody has mended it: exact names, as the failures tell them. Empty, if
// all is well.
const std::set<std::string> not_yet = {};

using Arrows = std::map<std::string, std::set<std::string>>;

// Which folders of ours a folder may include.
const Arrows folder_arrows = {
    {"crypto", {}},
    {"sip", {}},
    {"overlay", {"crypto"}},
    {"node", {"overlay", "crypto", "sip"}},
    {"simulations", {"overlay", "crypto"}},
};

// Which rooms a room may include, beside itself. "" is the folder itself, which every room may use.
// clang-format off
const std::map<std::string, Arrows> room_arrows = {
    {"sip", {
        {"",            {}},
        {"syntax",      {}},
        {"transport",   {"syntax"}},
        {"transaction", {"syntax"}},
        {"auth",        {"syntax"}},
        {"registrar",   {"syntax"}},
        {"media",       {"syntax"}},
        {"proxy",       {"media", "transaction", "auth", "syntax"}},
        {"edge",        {"proxy", "media", "registrar", "transaction", "auth", "syntax"}},
    }},
    {"node", {
        {"",         {}},
        {"names",    {}},
        {"config",   {"names"}},
        {"state",    {"config", "names"}},
        {"identity", {"state", "config", "names"}},
        {"dns",      {"config", "names"}},
        {"probe",    {"dns"}},
        {"routing",  {"dns", "probe", "state", "names", "config"}},
        {"inbound",  {"state", "names", "config"}},
        {"reach",    {"probe", "config"}},  // whoever dials back asks OPTIONS, as whoever tries a target
        {"media",    {"relay", "reach", "config"}},  // relays lend doors
        {"publish",  {"reach", "state", "config"}},
        {"relay",    {"reach", "state", "names", "config"}},
        {"status",   {"media", "reach", "inbound", "routing"}},
        {"actions",  {"reach", "identity", "state", "config", "names"}},
        {"provisioning", {"names"}},
        {"page",     {"provisioning", "actions", "status", "reach", "identity", "state", "config", "names"}},
        {"daemon",   {"page", "provisioning", "actions", "status", "publish", "relay", "media", "reach", "inbound", "routing", "probe", "dns", "identity", "state", "config", "names"}},
        {"cli",      {"daemon", "page", "provisioning", "actions", "status", "publish", "relay", "media", "reach", "inbound", "routing", "probe", "dns", "identity", "state", "config", "names"}},
        {"main",     {"cli", "daemon", "identity", "state", "config", "names"}},  // main.cpp alone
    }},
};
// clang-format on

const std::vector<SourceFile>& sources() {
    static const auto found = read_sources(root, {"crypto", "overlay", "sip", "node", "simulations"});
    return found;
}

const std::map<std::string, Declarations>& declarations() {
    static const auto found = [] {
        std::map<std::string, Declarations> all;
        for (const auto& file : sources())
            all[file.path] = read_declarations(file.code);
        return all;
    }();
    return found;
}

void broken(const std::string& name, const std::string& why) {
    if (!not_yet.contains(name)) ADD_FAILURE() << name << ": " << why;
}

std::string room_of(const SourceFile& file) {
    return file.path == "node/main.cpp" ? "main" : file.room;
}

// Lines whose code holds `pattern`, as "file:line".
std::vector<std::string> uses(const SourceFile& file, const std::regex& pattern) {
    std::vector<std::string> places;
    std::istringstream lines(file.code);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (std::regex_search(line, pattern)) places.push_back(file.path + ":" + std::to_string(number));
    }
    return places;
}

// --- arrows

TEST(House, every_folder_of_the_design_holds_source) {
    std::map<std::string, int> files;
    for (const auto& file : sources())
        ++files[file.folder];
    for (const auto* folder : {"crypto", "overlay", "sip", "node"})
        EXPECT_GT(files[folder], 3) << folder;
}

TEST(House, no_include_runs_against_the_arrows_between_folders) {
    for (const auto& file : sources()) {
        for (const auto& path : includes_of(file)) {
            const std::string top = path.substr(0, path.find('/'));
            if (!folder_arrows.contains(top) || top == file.folder) continue;
            if (!folder_arrows.at(file.folder).contains(top))
                broken(file.path, "includes " + path + ": " + file.folder + " may not know " + top);
        }
    }
}

// The rooms that a room includes, with an example of each.
std::map<std::string, std::map<std::string, std::string>> rooms_included(const std::string& folder) {
    std::map<std::string, std::map<std::string, std::string>> found;
    for (const auto& file : sources()) {
        if (file.folder != folder) continue;
        auto& from = found[room_of(file)];
        for (const auto& path : includes_of(file)) {
            if (!path.starts_with(folder + "/")) continue;
            const auto inside = path.substr(folder.size() + 1);
            const auto slash = inside.find('/');
            const auto to = slash == std::string::npos ? "" : inside.substr(0, slash);
            if (to != room_of(file)) from.emplace(to, file.path + " includes " + path);
        }
    }
    return found;
}

TEST(House, no_include_runs_against_the_arrows_between_rooms) {
    for (const auto& [folder, arrows] : room_arrows) {
        for (const auto& [from, includes] : rooms_included(folder)) {
            if (!arrows.contains(from)) {
                broken(folder + "/" + from, "is a room that the table of arrows does not know");
                continue;
            }
            for (const auto& [to, example] : includes) {
                if (to.empty() || arrows.at(from).contains(to)) continue;
                broken(folder + "/" + from + " -> " + folder + "/" + to, "no such arrow, but " + example);
            }
        }
    }
}

// Takes away, again and again, what points at nothing that is left. What stays stands in a circle or leads to
// one.
std::set<std::string> in_circles(Arrows arrows) {
    for (bool took = true; took;) {
        took = false;
        for (auto at = arrows.begin(); at != arrows.end();) {
            const bool points = std::any_of(at->second.begin(), at->second.end(),
                                            [&](const auto& to) { return arrows.contains(to); });
            took = took || !points;
            at = points ? std::next(at) : arrows.erase(at);
        }
    }
    std::set<std::string> left;
    for (const auto& [from, to] : arrows)
        left.insert(from);
    return left;
}

TEST(House, rooms_stand_in_no_circle) {
    EXPECT_EQ(in_circles({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}, {"d", {}}}),
              (std::set<std::string>{"a", "b", "c"}));
    for (const auto& [folder, table] : room_arrows) {
        EXPECT_TRUE(in_circles(table).empty()) << "in the table of " << folder;
        Arrows seen;
        for (const auto& [from, includes] : rooms_included(folder)) {
            for (const auto& [to, example] : includes)
                seen[from].insert(to);
        }
        for (const auto& room : in_circles(seen))
            broken(folder + "/" + room + " in a circle", "or leads to one");
    }
}

TEST(House, only_cpp_files_of_overlay_and_simulations_see_opendht) {
    for (const auto& file : sources()) {
        for (const auto& path : includes_of(file)) {
            if (!path.starts_with("opendht")) continue;
            EXPECT_TRUE((file.folder == "overlay" || file.folder == "simulations") && !file.is_header())
                << file.path << " includes " << path << ", which costs 2 s a unit";
        }
    }
}

// --- cores

// Who owns sockets and timers; everything else is a core, which is handed time, dice and bytes.
bool is_adapter(const SourceFile& file) {
    if (file.folder == "sip") return file.room == "transport";
    if (file.folder == "overlay")
        return std::set<std::string>{"overlay", "udp_link", "beacon_link", "bootstrap", "client"}.contains(
            file.stem);
    if (file.folder != "node") return true;
    const std::set<std::string> stems = {"unbound_client", "upnp",      "netlink_watch", "control_client",
                                         "main",           "clock",     "wake_timer",    "home_addresses",
                                         "nat_pmp_socket", "neighbours"};
    return file.room == "daemon" || file.stem.ends_with("_loop") || file.stem.ends_with("_driver") ||
           stems.contains(file.stem);
}

TEST(House, cores_open_no_socket_and_read_no_clock) {
    const std::regex forbidden(
        R"((steady_clock|system_clock)::now|\btime\s*\(\s*(nullptr|0|NULL)\s*\)|clock_gettime|random_device|)"
        R"(\brand\s*\(|::socket\s*\(|asio::(steady_timer|system_timer|ip::\w+::(socket|acceptor|resolver)))");
    const std::regex includes(R"(asio/(io_context|steady_timer|ip/tcp)\.hpp|asio\.hpp)");
    for (const auto& file : sources()) {
        if (is_adapter(file)) continue;
        for (const auto& place : uses(file, forbidden))
            broken(place.substr(0, place.find(':')), place + " is in a core: hand time, dice and bytes in");
        for (const auto& path : includes_of(file)) {
            if (std::regex_search(path, includes)) broken(file.path, "includes " + path + " and is a core");
        }
    }
}

// --- sizes

// What the table of rooms tells who wants to see the house at a glance.
struct RoomSize {
    std::size_t files = 0, lines = 0, members = 0, parameters = 0;
    std::string largest;  // the class of so many members
};

TEST(House, classes_have_at_most_20_data_members_and_constructors_6_parameters) {
    std::map<std::string, RoomSize> rooms;
    for (const auto& file : sources()) {
        RoomSize& room = rooms[file.folder + "/" + file.room];
        ++room.files;
        room.lines += file.lines.size();
        for (const auto& one : declarations().at(file.path).classes) {
            const auto name = file.path + " " + one.name;
            if (one.data.size() > most_data_members)
                broken(name, "has " + std::to_string(one.data.size()) + " data members");
            if (one.data.size() > room.members) room.largest = one.name;
            room.members = std::max(room.members, one.data.size());
            for (const auto parameters : one.constructors) {
                if (parameters > most_constructor_parameters)
                    broken(name, "has a constructor of " + std::to_string(parameters) + " parameters");
                room.parameters = std::max(room.parameters, parameters);
            }
        }
    }
    for (const auto& [name, room] : rooms)
        std::cout << name << ": " << room.files << " files, " << room.lines << " lines; at most "
                  << room.members << " data members (" << room.largest << "), " << room.parameters
                  << " constructor parameters\n";
}

TEST(House, functions_have_at_most_60_lines) {
    for (const auto& [path, declared] : declarations()) {
        if (path.starts_with("simulations/scenarios/")) continue;  // a story, told from its begin to its end
        for (const auto& one : declared.functions) {
            if (one.length <= most_lines_of_a_function) continue;
            broken(path + " " + one.name, "has " + std::to_string(one.length) + " lines");
        }
    }
}

// A class that is cut into files for its length is worse than a long file: so the first limit is a hint.
TEST(House, files_of_more_than_500_lines_are_refused_and_of_more_than_450_told) {
    for (const auto& file : sources()) {
        const auto lines = file.lines.size();
        if (lines > most_lines_of_a_file)
            broken(file.path + " length",
                   "has " + std::to_string(lines) + " lines: which is its second idea?");
        else if (lines > lines_of_a_file_that_holds_one_idea)
            std::cout << "Does it hold one idea? " << file.path << " has " << lines << " lines.\n";
    }
}

// --- files

TEST(House, a_cpp_file_implements_no_class_of_another_header) {
    std::map<std::string, std::set<std::string>> declared_in;  // folder and class -> stems with their paths
    const auto without_extension = [](const std::string& path) { return path.substr(0, path.rfind('.')); };
    for (const auto& file : sources()) {
        for (const auto& one : declarations().at(file.path).classes)
            declared_in[file.folder + " " + one.name.substr(0, one.name.find(':'))].insert(
                without_extension(file.path));
    }
    for (const auto& file : sources()) {
        if (file.is_header()) continue;
        std::set<std::string> told;
        for (const auto& one : declarations().at(file.path).functions) {
            const auto colons = one.name.find("::");
            if (colons == std::string::npos) continue;
            const auto name = one.name.substr(0, colons);
            const auto found = declared_in.find(file.folder + " " + name);
            if (found == declared_in.end() || found->second.contains(without_extension(file.path))) continue;
            if (told.insert(name).second)
                broken(file.path + " " + name, "implements what " + *found->second.begin() + ".hpp declares");
        }
    }
}

TEST(House, every_file_starts_by_saying_what_it_is) {
    for (const auto& file : sources()) {
        ASSERT_FALSE(file.lines.empty()) << file.path;
        if (!file.lines.front().starts_with("// " + file.path + " - "))
            broken(file.path, "line 1 should be: // " + file.path + " - what it is");
    }
}

TEST(House, headers_have_one_guard_and_open_no_namespace_for_others) {
    for (const auto& file : sources()) {
        if (!file.is_header()) continue;
        EXPECT_EQ(std::count(file.lines.begin(), file.lines.end(), "#pragma once"), 1) << file.path;
        for (const auto& place : uses(file, std::regex(R"(^\s*using namespace)")))
            ADD_FAILURE() << place;
    }
}

// Every file of the tree that a comment may cite, by path.
std::set<std::string> tree() {
    std::set<std::string> found;
    for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator(); ++at) {
        const auto path = fs::relative(at->path(), root).generic_string();
        if (at->is_directory() && (path == "build" || path == ".git" || path == "tests/fuzz/corpus"))
            at.disable_recursion_pending();
        else if (at->is_regular_file())
            found.insert(path);
    }
    return found;
}

TEST(House, comments_cite_only_files_of_this_tree) {
    const auto files = tree();
    const auto stands = [&](const std::string& cited) {
        return std::any_of(files.begin(), files.end(),
                           [&](const auto& path) { return path == cited || path.ends_with("/" + cited); });
    };
    const std::regex citation(
        R"([\w./*-]*\w\.(?:hpp|cpp|md|py|sh)\b|\b(?:DESIGN|UA-BEHAVIOUR|OPENDHT|HOUSE|FAULTS|STYLE)\b)");
    const auto judge = [&](const std::string& path, const std::string& text) {
        for (std::sregex_iterator at(text.begin(), text.end(), citation), end; at != end; ++at) {
            std::string cited = at->str();
            while (cited.starts_with(".") || cited.starts_with("/"))
                cited.erase(0, cited.find('/') + 1);
            if (cited.starts_with("opendht/")) continue;  // of its sources
            if (cited.find("NAME") != std::string::npos || cited.starts_with("_")) continue;  // of a pattern
            if (!stands(cited)) broken(path + " cites " + cited, "which is not in the tree");
        }
    };
    for (const auto& file : read_sources(root, {"crypto", "overlay", "sip", "node", "simulations", "tests"}))
        judge(file.path, file.comments);
    for (const auto& path : files) {
        if (path.starts_with("tests/house/")) continue;
        if (!path.ends_with(".md") && !path.ends_with(".py") && !path.ends_with("CMakeLists.txt")) continue;
        for (const auto& line : read_source(root, path).lines) {
            const auto hash = path.ends_with(".md") ? 0 : line.find('#');
            if (hash != std::string::npos) judge(path, line.substr(hash));
        }
    }
}

// clang-format fills comments up to the margin: of a table it makes a riddle.
TEST(House, comment_tables_stand_where_clang_format_is_off) {
    const std::regex columns(R"(^\s*//\s+\S.*\S {3,}\S.* {3,}\S)");
    for (const auto& file : sources()) {
        bool off = false;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const auto& line = file.lines[i];
            if (line.find("// clang-format off") != std::string::npos) off = true;
            if (line.find("// clang-format on") != std::string::npos) off = false;
            if (!off && std::regex_search(line, columns))
                broken(file.path + ":" + std::to_string(i + 1), "a table, and clang-format is on");
        }
    }
}

// --- the readers themselves

TEST(House, a_class_is_read_with_its_data_and_constructors) {
    const auto code = split_comments(R"code(
namespace a::b {
// class Comment { int no; };
template <class T, int n = (3 > 2)>
class [[nodiscard]] Box final : public Base<T>, private Other {
public:
    explicit Box(int a, std::map<int, std::string> b = {{1, "x,y"}}, std::function<void(int, int)> c = {})
        : a_(a), b_{std::move(b)} { if (a < 3) call(); }
    Box(const Box&) = delete;  // pinned: others point at it
    ~Box() override;
    bool operator==(const Box&) const = default;
    void operator()(int) {}
    std::optional<int> next() const noexcept(true) { return {}; }
    auto trailing() -> std::vector<int>;
    static int made;
    static constexpr std::array<int, 2> both = {1, 2};
    using Name = std::string;
    enum class Kind { one, two };
    struct Inner {
        int x = 0, y = 0;
        std::string s{"}"};
    };
    friend bool operator<(const Box& a, const Box& b) { return a.a_ < b.a_; }

private:
    struct Impl;
    int a_ = 1'000;
    std::map<int, std::string> b_;
    std::function<void(int, int)> c_;
    void (*pointer_)(int) = nullptr;
    std::array<char, 4> array_[2] = {};
    struct { int hidden; } both_;
};
struct Only;
}
)code")
                          .code;
    const auto found = read_declarations(code);
    ASSERT_EQ(found.classes.size(), 3U);
    EXPECT_EQ(found.classes[0].name, "Box");
    EXPECT_EQ(found.classes[0].data.size(), 6U);  // not the class that is only declared
    EXPECT_EQ(found.classes[0].constructors, (std::vector<std::size_t>{3, 1}));
    EXPECT_EQ(found.classes[1].name, "Box::Inner");
    EXPECT_EQ(found.classes[1].data, (std::vector<std::string>{"x", "y", "s"}));
    EXPECT_EQ(found.classes[2].data, std::vector<std::string>{"hidden"});
}

TEST(House, functions_are_read_with_their_names_and_lengths) {
    const auto found =
        read_declarations(split_comments("namespace n {\n"
                                         "Edge::Edge(int a, int b) : a_(a), b_{b} {\n"
                                         "    // }\n"
                                         "}\n"
                                         "Result<Queue<T>> Queue<T>::push(T one) {\n}\n"
                                         "Edge::~Edge() = default;\n"
                                         "std::vector<int> free_function() { return {1, 2}; }\n"
                                         "bool Edge::operator==(const Edge& o) const { return true; }\n"
                                         "const std::string table[] = {\"{\", \"a\"};\n"
                                         "}\n")
                              .code);
    std::vector<std::string> names;
    for (const auto& one : found.functions)
        names.push_back(one.name);
    EXPECT_EQ(names, (std::vector<std::string>{"Edge::Edge", "Queue::push", "Edge::~Edge", "free_function",
                                               "Edge::operator=="}));
    EXPECT_EQ(found.functions[0].length, 3);
    EXPECT_EQ(found.functions[2].length, 0);
}

}  // namespace
}  // namespace house

// tests/node/cli/texts_test.cpp - what the program writes about itself, read by the shells and by man.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>

#include "node/config/config_keys.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// What a shell says of `command`, of both outputs.
std::string said_by(const std::string& command) {
    std::string all;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1 </dev/null").c_str(), "r"),
                                                     pclose);
    for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;)
        all += static_cast<char>(c);
    return all;
}

bool is_there(const std::string& program) {
    return !said_by("command -v " + program).empty();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

class CliTexts : public testing::Test {
protected:
    std::string printed(std::vector<std::string> arguments) {
        const auto finished = node.command(std::move(arguments));
        EXPECT_EQ(finished.code, 0) << finished.err;
        return finished.out;
    }
    /// "user add" and so on: every command, as --help lists them.
    std::vector<std::string> commands(const std::string& path = {}) {
        std::vector<std::string> words, all;
        std::istringstream in(path);
        for (std::string word; in >> word;)
            words.push_back(word);
        words.emplace_back("--help");
        bool listed = false;
        for (const auto& line : lines_of(printed(words))) {
            if (line == "Subcommands:") {
                listed = true;
            } else if (listed && line.starts_with("  ") && line[2] != ' ') {
                const std::string verb = line.substr(2, line.find(' ', 2) - 2);
                all.push_back(path.empty() ? verb : path + " " + verb);
                const auto inner = commands(all.back());
                all.insert(all.end(), inner.begin(), inner.end());
            }
        }
        return all;
    }
    /// The script for a shell, in a file.
    std::string script(const std::string& shell) {
        const auto file = scratch.dir / ("completion." + shell);
        write_text(file, printed({"completion", shell}));
        return file.string();
    }
    /// What bash offers behind these words; the last is being typed.
    std::vector<std::string> offered(const std::string& file, const std::string& words) {
        return lines_of(said_by("bash -c 'compopt() { :; }; source " + file + "; COMP_WORDS=(" + words +
                                "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hedgewitch; printf \"%s\\n\" "
                                "\"${COMPREPLY[@]}\"'"));
    }
    Scratch scratch;
    TestNode node{""};
};

TEST_F(CliTexts, bash_completes_commands_options_and_files) {
    const auto file = script("bash");
    EXPECT_THAT(offered(file, "hedgewitch user a"), testing::ElementsAre("add"));
    EXPECT_THAT(offered(file, "hedgewitch --config /x user \"\""), testing::Contains("delivery"));
    EXPECT_THAT(offered(file, "hedgewitch user add --pass"), testing::Contains("--password-stdin"));
    EXPECT_THAT(offered(file, "hedgewitch sta"), testing::ElementsAre("status"));
    // A word after an option that takes one is no command, though it be the name of one.
    EXPECT_THAT(offered(file, "hedgewitch --state user u"), testing::ElementsAre("user"));
    EXPECT_THAT(offered(file, "hedgewitch backup --all " + scratch.dir.string() + "/comple"),
                testing::ElementsAre(file));
    EXPECT_THAT(offered(file, "hedgewitch device install " + scratch.dir.string() + "/comple"),
                testing::ElementsAre(file));
}

TEST_F(CliTexts, every_command_is_completed_in_every_shell_and_stands_in_the_manual) {
    const auto all = commands();
    ASSERT_GT(all.size(), 40U);
    const auto bash = script("bash");
    const std::string zsh = printed({"completion", "zsh"}), fish = printed({"completion", "fish"}),
                      manual = printed({"manual"});
    for (const auto& command : all) {
        const auto blank = command.rfind(' ');
        const std::string before = blank == std::string::npos ? "" : command.substr(0, blank);
        const std::string verb = command.substr(before.empty() ? 0 : blank + 1);
        EXPECT_THAT(offered(bash, "hedgewitch " + before + " " + verb), testing::Contains(verb)) << command;
        EXPECT_THAT(zsh, HasSubstr("'" + verb + ":")) << command;
        EXPECT_THAT(fish, HasSubstr("__hedgewitch_at \"" + before + "\"' -a " + verb + " ")) << command;
        std::string in_roff = command;
        for (std::size_t at = 0; (at = in_roff.find('-', at)) != std::string::npos; at += 2)
            in_roff.insert(at, "\\");
        EXPECT_THAT(manual, HasSubstr("\\fBhedgewitch " + in_roff + "\\fR")) << command;
    }
}

TEST_F(CliTexts, each_shell_reads_its_completion) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        if (!is_there(shell)) continue;
        EXPECT_THAT(said_by(shell + " -n " + script(shell)), IsEmpty()) << shell;
    }
    if (is_there("fish")) {
        const std::string offers =
            said_by("fish -c 'source " + script("fish") + "; complete -C \"hedgewitch user d\"'");
        EXPECT_THAT(offers, testing::StartsWith("delivery\t")) << offers;
    }
    EXPECT_EQ(node.command({"completion", "tcsh"}).code, 1);
}

TEST_F(CliTexts, man_has_nothing_to_say_against_the_manual_pages) {
    if (!is_there("groff")) GTEST_SKIP() << "no groff here";
    for (const std::vector<std::string>& page :
         {std::vector<std::string>{"manual"}, std::vector<std::string>{"manual", "--configuration"}}) {
        const auto file = scratch.dir / "page";
        write_text(file, printed(page));
        EXPECT_THAT(said_by("groff -man -Tutf8 -ww -z " + file.string()), IsEmpty());
    }
}

TEST_F(CliTexts, each_key_stands_with_its_default_in_the_example_and_in_its_manual) {
    const std::string example = printed({"config", "--example"}),
                      manual = printed({"manual", "--configuration"});
    std::string all_in_effect;
    std::set<std::string> keys;
    std::string section;
    for (const auto& line : lines_of(example)) {
        if (line.starts_with("[")) section = line.substr(1, line.find(']') - 1);
        const bool is_key = line.starts_with("#") && !line.starts_with("# ");
        if (is_key) keys.insert(section + "." + line.substr(1, line.find(' ') - 1));
        all_in_effect += (is_key ? line.substr(1) : line) + "\n";
    }
    for (const auto& key : config_keys()) {
        if (key.name.empty()) continue;
        EXPECT_EQ(keys.erase(std::string(key.section) + "." + std::string(key.name)), 1U)
            << key.section << "." << key.name << " is not in the example";
        EXPECT_THAT(manual, HasSubstr("\\fB" + std::string(key.name) + "\\fR = "));
    }
    EXPECT_THAT(keys, IsEmpty()) << "these are in the example, and are no keys";
    // With and without the "#" it says what is so without it.
    for (const auto& text : {example, all_in_effect}) {
        Config config = Config::parse(text, "example");
        config.state_dir = Config::defaults().state_dir;
        EXPECT_THAT(changed_keys(Config::defaults(), config), IsEmpty());
    }
}

}  // namespace
}  // namespace node

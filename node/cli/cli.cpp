// node/cli/cli.cpp - reads the command line, runs what was chosen, says in one line what went wrong.
#include "node/cli/cli.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "node/cli/callers.hpp"
#include "node/cli/clock.hpp"
#include "node/cli/contact.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/device.hpp"
#include "node/cli/dns_record.hpp"
#include "node/cli/identity.hpp"
#include "node/cli/invite.hpp"
#include "node/cli/node.hpp"
#include "node/cli/page.hpp"
#include "node/cli/revoke.hpp"
#include "node/cli/texts.hpp"
#include "node/cli/trust.hpp"
#include "node/cli/user.hpp"
#include "node/cli/zone.hpp"
#include "node/identity/private_memory.hpp"
#include "node/state/ownership.hpp"
#include "node/version.hpp"

namespace node {
namespace {

/// In the order in which --help lists them.
void add_commands(CLI::App& app, Commands& commands) {
    add_identity_commands(app, commands);
    add_user_commands(app, commands);
    add_clock_commands(app, commands);
    add_trust_commands(app, commands);
    add_contact_commands(app, commands);
    add_callers_commands(app, commands);
    add_invite_commands(app, commands);
    add_zone_commands(app, commands);
    add_revoke_command(app, commands);
    add_device_commands(app, commands);
    add_node_commands(app, commands);
    add_page_commands(app, commands);
    add_dns_record_command(app, commands);
    add_text_commands(app, commands);
}

CommandContext context_of(const std::string& config_file, const std::string& state_dir,
                          const PassphraseSource& passphrase) {
    const std::filesystem::path fallback = default_config_file();
    Config config = !config_file.empty()                ? Config::load(config_file)
                    : std::filesystem::exists(fallback) ? Config::load(fallback)
                                                        : Config::defaults();
    if (!state_dir.empty()) config.state_dir = std::filesystem::absolute(state_dir);
    StatePaths paths(config.state_dir);
    return {std::move(config), std::move(paths), passphrase};
}

int fail(int code, const char* what) {
    std::cerr << "hedgewitch: " << what << "\n";
    return code;
}

/// How many letters have to be typed otherwise, of short words (Levenshtein).
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// A sentence for who typed a command that there is none of, or not all of it. CLI11 says "A subcommand is
/// required" to both.
std::string what_is_missing(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* inner = &app;
    std::string path = "hedgewitch";
    while (!inner->get_subcommands().empty()) {
        inner = inner->get_subcommands().front();
        path += " " + inner->get_name();
    }
    const auto verbs = inner->get_subcommands([](const CLI::App*) { return true; });
    std::string all;
    const CLI::App* nearest = nullptr;
    const auto is_option = [](const std::string& word) { return word.starts_with("-"); };
    const std::string typed = words.empty() || is_option(words.front()) ? "" : words.front();
    constexpr std::size_t far = 3;
    std::size_t best = far;
    for (const auto* verb : verbs) {
        all += (all.empty() ? "" : ", ") + verb->get_name();
        const auto away = distance(typed, verb->get_name());
        if (away < std::min(best, verb->get_name().size())) {
            best = away;
            nearest = verb;
        }
    }
    if (typed.empty()) return path + " what? There are " + all;
    std::string text = "there is no `" + path + " " + typed + "`";
    if (nearest != nullptr) return text + "; did you mean `" + path + " " + nearest->get_name() + "`?";
    return text + ". There are " + all;
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
    std::string config_file, state_dir;
    Commands commands;
    CLI::App app(
        "Hedgewitch, a serverless SIP node: registrar and redirect server of your phones; finds others by "
        "DHT and DNS.");
    app.set_version_flag("--version", std::string("hedgewitch ") + version);
    app.add_option("--config", config_file, "Configuration file")->type_name("FILE");
    app.add_option("--state", state_dir, "State directory, instead of the configured one")->type_name("DIR");
    app.require_subcommand(1);
    add_commands(app, commands);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (e.get_name() == "RequiredError" && std::string_view(e.what()) == "A subcommand is required")
            return fail(exit_usage, what_is_missing(app, app.remaining(true)).c_str());
        const int code = app.exit(e);
        return !std::cout.flush() ? exit_failed : code == 0 ? exit_ok : exit_usage;
    }
    keep_memory_private();
    try {
        const CommandContext context = context_of(config_file, state_dir, commands.passphrase());
        finish_what_was_begun(context.paths);
        const int code = commands.run(context);
        flush_output();
        if (geteuid() == 0) {  // what root has made there, too
            if (const auto owner = owner_of(context.paths.dir)) give(context.paths.dir, *owner);
        }
        return code;
    } catch (const ConfigError& e) {
        return fail(exit_usage, e.what());
    } catch (const NotRunning& e) {
        return fail(exit_not_running, e.what());
    } catch (const std::exception& e) {
        return fail(exit_failed, e.what());
    }
}

}  // namespace node

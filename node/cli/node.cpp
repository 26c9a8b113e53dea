// node/cli/node.cpp - runs the node, or asks the one that runs.
#include "node/cli/node.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "node/cli/control_client.hpp"
#include "node/daemon/daemon.hpp"
#include "node/daemon/ping_report.hpp"
#include "node/daemon/port_holder.hpp"
#include "node/routing/trace_report.hpp"
#include "node/status/explain.hpp"
#include "node/status/status_text.hpp"
#include "node/version.hpp"

namespace node {
namespace {

struct Options {
    std::string uri, user;
    bool json = false;
};

constexpr std::chrono::seconds patience_for_all{25};  // chain.cpp gives up after 18

int run(const CommandContext& context) {
    try {
        run_daemon(context.config, context.paths, context.passphrase);
    } catch (const std::system_error& e) {
        if (e.code().value() != EADDRINUSE) throw;  // of asio's category, which knows no generic conditions
        const std::string holder = port_holder_of(e.what());
        throw std::runtime_error(
            std::string(e.what()) + ". " +
            (holder.empty() ? "Another program has it, perhaps another SIP server or a Hedgewitch of another "
                              "user: `ss -lntup` says which"
                            : "It belongs to " + holder) +
            ". Stop it, or name other ports in sip.listen");
    }
    return exit_ok;
}

int status(const CommandContext& context, const Options& options) {
    const Json answer = ask_node(context.paths.control_socket, {{"command", "status"}});
    std::cout << (options.json ? answer.dump(2) + "\n" : status_text(answer));
    return exit_ok;
}

int lookup(const CommandContext& context, const Options& options) {
    const Json trace = ask_node(context.paths.control_socket, {{"command", "lookup"}, {"uri", options.uri}},
                                patience_for_all);
    std::cout << (options.json ? trace.dump(2) + "\n" : trace_text(trace.get<TraceReport>()));
    return trace.value("status", 0) == 302 ? exit_ok : exit_failed;
}

int explain(const CommandContext& context, const Options& options) {
    const Json trace =
        ask_node(context.paths.control_socket,
                 {{"command", "explain"}, {"uri", options.uri}, {"from", options.user}}, patience_for_all);
    std::cout << explanation(trace.get<TraceReport>());
    return trace.value("status", 0) == 302 ? exit_ok : exit_failed;
}

int ping(const CommandContext& context, const Options& options) {
    const Json answer =
        ask_node(context.paths.control_socket,
                 {{"command", "ping"}, {"uri", options.uri}, {"from", options.user}}, patience_for_all);
    const auto report = answer.get<PingReport>();
    if (options.json) {
        std::cout << answer.dump(2) << "\n";
    } else {
        std::cout << report.says << "\n";
        if (!report.media_says.empty()) std::cout << report.media_says << "\n";
    }
    return report.answers ? exit_ok : exit_failed;
}

int reload(const CommandContext& context) {
    const Json reply = ask_node(context.paths.control_socket, {{"command", "reload"}});
    std::cout << reply.value("users", 0) << " users\n";
    return exit_ok;
}

int stop(const CommandContext& context) {
    ask_node(context.paths.control_socket, {{"command", "stop"}});
    return exit_ok;
}

int config(const CommandContext& context, bool example) {
    std::cout << (example ? example_toml() : to_toml(context.config));
    return exit_ok;
}

}  // namespace

void add_node_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("run", "Run the node; SIGTERM stops it, SIGHUP reloads the users");
    commands.add_passphrase_file(*verb);
    commands.on(*verb, run);

    verb = app.add_subcommand("status", "Can others reach me, and what to do if not");
    verb->add_flag("--json", options->json, "As JSON, with every counter");
    commands.on(*verb, [options](const CommandContext& c) { return status(c, *options); });

    verb =
        app.add_subcommand("lookup", "What each step of the routing chain answers for an address, and why");
    verb->add_option("URI", options->uri, "As a phone would dial it: sip:bob@example.org")->required();
    verb->add_flag("--json", options->json, "As JSON");
    commands.on(*verb, [options](const CommandContext& c) { return lookup(c, *options); });

    verb = app.add_subcommand(
        "explain", "What would happen to a call and why, in sentences; then all that was asked and answered");
    verb->add_option("URI", options->uri,
                     "As a phone would dial it: an address, a contact's name or its number")
        ->required();
    verb->add_option("--from", options->user, "The user whose phones would call: tells what each makes of it")
        ->type_name("USER");
    commands.on(*verb, [options](const CommandContext& c) { return explain(c, *options); });

    verb = app.add_subcommand(
        "ping", "Does the node of a name answer, over which way, how soon, and would there be sound");
    verb->add_option("NAME", options->uri,
                     "As a phone would dial it: an address, a contact's name or its number")
        ->required();
    verb->add_option("--from", options->user, "The user who would call")->type_name("USER");
    verb->add_flag("--json", options->json, "As JSON, with each way that was tried");
    commands.on(*verb, [options](const CommandContext& c) { return ping(c, *options); });

    commands.on(
        *app.add_subcommand("reload", "Tell the running node to read again what commands have written"),
        reload);
    commands.on(*app.add_subcommand("stop", "Stop the running node"), stop);
    verb = app.add_subcommand("config", "Print the configuration in effect, with what each key is for");
    const auto example = std::make_shared<bool>(false);
    verb->add_flag("--example", *example, "A file to begin with instead: each default behind a #");
    commands.on(*verb, [example](const CommandContext& c) { return config(c, *example); });
    commands.on(*app.add_subcommand("version", "Print the version"), [](const CommandContext&) {
        std::cout << "hedgewitch " << version << "\n";
        return exit_ok;
    });
}

}  // namespace node

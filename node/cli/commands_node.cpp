// node/cli/commands_node.cpp - run, status, lookup, reload, stop, config: what has to do with the running
// node.
#include <chrono>
#include <iostream>

#include "node/cli/command.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/explain.hpp"
#include "node/cli/status_text.hpp"
#include "node/daemon/daemon.hpp"
#include "node/routing/trace_report.hpp"

namespace node {
namespace {

constexpr std::chrono::seconds patience_for_all{25};  // chain.cpp gives up after 18

}  // namespace

int run_command(const CommandContext& context) {
    run_daemon(context.config, context.paths, context.passphrase);
    return exit_ok;
}

int status_command(const CommandContext& context, bool json) {
    const Json status = ask_node(context.paths.control_socket, {{"command", "status"}});
    std::cout << (json ? status.dump(2) + "\n" : status_text(status));
    return exit_ok;
}

int lookup_command(const CommandContext& context, const std::string& uri, bool json) {
    const Json trace =
        ask_node(context.paths.control_socket, {{"command", "lookup"}, {"uri", uri}}, patience_for_all);
    std::cout << (json ? trace.dump(2) + "\n" : trace_text(trace.get<TraceReport>()));
    return trace.value("status", 0) == 302 ? exit_ok : exit_failed;
}

int explain_command(const CommandContext& context, const std::string& uri, const std::string& user) {
    const Json trace = ask_node(context.paths.control_socket,
                                {{"command", "explain"}, {"uri", uri}, {"from", user}}, patience_for_all);
    std::cout << explanation(trace.get<TraceReport>());
    return trace.value("status", 0) == 302 ? exit_ok : exit_failed;
}

int reload_command(const CommandContext& context) {
    const Json reply = ask_node(context.paths.control_socket, {{"command", "reload"}});
    std::cout << reply.value("users", 0) << " users\n";
    return exit_ok;
}

int stop_command(const CommandContext& context) {
    ask_node(context.paths.control_socket, {{"command", "stop"}});
    return exit_ok;
}

int config_command(const CommandContext& context) {
    std::cout << to_toml(context.config);
    return exit_ok;
}

}  // namespace node

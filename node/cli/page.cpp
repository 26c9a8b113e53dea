// node/cli/page.cpp - a link from the running node; a password into the state file, where the node looks it
// up.
#include "node/cli/page.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "node/cli/control_client.hpp"
#include "node/names/qr.hpp"
#include "node/page/page_sessions.hpp"

namespace node {
namespace {

struct Options {
    bool json = false, off = false;
};

int link(const CommandContext& context, const Options& options) {
    const Json answer = ask_node(context.paths.control_socket, {{"command", "page"}});
    const auto text = answer.value("link", "");
    if (options.json) {
        std::cout << answer.dump(2) << "\n";
        return exit_ok;
    }
    std::cout << "Open this link in a browser, within " << answer.value("minutes", 0)
              << " minutes; it logs you in, once:\n  " << text << "\n"
              << qr_text(text);
    return exit_ok;
}

int password(const CommandContext& context, const Options& options) {
    StateSession state(context);
    PageSessions sessions(state.database());
    std::string wanted;
    if (!options.off) {
        auto line = read_secret_line("Password for the page: ");
        if (!line || line->empty()) throw std::runtime_error("no password on standard input");
        if (const auto why = PageSessions::why_not(*line); !why.empty()) throw std::runtime_error(why);
        wanted = std::move(*line);
    }
    if (!sessions.set_password(wanted))
        throw std::runtime_error("there is not memory enough to keep a password");
    std::cout << (options.off ? "The page has no password any more; `hedgewitch page` gives a link.\n"
                              : "The page has this password from now on.\n")
              << "Browsers that were logged in are not any more.\n";
    return exit_ok;
}

}  // namespace

void add_page_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand(
        "page", "A link, and its QR code, that logs a browser in to the node's page, once");
    verb->add_flag("--json", options->json, "As JSON");
    commands.on(*verb, [options](const CommandContext& c) { return link(c, *options); });
    auto* inner = verb->add_subcommand(
        "password", "Set the password of the page: typed on the terminal, or a line of standard input");
    inner->add_flag("--off", options->off, "No password any more: links only");
    commands.on(*inner, [options](const CommandContext& c) { return password(c, *options); });
}

}  // namespace node

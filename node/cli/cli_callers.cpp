// node/cli/cli_callers.cpp - CLI11's description of `callers`.
#include <memory>

#include "node/cli/cli_options.hpp"

namespace node {

void add_callers_commands(CLI::App& app, Chosen& chosen) {
    struct Given {
        std::string name;
        std::int64_t number = 0;
        bool json = false;
    };
    const auto given = std::make_shared<Given>();
    auto* callers = app.add_subcommand("callers", "Who called, was not let through, and waits for you")
                        ->require_subcommand(0, 1);
    const auto list = [=, &chosen] {
        chosen = [=](const auto& c) { return callers_list_command(c, given->json); };
    };
    callers->add_flag("--json", given->json, "As JSON");
    callers->callback([=] {
        if (callers->get_subcommands().empty()) list();
    });
    auto* listing =
        callers->add_subcommand("list", "The callers who wait, the latest first; and the blocked");
    listing->add_flag("--json", given->json, "As JSON");
    listing->callback(list);

    const auto numbered = [&](const char* name, const char* help) {
        auto* added = callers->add_subcommand(name, help);
        added->add_option("N", given->number, "The number that `hedgewitch callers` shows")->required();
        return added;
    };
    auto* accept = numbered("accept", "Make a caller a contact, whose calls ring");
    accept->add_option("NAME", given->name, "Your name for him; his own, unless you say another");
    accept->callback([=, &chosen] {
        chosen = [=](const auto& c) { return callers_accept_command(c, given->number, given->name); };
    });
    numbered("reject", "Block a caller")->callback([=, &chosen] {
        chosen = [=](const auto& c) { return callers_reject_command(c, given->number); };
    });
    auto* unblock = callers->add_subcommand("unblock", "Make a blocked caller a stranger again");
    unblock->add_option("CALLER", given->name, "sip:alice@..., as `hedgewitch callers` shows it")->required();
    unblock->callback(
        [=, &chosen] { chosen = [=](const auto& c) { return callers_unblock_command(c, given->name); }; });
}

}  // namespace node

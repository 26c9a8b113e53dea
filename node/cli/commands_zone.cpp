// node/cli/commands_zone.cpp - zone delegate, revoke, list: this node's key as the authority for a mesh or
// village, whose labels lead callers on to the keys of people.
#include <fmt/chrono.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/cli/command.hpp"
#include "node/cli/control_client.hpp"
#include "node/clock.hpp"
#include "node/names/key_text.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

/// Each is a record that this node keeps in the DHT.
constexpr std::size_t max_delegations = 256;

struct Opened {
    explicit Opened(const CommandContext& context)
        : database((context.paths.make_dir(), context.paths.database), Durability::power_loss),
          users(database, context.config.sip_realm),
          delegations(database) {}
    Database database;
    UserTable users;
    DelegationTable delegations;
};

crypto::PublicKey target_of(const CommandContext& context, const std::string& label,
                            const std::string& text) {
    const KeyText target = read_key_text(text);
    if (target.key == own_key(context.paths)) {
        throw std::runtime_error(
            "this is this node's own key, which needs no delegation: `hedgewitch user add " + label +
            "` makes " + label + " a user here");
    }
    if (!target.label.empty() && target.label != label) {
        throw std::runtime_error("this is the key of " + target.label + ", whose node knows no " + label +
                                 ": delegate the label " + target.label + ", or have " + target.label +
                                 " add a user " + label);
    }
    if (target.unlisted) {
        std::cerr << "The secret of the invite is not used: callers of the zone find " << label
                  << " only while " << label << " is listed at the other node\n";
    }
    return target.key;
}

void refuse_taken(const Opened& state, const std::string& label) {
    for (const auto& user : state.users.all()) {
        if (user.label != label) continue;
        throw std::runtime_error(label +
                                 " is a user of this node, which answers for it: `hedgewitch user remove " +
                                 label + "` first, or delegate another label");
    }
    const auto& rows = state.delegations.rows();
    if (!rows.contains(label) && rows.size() >= max_delegations) {
        throw std::runtime_error("this zone has " + std::to_string(max_delegations) +
                                 " delegations, and each costs the network a record: revoke one first");
    }
}

void warn_of_change(const Opened& state, const std::string& label, const crypto::PublicKey& target) {
    const auto found = state.delegations.rows().find(label);
    if (found == state.delegations.rows().end() || found->second.target == target) return;
    std::cerr << label << " was delegated to " << crypto::encode_name(found->second.target)
              << ". Callers who know that key reach nobody (403 Key changed) until they accept the new one\n";
}

}  // namespace

int zone_delegate_command(const CommandContext& context, const std::string& name, const std::string& key) {
    const std::string label = user_label(name);
    const crypto::PublicKey target = target_of(context, label, key);
    Opened state(context);
    refuse_taken(state, label);
    warn_of_change(state, label, target);
    state.delegations.delegate(label, {target, wall_now()});
    tell_the_node(context);
    std::cout << label << " is delegated to " << crypto::encode_name(target) << "\n"
              << "Callers need a name for this zone in their configuration, such as\n"
              << "  [zones]\n  \"riverside\" = \"" << crypto::encode_name(own_key(context.paths)) << "\"\n"
              << "and dial sip:" << label << "@riverside\n";
    return exit_ok;
}

int zone_revoke_command(const CommandContext& context, const std::string& name) {
    const std::string label = user_label(name);
    Opened state(context);
    if (!state.delegations.revoke(label)) throw std::runtime_error(label + " is not delegated");
    tell_the_node(context);
    std::cout << label << " is no longer delegated; who has asked lately may know it for some hours more\n";
    return exit_ok;
}

int zone_list_command(const CommandContext& context, bool json) {
    const Opened state(context);
    Json list = Json::array();
    for (const auto& [label, row] : state.delegations.rows()) {
        const std::string key = crypto::encode_name(row.target);
        if (json) {
            list.push_back(
                {{"label", label}, {"key", key}, {"created", row.created.time_since_epoch().count()}});
        } else {
            std::cout << fmt::format("{}  {}  {:%Y-%m-%d}\n", label, key, row.created);
        }
    }
    if (json) std::cout << list.dump(2) << "\n";
    return exit_ok;
}

}  // namespace node

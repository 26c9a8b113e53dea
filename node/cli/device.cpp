// node/cli/device.cpp - bundles of certificates, made here and taken there.
#include "node/cli/device.hpp"

#include <fmt/chrono.h>
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/file.hpp"
#include "crypto/name.hpp"
#include "node/actions/users.hpp"
#include "node/clock.hpp"
#include "node/identity/device_bundle.hpp"
#include "node/names/key_text.hpp"
#include "node/state/certificate_table.hpp"
#include "node/state/device_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::sys_seconds;

struct Options {
    std::string key;
    std::optional<std::uint8_t> slot;  // none: the one that it has, else the lowest that is free
    std::vector<std::string> users;    // empty: all
    std::uint32_t days = 30;
    std::filesystem::path out;   // empty: a name made of the key
    std::filesystem::path file;  // of install
    bool json = false;
};

/// The last of a month's certificates says nothing of the day after it: time to carry a new bundle over.
constexpr auto soon = std::chrono::days(5);

sys_seconds time_of(overlay::UnixSeconds seconds) {
    return sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::string date_of(sys_seconds time) {
    return fmt::format("{:%Y-%m-%d}", time);
}

/// "until 2026-12-25", and what to do when that is near or over. `remedy` is a command.
std::string until_text(sys_seconds until, sys_seconds now, const std::string& remedy) {
    std::string text = "until " + date_of(until);
    if (until <= now) return text + ", which is over: " + remedy;
    if (until - now < soon) return text + ", which is soon: " + remedy;
    return text;
}

std::string certify_again(const crypto::PublicKey& device) {
    return "`hedgewitch device certify " + crypto::encode_name(device) + "`";
}

/// The user's records: under the name alone if listed, and under each invite.
void add_names(std::vector<overlay::RecordName>& names, const crypto::PublicKey& owner, const UserRow& user,
               const InviteTable& invites) {
    if (user.listed) names.push_back({owner, {}, user.label});
    for (auto& secret : invites.secrets_of(user.label))
        names.push_back({owner, std::move(secret), user.label});
}

/// Of all users, or of those that are named.
std::vector<overlay::RecordName> names_to_certify(StateSession& state, const crypto::PublicKey& owner,
                                                  const std::vector<std::string>& chosen) {
    std::set<std::string> wanted;
    for (const auto& name : chosen)
        wanted.insert(user_label(name));
    std::vector<overlay::RecordName> names;
    for (const auto& user : state.users().all()) {
        if (chosen.empty() || wanted.erase(user.label) != 0) add_names(names, owner, user, state.invites());
    }
    if (!wanted.empty()) throw std::runtime_error("there is no user " + *wanted.begin());
    if (names.empty()) {
        throw std::runtime_error(
            "there is nothing to certify: no user, or none that is listed or has an invite "
            "(`hedgewitch user add`, `hedgewitch invite --unlisted`)");
    }
    if (names.size() > max_bundle_names)
        throw std::runtime_error("these users have " + std::to_string(names.size()) +
                                 " records, and one bundle holds " + std::to_string(max_bundle_names) +
                                 ": name some with --user");
    return names;
}

/// The slot asked for, or else the one that the device has, or the lowest that is free.
std::uint8_t slot_for(const CommandContext& context, const DeviceTable& devices,
                      const crypto::PublicKey& device, std::optional<std::uint8_t> wanted) {
    const auto free = [&](std::uint8_t slot) {
        return slot != context.config.dht.slot && !devices.in_the_way(device, slot, wall_now());
    };
    for (std::uint8_t slot = 0; !wanted && slot <= overlay::max_slot; ++slot) {
        if (free(slot)) return slot;
    }
    if (!wanted) throw std::runtime_error("all 16 slots are taken; `hedgewitch device list` shows by whom");
    const std::string number = std::to_string(*wanted);
    if (*wanted == context.config.dht.slot) {
        throw std::runtime_error(
            "slot " + number +
            " is this node's own (dht.slot); each node of an owner has its own of 0 to 15");
    }
    const auto other = devices.in_the_way(device, *wanted, wall_now());
    if (!other) return *wanted;
    const std::string until = " until " + date_of(other->valid_until);
    if (other->key == device) {
        throw std::runtime_error("that node has slot " + std::to_string(other->slot) + until +
                                 ": leave --slot out, and it keeps it");
    }
    throw std::runtime_error("slot " + number + " is taken" + until + " by " +
                             crypto::encode_name(other->key) + ": leave --slot out, and a free one is taken");
}

std::uint32_t today() {
    return overlay::period_of(static_cast<overlay::UnixSeconds>(wall_now().time_since_epoch().count()));
}

DeviceBundle read_bundle(const std::filesystem::path& file) {
    const auto bytes = crypto::read_file(file, max_bundle_size + 1);
    if (!bytes) throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno));
    auto bundle = decode_bundle(*bytes);
    if (!bundle)
        throw std::runtime_error(
            file.string() + ": was not made by `hedgewitch device certify`: " + bundle.error().message());
    return std::move(*bundle);
}

void check_installable(const CommandContext& context, const DeviceBundle& bundle,
                       const std::filesystem::path& file) {
    const crypto::PublicKey own = own_key(context.paths);
    if (bundle.device != own) {
        throw std::runtime_error(file.string() + ": is for the node " + crypto::encode_name(bundle.device) +
                                 "; this one is " + crypto::encode_name(own));
    }
    if (bundle.owner == own)
        throw std::runtime_error(file.string() + ": is of this node's own key, which needs none");
    if (const auto good = check_bundle(bundle); !good)
        throw std::runtime_error(file.string() + ": is damaged: " + good.error().message());
    if (const auto until = time_of(bundle.until()); until <= wall_now())
        throw std::runtime_error(file.string() + ": ran out on " + date_of(until) +
                                 "; a new one comes from " + certify_again(own) + " at the owner's node");
}

void say_which_users_are_missing(StateSession& state, const DeviceBundle& bundle) {
    std::set<std::string> missing;
    for (const auto& name : bundle.names)
        missing.insert(name.name.label);
    for (const auto& user : state.users().all())
        missing.erase(user.label);
    for (const auto& label : missing)
        std::cout << "Phones of " << label << " can log in here after `hedgewitch user add " << label
                  << "`\n";
}

struct OwnerSummary {
    std::uint8_t slot = 0;
    std::set<std::string> labels;
    sys_seconds until;
};

std::map<crypto::PublicKey, OwnerSummary> summaries(const std::vector<overlay::CertifiedName>& names) {
    std::map<crypto::PublicKey, OwnerSummary> owners;
    for (const auto& name : names) {
        OwnerSummary& summary = owners[name.name.owner];
        summary.slot = name.slot;
        summary.labels.insert(name.name.label);
        summary.until = std::max(summary.until, time_of(name.until()));
    }
    return owners;
}

std::string joined(const std::set<std::string>& labels) {
    std::string text;
    for (const auto& label : labels)
        text += (text.empty() ? "" : ", ") + label;
    return text;
}

int certify(const CommandContext& context, const Options& options) {
    const crypto::PublicKey device = read_key_text(options.key).key;
    if (device == own_key(context.paths))
        throw std::runtime_error("this is this node's own key, which needs no certificate");
    StateSession state(context);
    DeviceTable devices(state.database());
    const crypto::Identity identity = read_identity(context.paths, context.passphrase);
    const auto names = names_to_certify(state, identity.public_key(), options.users);
    // Chosen and written down as one, so that of two that run at once each has a slot of its own; and undone
    // unless the bundle is there.
    Transaction change(state.database());
    const std::uint8_t slot = slot_for(context, devices, device, options.slot);
    const auto bundle = make_bundle(identity, device, slot, names, today(), options.days + 1);
    if (!bundle) throw std::runtime_error("the certificates cannot be made: " + bundle.error().message());

    const std::filesystem::path file =
        options.out.empty()
            ? std::filesystem::path("device-" + crypto::encode_name(device).substr(0, 8) + ".hwd")
            : options.out;
    if (!crypto::replace_file(file, encode_bundle(*bundle)))
        throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(errno));
    const auto until = time_of(bundle->until());
    devices.put({device, slot, until, wall_now()});
    change.commit();
    std::cout << file.string() << " lets the node " << crypto::encode_name(device) << " publish in slot "
              << int{slot} << " until " << date_of(until) << "\n"
              << "Take it there by a way that nobody can read (it holds the secrets of invites), and say "
                 "`hedgewitch device install FILE`.\nCertify it again before that day, and whenever users or "
                 "invites have changed.\n";
    return exit_ok;
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto rows = DeviceTable(state.database()).all();
    Json json = Json::array();
    for (const auto& row : rows) {
        const std::string key = crypto::encode_name(row.key);
        if (options.json) {
            json.push_back({{"key", key},
                            {"slot", row.slot},
                            {"valid_until", row.valid_until.time_since_epoch().count()}});
        } else {
            std::cout << key << "  slot " << int{row.slot} << "  "
                      << until_text(row.valid_until, wall_now(), certify_again(row.key)) << "\n";
        }
    }
    if (options.json) std::cout << json.dump(2) << "\n";
    say_if_empty(rows.empty(), options.json,
                 "No other node is certified: `hedgewitch device certify` lets one answer for your names.");
    return exit_ok;
}

int forget(const CommandContext& context, const Options& options) {
    const crypto::PublicKey key = read_key_text(options.key).key;
    StateSession state(context);
    DeviceTable devices(state.database());
    const auto rows = devices.all();
    const auto found = std::ranges::find_if(rows, [&](const DeviceRow& row) { return row.key == key; });
    if (found == rows.end())
        throw std::runtime_error(
            "no node of that key was certified here; `hedgewitch device list` shows which");
    devices.forget(key);
    std::cout << "Forgotten; slot " << int{found->slot} << " is free\n";
    if (found->valid_until > wall_now()) {
        std::cout << "What it was given cannot be taken back: it can publish in that slot until "
                  << date_of(found->valid_until) << ". Give the slot to no other before, unless it is gone\n";
    }
    return exit_ok;
}

int install(const CommandContext& context, const Options& options) {
    const DeviceBundle bundle = read_bundle(options.file);
    check_installable(context, bundle, options.file);
    StateSession state(context);
    CertificateTable(state.database()).replace(bundle.owner, bundle.names);
    state.tell_the_node();
    std::cout << "This node publishes for " << crypto::encode_name(bundle.owner) << ", in slot "
              << int{bundle.slot} << ", until " << date_of(time_of(bundle.until())) << "\n";
    say_which_users_are_missing(state, bundle);
    std::cout << options.file.string()
              << " is not needed any more: remove it, as it holds the secrets of invites\n";
    return exit_ok;
}

int status(const CommandContext& context, const Options& options) {
    const crypto::PublicKey own = own_key(context.paths);
    StateSession state(context);
    const auto owners = summaries(CertificateTable(state.database()).all());
    Json json = Json::array();
    for (const auto& [owner, summary] : owners) {
        const std::string key = crypto::encode_name(owner);
        if (options.json) {
            json.push_back({{"owner", key},
                            {"slot", summary.slot},
                            {"users", summary.labels},
                            {"valid_until", summary.until.time_since_epoch().count()}});
        } else {
            std::cout << key << "  slot " << int{summary.slot} << "  " << joined(summary.labels) << "  "
                      << until_text(summary.until, wall_now(), certify_again(own) + " at the owner's node")
                      << "\n";
        }
    }
    if (options.json) {
        std::cout << json.dump(2) << "\n";
    } else if (owners.empty()) {
        std::cout
            << "This node publishes for its own key alone. To let it publish for that of another node of "
               "yours, say there\n  hedgewitch device certify "
            << crypto::encode_name(own) << "\n";
    }
    return exit_ok;
}

void add_owner_commands(CLI::App& device, Commands& commands, const std::shared_ptr<Options>& options) {
    auto* verb = device.add_subcommand(
        "certify", "Let another node of yours publish for your users, without the secret key");
    verb->add_option("KEY", options->key, "The key of that node: `hedgewitch address` there")->required();
    verb->add_option("--slot", options->slot,
                     "Which of your nodes it is; without it, it keeps its own or takes a free one")
        ->type_name("0-15")
        ->check(CLI::Range(0, 15));
    verb->add_option("--user", options->users, "For these users only; may be given several times")
        ->type_name("NAME");
    verb->add_option("--days", options->days, "For how long: 1 to 30 days, and today")
        ->check(CLI::Range(1, 30))
        ->capture_default_str();
    verb->add_option("--out", options->out, "Where to write it; by default into this folder")
        ->type_name("FILE");
    commands.add_passphrase_file(*verb);
    commands.on(*verb, [options](const CommandContext& c) { return certify(c, *options); });

    verb = device.add_subcommand("list", "List the nodes that were certified here");
    verb->add_flag("--json", options->json, "As JSON");
    commands.on(*verb, [options](const CommandContext& c) { return list(c, *options); });

    verb = device.add_subcommand("forget", "Free the slot of a node");
    verb->add_option("KEY", options->key, "The key of that node")->required();
    commands.on(*verb, [options](const CommandContext& c) { return forget(c, *options); });
}

}  // namespace

void add_device_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* device =
        app.add_subcommand("device", "Several nodes of one owner, who all publish for the same key")
            ->require_subcommand(1);
    add_owner_commands(*device, commands, options);

    auto* verb = device->add_subcommand("install", "At the other node: take what `certify` has written");
    verb->add_option("FILE", options->file, "What it has written")->required();
    commands.on(*verb, [options](const CommandContext& c) { return install(c, *options); });

    verb = device->add_subcommand("status", "At the other node: for which keys, and until when");
    verb->add_flag("--json", options->json, "As JSON");
    commands.on(*verb, [options](const CommandContext& c) { return status(c, *options); });
}

}  // namespace node

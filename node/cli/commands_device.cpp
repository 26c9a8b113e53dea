// node/cli/commands_device.cpp - device certify, list, forget at the node that holds the seed; install and
// status at the one that does not.
#include <fmt/chrono.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/file.hpp"
#include "crypto/name.hpp"
#include "node/cli/command.hpp"
#include "node/cli/control_client.hpp"
#include "node/clock.hpp"
#include "node/identity/device_bundle.hpp"
#include "node/names/key_text.hpp"
#include "node/state/certificate_table.hpp"
#include "node/state/device_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

using std::chrono::sys_seconds;

/// The last of a month's certificates says nothing of the day after it: time to carry a new bundle over.
constexpr auto soon = std::chrono::days(5);

Database open_database(const CommandContext& context) {
    context.paths.make_dir();
    return {context.paths.database, Durability::power_loss};
}

sys_seconds time_of(overlay::UnixSeconds seconds) {
    return sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::string date_of(sys_seconds time) {
    return fmt::format("{:%Y-%m-%d}", time);
}

/// "until 2026-12-25", and what to do when that is near or over. `remedy` is a command.
std::string until_text(sys_seconds until, sys_seconds now, const std::string& remedy) {
    const std::string text = "until " + date_of(until);
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
std::vector<overlay::RecordName> names_to_certify(Database& db, const CommandContext& context,
                                                  const crypto::PublicKey& owner,
                                                  const std::vector<std::string>& chosen) {
    std::set<std::string> wanted;
    for (const auto& name : chosen)
        wanted.insert(user_label(name));
    const UserTable users(db, context.config.sip_realm);
    const InviteTable invites(db);
    std::vector<overlay::RecordName> names;
    for (const auto& user : users.all()) {
        if (chosen.empty() || wanted.erase(user.label) != 0) add_names(names, owner, user, invites);
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
        return slot != context.config.dht_slot && !devices.in_the_way(device, slot, wall_now());
    };
    for (std::uint8_t slot = 0; !wanted && slot <= overlay::max_slot; ++slot) {
        if (free(slot)) return slot;
    }
    if (!wanted) throw std::runtime_error("all 16 slots are taken; `hedgewitch device list` shows by whom");
    const std::string number = std::to_string(*wanted);
    if (*wanted == context.config.dht_slot) {
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

void say_which_users_are_missing(Database& db, const CommandContext& context, const DeviceBundle& bundle) {
    std::set<std::string> missing;
    for (const auto& name : bundle.names)
        missing.insert(name.name.label);
    for (const auto& user : UserTable(db, context.config.sip_realm).all())
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

}  // namespace

void remind_of_devices(Database& db) {
    const auto rows = DeviceTable(db).all();
    const auto now = wall_now();
    if (std::ranges::none_of(rows, [&](const DeviceRow& row) { return row.valid_until > now; })) return;
    std::cerr << "Your other nodes do as before until they install what a new `hedgewitch device certify` "
                 "writes; `hedgewitch device list` shows them\n";
}

std::optional<CertifiedUser> certified_user(Database& db, const std::string& label) {
    std::optional<CertifiedUser> user;
    for (const auto& name : CertificateTable(db).all()) {
        if (name.name.label != label) continue;
        if (!user) user = CertifiedUser{name.name.owner, false};
        if (name.name.owner == user->owner && name.name.secret.empty()) user->listed = true;
    }
    return user;
}

int device_certify_command(const CommandContext& context, const CertifyOptions& options) {
    const crypto::PublicKey device = read_key_text(options.key).key;
    if (device == own_key(context.paths))
        throw std::runtime_error("this is this node's own key, which needs no certificate");
    Database db = open_database(context);
    DeviceTable devices(db);
    const std::uint8_t slot = slot_for(context, devices, device, options.slot);
    const crypto::Identity identity = read_identity(context.paths, context.passphrase);
    const auto names = names_to_certify(db, context, identity.public_key(), options.users);
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
    std::cout << file.string() << " lets the node " << crypto::encode_name(device) << " publish in slot "
              << int{slot} << " until " << date_of(until) << "\n"
              << "Take it there by a way that nobody can read (it holds the secrets of invites), and say "
                 "`hedgewitch device install FILE`.\nCertify it again before that day, and whenever users or "
                 "invites have changed.\n";
    return exit_ok;
}

int device_list_command(const CommandContext& context, bool json) {
    Database db = open_database(context);
    Json list = Json::array();
    for (const auto& row : DeviceTable(db).all()) {
        const std::string key = crypto::encode_name(row.key);
        if (json) {
            list.push_back({{"key", key},
                            {"slot", row.slot},
                            {"valid_until", row.valid_until.time_since_epoch().count()}});
        } else {
            std::cout << key << "  slot " << int{row.slot} << "  "
                      << until_text(row.valid_until, wall_now(), certify_again(row.key)) << "\n";
        }
    }
    if (json) std::cout << list.dump(2) << "\n";
    return exit_ok;
}

int device_forget_command(const CommandContext& context, const std::string& text) {
    const crypto::PublicKey key = read_key_text(text).key;
    Database db = open_database(context);
    DeviceTable devices(db);
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

int device_install_command(const CommandContext& context, const std::filesystem::path& file) {
    const DeviceBundle bundle = read_bundle(file);
    check_installable(context, bundle, file);
    Database db = open_database(context);
    CertificateTable(db).replace(bundle.owner, bundle.names);
    tell_the_node(context);
    std::cout << "This node publishes for " << crypto::encode_name(bundle.owner) << ", in slot "
              << int{bundle.slot} << ", until " << date_of(time_of(bundle.until())) << "\n";
    say_which_users_are_missing(db, context, bundle);
    std::cout << file.string() << " is not needed any more: remove it, as it holds the secrets of invites\n";
    return exit_ok;
}

int device_status_command(const CommandContext& context, bool json) {
    const crypto::PublicKey own = own_key(context.paths);
    Database db = open_database(context);
    const auto owners = summaries(CertificateTable(db).all());
    Json list = Json::array();
    for (const auto& [owner, summary] : owners) {
        const std::string key = crypto::encode_name(owner);
        if (json) {
            list.push_back({{"owner", key},
                            {"slot", summary.slot},
                            {"users", summary.labels},
                            {"valid_until", summary.until.time_since_epoch().count()}});
        } else {
            std::cout << key << "  slot " << int{summary.slot} << "  " << joined(summary.labels) << "  "
                      << until_text(summary.until, wall_now(), certify_again(own) + " at the owner's node")
                      << "\n";
        }
    }
    if (json) {
        std::cout << list.dump(2) << "\n";
    } else if (owners.empty()) {
        std::cout
            << "This node publishes for its own key alone. To let it publish for that of another node of "
               "yours, say there\n  hedgewitch device certify "
            << crypto::encode_name(own) << "\n";
    }
    return exit_ok;
}

}  // namespace node

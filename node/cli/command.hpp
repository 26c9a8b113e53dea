// node/cli/command.hpp - what `hedgewitch <command>` does, one function each. They print, and return the exit
// code. What goes wrong is thrown: cli.cpp says it in one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/config/config.hpp"
#include "node/identity/identity_file.hpp"
#include "node/state/database.hpp"
#include "node/state/paths.hpp"

namespace node {

// Exit codes of every command.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;        // command line or configuration
inline constexpr int exit_not_running = 3;  // the command needs a running node

struct CommandContext {
    Config config;
    StatePaths paths;
    PassphraseSource passphrase;
};

/// What a command wrote counts at once; a node that does not run reads it when it starts.
void tell_the_node(const CommandContext& context);
/// The canonical form. Throws std::runtime_error: `name` is no user name.
std::string user_label(const std::string& name);

/// Asks `question` on the terminal. Throws std::runtime_error, with `unless`, when there is none.
bool confirmed(bool yes, const std::string& question, const std::string& unless);

/// `replace`: makes a new identity in the place of one that is revoked.
int init_command(const CommandContext& context, bool if_missing, bool replace);
int address_command(const CommandContext& context);
int backup_command(const CommandContext& context, bool qr, bool yes);
/// Not the key, but what revokes it.
int backup_revocation_command(const CommandContext& context, const std::filesystem::path& file);
int restore_command(const CommandContext& context, bool replace);

struct RevokeOptions {
    std::filesystem::path from;  // empty: this node's own
    std::string moved_to;        // empty: nowhere
    bool yes = false;
};
int revoke_command(const CommandContext& context, const RevokeOptions& options);

int user_add_command(const CommandContext& context, const std::string& name, bool password_from_stdin);
int user_passwd_command(const CommandContext& context, const std::string& name, bool password_from_stdin);
/// `mode`: allow, ask, reject, or default.
int user_strangers_command(const CommandContext& context, const std::string& user, const std::string& mode);
/// `mode`: auto, redirect, proxy, or default.
int user_delivery_command(const CommandContext& context, const std::string& name, const std::string& mode);
int user_remove_command(const CommandContext& context, const std::string& name);
int user_list_command(const CommandContext& context, bool json);
int user_set_listed_command(const CommandContext& context, const std::string& name, bool listed);

struct InviteOptions {
    std::string name;  // empty: the only user
    bool unlisted = false;
    std::string note;
    std::filesystem::path png;  // empty: no picture
    std::size_t number = 0;
};
int invite_command(const CommandContext& context, const InviteOptions& options);
int invite_list_command(const CommandContext& context, bool json);
int invite_remove_command(const CommandContext& context, const std::string& name, std::size_t number);

int zone_delegate_command(const CommandContext& context, const std::string& label, const std::string& key);
int zone_revoke_command(const CommandContext& context, const std::string& label);
int zone_list_command(const CommandContext& context, bool json);

struct CertifyOptions {
    std::string key;
    std::optional<std::uint8_t> slot;  // none: the one that it has, else the lowest that is free
    std::vector<std::string> users;    // empty: all
    std::uint32_t days = 30;
    std::filesystem::path out;  // empty: a name made of the key
};
/// Said after a change that this node's owner's other nodes learn of by new certificates alone.
void remind_of_devices(Database& db);

/// A user here whose names are those of another key, which has certified this node.
struct CertifiedUser {
    crypto::PublicKey owner{};
    bool listed = false;
};
std::optional<CertifiedUser> certified_user(Database& db, const std::string& label);

int device_certify_command(const CommandContext& context, const CertifyOptions& options);
int device_list_command(const CommandContext& context, bool json);
int device_forget_command(const CommandContext& context, const std::string& key);
int device_install_command(const CommandContext& context, const std::filesystem::path& file);
int device_status_command(const CommandContext& context, bool json);

int clock_accept_command(const CommandContext& context);

int trust_list_command(const CommandContext& context, bool json);
/// `key`: the one that is meant, or empty.
int trust_accept_command(const CommandContext& context, const std::string& name, const std::string& key);
int trust_reject_command(const CommandContext& context, const std::string& name, const std::string& key);
int trust_pin_command(const CommandContext& context, const std::string& name, const std::string& key);
int trust_forget_command(const CommandContext& context, const std::string& name);

int callers_list_command(const CommandContext& context, bool json);
/// `name` empty: as they call themselves.
int callers_accept_command(const CommandContext& context, std::int64_t number, const std::string& name);
int callers_reject_command(const CommandContext& context, std::int64_t number);
int callers_unblock_command(const CommandContext& context, const std::string& caller);

int contact_add_command(const CommandContext& context, const std::string& name,
                        const std::string& uri_or_invite, const std::optional<std::string>& number);
int contact_list_command(const CommandContext& context, bool json);
int contact_remove_command(const CommandContext& context, const std::string& name);
int contact_rename_command(const CommandContext& context, const std::string& from, const std::string& to);
/// `file` empty: standard output, standard input.
int contact_export_command(const CommandContext& context, const std::string& file);
int contact_import_command(const CommandContext& context, const std::string& file, bool replace);

/// Zone file lines that bind `domain` (empty: the first of sip.domains) to this node's key and lead callers
/// here.
int dns_record_command(const CommandContext& context, const std::string& domain,
                       std::optional<std::int64_t> max_age);

int status_command(const CommandContext& context, bool json);
int lookup_command(const CommandContext& context, const std::string& uri, bool json);
int explain_command(const CommandContext& context, const std::string& uri, const std::string& user);
int reload_command(const CommandContext& context);
int stop_command(const CommandContext& context);
int config_command(const CommandContext& context);
int run_command(const CommandContext& context);

}  // namespace node

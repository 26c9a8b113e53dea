// node/cli/manual.cpp - writes roff (man(7)).
#include "node/cli/manual.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "node/version.hpp"

namespace node {
namespace {

/// Text that roff leaves as it is.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\e"; break;
            case '-': out += "\\-"; break;
            case '`': out += "\\(ga"; break;
            case '\'': out += "\\(aq"; break;
            case '"': out += "\\(dq"; break;
            case '^': out += "\\(ha"; break;
            case '~': out += "\\(ti"; break;
            default: out += c;
        }
    }
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string head(const char* name, int section, std::chrono::sys_seconds date, const char* of) {
    return fmt::format(
        ".\\\" Printed by `hedgewitch manual`.\n.TH {} {} {:%Y-%m-%d} \"Hedgewitch {}\" \"{}\"\n", name,
        section, fmt::gmtime(std::chrono::system_clock::to_time_t(date)), version, of);
}

std::string bold(std::string_view text) {
    return "\\fB" + roff(text) + "\\fR";
}
std::string italic(std::string_view text) {
    return "\\fI" + roff(text) + "\\fR";
}

std::string term(const std::string& what, std::string_view says) {
    return ".TP\n" + what + "\n" + roff(says) + (says.ends_with('.') ? "\n" : ".\n");
}

std::string of_option(const TypedOption& option) {
    std::string names;
    for (const auto& name : option.names)
        names += (names.empty() ? "" : ", ") + bold(name);
    if (names.empty()) return italic(option.value);
    return option.value.empty() ? names : names + " " + italic(option.value);
}

bool is_help(const TypedOption& option) {
    return !option.names.empty() && option.names.back() == "--help";
}

std::string synopsis(const TypedVerb& verb) {
    std::string line = bold("hedgewitch " + verb.path);
    if (verb.options.size() > 1) line += " [" + italic("OPTIONS") + "]";
    for (const auto& positional : verb.positionals)
        line += positional.required ? " " + italic(positional.value) : " [" + italic(positional.value) + "]";
    return line;
}

std::string of_verb(const TypedVerb& verb) {
    std::string out = ".TP\n" + synopsis(verb) + "\n" + roff(verb.says) + ".\n";
    std::string inner;
    for (const auto* list : {&verb.positionals, &verb.options}) {
        for (const auto& option : *list) {
            if (!is_help(option)) inner += term(of_option(option), option.says);
        }
    }
    return inner.empty() ? out : out + ".RS\n" + inner + ".RE\n";
}

constexpr const char* rest_of_program = R"(.SH SIGNALS
.TP
.B SIGTERM, SIGINT
End
.BR "hedgewitch run" :
records are withdrawn from the DHT and ports of the router closed, within two seconds.
.TP
.B SIGHUP
Users, contacts, trust, invites, certificates and TLS files are read again. Commands do it by themselves.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
It failed; one sentence on standard error says what was wrong.
.TP
.B 2
The command line or the configuration is wrong.
.TP
.B 3
The command needs a running node.
.SH ENVIRONMENT
.TP
.BR CONFIGURATION_DIRECTORY ", " STATE_DIRECTORY
Where the configuration and the state lie, as systemd says it to a service.
.TP
.BR XDG_CONFIG_HOME ", " XDG_DATA_HOME
The same for a user: the folder
.I hedgewitch
in them.
.TP
.B CREDENTIALS_DIRECTORY
Where the passphrase of the identity is looked for, as the systemd credential
.IR hedgewitch\-passphrase .
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC ", " JOURNAL_STREAM
The service manager that is told how it goes, and its journal; see
.BR sd_notify (3).
.SH FILES
.TP
.I /etc/hedgewitch/hedgewitch.toml
Configuration, for root and for the service; else
.IR \(ti/.config/hedgewitch/hedgewitch.toml .
.TP
.I /var/lib/hedgewitch
State, for root and for the service; else
.IR \(ti/.local/share/hedgewitch .
The key, users, contacts, trust and invites are in there: keep a copy with
.BR "hedgewitch backup \-\-all" .
.SH SEE ALSO
.BR hedgewitch.toml (5),
.BR systemctl (1),
.BR journalctl (1)
)";

}  // namespace

std::string program_manual(const std::vector<TypedVerb>& tree, std::chrono::sys_seconds date) {
    const TypedVerb& program = tree.front();
    std::string out = head("HEDGEWITCH", 1, date, "User Commands");
    out += ".SH NAME\nhedgewitch \\- serverless SIP node\n.SH SYNOPSIS\n" + bold("hedgewitch") + " [" +
           italic("OPTIONS") + "] " + italic("COMMAND") + " ...\n.SH DESCRIPTION\n" + roff(program.says) +
           "\n.PP\nPhones log in to the node with the user and the password that\n" +
           bold("hedgewitch user add") + "\nprints; others are dialled by an invite (" +
           bold("hedgewitch contact add") + "), by their address, or by a domain.\n" +
           bold("hedgewitch status") + "\nsays whether others can call, and what to do if not.\n" +
           "Commands write the state, and tell the running node to read it again.\n.SH OPTIONS\n";
    for (const auto& option : program.options)
        out += term(of_option(option), option.says);
    out += ".SH COMMANDS\n";
    for (const auto& verb : tree) {
        if (!verb.path.empty()) out += of_verb(verb);
    }
    return out + rest_of_program;
}

std::string configuration_manual(std::span<const ConfigKey> keys, const Config& defaults,
                                 std::chrono::sys_seconds date) {
    std::string out = head("HEDGEWITCH.TOML", 5, date, "File Formats");
    out +=
        ".SH NAME\nhedgewitch.toml \\- configuration of the SIP node hedgewitch\n.SH DESCRIPTION\n"
        "A file in TOML, all of it optional: a key that is not there has its default. It is read when the "
        "node starts.\nA key that is none ends the start, with file, line and the nearest known key.\n" +
        bold("hedgewitch config") + "\nprints what is in effect,\n" +
        bold("hedgewitch config \\-\\-example") + "\na file to begin with.\n";
    std::string_view section;
    for (const auto& key : keys) {
        if (key.section != section) out += ".SH [" + roff(key.section) + "]\n";
        section = key.section;
        if (key.name.empty()) {
            out += roff(key.comment) + "\n";
            continue;
        }
        out += ".TP\n" + bold(key.name) + " = " + roff(key.write(defaults)) + "\n" + roff(key.comment) + "\n";
    }
    return out + ".SH SEE ALSO\n.BR hedgewitch (1)\n";
}

}  // namespace node

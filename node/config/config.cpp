// node/config/config.cpp - reads the configuration file, and says exactly what is wrong with it.
#include "node/config/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "node/addresses.hpp"
#include "node/config/config_keys.hpp"
#include "node/config/config_values.hpp"

namespace node {
namespace {

namespace fs = std::filesystem;

std::string where(const fs::path& file, toml::source_index line) {
    return file.string() + ":" + std::to_string(line) + ": ";
}

/// How many letters to insert, drop, change or swap with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before, previous(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before = std::exchange(previous, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({previous[j - 1] + change, row[j - 1] + 1, previous[j] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

std::string full_name(std::string_view section, std::string_view name) {
    return name.empty() ? std::string(section) : std::string(section) + "." + std::string(name);
}

/// The nearest key: by full name, or by its last part where that is spelled right in another section.
std::string nearest(std::string_view section, std::string_view name) {
    std::string best;
    std::size_t least = ~std::size_t{0};
    const std::string wanted = full_name(section, name);
    for (const ConfigKey& key : config_keys()) {
        std::size_t d = distance(wanted, full_name(key.section, key.name));
        if (!name.empty() && !key.name.empty()) d = std::min(d, distance(name, key.name) + 1);
        if (d < least) {
            least = d;
            best = full_name(key.section, key.name);
        }
    }
    return best;
}

std::string nearest_section(std::string_view section) {
    const auto keys = config_keys();
    return std::string(
        std::min_element(keys.begin(), keys.end(), [&](const ConfigKey& a, const ConfigKey& b) {
            return distance(section, a.section) < distance(section, b.section);
        })->section);
}

void read_key(const ConfigKey& key, const toml::node& value, Config& into) {
    try {
        key.read(value, into);
    } catch (const BadValue& e) {
        throw ConfigError(where(into.file, e.line) + full_name(key.section, key.name) + " must be " +
                          e.what());
    }
}

/// Of a section that takes names of the user's own choosing; else null.
const ConfigKey* own_names_key(std::string_view section) {
    for (const ConfigKey& key : config_keys()) {
        if (key.section == section && key.name.empty()) return &key;
    }
    return nullptr;
}

void read_section(std::string_view section, const toml::table& table, Config& into) {
    for (const auto& [name, value] : table) {
        const auto keys = config_keys();
        const auto key = std::find_if(keys.begin(), keys.end(), [&, wanted = name.str()](const ConfigKey& k) {
            return k.section == section && k.name == wanted;
        });
        if (key == keys.end()) {
            throw ConfigError(where(into.file, name.source().begin.line) + "unknown key \"" +
                              full_name(section, name.str()) + "\"; the nearest known one is \"" +
                              nearest(section, name.str()) + "\"");
        }
        read_key(*key, value, into);
    }
}

fs::path environment_path(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value != '/') return {};  // the XDG specification: relative paths are ignored
    const std::string_view all = value;
    return fs::path(all.substr(0, all.find(':')));  // systemd separates several directories by colons
}

fs::path home() {
    const fs::path dir = environment_path("HOME");
    return dir.empty() ? fs::path("/") : dir;
}

}  // namespace

fs::path default_config_file() {
    constexpr const char* name = "hedgewitch.toml";
    if (const auto dir = environment_path("CONFIGURATION_DIRECTORY"); !dir.empty()) return dir / name;
    if (const auto dir = environment_path("XDG_CONFIG_HOME"); !dir.empty()) return dir / "hedgewitch" / name;
    if (geteuid() == 0) return fs::path("/etc/hedgewitch") / name;
    return home() / ".config/hedgewitch" / name;
}

fs::path default_state_dir() {
    if (auto dir = environment_path("STATE_DIRECTORY"); !dir.empty()) return dir;
    if (const auto dir = environment_path("XDG_DATA_HOME"); !dir.empty()) return dir / "hedgewitch";
    if (geteuid() == 0) return "/var/lib/hedgewitch";
    return home() / ".local/share/hedgewitch";
}

Config Config::defaults() {
    Config c;
    c.state_dir = default_state_dir();
    for (const char* text : {"udp:0.0.0.0:5060", "tcp:0.0.0.0:5060", "tls:0.0.0.0:5061", "wss:0.0.0.0:8443",
                             "udp:[::]:5060", "tcp:[::]:5060", "tls:[::]:5061", "wss:[::]:8443"}) {
        c.sip.listen.push_back(*parse_transport_address(text));
    }
    c.sip.realm = "hedgewitch";
    c.sip.follow_redirects = {"baresip"};
    c.dht.bootstrap = {"bootstrap.jami.net:4222"};  // the public OpenDHT network, of which network 0 is made
    c.dht.listen = {*parse_endpoint("0.0.0.0:4222"), *parse_endpoint("[::]:4222")};
    c.log_level = "info";
    return c;
}

Config Config::load(const fs::path& file) {
    if (fs::is_directory(file))
        throw ConfigError(file.string() + ": is a folder; --config names the file in it");
    std::ifstream in(file);
    if (!in) throw ConfigError(file.string() + ": cannot be read: " + std::strerror(errno));
    std::ostringstream text;
    text << in.rdbuf();
    return parse(text.str(), file);
}

Config Config::parse(std::string_view text, const fs::path& file) {
    Config config = defaults();
    config.file = file;
    toml::table root;
    try {
        root = toml::parse(text, file.string());
    } catch (const toml::parse_error& e) {
        throw ConfigError(where(file, e.source().begin.line) + std::string(e.description()));
    }
    std::set<std::string_view> sections;
    for (const ConfigKey& key : config_keys())
        sections.insert(key.section);
    for (const auto& [name, value] : root) {
        const auto line = name.source().begin.line;
        if (!sections.contains(name.str())) {
            throw ConfigError(
                where(file, line) + "unknown " + (value.is_table() ? "section [" : "key \"") +
                std::string(name.str()) +
                (value.is_table() ? "]; the nearest known one is [" : "\"; the nearest known one is \"") +
                (value.is_table() ? nearest_section(name.str()) + "]" : nearest("", name.str()) + "\""));
        }
        if (!value.is_table()) {
            throw ConfigError(where(file, line) + std::string(name.str()) + " must be a section: [" +
                              std::string(name.str()) + "]");
        }
        if (const ConfigKey* own = own_names_key(name.str())) {
            read_key(*own, value, config);
        } else {
            read_section(name.str(), *value.as_table(), config);
        }
    }
    // The host of the public network knows nobody of another.
    if (config.dht.network != 0 && !root["dht"]["bootstrap"]) config.dht.bootstrap.clear();
    return config;
}

std::string to_toml(const Config& config) {
    std::ostringstream out;
    out << "# Hedgewitch"
        << (config.file.empty() ? ": built-in defaults" : ", as read from " + config.file.string()) << "\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) out << "\n[" << key.section << "]\n";
        section = key.section;
        out << "# " << key.comment << "\n";
        out << (key.name.empty() ? key.write(config)
                                 : std::string(key.name) + " = " + key.write(config) + "\n");
    }
    return out.str();
}

std::string example_toml() {
    Config config = Config::defaults();
    config.state_dir = "/var/lib/hedgewitch";  // not that of whoever prints it
    std::ostringstream out;
    out << "# Hedgewitch: all of this is optional, and here are the defaults. See hedgewitch.toml(5).\n"
           "# After a change: systemctl restart hedgewitch\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) out << "\n[" << key.section << "]\n";
        section = key.section;
        out << "# " << key.comment << "\n";
        if (key.name.empty()) continue;
        out << "#" << key.name << " = " << key.write(config) << "\n";
    }
    return out.str();
}

std::vector<std::string> changed_keys(const Config& before, const Config& after) {
    std::vector<std::string> changed;
    for (const ConfigKey& key : config_keys()) {
        if (key.write(before) != key.write(after)) changed.push_back(full_name(key.section, key.name));
    }
    return changed;
}

}  // namespace node

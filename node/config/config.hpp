// node/config/config.hpp - what a person may set, all of it optional. Read once at start; immutable: any
// thread. Keys, their comments, defaults and limits stand in one table (config_keys.cpp), which reading,
// complaining and `hedgewitch config` share.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "node/config/stranger_policy.hpp"
#include "overlay/block.hpp"
#include "overlay/contact_filter.hpp"
#include "sip/auth/accounts.hpp"
#include "sip/flow.hpp"

namespace node {

/// "FILE:LINE: key: what is wrong, what is allowed". Start-up only.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class OnDnsFailure : std::uint8_t { fall_back, refuse };  // SERVFAIL, timeout, no resolver
enum class RecordContacts : std::uint8_t { edge, direct, both };
enum class Dnssec : std::uint8_t { automatic, require, off };

struct Config {
    std::filesystem::path file;  // empty: built-in defaults only

    std::filesystem::path state_dir;

    std::vector<overlay::TransportAddress> sip_listen;
    std::vector<std::string> sip_domains;  // lowercase
    std::string sip_realm;
    StrangerPolicy sip_strangers = StrangerPolicy::allow;
    unsigned sip_stranger_rings = 4, sip_caller_rings = 10, sip_source_requests = 60;  // a minute
    sip::Delivery sip_delivery = sip::Delivery::automatic;
    std::vector<std::string> sip_follow_redirects;           // beginnings of User-Agents
    std::vector<overlay::TransportAddress> sip_advertise;    // empty: from the listen addresses
    std::filesystem::path sip_tls_certificate, sip_tls_key;  // empty: the node's own
    std::vector<std::string> sip_web_origins;                // empty: every page

    bool dht_enabled = true;
    std::uint32_t dht_network = 0;
    std::vector<std::string> dht_bootstrap;  // "host:port"
    std::vector<sip::Endpoint> dht_listen;
    std::uint8_t dht_locations = overlay::max_locations;
    std::uint8_t dht_slot = 0;  // which of its owner's nodes this is, 0..15

    bool dns_enabled = true;
    std::vector<sip::Endpoint> dns_servers;  // empty: the system's
    bool dns_probe = true;
    OnDnsFailure dns_on_failure = OnDnsFailure::fall_back;
    std::chrono::milliseconds dns_deadline{3000};
    Dnssec dns_dnssec = Dnssec::automatic;
    std::filesystem::path dns_trust_anchor;  // empty: the system's
    std::vector<std::string> dns_unsigned;   // lowercase

    std::vector<overlay::Prefix> mesh_prefixes;  // in which private and loopback contacts may be called

    std::map<std::string, crypto::PublicKey> pins;   // domain (lowercase) -> key
    std::map<std::string, crypto::PublicKey> zones;  // suffix like "riverside" (lowercase) -> its authority

    std::string log_level;

    bool reach_nat_pmp = true, reach_upnp = true;
    std::chrono::seconds reach_lease{7200};
    RecordContacts record_contacts = RecordContacts::edge;

    /// Built-in defaults, with paths for this user and environment.
    static Config defaults();
    /// Throws ConfigError. `file` must exist.
    static Config load(const std::filesystem::path& file);
    /// The same from text; `file` only names it in errors.
    static Config parse(std::string_view text, const std::filesystem::path& file);
};

/// Where the configuration is looked for when no --config is given: $CONFIGURATION_DIRECTORY (systemd),
/// $XDG_CONFIG_HOME, /etc for root, ~/.config.
std::filesystem::path default_config_file();
/// $STATE_DIRECTORY (systemd), $XDG_DATA_HOME, /var/lib/hedgewitch for root, ~/.local/share/hedgewitch.
std::filesystem::path default_state_dir();

/// The effective configuration as TOML with a comment for every key: a file to start from.
std::string to_toml(const Config& config);

/// "sip.listen", ...: keys whose values differ.
std::vector<std::string> changed_keys(const Config& before, const Config& after);

}  // namespace node

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
enum class RelayFor : std::uint8_t { contacts, nobody, anybody };
enum class RelayMedia : std::uint8_t { nobody, contacts };
enum class PageMetrics : std::uint8_t { loopback, lan, off };
enum class Dnssec : std::uint8_t { automatic, require, off };

/// One of sip.advertise whose address DNS is asked for: "udp:home.example.org:5060".
struct AdvertisedHost {
    overlay::Transport transport = overlay::Transport::udp;
    std::string host;  // lowercase
    std::uint16_t port = 0;
    friend bool operator==(const AdvertisedHost&, const AdvertisedHost&) = default;
};

struct SipConfig {
    std::vector<overlay::TransportAddress> listen;
    std::vector<std::string> domains;  // lowercase
    std::string realm;
    StrangerPolicy strangers = StrangerPolicy::allow;
    unsigned stranger_rings = 4, caller_rings = 10, source_requests = 60;  // a minute
    std::chrono::seconds rings{120};                                       // "ring_s"
    bool legacy_digest = true;                                             // RFC 2069
    sip::Delivery delivery = sip::Delivery::automatic;
    bool require_tls = true;                           // "tls_between_nodes"
    std::vector<std::string> follow_redirects;         // beginnings of User-Agents
    std::vector<overlay::TransportAddress> advertise;  // this and the next empty: from the listen addresses
    std::vector<AdvertisedHost> advertise_hosts;
    std::filesystem::path tls_certificate, tls_key;  // empty: the node's own
    std::vector<std::string> web_origins;            // empty: pages of the own host; "*": all
};

struct DhtConfig {
    bool enabled = true;
    std::uint32_t network = 0;
    std::vector<std::string> bootstrap;  // "host:port"
    std::vector<sip::Endpoint> listen;
    std::uint8_t locations = overlay::max_locations;
    std::uint8_t slot = 0;  // which of its owner's nodes this is, 0..15
    bool lan = true;        // neighbours on the home's network and in the mesh are looked for
};

struct DnsConfig {
    bool enabled = true;
    std::vector<sip::Endpoint> servers;  // empty: the system's
    bool probe = true;
    OnDnsFailure on_failure = OnDnsFailure::fall_back;
    std::chrono::milliseconds deadline{3000};
    Dnssec dnssec = Dnssec::automatic;
    std::filesystem::path trust_anchor;         // empty: the system's
    std::vector<std::string> unsigned_domains;  // lowercase
};

struct ReachConfig {
    bool pcp = true, nat_pmp = true, upnp = true;
    std::chrono::seconds lease{7200};
    RelayFor relay_for = RelayFor::contacts;
    RelayMedia relay_media = RelayMedia::nobody;
};

struct MediaConfig {
    bool door = true;                // "auto"; else "never"
    std::uint16_t stun_port = 3478;  // 0: none beside SIP's own
};

struct PageConfig {
    bool enabled = true;
    bool to_all = false;             // "listen_to"
    std::vector<std::string> names;  // lowercase; beside those that this machine has
    PageMetrics metrics = PageMetrics::loopback;
};

/// A struct for each section of the file that has several keys.
struct Config {
    std::filesystem::path file;  // empty: built-in defaults only
    std::filesystem::path state_dir;
    SipConfig sip;
    ReachConfig reach;
    MediaConfig media;
    PageConfig page;
    RecordContacts record_contacts = RecordContacts::edge;
    DhtConfig dht;
    DnsConfig dns;
    std::vector<overlay::Prefix> mesh_prefixes;      // in which private and loopback contacts may be called
    std::map<std::string, crypto::PublicKey> pins;   // domain (lowercase) -> key
    std::map<std::string, crypto::PublicKey> zones;  // suffix like "riverside" (lowercase) -> its authority
    std::string log_level;

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

/// The defaults in the same form, each behind a "#": what a package installs, so that a default stays one.
std::string example_toml();

/// "sip.listen", ...: keys whose values differ.
std::vector<std::string> changed_keys(const Config& before, const Config& after);

}  // namespace node

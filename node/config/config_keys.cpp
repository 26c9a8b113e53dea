// node/config/config_keys.cpp - every configuration key in one table, with its reader and writer.
#include "node/config/config_keys.hpp"

#include <array>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "node/config/advertised_host.hpp"
#include "node/config/config_values.hpp"
#include "node/names/host_name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

bool is_host_and_port(const std::string& value) {
    if (parse_endpoint(value)) return true;
    const auto colon = value.rfind(':');
    if (colon == std::string::npos || !is_host_name(value.substr(0, colon))) return false;
    return parse_endpoint("0.0.0.0" + value.substr(colon)).has_value();
}

const auto same = [](const std::string& value) { return value; };
const auto endpoint_text = [](const sip::Endpoint& value) { return sip::to_string(value); };
const auto address_text = [](const overlay::TransportAddress& value) { return to_text(value); };

constexpr const char* sip_address =
    "addresses like \"udp:192.0.2.1:5060\" or \"tls:[::]:5061\" (udp, tcp, tls, ws or wss)";

constexpr const char* advertised_address =
    "addresses like \"udp:192.0.2.1:5060\", or with a host name like \"udp:home.example.org:5060\" (udp, tcp "
    "or tls), "
    "at most 8 of these";
constexpr std::size_t most_hosts = 8;

void read_addresses(const toml::node& value, std::vector<overlay::TransportAddress>& into) {
    into.clear();
    read_each(value, sip_address, [&](const std::string& entry) {
        const auto address = parse_transport_address(entry);
        if (address) into.push_back(*address);
        return address.has_value();
    });
}

void read_listen(const toml::node& value, Config& c) {
    read_addresses(value, c.sip.listen);
    if (c.sip.listen.empty()) throw BadValue(std::string("at least one of ") + sip_address, value);
}

void read_advertise(const toml::node& value, Config& c) {
    c.sip.advertise.clear();
    c.sip.advertise_hosts.clear();
    read_each(value, advertised_address, [&](const std::string& entry) {
        if (const auto address = parse_transport_address(entry)) {
            c.sip.advertise.push_back(*address);
            return true;
        }
        const auto host = parse_advertised_host(entry);
        if (host) c.sip.advertise_hosts.push_back(*host);
        return host.has_value() && c.sip.advertise_hosts.size() <= most_hosts;
    });
    for (const auto& host : c.sip.advertise_hosts) {
        if (host.transport == overlay::Transport::ws || host.transport == overlay::Transport::wss)
            throw BadValue("addresses that others can call: nobody calls a WebSocket (udp, tcp or tls)",
                           value);
    }
    for (const auto& address : c.sip.advertise) {
        if (address.address.is_unspecified() || address.port == 0) {
            throw BadValue("addresses that others can call: neither 0.0.0.0, :: nor port 0", value);
        }
        if (address.transport == overlay::Transport::ws || address.transport == overlay::Transport::wss)
            throw BadValue("addresses that others can call: nobody calls a WebSocket (udp, tcp or tls)",
                           value);
    }
}

std::string write_advertise(const Config& c) {
    std::vector<std::string> all;
    for (const auto& address : c.sip.advertise)
        all.push_back(node::to_text(address));
    for (const auto& host : c.sip.advertise_hosts)
        all.push_back(to_text(host));
    return write_list(all, same);
}

void read_origins(const toml::node& value, Config& c) {
    c.sip.web_origins.clear();
    read_each(
        value, "origins like \"https://phone.example.org\", \"null\" for pages from a file, or \"*\" for all",
        [&](const std::string& origin) {
            c.sip.web_origins.push_back(sip::lowercase(origin));
            const auto host = origin.find("://");
            return origin == "*" || origin == "null" ||
                   (host != std::string::npos && host > 0 && origin.find('/', host + 3) == std::string::npos);
        });
}

void read_domains(const toml::node& value, Config& c) {
    c.sip.domains.clear();
    read_each(value, "host names like \"example.org\"", [&](const std::string& name) {
        c.sip.domains.push_back(sip::lowercase(name));
        return is_host_name(name);
    });
}

void read_realm(const toml::node& value, Config& c) {
    constexpr const char* allowed = "1 to 64 characters without quotes, backslashes or control characters";
    c.sip.realm = read_text(value, allowed);
    const bool odd = c.sip.realm.find_first_of("\"\\") != std::string::npos ||
                     std::any_of(c.sip.realm.begin(), c.sip.realm.end(),
                                 [](char ch) { return static_cast<unsigned char>(ch) < ' '; });
    if (c.sip.realm.empty() || c.sip.realm.size() > 64 || odd) throw BadValue(allowed, value);
}

void read_strangers(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"allow\", \"ask\" or \"reject\"";
    const auto mode = stranger_policy_of(read_text(value, allowed));
    if (!mode) throw BadValue(allowed, value);
    c.sip.strangers = *mode;
}

constexpr std::int64_t most_a_minute = 1'000'000;  // for who wants no limit

template <unsigned SipConfig::*member>
void read_a_minute(const toml::node& value, Config& c) {
    c.sip.*member = static_cast<unsigned>(read_integer(value, 1, most_a_minute));
}

void read_delivery(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"auto\", \"redirect\" or \"proxy\"";
    const auto delivery = sip::delivery_of(read_text(value, allowed));
    if (!delivery) throw BadValue(allowed, value);
    c.sip.delivery = *delivery;
}

void read_tls_between_nodes(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"require\" or \"prefer\"";
    const std::string wish = read_text(value, allowed);
    if (wish != "require" && wish != "prefer") throw BadValue(allowed, value);
    c.sip.require_tls = wish == "require";
}

void read_door(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"auto\" or \"never\"";
    const std::string wish = read_text(value, allowed);
    if (wish != "auto" && wish != "never") throw BadValue(allowed, value);
    c.media.door = wish == "auto";
}

void read_following(const toml::node& value, Config& c) {
    c.sip.follow_redirects.clear();
    read_each(value, "beginnings of User-Agent headers, like \"baresip\"", [&](const std::string& agent) {
        c.sip.follow_redirects.push_back(agent);
        return !agent.empty() && agent.size() <= 128;
    });
}

void read_bootstrap(const toml::node& value, Config& c) {
    c.dht.bootstrap.clear();
    read_each(value, "nodes like \"bootstrap.jami.net:4222\" or \"[2001:db8::1]:4222\"",
              [&](const std::string& entry) {
                  c.dht.bootstrap.push_back(entry);
                  return is_host_and_port(entry);
              });
}

void read_dht_listen(const toml::node& value, Config& c) {
    c.dht.listen.clear();
    read_each(value, "at most one IPv4 and one IPv6 address, like \"0.0.0.0:4222\"",
              [&](const std::string& entry) {
                  const auto endpoint = parse_endpoint(entry);
                  if (!endpoint) return false;
                  for (const auto& other : c.dht.listen) {
                      if (other.address.is_v4() == endpoint->address.is_v4()) return false;
                  }
                  c.dht.listen.push_back(*endpoint);
                  return true;
              });
    if (c.dht.listen.empty())
        throw BadValue("at least one address; to do without the DHT set dht.enabled = false", value);
}

void read_dns_servers(const toml::node& value, Config& c) {
    c.dns.servers.clear();
    read_each(value, "addresses like \"192.0.2.53\", \"192.0.2.53:5353\" or \"[2001:db8::53]:53\"",
              [&](const std::string& entry) {
                  asio::error_code error;
                  const auto address = asio::ip::make_address(entry, error);
                  const auto endpoint = error ? parse_endpoint(entry) : sip::Endpoint{address, 53};
                  if (endpoint) c.dns.servers.push_back(*endpoint);
                  return endpoint.has_value();
              });
}

constexpr Words<OnDnsFailure, 2> on_failure_words{
    {{"fall back", OnDnsFailure::fall_back}, {"refuse", OnDnsFailure::refuse}}};

constexpr Words<Dnssec, 3> dnssec_words{
    {{"auto", Dnssec::automatic}, {"require", Dnssec::require}, {"off", Dnssec::off}}};

constexpr Words<RelayFor, 3> relay_words{
    {{"contacts", RelayFor::contacts}, {"nobody", RelayFor::nobody}, {"anybody", RelayFor::anybody}}};
constexpr Words<RelayMedia, 2> relay_media_words{
    {{"nobody", RelayMedia::nobody}, {"contacts", RelayMedia::contacts}}};
constexpr Words<RecordContacts, 3> contacts_words{
    {{"edge", RecordContacts::edge}, {"direct", RecordContacts::direct}, {"both", RecordContacts::both}}};

void read_unsigned(const toml::node& value, Config& c) {
    c.dns.unsigned_domains.clear();
    read_each(value, "domains like \"corp.example.org\" or \"mesh\"", [&](const std::string& name) {
        c.dns.unsigned_domains.push_back(sip::lowercase(name));
        return is_host_name(name);
    });
}

void read_prefixes(const toml::node& value, Config& c) {
    c.mesh_prefixes.clear();
    constexpr const char* allowed = "networks like \"10.77.0.0/16\" or \"fd00::/8\"";
    read_each(value, allowed, [&](const std::string& entry) {
        auto prefix = overlay::Prefix::parse(entry);
        if (prefix) c.mesh_prefixes.push_back(*prefix);
        return prefix.has_value();
    });
}

using KeyByName = std::map<std::string, crypto::PublicKey>;

crypto::PublicKey read_public_key(const toml::node& value) {
    constexpr const char* allowed =
        "the 56 characters of a Hedgewitch address (what stands before .hedge.alt)";
    const auto key = crypto::decode_name(read_text(value, allowed));
    if (!key) throw BadValue(std::string(allowed) + ", and these are not: " + key.error().message(), value);
    return *key;
}

void read_pins(const toml::node& value, Config& c) {
    c.pins.clear();
    for (const auto& [domain, key] : *value.as_table()) {
        if (!is_host_name(std::string(domain.str())))
            throw BadValue("a host name like \"example.org\" on the left", key);
        c.pins[sip::lowercase(domain.str())] = read_public_key(key);
    }
}

/// The host part of an address in the zone. An address would be taken for one, and what ends in .alt is a
/// key.
bool is_zone_name(const std::string& name) {
    asio::error_code no_address;
    asio::ip::make_address(name, no_address);
    return is_host_name(name) && name != "alt" && !name.ends_with(".alt") && no_address;
}

void read_zones(const toml::node& value, Config& c) {
    c.zones.clear();
    for (const auto& [suffix, key] : *value.as_table()) {
        const std::string name = sip::lowercase(suffix.str());
        if (!is_zone_name(name)) {
            throw BadValue("a name like \"riverside\" or \"valley.mesh\" on the left, not under .alt", key);
        }
        c.zones[name] = read_public_key(key);
    }
}

void read_log_level(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"debug\", \"info\", \"warn\" or \"error\"";
    c.log_level = read_text(value, allowed);
    if (c.log_level != "debug" && c.log_level != "info" && c.log_level != "warn" && c.log_level != "error") {
        throw BadValue(allowed, value);
    }
}

std::string key_lines(const KeyByName& keys) {
    std::string lines;
    for (const auto& [name, key] : keys)
        lines += write_text(name) + " = " + write_text(crypto::encode_name(key)) + "\n";
    return lines;
}

const std::array table{
    ConfigKey{"state", "dir", "Where the identity, the users and the bindings are kept.",
              [](const toml::node& v, Config& c) {
                  const std::string dir = read_text(v, "an absolute path");
                  if (!dir.starts_with('/')) throw BadValue("an absolute path", v);
                  c.state_dir = dir;
              },
              [](const Config& c) { return write_text(c.state_dir.string()); }},
    ConfigKey{"sip", "listen", "Where phones and other nodes reach this node.", read_listen,
              [](const Config& c) { return write_list(c.sip.listen, address_text); }},
    ConfigKey{"sip", "domains", "Domains of yours, answered for beside the address made of the key.",
              read_domains, [](const Config& c) { return write_list(c.sip.domains, same); }},
    ConfigKey{"sip", "realm",
              "Shown to phones that log in. Passwords belong to it: after a change set them all anew.",
              read_realm, [](const Config& c) { return write_text(c.sip.realm); }},
    ConfigKey{"sip", "strangers",
              "Calls from people who are no contacts. \"allow\": they ring. \"ask\": they hear what the "
              "caller of a wrong number hears, and `hedgewitch callers` shows them to you. \"reject\": they "
              "are not shown either. `hedgewitch user strangers` sets it for one user.",
              read_strangers, [](const Config& c) { return write_text(name(c.sip.strangers)); }},
    ConfigKey{"sip", "stranger_rings", "How often a minute all strangers together may ring one user.",
              read_a_minute<&SipConfig::stranger_rings>,
              [](const Config& c) { return std::to_string(c.sip.stranger_rings); }},
    ConfigKey{"sip", "caller_rings", "How often a minute one caller may ring here, a contact too.",
              read_a_minute<&SipConfig::caller_rings>,
              [](const Config& c) { return std::to_string(c.sip.caller_rings); }},
    ConfigKey{
        "sip", "source_requests",
        "How many requests a minute one address gets an answer to over UDP, until a phone has logged in "
        "there. A fifth of it: how often a password may be wrong.",
        read_a_minute<&SipConfig::source_requests>,
        [](const Config& c) { return std::to_string(c.sip.source_requests); }},
    ConfigKey{
        "sip", "ring_s",
        "How many seconds a call rings the phones here before its caller hears that nobody answers "
        "(10 to 180).",
        [](const toml::node& v, Config& c) { c.sip.rings = std::chrono::seconds(read_integer(v, 10, 180)); },
        [](const Config& c) { return std::to_string(c.sip.rings.count()); }},
    ConfigKey{"sip", "legacy_digest",
              "Let old phones log in whose digest has no qop (RFC 2069), once with each nonce.",
              [](const toml::node& v, Config& c) { c.sip.legacy_digest = read_bool(v); },
              [](const Config& c) { return write_bool(c.sip.legacy_digest); }},
    ConfigKey{"sip", "delivery",
              "auto: redirect phones that follow a 302 by themselves, proxy for the others. redirect, proxy: "
              "always so. `hedgewitch user delivery` sets it for one user.",
              read_delivery, [](const Config& c) { return write_text(sip::name(c.sip.delivery)); }},
    ConfigKey{
        "sip", "tls_between_nodes",
        "Calls that this node passes on to another that can do TLS. \"require\": by TLS, or not at all. "
        "\"prefer\": in clear when TLS does not get through, so that whoever blocks it can listen.",
        read_tls_between_nodes,
        [](const Config& c) { return write_text(c.sip.require_tls ? "require" : "prefer"); }},
    ConfigKey{"sip", "follow_redirects",
              "Phones that follow a 302 to its Contact by themselves, by the beginning of their User-Agent.",
              read_following, [](const Config& c) { return write_list(c.sip.follow_redirects, same); }},
    ConfigKey{"sip", "advertise",
              "Addresses to publish, unchecked. A host name (as of DynDNS) is looked up again every few "
              "minutes. Empty: "
              "those that others can reach, as far as the node can find out.",
              read_advertise, write_advertise},
    ConfigKey{"sip", "tls_certificate",
              "PEM file with a certificate chain for tls and wss, for phones and browsers that check names. "
              "Empty: the node makes its own (tls.crt in its state folder).",
              [](const toml::node& v, Config& c) { c.sip.tls_certificate = read_absolute_path(v); },
              [](const Config& c) { return write_text(c.sip.tls_certificate.string()); }},
    ConfigKey{"sip", "tls_key", "PEM file with the key of that certificate.",
              [](const toml::node& v, Config& c) { c.sip.tls_key = read_absolute_path(v); },
              [](const Config& c) { return write_text(c.sip.tls_key.string()); }},
    ConfigKey{
        "sip", "web_origins",
        "Pages whose browser phones may connect (ws, wss), \"*\": all. Empty: those of the node's own host.",
        read_origins, [](const Config& c) { return write_list(c.sip.web_origins, same); }},
    ConfigKey{"reach", "pcp",
              "Ask the router for open ports over PCP, and over IPv6 to let them through its firewall.",
              [](const toml::node& v, Config& c) { c.reach.pcp = read_bool(v); },
              [](const Config& c) { return write_bool(c.reach.pcp); }},
    ConfigKey{"reach", "nat_pmp", "Ask the router over NAT-PMP when it does not speak PCP.",
              [](const toml::node& v, Config& c) { c.reach.nat_pmp = read_bool(v); },
              [](const Config& c) { return write_bool(c.reach.nat_pmp); }},
    ConfigKey{"reach", "upnp", "Ask the router over UPnP when it speaks neither PCP nor NAT-PMP.",
              [](const toml::node& v, Config& c) { c.reach.upnp = read_bool(v); },
              [](const Config& c) { return write_bool(c.reach.upnp); }},
    ConfigKey{"reach", "lease_s",
              "For how long the router is asked to keep a port open; renewed at half of it.",
              [](const toml::node& v, Config& c) {
                  c.reach.lease = std::chrono::seconds(read_integer(v, 20, 86400));
              },
              [](const Config& c) { return std::to_string(c.reach.lease.count()); }},
    ConfigKey{"reach", "relay_for",
              "For whose nodes, that nobody can call, this one passes calls on: \"contacts\", \"nobody\", or "
              "\"anybody\" (a village's public node). It sees addresses and amounts, no name and no word.",
              [](const toml::node& v, Config& c) { c.reach.relay_for = read_word(v, relay_words); },
              [](const Config& c) { return write_word(c.reach.relay_for, relay_words); }},
    ConfigKey{"reach", "relay_media",
              "Whom of those it passes calls on for this node lends UDP ports, too, when their router gives "
              "each destination another port and their calls would be silent: \"nobody\", or \"contacts\" "
              "(100 kB/s and 4 streams each). The sound goes through as it is, unread.",
              [](const toml::node& v, Config& c) { c.reach.relay_media = read_word(v, relay_media_words); },
              [](const Config& c) { return write_word(c.reach.relay_media, relay_media_words); }},
    ConfigKey{
        "media", "door",
        "auto: where the two phones of a call cannot send to each other, their sound goes through ports of "
        "this machine, as it is. never: such calls ring and are silent.",
        read_door, [](const Config& c) { return write_text(c.media.door ? "auto" : "never"); }},
    ConfigKey{"media", "stun_port",
              "UDP port at which phones may ask how others see them (STUN), beside that of SIP. 0: none.",
              [](const toml::node& v, Config& c) {
                  c.media.stun_port = static_cast<std::uint16_t>(read_integer(v, 0, 65535));
              },
              [](const Config& c) { return std::to_string(c.media.stun_port); }},
    ConfigKey{"record", "contacts",
              "Whom callers are sent to: \"edge\", this node; \"direct\", a phone with an address that "
              "others reach, past this node and its policy; \"both\", such a phone first.",
              [](const toml::node& v, Config& c) { c.record_contacts = read_word(v, contacts_words); },
              [](const Config& c) { return write_word(c.record_contacts, contacts_words); }},
    ConfigKey{"dht", "enabled", "Find others, and be found, without DNS.",
              [](const toml::node& v, Config& c) { c.dht.enabled = read_bool(v); },
              [](const Config& c) { return write_bool(c.dht.enabled); }},
    ConfigKey{"dht", "network",
              "0 is the public OpenDHT network; a mesh or a circle of friends takes a number of its own.",
              [](const toml::node& v, Config& c) {
                  c.dht.network = static_cast<std::uint32_t>(read_integer(v, 0, 0xffffffff));
              },
              [](const Config& c) { return std::to_string(c.dht.network); }},
    ConfigKey{
        "dht", "bootstrap",
        "Nodes to ask first; without it, of network 0 a public one, of another none. Nodes once met are "
        "remembered.",
        read_bootstrap, [](const Config& c) { return write_list(c.dht.bootstrap, same); }},
    ConfigKey{"dht", "listen",
              "One IPv4 and one IPv6 address at most; a port in use is replaced by a free one.",
              read_dht_listen, [](const Config& c) { return write_list(c.dht.listen, endpoint_text); }},
    ConfigKey{"dht", "locations", "At how many places of the DHT a record is kept.",
              [](const toml::node& v, Config& c) {
                  c.dht.locations = static_cast<std::uint8_t>(read_integer(v, 1, overlay::max_locations));
              },
              [](const Config& c) { return std::to_string(c.dht.locations); }},
    ConfigKey{"dht", "slot",
              "Which of its owner's nodes this is: 0 for the first; `hedgewitch device certify` gives others "
              "theirs.",
              [](const toml::node& v, Config& c) {
                  c.dht.slot = static_cast<std::uint8_t>(read_integer(v, 0, 15));
              },
              [](const Config& c) { return std::to_string(c.dht.slot); }},
    ConfigKey{
        "dht", "lan",
        "Look for other nodes on the home's network and in the mesh, over multicast: then a call to one of "
        "them stays there, without the Internet too.",
        [](const toml::node& v, Config& c) { c.dht.lan = read_bool(v); },
        [](const Config& c) { return write_bool(c.dht.lan); }},
    ConfigKey{"dns", "enabled", "Ask DNS for domains.",
              [](const toml::node& v, Config& c) { c.dns.enabled = read_bool(v); },
              [](const Config& c) { return write_bool(c.dns.enabled); }},
    ConfigKey{"dns", "servers", "Resolvers to ask. Empty: the system's.", read_dns_servers,
              [](const Config& c) { return write_list(c.dns.servers, endpoint_text); }},
    ConfigKey{"dns", "probe",
              "Ask the servers that DNS gives whether they are there and which key they hold, before a call.",
              [](const toml::node& v, Config& c) { c.dns.probe = read_bool(v); },
              [](const Config& c) { return write_bool(c.dns.probe); }},
    ConfigKey{"dns", "on_failure",
              "When DNS fails (SERVFAIL, no answer): \"fall back\" to the DHT as if the name were missing, "
              "or \"refuse\".",
              [](const toml::node& v, Config& c) { c.dns.on_failure = read_word(v, on_failure_words); },
              [](const Config& c) { return write_word(c.dns.on_failure, on_failure_words); }},
    ConfigKey{"dns", "deadline_ms", "How long DNS may take, in milliseconds.",
              [](const toml::node& v, Config& c) {
                  c.dns.deadline = std::chrono::milliseconds(read_integer(v, 100, 4000));
              },
              [](const Config& c) { return std::to_string(c.dns.deadline.count()); }},
    ConfigKey{"dns", "dnssec",
              "\"auto\": validate when your DNS server passes DNSSEC on, else plain DNS (`status` says "
              "so). \"require\": always validate. \"off\": never.",
              [](const toml::node& v, Config& c) { c.dns.dnssec = read_word(v, dnssec_words); },
              [](const Config& c) { return write_word(c.dns.dnssec, dnssec_words); }},
    ConfigKey{"dns", "trust_anchor",
              "File of DS or DNSKEY records that DNSSEC starts from. Empty: /var/lib/unbound/root.key or "
              "/usr/share/dns/root.key.",
              [](const toml::node& v, Config& c) { c.dns.trust_anchor = read_absolute_path(v); },
              [](const Config& c) { return write_text(c.dns.trust_anchor.string()); }},
    ConfigKey{"dns", "unsigned",
              "Domains of private networks that the public DNS knows nothing of, or knows as signed: without "
              "this they would count as forged, and private addresses that they lead to would not be called.",
              read_unsigned, [](const Config& c) { return write_list(c.dns.unsigned_domains, same); }},
    ConfigKey{"mesh", "prefixes", "Private networks in which calls may be made, like \"10.77.0.0/16\".",
              read_prefixes,
              [](const Config& c) {
                  return write_list(c.mesh_prefixes,
                                    [](const overlay::Prefix& prefix) { return prefix.to_string(); });
              }},
    ConfigKey{
        "pins", "",
        "Domains whose key you know: \"example.org\" = \"<56 characters>\". Used instead of unproven DNS.",
        read_pins, [](const Config& c) { return key_lines(c.pins); }},
    ConfigKey{"zones", "",
              "Names that an authority gives out, as a mesh does: \"riverside\" = \"<56 characters>\" lets "
              "phones dial sip:alice@riverside.",
              read_zones, [](const Config& c) { return key_lines(c.zones); }},
    ConfigKey{"log", "level", "debug (a line for each call: whom it was for), info, warn or error.",
              read_log_level, [](const Config& c) { return write_text(c.log_level); }},
};

}  // namespace

std::span<const ConfigKey> config_keys() {
    return table;
}

}  // namespace node

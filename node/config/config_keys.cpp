// node/config/config_keys.cpp - every configuration key in one table, with its reader and writer.
#include "node/config/config_keys.hpp"

#include <algorithm>
#include <array>

#include "node/addresses.hpp"
#include "node/config/config_places.hpp"
#include "node/config/config_values.hpp"

namespace node {
namespace {

const auto same = [](const std::string& value) { return value; };
const auto endpoint_text = [](const sip::Endpoint& value) { return sip::to_string(value); };
const auto address_text = [](const overlay::TransportAddress& value) { return to_text(value); };

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

constexpr Words<OnDnsFailure, 2> on_failure_words{
    {{"fall back", OnDnsFailure::fall_back}, {"refuse", OnDnsFailure::refuse}}};

constexpr Words<bool, 2> listen_to_words{{{"lan", false}, {"all", true}}};
constexpr Words<PageMetrics, 3> metrics_words{
    {{"loopback", PageMetrics::loopback}, {"lan", PageMetrics::lan}, {"off", PageMetrics::off}}};

constexpr Words<Dnssec, 3> dnssec_words{
    {{"auto", Dnssec::automatic}, {"require", Dnssec::require}, {"off", Dnssec::off}}};

constexpr Words<RelayFor, 3> relay_words{
    {{"contacts", RelayFor::contacts}, {"nobody", RelayFor::nobody}, {"anybody", RelayFor::anybody}}};
constexpr Words<RelayMedia, 2> relay_media_words{
    {{"nobody", RelayMedia::nobody}, {"contacts", RelayMedia::contacts}}};
constexpr Words<RecordContacts, 3> contacts_words{
    {{"edge", RecordContacts::edge}, {"direct", RecordContacts::direct}, {"both", RecordContacts::both}}};

void read_log_level(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"debug\", \"info\", \"warn\" or \"error\"";
    c.log_level = read_text(value, allowed);
    if (c.log_level != "debug" && c.log_level != "info" && c.log_level != "warn" && c.log_level != "error") {
        throw BadValue(allowed, value);
    }
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
              "minutes. Empty: those that others can reach, as far as the node can find out.",
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
    ConfigKey{"reach", "upnp",
              "Ask the router over UPnP when it speaks neither PCP nor NAT-PMP; over IPv6 as with pcp.",
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
    ConfigKey{
        "page", "enabled",
        "The page: whoever opens a wss address of sip.listen in a browser (https://) can look after the node "
        "there, once logged in. `hedgewitch page` gives a link that does that.",
        [](const toml::node& v, Config& c) { c.page.enabled = read_bool(v); },
        [](const Config& c) { return write_bool(c.page.enabled); }},
    ConfigKey{
        "page", "listen_to",
        "Who may open it: \"lan\", this machine, the home's network and the mesh; \"all\", the Internet too.",
        [](const toml::node& v, Config& c) { c.page.to_all = read_word(v, listen_to_words); },
        [](const Config& c) { return write_word(c.page.to_all, listen_to_words); }},
    ConfigKey{
        "page", "names",
        "Names by which browsers may open it, beside its addresses, localhost, the machine's own name and "
        "sip.domains. Others are refused, since any page can have its name lead here.",
        read_page_names, [](const Config& c) { return write_list(c.page.names, same); }},
    ConfigKey{"page", "metrics",
              "Who gets /metrics, for Prometheus, without a login: \"loopback\", this machine; \"lan\", "
              "whoever may "
              "open the page; \"off\", nobody.",
              [](const toml::node& v, Config& c) { c.page.metrics = read_word(v, metrics_words); },
              [](const Config& c) { return write_word(c.page.metrics, metrics_words); }},
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
        read_pins, [](const Config& c) { return write_keys(c.pins); }},
    ConfigKey{"zones", "",
              "Names that an authority gives out, as a mesh does: \"riverside\" = \"<56 characters>\" lets "
              "phones dial sip:alice@riverside.",
              read_zones, [](const Config& c) { return write_keys(c.zones); }},
    ConfigKey{"log", "level", "debug (a line for each call: whom it was for), info, warn or error.",
              read_log_level, [](const Config& c) { return write_text(c.log_level); }},
};

}  // namespace

std::span<const ConfigKey> config_keys() {
    return table;
}

}  // namespace node

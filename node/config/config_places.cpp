// node/config/config_places.cpp - what may stand where an address, a host name, a network or a key is wanted.
#include "node/config/config_places.hpp"

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

constexpr const char* sip_address =
    "addresses like \"udp:192.0.2.1:5060\" or \"tls:[::]:5061\" (udp, tcp, tls, ws or wss)";

constexpr const char* advertised_address =
    "addresses like \"udp:192.0.2.1:5060\", or with a host name like \"udp:home.example.org:5060\" (udp, tcp "
    "or tls), at most 8 of these";
constexpr std::size_t most_hosts = 8;

void read_addresses(const toml::node& value, std::vector<overlay::TransportAddress>& into) {
    into.clear();
    read_each(value, sip_address, [&](const std::string& entry) {
        const auto address = parse_transport_address(entry);
        if (address) into.push_back(*address);
        return address.has_value();
    });
}

void refuse_web_socket(overlay::Transport transport, const toml::node& value) {
    if (transport == overlay::Transport::ws || transport == overlay::Transport::wss)
        throw BadValue("addresses that others can call: nobody calls a WebSocket (udp, tcp or tls)", value);
}

crypto::PublicKey read_public_key(const toml::node& value) {
    constexpr const char* allowed =
        "the 56 characters of a Hedgewitch address (what stands before .hedge.alt)";
    const auto key = crypto::decode_name(read_text(value, allowed));
    if (!key) throw BadValue(std::string(allowed) + ", and these are not: " + key.error().message(), value);
    return *key;
}

/// The host part of an address in the zone. An address would be taken for one, and what ends in .alt is a
/// key.
bool is_zone_name(const std::string& name) {
    asio::error_code no_address;
    asio::ip::make_address(name, no_address);
    return is_host_name(name) && name != "alt" && !name.ends_with(".alt") && no_address;
}

}  // namespace

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
    for (const auto& host : c.sip.advertise_hosts)
        refuse_web_socket(host.transport, value);
    for (const auto& address : c.sip.advertise) {
        if (address.address.is_unspecified() || address.port == 0) {
            throw BadValue("addresses that others can call: neither 0.0.0.0, :: nor port 0", value);
        }
        refuse_web_socket(address.transport, value);
    }
}

std::string write_advertise(const Config& c) {
    std::vector<std::string> all;
    for (const auto& address : c.sip.advertise)
        all.push_back(to_text(address));
    for (const auto& host : c.sip.advertise_hosts)
        all.push_back(to_text(host));
    return write_list(all, [](const std::string& entry) { return entry; });
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

void read_page_names(const toml::node& value, Config& c) {
    c.page.names.clear();
    read_each(value, "host names like \"box.local\"", [&](const std::string& name) {
        c.page.names.push_back(sip::lowercase(name));
        return is_host_name(name);
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

void read_pins(const toml::node& value, Config& c) {
    c.pins.clear();
    for (const auto& [domain, key] : *value.as_table()) {
        if (!is_host_name(std::string(domain.str())))
            throw BadValue("a host name like \"example.org\" on the left", key);
        c.pins[sip::lowercase(domain.str())] = read_public_key(key);
    }
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

std::string write_keys(const KeyByName& keys) {
    std::string lines;
    for (const auto& [name, key] : keys)
        lines += write_text(name) + " = " + write_text(crypto::encode_name(key)) + "\n";
    return lines;
}

}  // namespace node

// node/config/config_places.hpp - the keys of the configuration that say where somebody is, or who:
// addresses, host names, networks, and public keys by name. Each reader takes the whole value of its key, in
// place of what stood there; what is wrong is thrown as BadValue (config_values.hpp).
#pragma once

#include <toml++/toml.h>

#include <map>
#include <string>

#include "node/config/config.hpp"

namespace node {

void read_listen(const toml::node& value, Config& into);     // sip.listen
void read_advertise(const toml::node& value, Config& into);  // sip.advertise: addresses, and names to look up
std::string write_advertise(const Config& config);
void read_origins(const toml::node& value, Config& into);      // sip.web_origins
void read_domains(const toml::node& value, Config& into);      // sip.domains
void read_page_names(const toml::node& value, Config& into);   // page.names
void read_bootstrap(const toml::node& value, Config& into);    // dht.bootstrap
void read_dht_listen(const toml::node& value, Config& into);   // dht.listen
void read_dns_servers(const toml::node& value, Config& into);  // dns.servers
void read_unsigned(const toml::node& value, Config& into);     // dns.unsigned
void read_prefixes(const toml::node& value, Config& into);     // mesh.prefixes

using KeyByName = std::map<std::string, crypto::PublicKey>;
void read_pins(const toml::node& value, Config& into);   // [pins]: host names
void read_zones(const toml::node& value, Config& into);  // [zones]: what may stand for a zone
std::string write_keys(const KeyByName& keys);           // of both, a line each

}  // namespace node

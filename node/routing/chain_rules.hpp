// node/routing/chain_rules.hpp - what the person has configured about names, and how patient the chain is.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "node/config/config.hpp"
#include "overlay/contact_filter.hpp"

namespace node {

struct ChainRules {
    OnDnsFailure on_dns_failure = OnDnsFailure::fall_back;
    std::map<std::string, crypto::PublicKey> zones;  // by lowercase suffix
    bool ask_dns = true, ask_dht = true;             // false: switched off
    std::vector<overlay::Prefix> mesh;               // a bare address is called in there alone
    std::chrono::milliseconds deadline{4500};        // people wait longer for nobody
    /// Of names that the DHT alone knows: a node that was just started has to join it first, 6 s at most
    /// (overlay/resolver.hpp). The edge wants its answer within 11 s.
    std::chrono::milliseconds joining{6000};
    /// Once an answer could be given, how long a TXT that might bind or change the key is still waited for.
    std::chrono::milliseconds binding_patience{700};
    /// How long a DNS answer that proves itself waits for the DHT, which knows more about the phones.
    std::chrono::milliseconds dht_patience{1500};
    std::size_t max_pending = 1024;  // 503 beyond
};

}  // namespace node

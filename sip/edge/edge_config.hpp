// sip/edge/edge_config.hpp - what an edge is told once, when it is made. What it asks for later is in
// edge_host.hpp.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sip/auth/accounts.hpp"
#include "sip/flow.hpp"

namespace sip {

struct EdgeConfig {
    /// Keys nonces, tags and tokens: fresh random at each start. Zeros are refused.
    std::array<std::uint8_t, 32> secret{};
    /// Keys the flow tokens. Kept over a restart, the dialogs of UDP phones outlive it; none: as `secret`.
    std::optional<std::array<std::uint8_t, 32>> flow_key;
    std::string realm = "hedgewitch";
    std::vector<std::string> domains;  // hosts we answer for: key name, configured domains; lowercase
    std::vector<Endpoint> listening;   // an unspecified address stands for whatever flow.local says
    std::chrono::seconds min_expires{60};
    std::chrono::seconds max_expires{7200};
    std::chrono::seconds default_expires{3600};
    std::size_t max_bindings_per_user = 16;
    std::size_t max_transactions = 20'000;  // 503 with Retry-After beyond
    /// False: a redirect server alone. No request is forwarded, no Contact marked, no Route of ours looked
    /// for. True needs an Output that can reach() others.
    bool forwards = false;
    Delivery delivery = Delivery::redirect;  // of accounts that ask for nothing else
    /// What is passed on to a node that gives TLS goes by TLS, or not at all.
    bool require_tls = true;
    /// Beginnings of the User-Agent of our own phones that follow a 302 by themselves.
    std::vector<std::string> follow_redirects{"baresip"};
    /// Calls from outside are judged (EdgeHost::judge), and OPTIONS is answered alike for every label. False:
    /// everybody rings.
    bool judges_strangers = false;
    std::string server_header = "Hedgewitch";  // no version: strangers need not know what fits it
    /// Answers a minute over UDP to an address that has shown no credentials, and the measure of how often
    /// passwords may be wrong (answer_gate.hpp).
    double source_requests = 60;
    /// How long a call rings our phones before its caller hears that nobody answers (480). Below timer C.
    std::chrono::seconds rings{120};
    /// Digest without qop (RFC 2069): once for each nonce.
    bool legacy_digest = true;
};

}  // namespace sip

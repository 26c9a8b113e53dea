// node/identity/tls_identity.hpp - the node's TLS key and the certificates for it, made without asking
// anybody. One P-256 key (browsers and phones know no other curve for certificates), derived from the seed,
// so that a restored node is the one whose key hash callers know. Two certificates of it:
// 1. The server's: self-signed, kept in tls.crt, so that a person who told a browser or phone to trust it is
//    not asked again. It names hosts, and never the zone: anybody who connects sees it.
// 2. The edge's: issued by the zone's own Ed25519 key, and shown only to edges that this node calls and knows
//    by their key (sip/transport/tls_credentials.hpp). Who sees that chain knows which zone calls, without a
//    lookup.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "node/config/config.hpp"
#include "node/state/paths.hpp"
#include "sip/now.hpp"
#include "sip/transport/tls_credentials.hpp"

namespace node {

/// PEM. The same at each start.
std::string tls_key(const crypto::Identity& identity);

/// PEM: a self-signed certificate for `names` (DNS names and addresses), good for two years.
std::string server_certificate(const std::string& key_pem, const std::vector<std::string>& names,
                               std::chrono::sys_seconds now);

/// PEM: leaf and root.
std::string edge_chain(const std::string& key_pem, const crypto::Identity& identity,
                       std::chrono::sys_seconds now);

/// Whether it is of that key, names all of `names`, is good already, and will be for a month.
bool still_good(const std::string& certificate_pem, const std::string& key_pem,
                const std::vector<std::string>& names, std::chrono::sys_seconds now);

/// The dates in what was made hang on the clock by which it was made: it is made anew when that was set
/// since, and every day, so that no date runs out while the node runs.
[[nodiscard]] bool is_stale(sip::Now made, sip::Now now) noexcept;

/// The node's own, or the person's certificate (sip.tls_certificate) in place of the server's. Throws
/// ConfigError with key and file; sip::TlsError when GnuTLS cannot. A clock that stands before the build of
/// this program is wrong: then what is kept is shown, whatever its dates, and what is made is of the build's
/// time.
std::shared_ptr<const sip::TlsCredentials> tls_credentials(const Config& config, const StatePaths& paths,
                                                           const crypto::Identity& identity,
                                                           std::chrono::sys_seconds now);

}  // namespace node

// sip/transport/sip_identities.hpp - for which SIP domains a certificate stands: RFC 5922 §7.1 and §7.2. That
// somebody trusted has issued it is not looked at here. Pure.
#pragma once

#include <gnutls/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace sip {

/// The hosts of the URIs "sip:example.org" in its subjectAltName; only where there is none of these, its DNS
/// names. Lowercase; as written, so a wildcard stands for itself alone.
[[nodiscard]] std::vector<std::string> sip_identities(gnutls_x509_crt_t certificate);

/// Is it for `domain`, a host name or an address? RFC 5922 §7.2: "MUST match the values in their entirety",
/// and "MUST NOT match any form of wildcard".
[[nodiscard]] bool is_for(gnutls_x509_crt_t certificate, std::string_view domain);

}  // namespace sip

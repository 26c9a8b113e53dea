// node/identity/certificate_names.hpp - whether phones can check the certificate that a person has given the
// node, and under which name. Pure; any thread.
#pragma once

#include <string>

namespace node {

/// The first DNS name of the certificate (RFC 6125: of subjectAltName, no wildcard) in a PEM chain that
/// somebody else has issued. Empty: there is none, or it is self-signed, or it cannot be read.
[[nodiscard]] std::string proven_name(const std::string& chain_pem);

}  // namespace node

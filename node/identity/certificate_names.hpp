// node/identity/certificate_names.hpp - whether phones can check the certificate that a person has given the
// node, and under which names. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace node {

/// The DNS names of the certificate (RFC 6125: of subjectAltName, no wildcard) in a PEM chain that somebody
/// else has issued, in its order. None: it has none, or it is self-signed, or it cannot be read.
[[nodiscard]] std::vector<std::string> proven_names(const std::string& chain_pem);
/// Those of the certificate file that a person has given; none: there is no such file (an empty path).
[[nodiscard]] std::vector<std::string> proven_names_in(const std::filesystem::path& file);

}  // namespace node

// node/dns/trust_anchor.hpp - the DNSSEC trust anchors of a file: DS or DNSKEY records in zone file format,
// such as Debian's /usr/share/dns/root.key, or the file that `unbound-anchor` keeps (RFC 5011 states in
// comments). Read at start-up, and again when DNSSEC is checked anew: root keys roll.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace node {

struct TrustAnchors {
    std::vector<std::string> records;  // one line each
    std::vector<std::string> zones;    // they are for; "." for the root; each once
};

/// Lines that are neither comments nor DS or DNSKEY records are passed over, as are keys that RFC 5011 does
/// not trust yet or any more. No record: empty.
TrustAnchors parse_trust_anchors(std::string_view text);

/// The file configured, else the first that can be read of /var/lib/unbound/root.key (kept up to date by
/// unbound, where that is installed) and /usr/share/dns/root.key (dns-root-data). Empty: none of the two.
std::filesystem::path trust_anchor_file(const std::filesystem::path& configured);

/// Throws std::runtime_error that names the file.
TrustAnchors read_trust_anchors(const std::filesystem::path& file);

}  // namespace node

// sip/transport/sip_identities.cpp - reads subjectAltName.
#include "sip/transport/sip_identities.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <optional>

#include "sip/syntax/uri.hpp"

namespace sip {
namespace {

constexpr unsigned most_names = 256;  // of one certificate that are looked at

struct Name {
    unsigned kind = 0;  // GNUTLS_SAN_...
    std::string value;
};

/// nullopt: there is no such entry.
std::optional<Name> name_at(gnutls_x509_crt_t certificate, unsigned index) {
    std::size_t size = 0;
    unsigned kind = 0;
    const int needs =
        gnutls_x509_crt_get_subject_alt_name2(certificate, index, nullptr, &size, &kind, nullptr);
    if (needs == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || needs == GNUTLS_E_X509_UNKNOWN_SAN)
        return needs == GNUTLS_E_X509_UNKNOWN_SAN ? std::optional(Name{}) : std::nullopt;
    if (needs != GNUTLS_E_SHORT_MEMORY_BUFFER) return std::nullopt;
    Name name{0, std::string(size, '\0')};
    const int read = gnutls_x509_crt_get_subject_alt_name2(certificate, index, name.value.data(), &size,
                                                           &name.kind, nullptr);
    if (read < 0) return Name{};
    name.kind = static_cast<unsigned>(read);
    name.value.resize(std::min(size, name.value.size()));
    return name;
}

/// §7.1: of a URI the scheme must be sip, without a user: one that has a user is of a person, not of a
/// domain.
std::string domain_of(const std::string& uri) {
    const auto parsed = UriView::parse(uri);
    const bool of_domain = parsed && parsed->is_sip() && !parsed->is_sips() && parsed->user.empty() &&
                           uri.find('@') == std::string::npos;
    return of_domain ? lowercase(parsed->host) : std::string();
}

}  // namespace

std::vector<std::string> sip_identities(gnutls_x509_crt_t certificate) {
    std::vector<std::string> uris, names;
    for (unsigned i = 0; i < most_names; ++i) {
        const auto name = name_at(certificate, i);
        if (!name) break;
        if (name->kind == GNUTLS_SAN_URI) {
            if (auto domain = domain_of(name->value); !domain.empty()) uris.push_back(std::move(domain));
        } else if (name->kind == GNUTLS_SAN_DNSNAME) {
            names.push_back(lowercase(name->value));
        }
    }
    return uris.empty() ? names : uris;
}

bool is_for(gnutls_x509_crt_t certificate, std::string_view domain) {
    asio::error_code no_address;
    (void)asio::ip::make_address(std::string(domain), no_address);
    if (!no_address)
        return gnutls_x509_crt_check_hostname2(certificate, std::string(domain).c_str(),
                                               GNUTLS_VERIFY_DO_NOT_ALLOW_WILDCARDS) != 0;
    std::string wanted = lowercase(domain);
    if (wanted.ends_with('.')) wanted.pop_back();
    const auto all = sip_identities(certificate);
    return !wanted.empty() && std::find(all.begin(), all.end(), wanted) != all.end();
}

}  // namespace sip

// sip/auth/digest.cpp - who is asking: HTTP digest for SIP.
#include "sip/auth/digest.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#include <optional>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/label.hpp"
#include "sip/syntax/quoted_string.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_value = 4096;  // of one Authorization; the longest seen from a phone is about 400
constexpr std::size_t max_parameters = 32;

// Empty when the algorithm is not to be had (MD5 under a FIPS policy); nothing then compares equal to it.
std::string hash(DigestAlgorithm algorithm, std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto& part : parts) {
        if (&part != parts.begin()) text += ':';
        text += part;
    }
    const auto kind = algorithm == DigestAlgorithm::md5 ? GNUTLS_DIG_MD5 : GNUTLS_DIG_SHA256;
    std::array<std::uint8_t, 32> digest{};
    if (gnutls_hash_fast(kind, text.data(), text.size(), digest.data()) != 0) return {};
    const std::size_t size = gnutls_hash_get_len(kind);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

// Reads auth-params: token "=" (token | quoted-string), separated by commas.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::string_view token() {
        skip();
        std::size_t n = 0;
        while (n < rest_.size() && !grammar::is_lws(rest_[n]) && rest_[n] != '=' && rest_[n] != ',' &&
               rest_[n] != '"')
            ++n;
        const auto found = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return found;
    }
    bool take(char c) {
        skip();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::optional<std::string> value() {
        skip();
        if (rest_.starts_with('"')) return take_quoted(rest_);
        const auto found = token();
        if (found.empty()) return std::nullopt;
        return std::string(found);
    }
    bool at_end() {
        skip();
        return rest_.empty();
    }

private:
    void skip() { rest_ = grammar::trim_left(rest_); }
    std::string_view rest_;
};

std::string* field_of(DigestCredentials& c, std::string_view name) {
    const std::pair<std::string_view, std::string*> fields[] = {
        {"username", &c.username}, {"realm", &c.realm},       {"nonce", &c.nonce},
        {"uri", &c.uri},           {"response", &c.response}, {"algorithm", &c.algorithm},
        {"cnonce", &c.cnonce},     {"qop", &c.qop},           {"nc", &c.nc},
    };
    for (const auto& [known, field] : fields) {
        if (equal_nocase(known, name)) return field;
    }
    return nullptr;
}

std::optional<DigestAlgorithm> algorithm_of(std::string_view name) {
    if (name.empty() || equal_nocase(name, "MD5"))
        return DigestAlgorithm::md5;  // RFC 7616 §3.3: absent is MD5
    if (equal_nocase(name, "SHA-256")) return DigestAlgorithm::sha256;
    return std::nullopt;
}

std::optional<std::uint32_t> count_of(std::string_view nc) {  // RFC 7616 §3.4: 8LHEX
    if (nc.size() != 8) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : nc) {
        const char low = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * 16 + static_cast<std::uint32_t>(c - '0');
        } else if (low >= 'a' && low <= 'f') {
            value = value * 16 + static_cast<std::uint32_t>(low - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

// RFC 3261 §22.4 item 6: the digest uri names the same resource as the Request-URI. Phones leave out or add
// parameters and the default port, so scheme, user, host and port (absent is 5060) decide. They also write an
// address for a name of ours, or the other way round, leave out the port, or say sip for sips: where both are
// ours, only the user decides, if both name one. The digest covers the text that was sent.
bool same_resource(std::string_view digest_uri, std::string_view request_uri, const Digest::Ours& ours) {
    if (digest_uri == request_uri) return true;
    const auto a = UriView::parse(digest_uri);
    const auto b = UriView::parse(request_uri);
    if (!a || !b || !a->is_sip() || !b->is_sip()) return false;
    const bool same_user = unescape(a->user) == unescape(b->user);
    if (a->is_sips() == b->is_sips() && same_user && equal_nocase(a->host, b->host) &&
        a->port.value_or(5060) == b->port.value_or(5060))
        return true;
    return (same_user || a->user.empty() || b->user.empty()) && ours(a->host, a->port) &&
           ours(b->host, b->port);
}

// RFC 2069: no qop, and so neither nc nor cnonce.
bool is_legacy(const DigestCredentials& given) {
    return given.qop.empty() && given.nc.empty();
}

}  // namespace

Credentials credentials_of(std::string_view user, std::string_view realm, std::string_view password) {
    return {hash(DigestAlgorithm::md5, {user, realm, password}),
            hash(DigestAlgorithm::sha256, {user, realm, password})};
}

std::string digest_response(DigestAlgorithm algorithm, std::string_view ha1, std::string_view method,
                            std::string_view uri, std::string_view nonce, std::string_view nc,
                            std::string_view cnonce) {
    const std::string ha2 = hash(algorithm, {method, uri});
    return hash(algorithm, {ha1, nonce, nc, cnonce, "auth", ha2});
}

std::string legacy_digest_response(DigestAlgorithm algorithm, std::string_view ha1, std::string_view method,
                                   std::string_view uri, std::string_view nonce) {
    const std::string ha2 = hash(algorithm, {method, uri});
    return hash(algorithm, {ha1, nonce, ha2});
}

Result<DigestCredentials> DigestCredentials::parse(std::string_view value) {
    if (value.size() > max_value) return fail(Errc::bad_credentials);
    Reader reader(value);
    if (!equal_nocase(reader.token(), "Digest")) return fail(Errc::bad_credentials);
    DigestCredentials found;
    for (std::size_t n = 0;; ++n) {
        const auto name = reader.token();
        if (name.empty() || n == max_parameters || !reader.take('=')) return fail(Errc::bad_credentials);
        auto text = reader.value();
        if (!text) return fail(Errc::bad_credentials);
        if (std::string* field = field_of(found, name)) {
            if (!field->empty()) return fail(Errc::bad_credentials);  // twice: which one was meant?
            *field = std::move(*text);
        }
        if (reader.at_end()) return found;
        if (!reader.take(',')) return fail(Errc::bad_credentials);
    }
}

Digest::Digest(std::string realm, const std::array<std::uint8_t, 32>& secret, Users& users, bool legacy)
    : realm_(std::move(realm)), users_(users), nonces_(secret), legacy_(legacy) {
    // Any HA1 that nobody can know serves; the key of the nonces makes it so.
    const std::string unknown = Nonces(secret).issue({}, {});
    nobody_ = credentials_of("", realm_, unknown);
}

std::optional<DigestCredentials> Digest::given(const MessageView& request, Challenger asked_by) const {
    std::optional<DigestCredentials> found;
    const bool proxy = asked_by == Challenger::proxy;
    for (const Header header : {proxy ? Header::proxy_authorization : Header::authorization,
                                proxy ? Header::authorization : Header::proxy_authorization}) {
        int looked_at = 0;
        request.each_value(header, [&](std::string_view value) {
            auto one = DigestCredentials::parse(value);
            // Other schemes and realms are not for us; RFC 3261 §22.3 allows several fields.
            if (!one || one->realm != realm_) return ++looked_at < 8;
            found = std::move(*one);
            return false;
        });
        if (found) break;
    }
    return found;
}

// A wrong password and an unknown user cost the same: both are measured.
LoginFault Digest::fault_of(const DigestCredentials& given, const MessageView& request, const Ours& ours) {
    const auto algorithm = algorithm_of(given.algorithm);
    const bool legacy = legacy_ && is_legacy(given);
    const bool current = given.qop == "auth" && !given.cnonce.empty() && count_of(given.nc);
    if (!algorithm || (!legacy && !current)) return LoginFault::unknown_digest;
    if (!same_resource(given.uri, request.request_uri(), ours)) return LoginFault::wrong_resource;
    const Credentials* user = is_label(given.username) ? users_.find(given.username) : nullptr;
    const Credentials& measure = user != nullptr ? *user : nobody_;
    const std::string& ha1 = *algorithm == DigestAlgorithm::md5 ? measure.ha1_md5 : measure.ha1_sha256;
    const std::string expected =
        legacy ? legacy_digest_response(*algorithm, ha1, request.method_text(), given.uri, given.nonce)
               : digest_response(*algorithm, ha1, request.method_text(), given.uri, given.nonce, given.nc,
                                 given.cnonce);
    const std::string response = lowercase(given.response);
    const bool equal = !expected.empty() && response.size() == expected.size() &&
                       sodium_memcmp(response.data(), expected.data(), expected.size()) == 0;
    if (equal && user != nullptr && !ha1.empty()) return LoginFault::none;
    if (user != nullptr) return LoginFault::wrong_password;
    const std::string_view written = given.username;
    const auto meant = canonical_label(written.substr(0, written.find('@')));
    return meant && users_.find(*meant) != nullptr ? LoginFault::name_written_otherwise
                                                   : LoginFault::unknown_user;
}

Digest::Verdict Digest::verify(const DigestCredentials& given, const MessageView& request,
                               const asio::ip::address& source, const Ours& ours, Nonces::Time now) {
    using Kind = Verdict::Kind;
    Verdict verdict;
    verdict.fault = fault_of(given, request, ours);
    if (verdict.fault != LoginFault::none) return verdict;
    const auto use = is_legacy(given) ? nonces_.use_once(given.nonce, source, now)
                                      : nonces_.use(given.nonce, count_of(given.nc).value_or(0), source, now);
    switch (use) {
        case Nonces::Use::good:
            verdict.kind = Kind::accepted;
            verdict.user = given.username;
            verdict.sha256 = algorithm_of(given.algorithm) == DigestAlgorithm::sha256;
            break;
        case Nonces::Use::stale: verdict.kind = Kind::stale; break;
        case Nonces::Use::replayed: verdict.kind = Kind::replayed; break;
    }
    return verdict;
}

Answer Digest::challenge(Challenger by, const asio::ip::address& source, bool stale, bool md5_only,
                         Nonces::Time now) {
    const std::string nonce = nonces_.issue(source, now);
    const bool proxy = by == Challenger::proxy;
    Answer answer{proxy ? 407 : 401, {}, {}};
    // RFC 8760 §2.3: the order is the server's preference, the topmost first.
    for (const std::string_view algorithm : {"SHA-256", "MD5"}) {
        if (md5_only && algorithm != "MD5") continue;
        std::string value = "Digest realm=\"" + realm_ + "\", nonce=\"" + nonce + "\"";
        if (stale) value += ", stale=true";
        value += ", algorithm=";
        value += algorithm;
        value += ", qop=\"auth\"";
        answer.fields.emplace_back(name(proxy ? Header::proxy_authenticate : Header::www_authenticate),
                                   std::move(value));
    }
    return answer;
}

}  // namespace sip

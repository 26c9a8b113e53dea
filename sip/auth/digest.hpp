// sip/auth/digest.hpp - who is asking: HTTP digest for SIP (RFC 7616, RFC 8760, RFC 3261 §22).
// 1. SHA-256 is offered first, then MD5 (but see digest_algorithms.hpp); qop is "auth" only; userhash is not
//    offered.
// 2. A wrong password and an unknown user cost and look the same.
// 3. stale=true is only said to one whose response digest was right.
// 4. The digest uri may name us otherwise than the Request-URI, if both are ours (RFC 3261 §22.4 item 6), and
//    qop may be absent (RFC 2069), unless that is switched off; then a nonce serves once.
// Who may try at all is asked before verify() (edge/answer_gate.hpp). SIP loop only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/answer.hpp"
#include "sip/auth/accounts.hpp"
#include "sip/auth/nonces.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

enum class DigestAlgorithm : std::uint8_t { md5, sha256 };

/// H(user ":" realm ":" password) for both algorithms, for the store of users. The user is a canonical label,
/// and what the phone must use as its authentication name.
[[nodiscard]] Credentials credentials_of(std::string_view user, std::string_view realm,
                                         std::string_view password);

/// RFC 7616 §3.4.1 with qop=auth, lowercase hex.
[[nodiscard]] std::string digest_response(DigestAlgorithm algorithm, std::string_view ha1,
                                          std::string_view method, std::string_view uri,
                                          std::string_view nonce, std::string_view nc,
                                          std::string_view cnonce);
/// RFC 2069 §2.1.2, which RFC 7616 has kept for clients that know no qop.
[[nodiscard]] std::string legacy_digest_response(DigestAlgorithm algorithm, std::string_view ha1,
                                                 std::string_view method, std::string_view uri,
                                                 std::string_view nonce);

/// The parameters of one Authorization value, unquoted. Error: bad_credentials (also for another scheme).
struct DigestCredentials {
    std::string username, realm, nonce, uri, response, algorithm, cnonce, qop, nc;
    [[nodiscard]] static Result<DigestCredentials> parse(std::string_view value);
};

/// Why credentials are refused: for the person whose phone it is, never for the phone.
enum class LoginFault : std::uint8_t {
    none,
    wrong_password,
    unknown_user,
    name_written_otherwise,  // "Alice", "alice@home": a digest is over the name as it is written
    wrong_resource,          // the digest is for another URI
    unknown_digest,          // an algorithm or qop that we do not offer, or fields that are missing
    too_many,                // nobody looked: too many were wrong (edge/answer_gate.hpp)
    cseq_not_higher,         // right, but its REGISTER is older than one before (RFC 3261 §10.3 step 7)
};

/// RFC 3261 §22.2, §22.3: whoever serves a request asks with a 401, whoever carries it with a 407.
enum class Challenger : std::uint8_t { server, proxy };

class Digest {
public:
    /// Does this host (and port) mean us?
    using Ours = std::function<bool(std::string_view host, std::optional<std::uint16_t> port)>;

    /// Borrows `users`.
    Digest(std::string realm, const std::array<std::uint8_t, 32>& secret, Users& users, bool legacy = true);

    /// The Digest credentials for our realm, in either field: phones give what they were asked for, and some
    /// what they were asked for before; of two those that answer `asked_by` count. Nothing: there are none.
    /// Looks at no password.
    [[nodiscard]] std::optional<DigestCredentials> given(const MessageView& request,
                                                         Challenger asked_by) const;
    /// We gave this nonce to that source.
    [[nodiscard]] bool is_fresh(const DigestCredentials& given, const asio::ip::address& source,
                                Nonces::Time now) const {
        return nonces_.is_fresh(given.nonce, source, now);
    }

    struct Verdict {
        enum class Kind {
            refused,   // unknown user, wrong password, or a value that cannot be right
            stale,     // right, but with a nonce that is too old or not ours
            replayed,  // right, but seen before
            accepted,
        } kind = Kind::refused;
        std::string user;                     // when accepted
        bool sha256 = false;                  // when accepted: with which algorithm
        LoginFault fault = LoginFault::none;  // when refused
    };
    [[nodiscard]] Verdict verify(const DigestCredentials& given, const MessageView& request,
                                 const asio::ip::address& source, const Ours& ours, Nonces::Time now);

    /// What answers a request without credentials: SHA-256 and MD5, or (digest_algorithms.hpp) MD5 alone.
    [[nodiscard]] Answer challenge(Challenger by, const asio::ip::address& source, bool stale, bool md5_only,
                                   Nonces::Time now);

private:
    [[nodiscard]] LoginFault fault_of(const DigestCredentials& given, const MessageView& request,
                                      const Ours& ours);

    std::string realm_;
    Users& users_;
    Nonces nonces_;
    bool legacy_;
    Credentials nobody_;  // what an unknown user is measured against
};

}  // namespace sip

// sip/auth/digest.hpp - who is asking: HTTP digest for SIP (RFC 7616, RFC 8760, RFC 3261 §22).
// 1. SHA-256 is offered first, then MD5 (but see digest_algorithms.hpp); qop is "auth" only; userhash is not
//    offered.
// 2. A wrong password and an unknown user cost and look the same.
// 3. stale=true is only said to one whose response digest was right.
// SIP loop only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// The parameters of one Authorization value, unquoted. Error: bad_credentials (also for another scheme).
struct DigestCredentials {
    std::string username, realm, nonce, uri, response, algorithm, cnonce, qop, nc;
    [[nodiscard]] static Result<DigestCredentials> parse(std::string_view value);
};

class Digest {
public:
    /// Borrows `users`.
    Digest(std::string realm, const std::array<std::uint8_t, 32>& secret, Users& users);

    struct Verdict {
        enum class Kind {
            absent,    // no Digest credentials for our realm
            refused,   // unknown user, wrong password, or a value that cannot be right
            stale,     // right, but with a nonce that is too old or not ours
            replayed,  // right, but seen before
            accepted,
        } kind = Kind::absent;
        std::string user;     // when accepted
        bool sha256 = false;  // when accepted: with which algorithm
    };
    [[nodiscard]] Verdict verify(const MessageView& request, Nonces::Time now);

    /// The WWW-Authenticate fields of a 401: SHA-256 and MD5, or (digest_algorithms.hpp) MD5 alone.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> challenge(bool stale, bool md5_only,
                                                                             Nonces::Time now);

private:
    [[nodiscard]] bool right(const DigestCredentials& given, const MessageView& request);

    std::string realm_;
    Users& users_;
    Nonces nonces_;
    Credentials nobody_;  // what an unknown user is measured against
};

}  // namespace sip

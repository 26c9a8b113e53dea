// node/names/invite.hpp - an invite: whom to call, by which key, as one text for a message, a page or a QR
// code.
//   hedgewitch:<56 characters>/alice                     finds alice as anybody can who knows her name
//   hedgewitch:<56 characters>/alice?s=<32 characters>   finds her record under a secret, listed or not
//   ...&w=<24 to 104 characters>                          and names nodes of the DHT, for a newcomer to begin
// s = base32 of secret(16) || SHA-256("hedgewitch/v1/invite" || A || label || secret)[0..3]: whole groups of
// base32, and a typo in any part is noticed before a call is made with it.
// w = base32 of up to three times (4 or 6, address of 4 or 16 bytes, port u16be), zeros up to a whole group
// less 4 bytes, and SHA-256("hedgewitch/v1/begin" || A || label || those bytes)[0..3]. With ? where there is
// no s. Older versions pass it over. A name that ends in a dot is written with %2E there: a bare dot ends a
// sentence. Whoever holds the secret can find and read the record. It stands in the text of the invite and
// nowhere else: not in an error, a log, SIP or a list.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "crypto/identity.hpp"
#include "sip/flow.hpp"

namespace node {

inline constexpr std::size_t invite_secret_size = 16;
inline constexpr std::size_t max_invite_size =
    1024;  // an invite has 270 characters at most; later ones may have more
inline constexpr std::size_t most_to_begin = 3;

struct Invite {
    crypto::PublicKey key{};
    std::string label;                      // canonical
    std::vector<std::uint8_t> secret;       // empty, or invite_secret_size bytes
    std::vector<sip::Endpoint> begin = {};  // nodes of the DHT, at most most_to_begin
    friend bool operator==(const Invite&, const Invite&) = default;
};

/// REQUIRES: label is canonical, secret is empty or of invite_secret_size, begin has no more than it may.
std::string format_invite(const Invite& invite);

/// True for what is meant as an invite, well formed or not: somewhere in it stands the scheme, or a key and a
/// slash.
bool looks_like_invite(std::string_view text);

/// Takes it as mail programs and chats hand it on: any case; words, brackets and quotes around it, a full
/// stop behind it; broken lines, quoted ones (>), groups with gaps; %2F for /; without the scheme, or with
/// the "//" that some programs put behind it. Where a broken line leaves two readings, the secret's check
/// decides; without one it is refused. Parameters other than s and w are ignored, they are of later versions,
/// unless the secret itself stands there: then the s is mistyped. The error is a sentence for a person,
/// without the secret; it says which character is wrong where that can be known.
[[nodiscard]] tl::expected<Invite, std::string> parse_invite(std::string_view text);

}  // namespace node

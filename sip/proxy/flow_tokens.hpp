// sip/proxy/flow_tokens.hpp - names for flows that we give away and recognise again (RFC 5626 §5.2): the user
// part of our Record-Route URIs. A flow named so is used as it stands, so that a phone behind a NAT, or on a
// connection that it opened, gets the requests of its dialogs.
// 1. Sealed, for one side of one dialog: it opens with the Call-ID and both tags of that dialog, and only for
//    the side that it was given to. The callee's, which stands in the request, is bound to the caller's tag
//    alone, since his own is not known yet; which tags answered, Dialogs remembers. Neither side ever sees
//    the other's, so a token shows who speaks, whatever address a datagram says that it comes from.
// 2. It expires, a day after it was made. What it opens in its day is DialogRouting's and right_of()'s.
// 3. Nobody reads in it where a phone is.
// 4. Stateless: with the same key, tokens outlive a restart (those of UDP flows are then still of use).
//
//   text  = base64url of S || C, without padding: at most 110 characters
//   S     = HMAC-SHA256(k1, about || P), the first 16 bytes: authenticates P, and is the nonce that seals it
//   C     = P xor XChaCha20(k2, nonce S || 8 zeros)
//   P     = flags 2, expiry in minutes since 1970 u32be, local, remote, connection u64be (0: left out)
//           an address is 4 bytes, or 16 and the scope u32be; then the port u16be
//   about = holder (0 caller, 1 callee), then Call-ID, caller's tag, callee's tag, each after its length
//   flags = u16be: bits 0-2 transport, 3 kind, 4 local is IPv6, 5 remote is IPv6, 6 ours, 7 whose, 8 early
// Immutable: any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/flow.hpp"

namespace sip {

enum class Side : std::uint8_t { caller, callee };  // of a dialog: who began it, who answered
[[nodiscard]] constexpr Side other(Side side) noexcept {
    return side == Side::caller ? Side::callee : Side::caller;
}

/// Which dialog. Borrows.
struct DialogTags {
    std::string_view call_id, caller;
    std::string_view callee = {};  // empty: not known yet
};

struct FlowToken {
    enum class Kind : std::uint8_t {
        flow,  // what goes this way goes over this very flow, whatever the URIs say: a phone, or who dialled
               // in
        hop,   // only the side of the dialog: the next Route or the Request-URI says where
    } kind = Kind::flow;
    Flow flow;
    bool ours = false;  // the side of a user of ours: authenticated, or a phone on the flow it registered
    Side side = Side::caller;            // whose flow it is
    bool early = false;                  // nobody had answered yet when it was given
    std::chrono::sys_seconds expires{};  // whole minutes
    friend bool operator==(const FlowToken&, const FlowToken&) = default;
};

class FlowTokens {
public:
    static constexpr std::chrono::hours lifetime{24};

    explicit FlowTokens(const std::array<std::uint8_t, 32>& key);
    /// [A-Za-z0-9_-]: may stand in a user part as it is. `holder`: who is to show it.
    [[nodiscard]] std::string seal(const FlowToken& token, Side holder, const DialogTags& dialog) const;
    /// Nothing: not ours, of another dialog or another holder. Whether it has expired is not looked at.
    [[nodiscard]] std::optional<FlowToken> open(std::string_view text, Side holder,
                                                const DialogTags& dialog) const;

private:
    using Key = std::array<std::uint8_t, 32>;
    Key mac_key_{}, seal_key_{};
};

}  // namespace sip

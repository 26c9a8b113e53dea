// sip/proxy/flow_tokens.hpp - names for flows that we give away and recognise again (RFC 5626 §5.2): the user
// part of our Record-Route URIs. A flow named so is used as it stands, so that a phone behind a NAT, or on a
// connection that it opened, gets the requests of its dialogs.
// 1. Authentic: HMAC-SHA256, 80 bits of it, over the token and the Call-ID. A token is worth nothing in
//    another dialog. What it is worth in its own, and for whom, is DialogRouting::may_go's.
// 2. Stateless: with the same key, tokens outlive a restart (those of UDP flows are then still of use).
// Immutable: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/flow.hpp"

namespace sip {

struct FlowToken {
    enum class Kind : std::uint8_t {
        flow,  // what goes this way goes over this very flow, whatever the URIs say: a phone, or who dialled
               // in
        hop,   // only the side of the dialog: the next Route or the Request-URI says where
    } kind = Kind::flow;
    Flow flow;
    bool ours = false;  // the side of a user of ours: authenticated, or a phone on the flow it registered
    friend bool operator==(const FlowToken&, const FlowToken&) = default;
};

class FlowTokens {
public:
    explicit FlowTokens(const std::array<std::uint8_t, 32>& key);
    /// [A-Za-z0-9_-], at most 84 characters: may stand in a user part as it is.
    [[nodiscard]] std::string seal(const FlowToken& token, std::string_view call_id) const;
    /// Nothing: not ours, or of another dialog.
    [[nodiscard]] std::optional<FlowToken> open(std::string_view text, std::string_view call_id) const;

private:
    std::array<std::uint8_t, 32> key_{};
};

}  // namespace sip

// sip/syntax/message_check.hpp - what makes a readable message one that must be refused (RFC 3261 §8.1.1,
// §16.3, §18.3, RFC 4475): one check for requests and responses alike, so that nothing which is refused as a
// request gets past us as a response.
#pragma once

#include <optional>
#include <string_view>

#include "sip/syntax/message.hpp"

namespace sip {

inline constexpr std::size_t max_dialog_id = 256;  // bytes of a Call-ID, and of a tag

/// Why a request must be answered with an error although it could be read. A response is dropped (§18.3),
/// whatever the status says.
struct Fault {
    int status;               // 400, 505, 416, 513 ...
    std::string_view reason;  // a literal, says which field
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// RFC 3261 §8.1.1, §16.3 and RFC 4475: mandatory fields, once each; numbers in range; CSeq method; body
/// length; version (505); balanced quotes in the addresses; at most one tag, and no empty one; Request-URI
/// syntax. Empty when the message is well formed. The scheme is not judged here (416 is the application's
/// word).
[[nodiscard]] std::optional<Fault> check(const MessageView& message);

}  // namespace sip

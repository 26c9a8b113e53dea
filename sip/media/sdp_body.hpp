// sip/media/sdp_body.hpp - where in a message the SDP is: the whole body, or a part of multipart/mixed (RFC
// 5621). Views into the message.
#pragma once

#include <string>
#include <string_view>

#include "sip/syntax/message.hpp"

namespace sip {

struct SdpBody {
    std::string_view sdp;         // empty: there is none
    std::string_view unreadable;  // why a body that may hold SDP is left alone; empty: it is not. A literal

    /// The whole body, with `other` in the place of `sdp`. REQUIRES: sdp is a part of `body`.
    [[nodiscard]] std::string body_with(std::string_view body, std::string_view other) const;
};

[[nodiscard]] SdpBody sdp_body(const MessageView& message);

}  // namespace sip

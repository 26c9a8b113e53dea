// sip/media/media_move.hpp - the address of one side's doors has changed in a call, and its edge tells the
// other edge where they are now: an INFO (RFC 6086) between the two, that no phone ever sees. Its body, of
// type application/hedgewitch-media, has a line for each stream:
//   stream (0: the first m= line), address, RTP's port, RTCP's address and port
//   "0 203.0.113.9 40002 203.0.113.9 40003\r\n"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"

namespace sip {

struct MediaMove {
    static constexpr std::string_view content_type = "application/hedgewitch-media";
    static constexpr std::size_t max_streams = 16, max_bytes = 2048;
    struct Stream {
        std::size_t index = 0;
        Endpoint rtp, rtcp;
        friend bool operator==(const Stream&, const Stream&) = default;
    };
    std::string call_id, caller_tag;
    std::vector<std::string> callee_tags;  // any of these
    bool of_caller = false;                // whose side's doors have moved
    std::vector<Stream> streams;           // all that have one
};

[[nodiscard]] std::string media_move_body(const std::vector<MediaMove::Stream>& streams);
/// Nothing: it is none, or says more than a call can have.
[[nodiscard]] std::optional<std::vector<MediaMove::Stream>> parse_media_move(std::string_view body);

}  // namespace sip

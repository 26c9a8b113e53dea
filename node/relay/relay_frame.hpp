// node/relay/relay_frame.hpp - what a relay and whom it relays for say to each other: a byte of type, a byte
// of length, and so many bytes (sip/transport/relay_frames.hpp cuts them out of the stream). What is of an
// unknown type, or longer than it need be, is of a later version: passed over, and not refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/relay_token.hpp"
#include "sip/transport/first_bytes.hpp"

namespace node {

/// Why a relay does not relay for somebody.
enum class RelayRefusal : std::uint8_t {
    stranger = 1,  // he is no contact of its person's
    full = 2,      // it relays for as many as it may
    unproved = 3,  // he has not shown which zone he is of
};

struct RelayFrame {
    enum class Type : std::uint8_t {
        hello = 1,     // relay for me: version u8
        token = 2,     // to callers you are: token 16
        refused = 3,   // why u8
        incoming = 4,  // somebody waits for you: pipe 16
        ping = 5,
        pong = 6,
    } type = Type::ping;
    sip::RelayToken token{};
    sip::PipeId pipe{};
    std::uint8_t number = 0;  // hello: the version; refused: why
    friend bool operator==(const RelayFrame&, const RelayFrame&) = default;
};

inline constexpr std::uint8_t relay_version = 1;

[[nodiscard]] std::string to_bytes(const RelayFrame& frame);
/// REQUIRES: `frame` is one that sip's RelayFrames gave. Nothing: of an unknown type, or too short for its
/// own.
[[nodiscard]] std::optional<RelayFrame> parse_relay_frame(std::string_view frame);

}  // namespace node

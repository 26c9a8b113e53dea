// node/relay/relay_frame.hpp - what a relay and whom it relays for say to each other: a byte of type, a byte
// of length, and so many bytes (sip/transport/relay_frames.hpp cuts them out of the stream). What is of an
// unknown type, or longer than it need be, is of a later version: passed over, and not refused. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/flow.hpp"
#include "sip/relay_token.hpp"
#include "sip/transport/first_bytes.hpp"

namespace node {

/// Why a relay does not relay for somebody.
enum class RelayRefusal : std::uint8_t {
    stranger = 1,  // he is no contact of its person's
    full = 2,      // it relays for as many as it may
    unproved = 3,  // he has not shown which zone he is of
};

/// Why a relay lends no door.
enum class LendRefusal : std::uint8_t {
    off = 1,          // its person does not allow it
    full = 2,         // whoever asks has as many as he may
    busy = 3,         // all have as many as they may
    unreachable = 4,  // no port there can be reached from outside
};

/// Of a lent door: whoever proves that he has it (media/door_proof.hpp).
using DoorSecret = std::array<std::uint8_t, 16>;

struct RelayFrame {
    enum class Type : std::uint8_t {
        hello = 1,     // relay for me: version u8
        token = 2,     // to callers you are: token 16
        refused = 3,   // why u8
        incoming = 4,  // somebody waits for you: pipe 16
        ping = 5,
        pong = 6,
        // Doors: two UDP ports at the relay, for the sound of one stream. Which, he who borrows numbers.
        lends = 7,      // the relay does, so many to you: u8
        borrow = 8,     // door u16
        lent = 9,       // door u16, RTP's and RTCP's port u16, IPv4 address 4, secret 16
        not_lent = 10,  // door u16, why u8
        aim = 11,  // where the other side of the call is: door u16, on hold u8, ports and address; 0: none
        give_back = 12,  // door u16
        ended = 13,      // by the relay: door u16
    } type = Type::ping;
    sip::RelayToken token{};
    sip::PipeId pipe{};
    std::uint8_t number = 0;  // hello: the version; refused, not_lent: why; lends: how many; aim: 1 on hold
    std::uint16_t door = 0;
    sip::Endpoint rtp{asio::ip::address_v4(), 0}, rtcp{asio::ip::address_v4(), 0};  // of one IPv4 address
    DoorSecret secret{};
    friend bool operator==(const RelayFrame&, const RelayFrame&) = default;
};

inline constexpr std::uint8_t relay_version = 1;

/// A frame about that door; whoever sends it fills in the rest.
[[nodiscard]] RelayFrame of_door(RelayFrame::Type type, std::uint16_t door);

[[nodiscard]] std::string to_bytes(const RelayFrame& frame);
/// REQUIRES: `frame` is one that sip's RelayFrames gave. Nothing: of an unknown type, or too short for its
/// own.
[[nodiscard]] std::optional<RelayFrame> parse_relay_frame(std::string_view frame);

}  // namespace node

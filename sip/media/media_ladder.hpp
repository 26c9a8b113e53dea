// sip/media/media_ladder.hpp - what a stream of a call needs so that both sides hear each other: a pure
// function of what its SDP says and how both sides are met. The first that serves:
// clang-format off
//   untouched   they reach each other as they are: one network, one mesh, addresses of the Internet (an outer one
//               that the phone has found by STUN, too); or it looks for a way by itself (ICE)
//   door        ports of this machine, which forward each packet as it is
//   friends     ports at a friend's node, where our router gives each destination another port: before ours
//   nothing     there will be no sound, for this reason
// clang-format on
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sip/flow.hpp"
#include "sip/media/sdp.hpp"

namespace sip {

enum class MediaStep : std::uint8_t { untouched, door, friends_door, nothing };
[[nodiscard]] std::string_view name(MediaStep step) noexcept;
/// Ours or a friend's.
[[nodiscard]] constexpr bool is_door(MediaStep step) noexcept {
    return step == MediaStep::door || step == MediaStep::friends_door;
}

struct MediaSight {
    asio::ip::address said;  // where the SDP wants its media; unspecified: nowhere (hold)
    SdpIce ice = SdpIce::none;
    Flow speaker, listener;  // how we meet the one whose SDP it is, and the one who gets it
    /// The listener answers it with an address of his own: his phone's is taken for the one we see it by.
    bool to_be_answered = false;
    bool asks_phone = false;    // the listener is a phone of ours
    bool said_in_mesh = false;  // the said address and the listener's are of one network of the mesh
    bool seen_in_mesh = false;  // the listener's and the speaker's are
    bool doors_allowed = true;  // media.door
    bool friend_lends = false;  // and our router gives each destination another port
};

struct MediaChoice {
    MediaStep step = MediaStep::untouched;
    std::string why;  // the end of a sentence: "because .."
    friend bool operator==(const MediaChoice&, const MediaChoice&) = default;
};

[[nodiscard]] MediaChoice choose_media(const MediaSight& sight);

}  // namespace sip

// node/probe/media_outlook.hpp - would they hear each other? Told before the first call, from what each node
// knows of its own home. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "node/probe/home_sound.hpp"
#include "node/probe/pings.hpp"

namespace node {

/// What is known of our own home.
struct MediaHome {
    bool opens_ports = false;       // a router that does as it is asked, or none that translates (IPv4)
    std::optional<bool> symmetric;  // gives each destination another port; nothing: not known
    bool doors = true;              // this node may hold a port open for a call
    bool ipv6 = true;               // an address of it that leads outside
    std::string lender = {};        // whose node lends doors, where our router is symmetric
};
[[nodiscard]] HomeSound sound_of(const MediaHome& home) noexcept;

struct MediaOutlook {
    enum class Verdict : std::uint8_t { yes, likely, unlikely, unknown } verdict = Verdict::unknown;
    std::string says;  // a sentence
};
[[nodiscard]] std::string_view name(MediaOutlook::Verdict verdict) noexcept;

/// Of a call that goes this way. `theirs`: as the other node told.
[[nodiscard]] MediaOutlook media_outlook(PingWay::Kind way, const MediaHome& home, HomeSound theirs);

}  // namespace node

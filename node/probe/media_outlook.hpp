// node/probe/media_outlook.hpp - would they hear each other? Told before the first call, from what one side
// knows. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "node/probe/pings.hpp"

namespace node {

/// What is known of our own home.
struct MediaHome {
    bool opens_ports = false;       // a router that does as it is asked, or none that translates
    std::optional<bool> symmetric;  // gives each destination another port; nothing: not known
    bool doors = true;              // this node may hold a port open for a call
    std::string lender = {};        // whose node lends doors, where the router is symmetric
};

struct MediaOutlook {
    enum class Verdict : std::uint8_t { yes, likely, unlikely, unknown } verdict = Verdict::unknown;
    std::string says;  // a sentence
};
[[nodiscard]] std::string_view name(MediaOutlook::Verdict verdict) noexcept;

/// Of a call that goes this way.
[[nodiscard]] MediaOutlook media_outlook(PingWay::Kind way, const MediaHome& home);

}  // namespace node

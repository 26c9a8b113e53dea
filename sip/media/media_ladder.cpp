// sip/media/media_ladder.cpp - who reaches whom.
#include "sip/media/media_ladder.hpp"

#include "sip/network_kind.hpp"

namespace sip {

namespace {

struct Reached {
    bool yes = false;
    std::string why;
};

/// Can media for `said`, an address of whoever is met over `seen`, be sent by the one met over `other`?
Reached reached(const asio::ip::address& said, const Flow& seen, const Flow& other, bool one_mesh) {
    const std::string text = said.to_string();
    const auto& far = other.remote.address;
    const bool seen_there = said == seen.remote.address;
    const NetworkKind kind = network_kind(said), far_kind = network_kind(far),
                      seen_kind = network_kind(seen.remote.address);
    // What is said from the Internet aims nobody into a network of ours.
    if (kind != NetworkKind::open && seen_kind == NetworkKind::open)
        return {false, text + " is private, and said from the Internet"};
    if (said == other.local.address && (seen_there || seen_kind == NetworkKind::loopback))
        return {true, text + " is this machine"};
    if (one_mesh) return {true, "both are in one network of the mesh"};
    if (kind == NetworkKind::loopback) {
        if (far_kind == NetworkKind::loopback && seen_kind == NetworkKind::loopback)
            return {true, "both are on this machine"};
        return {false, text + " is this machine alone"};
    }
    // Whoever is on this machine reaches what we see.
    if (far_kind == NetworkKind::loopback && seen_there) return {true, "the other side is on this machine"};
    if (said.is_v4() != far.is_v4()) return {false, text + " is of another family than " + far.to_string()};
    if (kind == NetworkKind::open) {
        const bool asked = seen_kind == NetworkKind::inside;
        return {true, asked ? "the phone says an outer address, " + text : text + " is a global address"};
    }
    if (far_kind == NetworkKind::open) return {false, "nobody in the Internet reaches " + text};
    if (seen_there && seen.local.address == other.local.address) return {true, "both are in one network"};
    return {false, text + " and " + far.to_string() + " are of different networks"};
}

}  // namespace

std::string_view name(MediaStep step) noexcept {
    switch (step) {
        case MediaStep::untouched: return "untouched";
        case MediaStep::door: return "door";
        case MediaStep::friends_door: return "friend's door";
        case MediaStep::nothing: return "nothing";
    }
    return "nothing";
}

MediaChoice choose_media(const MediaSight& sight) {
    if (sight.ice == SdpIce::outer) return {MediaStep::untouched, "the phone finds its way by itself (ICE)"};
    const bool nowhere = sight.said.is_unspecified();
    if (nowhere && sight.ice == SdpIce::none) return {MediaStep::untouched, "it is on hold"};
    // A browser hides its addresses (RFC 8839 §4.2): it is taken to be where we see it.
    const auto& said = nowhere ? sight.speaker.remote.address : sight.said;
    auto found = reached(said, sight.speaker, sight.listener, sight.said_in_mesh);
    if (found.yes && sight.to_be_answered) {
        const auto& seen = sight.listener.remote.address;
        auto back = reached(seen, sight.listener, sight.speaker, sight.seen_in_mesh);
        // A node at a provider, phones at home: what they answer is seldom the address that we see.
        const bool translated = sight.asks_phone && seen.is_v4() && !sight.seen_in_mesh &&
                                network_kind(seen) == NetworkKind::open;
        if (translated) back = {false, seen.to_string() + " may be a router's that translates"};
        if (!back.yes) found = back;
    }
    if (found.yes) return {MediaStep::untouched, found.why};
    if (!sight.doors_allowed) return {MediaStep::nothing, found.why + ", and media.door is \"never\""};
    const bool goes_outside = network_kind(sight.listener.remote.address) == NetworkKind::open ||
                              network_kind(sight.speaker.remote.address) == NetworkKind::open;
    if (sight.friend_lends && goes_outside)
        return {MediaStep::friends_door, found.why + ", and the router gives each destination another port"};
    return {MediaStep::door, found.why};
}

}  // namespace sip

// node/probe/media_outlook.cpp - by the way of the call, and by our own router.
#include "node/probe/media_outlook.hpp"

namespace node {

std::string_view name(MediaOutlook::Verdict verdict) noexcept {
    switch (verdict) {
        case MediaOutlook::Verdict::yes: return "yes";
        case MediaOutlook::Verdict::likely: return "likely";
        case MediaOutlook::Verdict::unlikely: return "unlikely";
        case MediaOutlook::Verdict::unknown: return "unknown";
    }
    return "unknown";
}

MediaOutlook media_outlook(PingWay::Kind way, const MediaHome& home) {
    using Verdict = MediaOutlook::Verdict;
    switch (way) {
        case PingWay::Kind::phone:
        case PingWay::Kind::beside:
            return {Verdict::yes,
                    "There will be sound: the phones are on one network, and send it to each other."};
        case PingWay::Kind::direct:
        case PingWay::Kind::through: break;
    }
    if (!home.doors)
        return {Verdict::unlikely,
                "There will be sound only if the phones find the way themselves (ICE, IPv6): media.door is "
                "\"never\" here."};
    if (home.opens_ports)
        return {Verdict::yes, way == PingWay::Kind::direct
                                  ? "There will be sound: your home can be sent to, and so can theirs."
                                  : "There will be sound: your home can be sent to, and theirs sends first."};
    if (!home.lender.empty())
        return {Verdict::yes, "There will be sound, through " + home.lender +
                                  "'s door: your router gives each destination another port."};
    if (way == PingWay::Kind::direct)
        return {
            Verdict::likely,
            "There should be sound: nobody can send to your home first, but yours sends to theirs. `*43` on "
            "your phone tells whether your own side is heard."};
    if (home.symmetric.value_or(false))
        return {Verdict::unlikely,
                "There may be no sound: nobody can send to either home first, and your router gives each "
                "destination another port. Ask a friend whose node can be reached to set reach.relay_media "
                "= \"contacts\"."};
    return {Verdict::likely,
            "There should be sound, if at least one of the two routers keeps to one port: nobody can send to "
            "either home first, so that both send at once."};
}

}  // namespace node

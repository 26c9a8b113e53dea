// node/probe/media_outlook.cpp - by the way of the call, and by both routers.
#include "node/probe/media_outlook.hpp"

namespace node {
namespace {

using Verdict = MediaOutlook::Verdict;

/// Neither can be sent to first, and one router at least gives each destination another port.
MediaOutlook both_shut(HomeSound ours, HomeSound theirs) {
    const bool both = ours == HomeSound::moves && theirs == HomeSound::moves;
    std::string text = "There may be no sound: ";
    text += both                       ? "both routers give each destination another port"
            : ours == HomeSound::moves ? "your router gives each destination another port"
                                       : "their router gives each destination another port";
    text += theirs == HomeSound::unknown ? ", and it is not known whether their home can be sent to first."
                                         : ", and neither home can be sent to first.";
    text += ours == HomeSound::moves
                ? " Ask a friend whose node can be reached to set reach.relay_media = \"contacts\"."
                : " Have them ask a friend whose node can be reached to set "
                  "reach.relay_media = \"contacts\".";
    return {Verdict::unlikely, text};
}

MediaOutlook without_doors(std::string_view whose) {
    return {Verdict::unlikely,
            "There will be sound only if the phones find the way themselves (ICE, IPv6): media.door is "
            "\"never\" " +
                std::string(whose) + "."};
}

}  // namespace

std::string_view name(MediaOutlook::Verdict verdict) noexcept {
    switch (verdict) {
        case MediaOutlook::Verdict::yes: return "yes";
        case MediaOutlook::Verdict::likely: return "likely";
        case MediaOutlook::Verdict::unlikely: return "unlikely";
        case MediaOutlook::Verdict::unknown: return "unknown";
    }
    return "unknown";
}

HomeSound sound_of(const MediaHome& home) noexcept {
    if (!home.doors) return HomeSound::none;
    if (home.opens_ports || !home.lender.empty()) return HomeSound::opens;
    if (!home.symmetric) return HomeSound::unknown;
    return *home.symmetric ? HomeSound::moves : HomeSound::keeps;
}

MediaOutlook media_outlook(PingWay::Kind way, const MediaHome& home, HomeSound theirs) {
    const HomeSound ours = sound_of(home);
    switch (way) {
        case PingWay::Kind::phone:
        case PingWay::Kind::beside:
            return {Verdict::yes,
                    "There will be sound: the phones are on one network, and send it to each other."};
        case PingWay::Kind::direct:
        case PingWay::Kind::through: break;
    }
    if (ours == HomeSound::none) return without_doors("here");
    if (theirs == HomeSound::none) return without_doors("there");
    if (!home.lender.empty())
        return {Verdict::yes, "There will be sound, through " + home.lender +
                                  "'s door: your router gives each destination another port."};
    if (ours == HomeSound::opens)
        return {Verdict::yes, "There will be sound: your home can be sent to, wherever theirs sends from."};
    if (theirs == HomeSound::opens)
        return {Verdict::yes, "There will be sound: their home can be sent to, wherever yours sends from."};
    if (ours == HomeSound::moves || theirs == HomeSound::moves) return both_shut(ours, theirs);
    if (ours == HomeSound::keeps && theirs == HomeSound::keeps)
        return {
            Verdict::likely,
            "There should be sound: both routers keep to one port, so that both nodes send at once and are "
            "let in."};
    return {Verdict::likely,
            "There should be sound, if both routers keep to one port: nobody can send to your home first, so "
            "that both nodes send at once. Two contacts whose nodes can be reached would show what a router "
            "does."};
}

}  // namespace node

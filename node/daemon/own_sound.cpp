// node/daemon/own_sound.cpp - what reach and media know, put together.
#include "node/daemon/own_sound.hpp"

#include <utility>

namespace node {

MediaHome OwnSound::home() const {
    using How = OwnAddress::How;
    MediaHome home;
    home.doors = parts_.config.media.door;
    // Where others come in to SIP by what the router granted, or without a router, they do to doors. A port
    // that was forwarded by hand is SIP's alone; and doors are IPv4.
    for (const auto& each : parts_.reach.reach().addresses()) {
        const bool sent_to = each.how == How::own || each.how == How::mesh || each.how == How::mapped;
        if (sent_to && each.standing == OwnAddress::Standing::published && each.address.address.is_v4())
            home.opens_ports = true;
    }
    home.symmetric = parts_.media.symmetric();
    home.ipv6 = parts_.own.has_ipv6();
    home.lender = parts_.media.lender();
    return home;
}

void OwnSound::tell(const sip::Flow& flow, std::string question) {
    auto answer = [this, flow, question = std::move(question)] {
        parts_.output.send(flow, sound_answer(flow, question, sound_of(home())));
    };
    if (sound_of(home()) != HomeSound::unknown || waiting_ >= most_waiting) return answer();
    ++waiting_;
    parts_.media.prepare(alive_.guard([this, answer = std::move(answer)] {
        --waiting_;
        answer();
    }));
}

}  // namespace node

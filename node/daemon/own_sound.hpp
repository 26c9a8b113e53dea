// node/daemon/own_sound.hpp - how the sound of a call gets into this home, and who asks that over TLS is
// told. SIP loop only.
#pragma once

#include <string>

#include "node/config/config.hpp"
#include "node/media/media_loop.hpp"
#include "node/probe/media_outlook.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/reach/reachability_loop.hpp"
#include "sip/alive.hpp"
#include "sip/output.hpp"

namespace node {

class OwnSound {
public:
    static constexpr unsigned most_waiting = 8;  // questions, while we ask others ourselves
    /// All borrowed.
    struct Parts {
        const Config& config;
        const OwnAddresses& own;
        const ReachabilityLoop& reach;
        MediaLoop& media;
        sip::Output& output;
    };
    explicit OwnSound(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] MediaHome home() const;
    /// Answers at once, or when others have told what they see of us.
    /// REQUIRES: asks_for_sound().
    void tell(const sip::Flow& flow, std::string question);

private:
    const Parts parts_;
    unsigned waiting_ = 0;
    sip::Alive alive_;
};

}  // namespace node

// node/daemon/witness_search.hpp - looks up what contacts publish, for those whose edges may be asked to call
// us back (node/reach/witnesses.hpp); what is met tells the time, too. SIP loop only.
#pragma once

#include <optional>

#include "node/daemon/clock_watch.hpp"
#include "node/media/media_loop.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/reach/reachability_loop.hpp"
#include "node/reach/witnesses.hpp"
#include "node/state/contact_table.hpp"
#include "overlay/client.hpp"
#include "sip/alive.hpp"

namespace node {

class WitnessSearch {
public:
    /// All borrowed.
    struct Parts {
        const std::optional<overlay::Client>& overlay;  // none: nothing is looked up
        const ContactTable& contacts;
        const OwnAddresses& own;
        ClockWatch& clock;
        ReachabilityLoop& reach;
        MediaLoop& media;
    };
    /// `own_key`: a contact that is ourselves is no witness.
    WitnessSearch(const Parts& parts, const crypto::PublicKey& own_key) : parts_(parts), own_key_(own_key) {}

    /// If it is time to.
    void look();
    void look_now();
    /// At the next look, which is due.
    void look_soon() noexcept { witnesses_.look_soon(); }
    [[nodiscard]] const Witnesses& witnesses() const noexcept { return witnesses_; }

private:
    const Parts parts_;
    const crypto::PublicKey own_key_;
    Witnesses witnesses_;
    sip::Alive alive_;
};

}  // namespace node

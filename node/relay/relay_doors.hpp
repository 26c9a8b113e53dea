// node/relay/relay_doors.hpp - who looks after the doors that nodes lend each other for the sound of calls
// (node/media has the ports): what a relay and whom it relays for say of them goes through here.
#pragma once

#include <vector>

#include "crypto/identity.hpp"
#include "node/relay/behind_relays.hpp"
#include "node/relay/relay_frame.hpp"

namespace node {

class RelayDoors {
public:
    // This node is the relay.

    /// A contact whom it relays for has said this; `hello`: he has just come, perhaps again. What is
    /// answered.
    [[nodiscard]] virtual std::vector<RelayFrame> asked(const crypto::PublicKey& by,
                                                        const RelayFrame& frame) = 0;
    /// His connection has ended. `for_good`: he is no contact any more.
    virtual void left(const crypto::PublicKey& who, bool for_good) = 0;

    // This node is the one behind.

    /// A relay that is held has said this.
    virtual void told(const RelayCandidate& by, const RelayFrame& frame) = 0;

protected:
    ~RelayDoors() = default;
};

}  // namespace node

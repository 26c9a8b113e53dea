// node/media/door_place.cpp - has a door moved?
#include "node/media/door_place.hpp"

namespace node {

bool DoorPlace::fell_silent(std::optional<Time> heard, Time now) {
    if (!heard || now - *heard < silence) {
        looked_.reset();
        first_looked_.reset();
        looks_ = 0;
        return false;
    }
    if (looked_ && now - *looked_ < (looks_ < often ? again : seldom)) return false;
    looked_ = now;
    if (!first_looked_) first_looked_ = now;
    ++looks_;
    return true;
}

bool DoorPlace::moved(const std::optional<DoorOutside>& known, std::optional<Time> asked) {
    if (!known || (known->rtp == told_.rtp && known->rtcp == told_.rtcp)) return false;
    if (known->symmetric && known->rtp.address == told_.rtp.address) return false;  // it is learnt there
    switch (told_.by) {
        case DoorOutside::By::router:
            if (known->by != DoorOutside::By::router) return false;
            break;
        case DoorOutside::By::others:
            if (known->by == DoorOutside::By::address) return false;
            // What they saw before says nothing of now.
            if (known->by == DoorOutside::By::others && (!first_looked_ || !asked || *asked < *first_looked_))
                return false;
            break;
        case DoorOutside::By::address:
            // Who should have come would have, were it right.
            if (known->by == DoorOutside::By::others && first_looked_) break;
            if (known->rtp.address == told_.rtp.address) return false;
            break;
    }
    told_ = *known;
    return true;
}

}  // namespace node

// node/others_clocks.hpp - what the records of others say about our wall clock. A record is dated by its
// owner's node and made anew every hour, so one that was met tells what the time was there, within that hour.
// 1. Only records whose signature was checked count, each owner once, for three hours.
// 2. A record that is too old may be of a node that has gone since. It counts against our clock when its
//    owner has dated another since, or when others say the same.
// 3. Nobody sets a clock by this: it asks the person, and helps to judge a time that was set (clock.hpp).
// A core: time is handed in. SIP loop only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overlay/lookup_trace.hpp"
#include "sip/now.hpp"
#include "sip/recent_map.hpp"

namespace node {

class OthersClocks {
public:
    static constexpr auto counts_for = std::chrono::hours(3);
    static constexpr auto made_anew =
        std::chrono::minutes(70);  // 45 to 60 min (overlay/publisher.cpp), and travel
    static constexpr auto tolerance = std::chrono::minutes(10);

    /// What a lookup of a name of `owner` has met.
    void met(const crypto::PublicKey& owner, const std::vector<overlay::ValueVerdict>& values, sip::Now now);

    struct Opinion {
        unsigned agree = 0;             // owners whose records are dated as they should be
        unsigned later = 0;             // whose are dated after our time
        unsigned before = 0;            // whose are older than any record that is kept up
        std::chrono::seconds apart{0};  // how far those stand from our time who stand nearest to it
        [[nodiscard]] bool agrees() const noexcept { return agree > later + before; }
        [[nodiscard]] bool disagrees() const noexcept { return later + before > agree; }
    };
    /// Of the wall clock as it stands now, also when it was set since.
    [[nodiscard]] Opinion opinion(sip::Now now) const;
    /// A sentence for the person, and empty when there is no reason for it.
    [[nodiscard]] std::string doubt(sip::Now now) const;

private:
    struct Dated {
        std::chrono::sys_seconds issued;  // the latest record of this owner
        std::chrono::steady_clock::time_point met;
        bool anew = false;  // an earlier one was met before
    };
    sip::RecentMap<crypto::PublicKey, Dated> dated_{64};
};

}  // namespace node

// node/reach/stranger_questions.hpp - when nodes that are no contacts are asked to dial us back
// (overlay/call_back.hpp). A question costs 4 kB to eight nodes.
// 1. While nobody offers it: every 4 s for two minutes, as a friend may begin any minute, and be the first
//    whom we can ask; then once a minute, then every five. Of one address then: who offers it is asked of the
//    others.
// 2. Somebody newly met is asked at once, whatever the pause, and about every address that is due; one who
//    was known and comes again, 4 s after the last question.
// 3. Of newcomers six at once, and then six a minute, however many come: who makes up nodes makes us ask no
//    oftener.
// A core: time is handed in. SIP loop only.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>

#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"

namespace node {

class StrangerQuestions {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr unsigned most_met = 6;  // at once, and a minute
    static constexpr std::size_t most_known = 64;

    /// About how many addresses they may be asked now; which is then done, if so many are due.
    [[nodiscard]] std::size_t begin(Time now);
    /// True: somebody was met since, and they may be asked again.
    bool nobody_offers(Time now);
    void promised();
    /// Somebody has answered us for the first time, or has asked us. True: they may be asked.
    bool met(const asio::ip::address& who, Time now);

private:
    Time again_{}, asked_at_{};  // not before; last
    unsigned in_vain_ = 0;       // times, in a row
    bool met_ = false;           // since they were asked last
    sip::TokenBucket newcomers_{most_met, std::chrono::minutes(1)};
    sip::RecentSet<asio::ip::address> known_{most_known};
};

}  // namespace node

// node/media/stun_memory.hpp - which nodes did not answer when they were asked where they see us: they are
// not asked again for some minutes, for each time a call waits half a second for them. A core: time is handed
// in.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "sip/flow.hpp"

namespace node {

class StunMemory {
public:
    using Time = std::chrono::steady_clock::time_point;
    // Who was silent once may just have started, or a packet was lost: after 10 s, 20 s, 40 s ... A friend
    // who comes back is of use again soon; a call in between does without him.
    static constexpr auto silent_first = std::chrono::seconds(10);
    static constexpr auto silent_for = std::chrono::minutes(3);
    static constexpr std::size_t most_known = 64;  // a home has a dozen contacts

    void silent(const sip::Endpoint& server, Time now);
    void answered(const sip::Endpoint& server) { silent_.erase(server); }
    /// Those of them that are not silent, in their order.
    [[nodiscard]] std::vector<sip::Endpoint> worth_asking(std::vector<sip::Endpoint> servers, Time now) const;

private:
    struct Silence {
        Time until;
        unsigned times = 0;  // in a row
    };
    std::map<sip::Endpoint, Silence> silent_;
};

}  // namespace node

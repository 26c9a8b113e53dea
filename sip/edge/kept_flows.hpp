// sip/edge/kept_flows.hpp - which flows are kept open, when the next sign of life is due on each, and who has
// left them unanswered. Knows nobody, sends nothing.
// 1. A sign every 20 to 25 s: NATs forget UDP after 30 s (RFC 4787 §4.3; RFC 5626 §4.4.2 has 24 to 29 s), and
//    a few after 20.
// 2. Gone is who has answered before, and then leaves two in a row unanswered. Who never answers may know no
//    OPTIONS: of him silence says nothing.
// Time is handed in. SIP loop only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sip/flow.hpp"
#include "sip/peer.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

class KeptFlows {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds shortest{20'000}, spread{5'000};
    static constexpr unsigned most_missed = 2;

    enum class By : std::uint8_t {
        options,  // a request, which everybody answers: what comes out of a NAT opens it, what goes in may
                  // not
        ping,     // CRLF CRLF on a connection (RFC 5626 §4.4.1)
        nothing,  // its end is all that is wanted to be known
    };
    struct Wish {
        By by = By::options;
        std::string uri;              // whom OPTIONS asks
        std::optional<KeyHash> peer;  // what the other end has proved
    };

    /// From now on these, and no others.
    void retain(std::map<Flow, Wish> wanted, Time now);
    [[nodiscard]] const Wish* find(const Flow& flow) const;
    /// It has ended.
    void drop(const Flow& flow) { flows_.erase(flow); }
    /// The flow on which a sign is due; it is taken for given.
    [[nodiscard]] std::optional<Flow> next_due(Time now);
    void answered(const Flow& flow);
    /// True: whoever was there is gone.
    [[nodiscard]] bool missed(const Flow& flow);
    [[nodiscard]] std::optional<Time> next_wake() const { return timers_.next_wake(); }
    [[nodiscard]] std::size_t size() const noexcept { return flows_.size(); }

private:
    struct Kept {
        Wish wish;
        std::chrono::milliseconds period{};
        bool answers = false;
        unsigned missed = 0;
        TimerQueue<Flow>::Timer timer;
    };
    TimerQueue<Flow> timers_;
    std::map<Flow, Kept> flows_;
    std::uint64_t begun_ = 0;
};

}  // namespace sip

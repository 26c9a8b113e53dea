// node/media/door_place.hpp - where a door of a call under way is met from outside, and when that is to be
// looked at again: an address that changes is seen late by the one who has it, but whoever spoke at the door
// falls silent at once, since he sends to the old one.
// 1. Opened by the router: it has moved when the router says another address, or port, and that was believed
//    (Reachability::door_outside). While nothing is known nothing is said.
// 2. Seen by others (STUN): when those asked since the silence began see another. By the outer address
//    alone, which is a guess: when that is another; or when nobody has come to it, and others see elsewhere.
// 3. Silent is a side outside that was heard, does not rest, and has said nothing for a second; at a guess it
//    need not have been heard. Then others are asked, and the router: at once, each 3 s, and each half a
//    minute after ten times.
// A core: time is handed in.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sip/flow.hpp"

namespace node {

/// Where a pair of ports is met from outside.
struct DoorOutside {
    enum class By : std::uint8_t { router, others, address } by = By::address;
    sip::Endpoint rtp, rtcp;
    std::string how;         // of the sentence that explains it
    bool symmetric = false;  // each who was asked saw another port
};

class DoorPlace {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds silence{1}, again{3}, seldom{30};
    static constexpr unsigned often = 10;

    explicit DoorPlace(DoorOutside told) : told_(std::move(told)) {}

    /// When its side outside was heard last, at a guess since when it should be; nothing: never, or it rests.
    /// True: it should be looked at again.
    [[nodiscard]] bool fell_silent(std::optional<Time> heard, Time now);
    /// What is known of it now; `asked`: when others were. True: it has moved there.
    [[nodiscard]] bool moved(const std::optional<DoorOutside>& known, std::optional<Time> asked);
    [[nodiscard]] const DoorOutside& told() const noexcept { return told_; }
    [[nodiscard]] bool is_guess() const noexcept { return told_.by == DoorOutside::By::address; }

private:
    DoorOutside told_;
    std::optional<Time> looked_, first_looked_;
    unsigned looks_ = 0;
};

}  // namespace node

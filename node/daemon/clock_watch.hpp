// node/daemon/clock_watch.hpp - what the running node makes of its wall clock (clock.hpp): says once when it
// becomes wrong or right, and when others' clocks stand elsewhere, and keeps in the state file what it has
// been. A core: time is handed in. SIP loop only.
#pragma once

#include "node/clock.hpp"
#include "node/others_clocks.hpp"
#include "node/state/facts.hpp"

namespace node {

class ClockWatch {
public:
    /// Clocks are set while the node runs; nobody waits for this.
    static constexpr auto look_every = std::chrono::seconds(30);

    /// Borrows `facts`. Throws DatabaseError.
    ClockWatch(Facts& facts, std::chrono::sys_seconds built, sip::Now started);

    /// Judges the clock anew, and keeps its time when that is due.
    void look(sip::Now now);
    /// `hedgewitch clock accept` may have forgotten the time that was kept. Throws DatabaseError.
    void reload(sip::Now now);
    /// What a lookup of a name of `owner` has met tells what the time is there.
    void met(const crypto::PublicKey& owner, const std::vector<overlay::ValueVerdict>& values, sip::Now now) {
        others_.met(owner, values, now);
    }
    /// A question for the person when others' clocks stand elsewhere; else empty.
    [[nodiscard]] std::string doubt(sip::Now now) const { return others_.doubt(now); }
    /// The node ends: the time is kept.
    void stop(sip::Now now);

    [[nodiscard]] const ClockJudgement& judgement() const noexcept { return judgement_; }
    [[nodiscard]] bool plausible() const noexcept { return judgement_.verdict == ClockVerdict::plausible; }

private:
    void keep(std::optional<std::chrono::sys_seconds> time);

    Facts& facts_;
    ClockGuard guard_;
    ClockJudgement judgement_;
    OthersClocks others_;
    bool doubted_ = false;
};

}  // namespace node

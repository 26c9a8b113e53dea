// node/others_clocks.cpp - compares the dates of records with the wall clock.
#include "node/others_clocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "node/clock.hpp"

namespace node {
namespace {

using std::chrono::seconds;

// What no clock says: the sum of two such must still be one.
constexpr overlay::UnixSeconds latest = overlay::UnixSeconds{1} << 40U;

std::string length_text(seconds time) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
    if (minutes < 120) return fmt::format("{} minutes", minutes);
    return minutes < 2 * 1440 ? fmt::format("{} hours", minutes / 60)
                              : fmt::format("{} days", minutes / 1440);
}

}  // namespace

void OthersClocks::met(const crypto::PublicKey& owner, const std::vector<overlay::ValueVerdict>& values,
                       sip::Now now) {
    overlay::UnixSeconds newest = 0;
    for (const auto& value : values) {
        if (!value.tombstone && value.issued_at < latest) newest = std::max(newest, value.issued_at);
    }
    if (newest == 0) return;
    const std::chrono::sys_seconds issued{seconds(static_cast<std::int64_t>(newest))};
    Dated dated{issued, now.steady, false};
    if (const Dated* const known = dated_.find(owner)) {
        if (known->issued > issued) return;  // an older one, of another place
        dated.anew = known->anew || known->issued < issued;
        if (known->issued == issued) dated.met = known->met;
    }
    dated_.put(owner, dated);
}

OthersClocks::Opinion OthersClocks::opinion(sip::Now now) const {
    Opinion opinion;
    unsigned old = 0;
    seconds nearest = seconds::max();
    const auto stands_apart = [&](seconds by) { nearest = std::min(nearest, by); };
    for (const auto& [owner, dated] : dated_) {
        const auto since = std::chrono::floor<seconds>(now.steady - dated.met);
        if (since > counts_for) continue;
        const auto met_at = now.wall - since;  // by the clock as it stands now
        if (dated.issued > met_at + tolerance) {
            ++opinion.later;
            stands_apart(dated.issued - met_at);
        } else if (dated.issued >= met_at - made_anew) {
            ++opinion.agree;
        } else {
            ++(dated.anew ? opinion.before : old);
            stands_apart(met_at - dated.issued);
        }
    }
    if (opinion.before > 0 || old > 1) opinion.before += old;
    opinion.apart = opinion.later + opinion.before > 0 ? nearest : seconds(0);
    return opinion;
}

std::string OthersClocks::doubt(sip::Now now) const {
    const Opinion others = opinion(now);
    if (!others.disagrees()) return {};
    const unsigned count = others.later + others.before;
    return fmt::format(
        "Is the clock right? It says {}, and {} of {} people whose records were met {} dated {} {} than "
        "that{}.",
        date_text(now.wall), count, count + others.agree, count == 1 ? "has one" : "have theirs",
        length_text(others.apart), others.later >= others.before ? "later" : "earlier",
        others.later >= others.before ? "" : ", though records are made anew every hour");
}

}  // namespace node

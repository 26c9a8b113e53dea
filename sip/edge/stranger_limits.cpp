// sip/edge/stranger_limits.cpp - what each act costs.
#include "sip/edge/stranger_limits.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

// A guess is one of few that a person makes, and of the millions that a scanner needs.
double cost_of(StrangerAct act) {
    switch (act) {
        case StrangerAct::asked: return 1;
        case StrangerAct::guessed: return 5;
        case StrangerAct::probed: return 1;
        case StrangerAct::invited: return 1;
        case StrangerAct::not_ringing: return 1;
        case StrangerAct::logged_in: return 0;
    }
    return 1;
}

// As their User-Agent: SIPVicious and its forks, sipcli, and what else has rung empty phones at night since.
constexpr std::array<std::string_view, 9> scanners{"friendly-scanner", "sipvicious", "sundayddr",
                                                   "sipcli",           "sip-scan",   "pplsip",
                                                   "vaxsipuseragent",  "sipsscan",   "smap 0."};

}  // namespace

bool is_scanner(const MessageView& message) {
    const std::string agent = lowercase(message.header(Header::user_agent).value_or("").substr(0, 128));
    return std::any_of(scanners.begin(), scanners.end(),
                       [&](std::string_view scanner) { return agent.find(scanner) != std::string::npos; });
}

bool StrangerLimits::may_answer(const MessageView& message, const Flow& flow, StrangerAct act, Time now) {
    const auto source = source_of(flow.remote.address);
    if (act == StrangerAct::logged_in) {
        note_home(source, now);
        return true;
    }
    if (is_scanner(message)) {
        ++counters_.scanners;
        return false;
    }
    const bool free = act == StrangerAct::asked || act == StrangerAct::probed;
    if (free && is_home(source, now)) return true;
    if (buckets_.take(source, cost_of(act), now)) return true;
    ++counters_.silent;
    return false;
}

bool StrangerLimits::is_home(const asio::ip::address& source, Time now) const {
    const Time* const until = homes_.find(source);
    return until != nullptr && now < *until;
}

void StrangerLimits::note_home(const asio::ip::address& source, Time now) {
    homes_.drop_while([now](const auto&, Time until) { return until <= now; });
    if (homes_.full() && !homes_.contains(source)) return;  // their phones can wait for tokens
    homes_.put(source, now + home_for);
}

}  // namespace sip

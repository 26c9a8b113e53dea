// sip/edge/answer_gate.cpp - what each act costs, and where it costs nothing.
#include "sip/edge/answer_gate.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

// A guess is one of few that a person makes, and of the millions that a scanner needs: a fifth of what may be
// asked. All accounts of a source together have five times that, for a household shares one address.
constexpr double guesses = 0.2;
constexpr double guesses_from_anywhere = 2;  // at one account, by all who are not at home there

// As their User-Agent: SIPVicious and its forks, sipcli, and what else has rung empty phones at night since.
constexpr std::array<std::string_view, 9> scanners{"friendly-scanner", "sipvicious", "sundayddr",
                                                   "sipcli",           "sip-scan",   "pplsip",
                                                   "vaxsipuseragent",  "sipsscan",   "smap 0."};
constexpr std::string_view scanners_begin_with = "fspv";
static_assert(std::all_of(scanners.begin(), scanners.end(), [](std::string_view name) {
    return scanners_begin_with.find(name.front()) != std::string_view::npos;
}));

bool is_proved(const Flow& flow) {
    return flow.transport != Transport::udp;
}

}  // namespace

bool is_scanner(const MessageView& message) {
    const auto agent = message.header(Header::user_agent).value_or("").substr(0, 128);
    for (std::size_t at = 0; at < agent.size(); ++at) {
        const char first = grammar::lower(agent[at]);
        if (scanners_begin_with.find(first) == std::string_view::npos) continue;
        const auto rest = agent.substr(at);
        const auto says = [&](std::string_view name) {
            return equal_nocase(rest.substr(0, name.size()), name);
        };
        if (std::any_of(scanners.begin(), scanners.end(), says)) return true;
    }
    return false;
}

AnswerGate::Failures::Failures(double a_minute) : of_account(guesses * a_minute), of_source(a_minute) {}

AnswerGate::AnswerGate(double tokens_a_minute)
    : answers_(tokens_a_minute),
      proven_(tokens_a_minute),
      forgeable_(tokens_a_minute),
      from_anywhere_(guesses_from_anywhere * tokens_a_minute),
      tickets_over_udp_(guesses * tokens_a_minute),
      tickets_over_streams_(guesses * tokens_a_minute) {}

bool AnswerGate::admits(const MessageView& message, const Flow& flow, Time now) {
    if (!is_scanner(message)) return admits(flow, StrangerAct::asked, now);
    ++counters_.scanners;
    return false;
}

bool AnswerGate::admits(const Flow& flow, StrangerAct act, Time now) {
    if (is_proved(flow)) return true;
    const auto source = source_of(flow.remote.address);
    if (act == StrangerAct::asked && is_home(source, now)) return true;
    if (answers_.take(source, 1, now)) return true;
    ++counters_.silent;
    return false;
}

bool AnswerGate::may_look(const Guess& guess, Now now) {
    const auto source = source_of(guess.flow.remote.address);
    const Place place{source, guess.account};
    const Failures& failures = guess.address_proven ? proven_ : forgeable_;
    const bool few =
        failures.of_account.has(place, 1, now.steady) && failures.of_source.has(source, 1, now.steady);
    const bool looked = few && (is_home(place, now.wall) || from_anywhere_.has(guess.account, 1, now.steady));
    if (!looked) ++counters_.unlooked;
    return looked;
}

void AnswerGate::was_wrong(const Guess& guess, Now now) {
    const auto source = source_of(guess.flow.remote.address);
    const Place place{source, guess.account};
    Failures& failures = guess.address_proven ? proven_ : forgeable_;
    (void)failures.of_account.take(place, 1, now.steady);
    (void)failures.of_source.take(source, 1, now.steady);
    // What may be forged must not lock the account for those who come from somewhere new.
    if (guess.address_proven && !is_home(place, now.wall))
        (void)from_anywhere_.take(guess.account, 1, now.steady);
}

std::optional<Home> AnswerGate::logged_in(const Guess& guess, Now now) {
    const auto source = source_of(guess.flow.remote.address);
    const Place place{source, guess.account};
    home_sources_.put(source, now.steady + home_for);
    const auto* const said = homes_.use(place);
    if (said != nullptr && now.wall - *said < home_told_each) return std::nullopt;
    homes_.put(place, now.wall);
    return Home{source, guess.account, now.wall};
}

void AnswerGate::remember(const std::vector<Home>& homes, Now now) {
    for (const Home& home : homes) {
        // A clock that was wrong makes no home older, nor one for ever.
        const auto age = std::clamp<std::chrono::seconds>(now.wall - home.seen, {}, home_for);
        home_sources_.put(home.source, now.steady + home_for - age);
        homes_.put({home.source, home.account}, now.wall - age);
    }
}

bool AnswerGate::may_open_ticket(const Flow& flow, Time now) const {
    const auto& tickets = is_proved(flow) ? tickets_over_streams_ : tickets_over_udp_;
    return tickets.has(source_of(flow.remote.address), 1, now);
}

void AnswerGate::ticket_failed(const Flow& flow, Time now) {
    auto& tickets = is_proved(flow) ? tickets_over_streams_ : tickets_over_udp_;
    (void)tickets.take(source_of(flow.remote.address), 1, now);
}

bool AnswerGate::is_home(const Place& place, std::chrono::sys_seconds wall) const {
    const auto* const said = homes_.find(place);
    return said != nullptr && wall - *said < home_for;
}

bool AnswerGate::is_home(const asio::ip::address& source, Time now) const {
    const Time* const until = home_sources_.find(source);
    return until != nullptr && now < *until;
}

}  // namespace sip

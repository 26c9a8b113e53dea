// sip/edge/dialog_keeper.hpp - calls that end when they end: the flows that calls and phones hang on are kept
// open as long as they are wanted, and a call whose other end is gone is hung up, with a Reason.
// clang-format off
//   kept_flows.hpp    which flows, and who is silent       own_requests.hpp   OPTIONS and BYE of our own
//   proxy/dialogs.hpp who is in which call                 registrar/         which phones are there
// clang-format on
// 1. A phone behind a NAT is asked for a sign of life every 20 to 25 s, so that it rings (OPTIONS: its answer
//    comes out of the NAT, which all of them count). So is whoever is in a call through us over UDP.
// 2. Connections to other nodes that a call uses are pinged, opened anew when they break, and found again
//    when the other node has opened another (it proves the same key).
// 3. Hung up is a call whose other end was gone for `patience`, has left signs of life unanswered
//    (kept_flows.hpp), or left a request inside of the call without an answer: BYE to each side that may
//    still be there. Its doors close with that.
// 4. Where our own address has changed, connections die without a word: they are opened anew at once, by us,
//    whoever had opened them (moved_doors.hpp asks for it).
// SIP loop only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sip/edge/kept_flows.hpp"
#include "sip/edge/own_requests.hpp"
#include "sip/now.hpp"
#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/proxy_host.hpp"
#include "sip/registrar/registrar.hpp"

namespace sip {

/// What Reason says of a call that we end (RFC 3326): a SIP status, and words for whoever reads them.
struct EndReason {
    int cause = 408;
    std::string text;
};

class DialogKeeper {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds patience{30};  // for a connection to come back
    static constexpr std::chrono::seconds again{3};
    static constexpr std::chrono::milliseconds at_first{500};  // first: through a relay it comes back at once

    /// Borrows all but `secret`.
    DialogKeeper(const std::array<std::uint8_t, 32>& secret, Dialogs& dialogs, const Registrar& registrar,
                 ProxyHost& host, Output& output);
    DialogKeeper(const DialogKeeper&) = delete;  // timers point here
    DialogKeeper& operator=(const DialogKeeper&) = delete;

    /// After each event: are there others to be kept?
    void look(Time now);
    /// False: it answers nothing of ours.
    [[nodiscard]] bool response(const MessageView& response, Time now);
    void flow_failed(const Flow& flow, Time now);
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    /// Hangs up every answered call of this Call-ID; how many.
    std::size_t end(std::string_view call_id, const EndReason& why, Time now);

    /// Is whoever speaks on `came` the other node that calls met on `known`: on this very flow, or on another
    /// by the same key?
    [[nodiscard]] bool is_same_node(const Flow& known, const Flow& came) const;
    /// He has come back by `came`: calls go on over that.
    void came_back(const Flow& known, const Flow& came, Time now);
    /// Nothing passes over `flow` any more, though nobody has said so: it is closed, with all others to the
    /// same node, and another one opened.
    void renew(const Flow& flow, Time now);

    [[nodiscard]] std::size_t kept() const noexcept { return flows_.size(); }
    [[nodiscard]] std::uint64_t hung_up() const noexcept { return hung_up_; }

private:
    using CallId = Dialogs::CallId;
    struct Loss {
        Time since{};
        std::optional<KeyHash> peer;
        bool opened_anew = false;  // this flow took the place of a lost one, and has to show that it holds
        bool moved = false;        // we have: the other node does not know where to call us back
        TimerQueue<Flow>::Timer timer;
    };

    [[nodiscard]] bool changed() const;
    void sweep(Time now);
    void wish(std::map<Flow, KeptFlows::Wish>& wanted, const DialogEnd& end, Side side) const;
    void heard(const std::vector<OwnRequests::Heard>& all, Time now);
    void look_for(const Flow& lost, Time now);
    [[nodiscard]] std::optional<KeyHash> peer_on(const Flow& flow) const;
    [[nodiscard]] std::optional<Flow> in_place_of(const Flow& lost, const Loss& loss, Time now);
    [[nodiscard]] std::optional<Flow> back_to(const Flow& lost, const Loss& loss) const;
    void end_calls_on(const Flow& flow, const EndReason& why, Time now);
    void hang_up(const CallId& id, const EndReason& why, const Flow* gone, Time now);

    Dialogs& dialogs_;
    const Registrar& registrar_;
    ProxyHost& host_;
    Output& output_;
    OwnRequests requests_;
    KeptFlows flows_;
    TimerQueue<Flow> waits_;  // before what holds its timers
    std::map<Flow, Loss> losses_;
    std::map<Flow, KeyHash> opened_back_;           // in place of lost ones, and whose they are
    std::set<Flow> came_back_;                      // the flows by which others have
    std::uint64_t registered_ = 0, confirmed_ = 0;  // as of the last sweep
    std::optional<Time> swept_, sweep_at_;
    std::uint64_t hung_up_ = 0;
};

}  // namespace sip

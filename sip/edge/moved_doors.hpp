// sip/edge/moved_doors.hpp - tells the other edge of a call that the doors of ours are elsewhere (our address
// has changed), and hears it of others: an INFO from edge to edge over the connection between them, which
// phones never see (media/media_move.hpp).
// 1. Told is only another node: over TLS, whose key was proved, and to which the dialog's next hop is. Any
//    other next hop refuses it unread (Max-Forwards: 0).
// 2. Our address has changed, so the connection may be dead without a word: what is unanswered after `soon`
//    is told over a new one (DialogKeeper::renew), and again each `again` for half a minute. Of two changes
//    the last counts.
// 3. Heard is only whom this very dialog has on its other side: its Call-ID and tags, on its connection, or
//    on another of the same key. What he says aims a door that is open already, as an answer would: to an
//    address that may be called, no more than `burst` times at once and one each 2 s of a call.
// 4. Whose phone was told our address itself (no door stands there) cannot be helped by us: 488.
// A core: time is handed in. SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "sip/answer.hpp"
#include "sip/edge/dialog_keeper.hpp"
#include "sip/media/media_path.hpp"
#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

struct MoveCounters {
    std::uint64_t told = 0, untold = 0;  // calls whose other edge has heard of our move; has not
    std::uint64_t heard = 0, refused = 0;
};

class MovedDoors {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds soon{500};  // RFC 3261 §17.1.1.1: T1, a round trip at most
    static constexpr std::chrono::seconds again{2}, patience{30};
    static constexpr std::size_t max_calls = 256;  // MediaCalls'
    static constexpr double burst = 8;

    /// Borrows all but `secret`.
    MovedDoors(const std::array<std::uint8_t, 32>& secret, const Dialogs& dialogs, DialogKeeper& keeper,
               ProxyHost& host, Output& output);
    MovedDoors(const MovedDoors&) = delete;  // its parts are borrowed
    MovedDoors& operator=(const MovedDoors&) = delete;

    /// The doors of one side of a call are there now.
    void tell(const MediaMove& move, Time now);
    /// False: it answers nothing of ours.
    [[nodiscard]] bool response(const MessageView& response);
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    /// Is it for us, and for nobody else?
    [[nodiscard]] static bool is_move(const MessageView& request);
    [[nodiscard]] Answer hear(const MessageView& request, const Flow& flow, Time now);

    [[nodiscard]] const MoveCounters& counters() const noexcept { return counters_; }

private:
    struct Call {
        Dialogs::CallId id;
        Side to = Side::caller;
        friend auto operator<=>(const Call&, const Call&) = default;
    };
    struct Telling {
        std::string body, branch;
        std::optional<Flow> on;  // it was told there last
        Time due{}, until{};
    };
    [[nodiscard]] std::optional<Flow> flow_to(const Call& call) const;
    void tell_now(const Call& call, Telling& telling, Time now);
    [[nodiscard]] Answer heard_of(const Dialogs::Found& found, const MessageView& request, const Flow& flow,
                                  Time now);

    const KeyedHash::Key key_;
    const Dialogs& dialogs_;
    DialogKeeper& keeper_;
    ProxyHost& host_;
    Output& output_;
    std::map<Call, Telling> tellings_;
    RecentMap<std::pair<std::string, std::string>, TokenBucket> how_often_{max_calls};
    std::uint64_t last_ = 0;
    MoveCounters counters_;
};

}  // namespace sip

// sip/edge/own_requests.hpp - the requests that the edge sends of itself: OPTIONS, to hear whether somebody
// is still there, and to keep his NAT open; BYE, in the name of somebody who cannot send his any more.
// Repeats them until they are answered, and tells what came of them. Bounded in number and in bytes. SIP loop
// only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sip/output.hpp"
#include "sip/proxy/dialog_request.hpp"
#include "sip/transaction/client_transactions.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

class OwnRequests {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_requests = 8192, max_bytes = std::size_t{8} * 1024 * 1024;

    /// `secret` keys branches and tags. Borrows `output`.
    OwnRequests(const std::array<std::uint8_t, 32>& secret, Output& output);

    /// Is somebody at `uri`, over this flow? `own`: our address as he meets it. Not while the last such
    /// question there is repeated still.
    void ask(const Flow& flow, std::string_view uri, const Endpoint& own, Time now);
    /// False: no way leads there.
    bool hang_up(Side to, std::string_view call_id, const Dialog& dialog, const Dialog::Answerer& answerer,
                 std::string_view reason, Time now);

    /// Of an ask().
    struct Heard {
        Flow flow;
        bool answered = false;  // whatever the answer was
    };
    /// Nothing: it answers no request of ours.
    struct Reply {
        std::optional<Heard> heard;
    };
    [[nodiscard]] std::optional<Reply> receive(const MessageView& response, Time now);
    [[nodiscard]] std::vector<Heard> fail(const Flow& flow) { return ended(clients_.fail(flow)); }
    [[nodiscard]] std::vector<Heard> on_time(Time now) { return ended(clients_.on_time(now)); }
    [[nodiscard]] std::optional<Time> next_wake() const { return clients_.next_wake(); }

private:
    struct Sent {
        Flow flow;
        bool ask = false;
        bool answered = false;
    };
    [[nodiscard]] std::string unique();
    [[nodiscard]] std::vector<Heard> ended(const std::vector<ClientTransactions::Event>& events);

    KeyedHash::Key key_{};
    Output& output_;
    ClientTransactions clients_;
    std::unordered_map<std::string, Sent> sent_;  // by branch
    std::set<Flow> asking_;                       // where a question waits for its answer
    std::uint64_t last_ = 0;
};

}  // namespace sip

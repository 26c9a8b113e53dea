// sip/transaction/client_transactions.hpp - client transactions (RFC 3261 §17.1 as corrected by RFC 6026): a
// request is repeated until it is answered, an answer is told once, and errors to an INVITE are ACKed.
// 1. Nothing is called back. receive(), fail() and on_time() say what happened, so that whoever is told may
//    start new transactions at once.
// 2. A response belongs to a transaction by its branch and the method of its CSeq (§17.1.3); branches are
//    keyed hashes, so that no stranger can answer for another.
// 3. Bounded in number and in bytes. Time is handed in; a step costs O(log n).
// SIP loop only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sip/output.hpp"
#include "sip/syntax/message.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

class ClientTransactions {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Limits {
        std::size_t transactions = 40'000;
        std::size_t bytes = std::size_t{48} * 1024 * 1024;  // of requests that may have to be repeated
    };
    /// Borrows `output`.
    ClientTransactions(Limits limits, Output& output) : limits_(limits), output_(output) {}

    [[nodiscard]] bool full() const noexcept {
        return transactions_.size() >= limits_.transactions || bytes_ >= limits_.bytes;
    }
    /// Sends `request`, which is of `method` and whose topmost Via, in a field of its own, carries `branch`.
    /// REQUIRES: `branch` is new; not an ACK or CANCEL; its sender wrote it whole, from Via to CSeq.
    void start(const std::string& branch, const Flow& flow, Method method, std::string request, Time now);
    /// §9.1. `reason`: the value of Reason (RFC 3326), empty: none is given. REQUIRES: an INVITE that has had
    /// a provisional answer; else nothing happens.
    void cancel(const std::string& branch, std::string_view reason, Time now);
    /// Nobody waits for it any more: what still comes is a stray.
    void forget(const std::string& branch);

    enum class Outcome : std::uint8_t {
        stray,     // belongs to nothing here, and must go nowhere (RFC 6026 §8.9)
        absorbed,  // dealt with
        news,      // each provisional, the first final, and every 2xx to an INVITE
    };
    /// REQUIRES: a response.
    [[nodiscard]] Outcome receive(const MessageView& response, Time now);

    struct Event {
        enum class Kind : std::uint8_t {
            timeout,   // timer B or F: as if it were a 408
            no_way,    // the transport could not deliver: as if it were a 503 (§16.9)
            finished,  // after its final answer nothing more will come
        } kind;
        std::string branch;
    };
    /// What went over `flow` went nowhere. UDP: of those that nobody has answered yet.
    [[nodiscard]] std::vector<Event> fail(const Flow& flow);
    [[nodiscard]] std::vector<Event> on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const { return wakes_.next_wake(); }
    [[nodiscard]] std::size_t size() const noexcept { return transactions_.size(); }

private:
    enum class State : std::uint8_t { calling, proceeding, completed, accepted };  // non-INVITE: no accepted
    struct Transaction {
        State state = State::calling;
        bool invite = false;
        bool cancel = false;  // of another transaction: nobody is told about it
        Flow flow;
        std::string branch;
        std::string bytes;                    // the request; once an INVITE is refused, its ACK
        TimerQueue<std::string>::Timer wake;  // at the earlier of the next two
        std::optional<Time> resend, end;
        std::chrono::milliseconds interval{};
    };
    using Map = std::unordered_map<std::string, Transaction>;  // by branch; a CANCEL's has a suffix

    Transaction& add(std::string key, Transaction t, Time now);
    Outcome invite_answered(Map::iterator it, const MessageView& response, Time now);
    Outcome other_answered(Map::iterator it, const MessageView& response, Time now);
    void finish_at(Map::iterator it, Time end);
    void schedule(const std::string& key, Transaction& t);
    void keep(Transaction& t, std::string bytes);
    void erase(Map::iterator it);
    void answered(const std::string& key, const Transaction& t) { on_flows_.erase({t.flow, key}); }

    Limits limits_;
    Output& output_;
    TimerQueue<std::string> wakes_;
    Map transactions_;
    std::set<std::pair<Flow, std::string>> on_flows_;  // those that wait for an answer, for fail()
    std::size_t bytes_ = 0;
};

}  // namespace sip

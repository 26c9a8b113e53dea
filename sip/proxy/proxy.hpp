// sip/proxy/proxy.hpp - the transaction-stateful proxy (RFC 3261 §16, RFC 6026, RFC 4320): forwards a request
// to one target or many, and tells the caller one answer. Whom to forward to was decided before; what is in a
// body is media()'s business (media/media_path.hpp) and nobody's else.
// 1. Targets of equal q are tried at once, the best first; the hops to one target one after the other, and
//    only while nobody was heard there (408, 503, 430, or four seconds of silence).
// 2. Each request is told at most one final answer, and every 2xx to an INVITE (RFC 6026 §7.1).
// 3. A response is taken only with what it must repeat of the request (§8.2.6.2), the Vias below ours too
//    (§16.7 step 3): nobody answers into another call, or to somebody who has not asked.
// 4. Bounded by the transactions of both sides and by bytes. Time is handed in.
// 5. A message is parsed by whoever received it, and by nobody again.
// clang-format off
//   forward_request.hpp   what is handed in            response_context.hpp  one request under way
//   branch_ids.hpp        branches and loops           branch_request.hpp    what a branch changes
//   forwarded_message.hpp the text that goes out       best_response.hpp     which refusal is told
//   dialogs.hpp           who is in which dialog     dialog_tracker.hpp    what messages mean for it
// clang-format on
// SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "sip/proxy/branch_ids.hpp"
#include "sip/proxy/branch_request.hpp"
#include "sip/proxy/dialog_tracker.hpp"
#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/forward_request.hpp"
#include "sip/proxy/proxy_host.hpp"
#include "sip/proxy/response_context.hpp"
#include "sip/recent_map.hpp"
#include "sip/transaction/client_transactions.hpp"
#include "sip/transaction/responder.hpp"

namespace sip {

struct ProxyRules {
    std::string realm;  // credentials for it are not passed on
    ClientTransactions::Limits limits;
    std::size_t bytes = std::size_t{32} * 1024 * 1024;  // of requests under way, and of their refusals
};

struct ProxyCounters {
    std::uint64_t forwarded = 0, branches = 0, failovers = 0, cancels = 0, loops = 0, acks = 0, strays = 0,
                  too_broad = 0, misfits = 0;  // misfits: responses that do not repeat what was asked
};

class Proxy {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = ServerTransactions::Key;

    /// Borrows all but the rules and `secret`, which keys the branches. `dialogs` is told who answers.
    Proxy(ProxyRules rules, const std::array<std::uint8_t, 32>& secret, Dialogs& dialogs, ProxyHost& host,
          Responder& responder, Output& output);
    ~Proxy();
    Proxy(const Proxy&) = delete;  // what is under way borrows from here
    Proxy& operator=(const Proxy&) = delete;

    [[nodiscard]] bool full() const noexcept { return clients_.full() || bytes_ >= rules_.bytes; }
    /// §16.3 step 4: has this very request, with the same routing, passed here before?
    [[nodiscard]] bool looped(const MessageView& request) const { return branch_ids_.looped(request); }
    /// REQUIRES: check() found no fault with the request.
    void start(ForwardRequest forward, Time now);
    /// §16.10. `reason`: what Reason says of it (RFC 3326), told to the phones. False: no such request is
    /// under way here.
    bool cancel(const Key& invite, std::string reason, Time now);
    /// §16.11, for the ACK to a 2xx: no state. False: this hop is none. `rewrite` may be null.
    bool forward_ack(const MessageView& ack, const Flow& came_on, const Hop& hop, const FromRewrite* rewrite);

    /// REQUIRES: check() found no fault with the response.
    void response(const MessageView& response, Time now);
    void flow_failed(const Flow& flow, Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    void on_time(Time now);

    [[nodiscard]] std::size_t size() const noexcept { return contexts_.size(); }
    [[nodiscard]] const ProxyCounters& counters() const noexcept { return counters_; }

private:
    void start_groups(ResponseContext& c, Time now);
    bool try_next_hop(ResponseContext& c, std::size_t target, Time now);
    void send(ResponseContext& c, std::size_t target, const Hop& hop, const Flow& flow, Time now);
    /// In place of a datagram that would be too large. False: there is nobody known to listen.
    bool send_over_tcp(ResponseContext& c, std::size_t target, const Hop& hop, const Flow& flow, Time now);
    void provisional(ResponseContext& c, Branch& b, const MessageView& response, Time now);
    void success(ResponseContext& c, Branch& b, const MessageView& response, Time now);
    void refusal(ResponseContext& c, std::size_t branch, Refusal refusal, Time now);
    [[nodiscard]] bool follow(ResponseContext& c, const Branch& b, const MessageView& response);
    void give_up(ResponseContext& c, Branch& b, Time now);
    void cancel_branch(ResponseContext& c, Branch& b, Time now);
    void cancel_all(ResponseContext& c, Time now);
    void advance(ResponseContext& c, Time now);
    void finish(ResponseContext& c, Time now);
    void overdue(ResponseContext& c, std::size_t branch, Time now);
    void rung(ResponseContext& c, Time now);
    void transaction_ended(const ClientTransactions::Event& event, Time now);
    void wake_at(const ResponseContext& c, Branch& b, Time when);
    void forget_branch(const std::string& branch);
    void drop_when_over(ResponseContext& c);

    ProxyRules rules_;
    BranchIds branch_ids_;
    Dialogs& dialogs_;
    ProxyHost& host_;
    DialogTracker tracker_;
    Responder& responder_;
    Output& output_;
    ClientTransactions clients_;
    TimerQueue<BranchPlace> wakes_;  // before the contexts, whose timers are in it
    std::unordered_map<std::uint64_t, std::unique_ptr<ResponseContext>> contexts_;
    std::map<Key, std::uint64_t> by_key_;
    std::unordered_map<std::string, BranchPlace> by_branch_;
    RecentMap<Endpoint, bool> without_tcp_{1024};  // found to listen for UDP alone
    std::uint64_t last_context_ = 0;
    std::size_t bytes_ = 0;
    ProxyCounters counters_;
};

}  // namespace sip

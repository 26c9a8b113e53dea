// sip/proxy/proxy.hpp - the transaction-stateful proxy (RFC 3261 §16, RFC 6026, RFC 4320): forwards a request
// to one callee or many, and tells the caller one answer. Whom to forward to was decided before; what is in a
// body is nobody's business here.
// 1. Callees of equal q are tried at once, the best first; the ways to one callee one after the other, and
// only
//    while nobody was heard there (408, 503, 430, or four seconds of silence).
// 2. Each request is told at most one final answer, and every 2xx to an INVITE (RFC 6026 §7.1).
// 3. Bounded by the transactions of both sides and by bytes. Time is handed in.
// SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sip/proxy/best_response.hpp"
#include "sip/proxy/flow_tokens.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/next_hop.hpp"
#include "sip/transaction/client_transactions.hpp"
#include "sip/transaction/responder.hpp"

namespace sip {

/// One way to a callee.
struct Way {
    std::string uri;                 // the Request-URI
    std::vector<std::string> route;  // Path of a binding, or what is left of a dialog's Route
    std::optional<Flow> flow;        // over this very flow,
    std::optional<NextHop> hop;      // else there, else to the address in the first Route or the URI
    bool phone = false;              // the flow is the one its phone registered on,
    bool outbound = false;           // by RFC 5626: it is to be used for the whole dialog
};

struct Callee {
    std::vector<Way> ways;
    std::uint16_t q = 1000;
};

/// A request to forward. Its server transaction is open.
struct Job {
    ServerTransactions::Key key;
    std::string wire;
    Flow flow;                            // it came on
    std::vector<Callee> callees;          // at least one, each with a way
    bool caller_is_phone = false;         // its flow is the way back to it (record_route.hpp)
    bool caller_is_ours = false;          // authenticated as one of our users
    bool follows_3xx = false;             // contacts that a callee's side names are tried as further ways
    bool stays = false;                   // record the route in any case
    std::optional<Relabel> relabel = {};  // a From or To that the other side knows as another
    std::optional<std::uint32_t> breadth = {};  // Max-Breadth of each branch; the proxy's own business
};

/// What the proxy needs of whoever runs it.
class ProxyHost {
public:
    /// Our own address as the other end of this flow can use it.
    [[nodiscard]] virtual Endpoint own_address(const Flow& flow) const { return flow.local; }
    /// May a request go there, because a 3xx or the dialog of one of our users says so?
    [[nodiscard]] virtual bool may_call(const NextHop& /*hop*/) const { return false; }

protected:
    ~ProxyHost() = default;
};

struct ProxyRules {
    std::string realm;  // credentials for it are not passed on
    ClientTransactions::Limits limits;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;  // of requests under way
};

struct ProxyCounters {
    std::uint64_t forwarded = 0, branches = 0, failovers = 0, cancels = 0, loops = 0, acks = 0, strays = 0,
                  too_broad = 0;
};

class Proxy {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = ServerTransactions::Key;

    /// Borrows all but the rules and `secret`, which keys the branches.
    Proxy(ProxyRules rules, const std::array<std::uint8_t, 32>& secret, const FlowTokens& tokens,
          const ProxyHost& host, Responder& responder, Output& output);
    ~Proxy();
    Proxy(const Proxy&) = delete;  // contexts point at each other
    Proxy& operator=(const Proxy&) = delete;

    [[nodiscard]] bool full() const noexcept { return clients_.full() || bytes_ >= rules_.bytes; }
    /// §16.3 step 4: has this very request, with the same routing, passed here before?
    [[nodiscard]] bool looped(const MessageView& request) const;
    void start(Job job, Time now);
    /// §16.10. False: no such request is under way here.
    bool cancel(const Key& invite, Time now);
    /// §16.11, for the ACK to a 2xx: no state. False: this way is none.
    bool forward_ack(const MessageView& ack, const Flow& came_on, const Way& way,
                     const std::optional<Relabel>& relabel = {});

    void response(const MessageView& response, Time now);
    void flow_failed(const Flow& flow, Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    void on_time(Time now);

    [[nodiscard]] std::size_t size() const noexcept { return contexts_.size(); }
    [[nodiscard]] const ProxyCounters& counters() const noexcept { return counters_; }

private:
    struct Branch;
    struct Context;
    struct Place {  // of a branch
        std::uint64_t context = 0;
        std::size_t branch = 0;
        friend auto operator<=>(const Place&, const Place&) = default;
    };

    [[nodiscard]] std::string loop_hash(const MessageView& request) const;
    [[nodiscard]] std::string new_branch(const std::string& loop);
    [[nodiscard]] std::optional<Flow> flow_of(const Way& way) const;

    void start_groups(Context& c, Time now);
    bool try_next_way(Context& c, std::size_t callee, Time now);
    void send(Context& c, std::size_t callee, const Way& way, const Flow& flow, Time now);
    [[nodiscard]] std::string onward(const Job& job, const Way& way, const Flow& flow,
                                     const std::string& branch) const;
    void provisional(Context& c, Branch& b, const MessageView& response, Time now);
    void success(Context& c, Branch& b, const MessageView& response, Time now);
    void refusal(Context& c, std::size_t branch, Refusal refusal, Time now);
    [[nodiscard]] bool follow(Context& c, const Branch& b, const MessageView& response);
    void give_up(Context& c, Branch& b, Time now);
    void cancel_all(Context& c, Time now);
    [[nodiscard]] static bool more_groups(const Context& c);
    void advance(Context& c, Time now);
    void finish(Context& c, Time now);
    void overdue(Context& c, std::size_t branch, Time now);
    void told(const ClientTransactions::Event& event, Time now);
    void wake_at(Context& c, std::size_t branch, std::optional<Time> when);
    void transaction_over(const std::string& branch);
    void drop_when_over(const Context& c);

    ProxyRules rules_;
    std::array<std::uint8_t, 16> key_{};
    const FlowTokens& tokens_;
    const ProxyHost& host_;
    Responder& responder_;
    Output& output_;
    ClientTransactions clients_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Context>> contexts_;
    std::map<Key, std::uint64_t> by_key_;
    std::unordered_map<std::string, Place> by_branch_;
    std::set<std::pair<Time, Place>> wakes_;
    std::uint64_t last_context_ = 0, last_branch_ = 0;
    std::size_t bytes_ = 0;
    ProxyCounters counters_;
};

}  // namespace sip

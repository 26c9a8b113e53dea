// sip/proxy/response_context.hpp - what is known of one request while it is forwarded (RFC 3261 §16.6: "the
// proxy MUST ... create a response context"): its targets and how far each has been tried, its branches, and
// what was refused. Knows what follows from that, and does nothing; Proxy does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/proxy/best_response.hpp"
#include "sip/proxy/forward_request.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

struct BranchPlace {
    std::uint64_t context = 0;
    std::size_t branch = 0;
};

struct Branch {
    std::string id;  // of its client transaction; empty once that has ended
    std::size_t target = 0;
    std::string uri;
    std::optional<Endpoint> instead;  // TCP is tried there in place of UDP
    Flow flow;
    bool phone = false;                    // the flow that one of ours registered on
    bool relayed = false;                  // through a relay
    bool connects = false;                 // its connection was not secured when it began
    bool heard = false;                    // anything came back
    bool done = false;                     // has its final answer, or none is waited for
    bool left = false;                     // another hop was taken meanwhile: only a 2xx is still welcome
    bool cancelled = false;                // CANCEL is sent, or will be as soon as §9.1 allows
    TimerQueue<BranchPlace>::Timer timer;  // when it is looked at again
};

class ResponseContext {
public:
    ResponseContext(std::uint64_t serial, std::string loop_hash, ForwardRequest what);

    const std::uint64_t id;
    const std::string loop;    // BranchIds::loop_hash()
    std::string echo;          // BranchIds::echo_hash() of the request as it came
    const RequestNames names;  // late answers repeat them too, when the request is not kept any more
    const bool invite, makes_dialog;
    const bool has_body;          // the request; it is let go before the last response comes
    const std::uint32_t breadth;  // the Max-Breadth that the caller allows in all (RFC 5393 §5.3.3)
    ForwardRequest forward;
    std::vector<Branch> branches;
    std::vector<Refusal> refusals;
    bool final_sent = false;             // the caller has its final answer
    bool cancelled = false;              // by the caller
    bool ended = false;                  // a 6xx, or it has rung for too long: nobody else is tried
    std::optional<std::string> session;  // Session-Expires that we have asked for
    std::string cancel_reason;           // Reason of the CANCELs, if any
    unsigned follows = 0;                // 3xx that were followed
    struct {
        TimerQueue<BranchPlace>::Timer trying;  // when its caller is told that we are at it
        TimerQueue<BranchPlace>::Timer rung;    // when it has rung for long enough
    } timers;
    std::size_t refusal_bytes = 0;  // of them

    /// May somebody still be tried?
    [[nodiscard]] bool open() const { return !final_sent && !cancelled && !ended; }
    [[nodiscard]] bool more_targets() const;
    /// Targets of the best q that was not tried; they are, now.
    [[nodiscard]] std::vector<std::size_t> take_group();
    [[nodiscard]] bool more_hops(std::size_t target) const;
    /// The next hop of this target, which is tried now; null: there is none left. Valid until add_hops().
    [[nodiscard]] const Hop* take_hop(std::size_t target);
    /// Further hops of this target, to be tried before those that it has left.
    void add_hops(std::size_t target, std::vector<Hop> hops);

    /// A hop of this branch's target that was left for its silence, and may still speak; null: there is none.
    [[nodiscard]] Branch* left_for(const Branch& branch);
    /// The hop that was taken in place of this one, as long as nothing was heard from there.
    [[nodiscard]] Branch* silent_heir(const Branch& branch);

    [[nodiscard]] bool tried_uri(std::string_view uri) const;
    /// Does an answer have to be waited for?
    [[nodiscard]] bool waiting() const;
    /// No transaction can bring anything more.
    [[nodiscard]] bool transactions_over() const;

private:
    struct Progress {
        bool begun = false;
        std::size_t next_hop = 0;
    };
    std::vector<Progress> progress_;  // by target
};

}  // namespace sip

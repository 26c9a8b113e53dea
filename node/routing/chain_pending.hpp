// node/routing/chain_pending.hpp - one call or lookup on its way through the chain. A part of Chain; SIP loop
// only.
#pragma once

#include <asio/steady_timer.hpp>

#include "node/routing/chain.hpp"

namespace node {

struct Chain::Pending {
    using Clock = std::chrono::steady_clock;
    explicit Pending(asio::io_context& loop) : deadline(loop), patience(loop), began(Clock::now()) {}

    asio::steady_timer deadline, patience;
    Clock::time_point began;
    Trace trace;
    Target target;
    bool whole_account = false;  // for a person who asks: every step that has a say
    bool finished = false;
    std::function<void(Trace)> done;

    // Of a domain: what was asked, and what has answered.
    std::optional<TrustEntry> entry;  // the key it is bound to
    bool dns_asked = false, dht_asked = false, binding_asked = false;
    std::optional<StepAnswer> dns, dht;
    std::optional<DnsBinding> binding;
    bool binding_patience_over = false, dht_patience_over = false;
};

/// A final error, or 302 without contacts yet.
inline sip::RouteAnswer chain_refusal(int status, std::string reason = {}, std::string warning = {}) {
    sip::RouteAnswer answer;
    answer.status = status;
    answer.reason = std::move(reason);
    answer.warning = std::move(warning);
    return answer;
}

/// Tells in the trace what was decided without asking anybody.
inline StepAnswer chain_note(const char* step, std::string says) {
    StepAnswer note;
    note.step = step;
    note.says = std::move(says);
    return note;
}

}  // namespace node

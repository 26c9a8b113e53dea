// node/probe/options_attempt.hpp - one question to one target over a socket of its own: the client's side of
// a non-INVITE transaction (RFC 3261 §17.1.2), without a deadline of its own. A part of EdgeProbe; SIP loop
// only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "node/dns/sip_locator.hpp"
#include "node/probe/failover.hpp"
#include "node/probe/options_request.hpp"

namespace node {

/// What is asked, and who hears of it. Functions are called from the loop, never inside start() or close(),
/// and not after close(); they may call close(), but not destroy the attempt.
struct EdgeAttemptTerms {
    std::string domain;
    std::string challenge;                           // challenge_text() of the target
    std::span<char> buffer;                          // where one read goes; shared by all attempts of a loop
    std::function<void(const EdgeReply&)> on_reply;  // provisional ones too
    std::function<void(TargetState)> on_end;         // refused; unknown when it is our own fault
    std::function<void()> on_stray;                  // something came that answers no question of ours
};

class EdgeAttempt {
public:
    virtual ~EdgeAttempt() = default;
    virtual void start() = 0;
    virtual void close() = 0;
};

/// Is this a transport that we can ask over?
bool can_ask(sip::Transport transport) noexcept;
/// REQUIRES: can_ask(target.transport).
std::unique_ptr<EdgeAttempt> make_edge_attempt(asio::io_context& loop, const DnsTarget& target,
                                               EdgeAttemptTerms terms);

}  // namespace node

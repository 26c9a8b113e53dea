// node/probe/options_client_driver.hpp - asks one OPTIONS over a socket of its own: the client's side of a
// non-INVITE transaction (RFC 3261 §17.1.2), without a deadline of its own. For probes and for dialling back.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "node/probe/failover.hpp"
#include "node/probe/options_request.hpp"

namespace node {

struct OptionsTerms {
    OptionsAsk ask;
    std::span<char> buffer;                 // where one read goes; may be shared by all clients of a loop
    std::optional<asio::ip::address> from;  // our address; empty: the kernel's choice
    unsigned at_most = std::numeric_limits<unsigned>::max();  // datagrams in all, over UDP
};

class OptionsClient {
public:
    /// Called from the loop, never inside start() or close(), and not after close(). May call close(), and
    /// may not destroy the client.
    class Listener {
    public:
        virtual ~Listener() = default;
        /// Provisional ones too.
        virtual void on_reply(const OptionsReply& reply) = 0;
        /// Refused; unknown when it is our own fault. It is closed.
        virtual void on_end(TargetState state) = 0;
        /// Something came that answers no question of ours.
        virtual void on_stray() = 0;
    };

    virtual ~OptionsClient() = default;
    virtual void start() = 0;
    virtual void close() = 0;
};

/// Borrows the listener and the buffer. REQUIRES: can_ask(terms.ask.transport).
std::unique_ptr<OptionsClient> make_options_client(asio::io_context& loop, OptionsTerms terms,
                                                   OptionsClient::Listener& listener);

}  // namespace node

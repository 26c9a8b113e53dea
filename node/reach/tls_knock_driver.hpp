// node/reach/tls_knock_driver.hpp - dials a TLS port back: connects, says the first bytes that were asked
// for, and hangs up. No TLS is spoken: whether the port is open is all that is asked. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "node/probe/options_client_driver.hpp"
#include "sip/transport/first_bytes.hpp"

namespace node {

/// Borrows the listener, which hears of the end alone.
std::unique_ptr<OptionsClient> make_knock(asio::io_context& loop, const sip::Endpoint& to,
                                          const sip::PipeId& first_bytes, OptionsClient::Listener& listener);

}  // namespace node

// tests/node/media/received.hpp - what lies in a socket of a test's, and who sent it.
#pragma once

#include <asio/buffer.hpp>
#include <asio/ip/udp.hpp>
#include <string>
#include <utility>

#include "sip/flow.hpp"

namespace node {

/// The next datagram; empty: there is none.
inline std::pair<std::string, sip::Endpoint> received(asio::ip::udp::socket& at) {
    std::string text(2000, '\0');
    asio::ip::udp::endpoint source;
    asio::error_code error;
    at.non_blocking(true);
    text.resize(at.receive_from(asio::buffer(text), source, 0, error));
    return {text, {source.address(), source.port()}};
}

}  // namespace node

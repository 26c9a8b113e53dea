// node/reach/gateway_driver.hpp - asks routers on port 5351, over PCP or NAT-PMP (gateway_talk.hpp), and
// hears when one announces that its address or its table is new. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>

#include "node/reach/gateway_talk.hpp"
#include "sip/alive.hpp"

namespace node {

class GatewayDriver {
public:
    /// `announced`: a router says so. Anybody on the network can: reason to ask, no more. `secret`:
    /// gateway_talk.hpp.
    GatewayDriver(asio::io_context& loop, const crypto::Bytes<16>& secret,
                  std::function<void(asio::ip::address router)> announced);
    ~GatewayDriver();
    GatewayDriver(const GatewayDriver&) = delete;  // pending waits point back here
    GatewayDriver& operator=(const GatewayDriver&) = delete;

    /// One conversation for each family of addresses. Calls `done` exactly once, from the loop, unless this
    /// is destroyed or another request of that family begins.
    void start(MappingRequest request, std::function<void(MappingAnswer)> done);
    /// Gives mappings back, waiting 200 ms at most for the answers.
    void end_mappings(GatewayProtocol protocol, const Gateway& gateway,
                      const std::vector<MappingEnd>& ends) const;

private:
    class Conversation;
    void listen();
    void hear();

    asio::io_context& loop_;
    const crypto::Bytes<16> secret_;
    std::function<void(asio::ip::address)> announced_;
    asio::ip::udp::socket announcements_;
    asio::ip::udp::endpoint from_;
    std::unique_ptr<Conversation> v4_, v6_;
    sip::Alive alive_;
};

}  // namespace node

// node/reach/nat_pmp.hpp - asks a router over NAT-PMP (RFC 6886; libnatpmp, never blocking), and hears when
// it announces another address. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>

#include "node/reach/mapping_request.hpp"
#include "sip/alive.hpp"

namespace node {

class NatPmp {
public:
    /// Not RFC 6886 §3.1's 64 s: a router that has not answered four times is asked another way. It is asked
    /// again later.
    static constexpr auto patience = std::chrono::milliseconds(3750);

    /// `announced`: a router says that its address or its table is new (§3.2.1). Anybody on the network can
    /// say so: reason to ask, no more.
    NatPmp(asio::io_context& loop, std::function<void(asio::ip::address_v4 router)> announced);
    ~NatPmp();
    NatPmp(const NatPmp&) = delete;  // pending waits point back here
    NatPmp& operator=(const NatPmp&) = delete;

    /// Calls `done` exactly once, from the loop, unless this is destroyed or another request begins.
    void start(MappingRequest request, std::function<void(MappingAnswer)> done);
    /// Ends the mappings (§3.4), waiting 100 ms at most for each answer.
    static void end_mappings(const Gateway& gateway, const std::vector<InnerPort>& ports);

private:
    class Conversation;
    void listen();
    void hear();

    asio::io_context& loop_;
    std::function<void(asio::ip::address_v4)> announced_;
    asio::ip::udp::socket announcements_;
    asio::ip::udp::endpoint from_;
    std::unique_ptr<Conversation> conversation_;
    sip::Alive alive_;
};

}  // namespace node

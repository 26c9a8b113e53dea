// tests/fuzz/pcp_fuzz.cpp - any datagrams in answer to what we ask a router over PCP, over IPv4 and IPv6:
// nothing is taken for granted that was not wished for, and no answer makes us ask without end.
#include "tests/fuzz/router_script.hpp"

namespace {

const router_script::Way pcp{
    [](const node::GatewayQuestion& question) { return std::get<router_script::Bytes>(question); },
    [](node::GatewayTalk& talk, const router_script::Bytes& datagram, node::GatewayTalk::Time now) {
        talk.received(datagram, now);
    }};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    auto request = router_script::request(node::GatewayProtocol::pcp);
    router_script::run(request, script, 24, 42, pcp);
    request.gateway = {asio::ip::make_address("fe80::1"), asio::ip::make_address("2001:db8::20"), 2};
    router_script::run(request, script, 24, 42, pcp);
    request.wishes.clear();
    router_script::run(request, script, 24, 42, pcp);
    (void)node::is_announcement({data, size});
    return 0;
}

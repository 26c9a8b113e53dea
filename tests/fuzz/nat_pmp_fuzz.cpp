// tests/fuzz/nat_pmp_fuzz.cpp - any datagrams in answer to what we ask a router over NAT-PMP: nothing is
// taken for granted that was not wished for, and no answer makes us ask without end.
#include "tests/fuzz/router_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    router_script::run(router_script::request(node::GatewayProtocol::nat_pmp), script, 8, 10);
    (void)node::is_announcement({data, size});
    return 0;
}

// tests/fuzz/nat_pmp_fuzz.cpp - any datagrams in answer to what we ask a router over NAT-PMP, through real
// sockets, the look before libnatpmp, and libnatpmp: what it reads is in the datagram, nothing is taken for
// granted that was not wished for, and no answer makes us ask without end.
#include "tests/fuzz/router_script.hpp"
#include "tests/node/reach/nat_pmp_router.hpp"

namespace {

using router_script::Bytes;

std::uint32_t number(const Bytes& from, std::size_t at, unsigned bytes) {
    FUZZ_CHECK(from.size() >= at + bytes);  // else it comes from elsewhere
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i)
        value = value << 8U | from[at + i];
    return value;
}

void check(const node::NatPmpAnswer& answer, const Bytes& datagram, const node::NatPmpQuestion& asked) {
    FUZZ_CHECK(answer.result == number(datagram, 2, 2) && answer.epoch == number(datagram, 4, 4));
    if (answer.result != 0) return;
    if (asked.about == node::NatPmpQuestion::About::address) {
        FUZZ_CHECK(answer.address.to_uint() == number(datagram, 8, 4));
    } else {
        FUZZ_CHECK(number(datagram, 8, 2) == asked.inner && answer.outer == number(datagram, 10, 2));
        FUZZ_CHECK(answer.lifetime.count() == number(datagram, 12, 4));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static node::NatPmpRouter router;
    const router_script::Way nat_pmp{
        [](const node::GatewayQuestion& question) {
            return router.ask(std::get<node::NatPmpQuestion>(question));
        },
        [](node::GatewayTalk& talk, const Bytes& datagram, node::GatewayTalk::Time now) {
            const auto asked = *talk.nat_pmp_question();
            const auto came = node::hear(talk, router, datagram, now);
            FUZZ_CHECK(router.all_read());
            if (came.what == node::NatPmpArrival::What::answer) check(came.answer, datagram, asked);
        }};
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    router_script::run(router_script::request(node::GatewayProtocol::nat_pmp), script, 8, 10, nat_pmp);
    (void)node::is_announcement({data, size});
    return 0;
}

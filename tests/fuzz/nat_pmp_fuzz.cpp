// tests/fuzz/nat_pmp_fuzz.cpp - any datagrams in answer to what we ask a router over NAT-PMP, through
// libnatpmp and real sockets: nothing is taken for granted that was not wished for.
//   input: the length of a datagram, the datagram, and so on; each is sent when a question has come
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "node/reach/nat_pmp.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using asio::ip::address_v4;
using asio::ip::udp;

/// All of 127/8 is loopback, and the port is fixed: an address of this process's own.
address_v4 router_address() {
    const auto pid = static_cast<unsigned>(getpid());
    return address_v4(
        {127, static_cast<std::uint8_t>(64 + (pid >> 8U) % 64), static_cast<std::uint8_t>(pid % 256), 9});
}

class Router {
public:
    explicit Router(asio::io_context& loop) : socket_(loop, udp::endpoint(router_address(), 5351)) {
        socket_.non_blocking(true);
    }
    /// Answers one question that has come; false: none has, or nothing is left to say.
    bool answer(std::string_view& script) {
        std::array<char, 64> question{};
        udp::endpoint from;
        asio::error_code error;
        socket_.receive_from(asio::buffer(question), from, 0, error);
        if (error || script.empty()) return false;
        const auto size =
            std::min<std::size_t>(static_cast<unsigned char>(script.front()) % 64, script.size() - 1);
        socket_.send_to(asio::buffer(script.data() + 1, size), from, 0, error);
        script.remove_prefix(1 + size);
        return true;
    }
    /// What an earlier input has left.
    void forget() {
        std::string_view nothing;
        while (answer(nothing)) {
        }
    }

private:
    udp::socket socket_;
};

void check(const node::MappingAnswer& answer, const node::MappingRequest& request) {
    FUZZ_CHECK(answer.id == request.id && answer.protocol == node::GatewayProtocol::nat_pmp);
    FUZZ_CHECK(!answer.outer_address || !answer.outer_address->is_unspecified());
    FUZZ_CHECK(answer.grants.size() <= request.wishes.size());
    for (std::size_t i = 0; i < answer.grants.size(); ++i) {
        const auto& grant = answer.grants[i];
        FUZZ_CHECK(grant.inner == request.wishes[i].inner);
        FUZZ_CHECK(grant.outer == 0 ? !grant.fault.empty() : grant.lease.count() > 0);
        FUZZ_CHECK(grant.fault.size() < 100);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static asio::io_context loop;
    static Router router(loop);
    const node::MappingRequest request{7,
                                       node::GatewayProtocol::nat_pmp,
                                       {router_address(), address_v4::loopback()},
                                       {{{false, 5060}, 5060}, {{true, 5060}, 5060}},
                                       std::chrono::seconds(7200)};
    std::string_view script(reinterpret_cast<const char*>(data), size);
    std::optional<node::MappingAnswer> answer;
    {
        node::NatPmp client(loop, [](address_v4) {});
        client.start(request, [&](node::MappingAnswer given) { answer = std::move(given); });
        // Loopback delivers before send_to() returns: a turn each, and no waiting.
        while (!answer && router.answer(script)) {
            loop.restart();
            loop.poll();
        }
        router.forget();
    }
    loop.restart();
    loop.poll();
    if (answer) check(*answer, request);
    return 0;
}

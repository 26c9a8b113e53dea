// tests/fuzz/router_script.hpp - a router that says what the fuzzer likes: a conversation on port 5351, and
// what may come of it. Shared by nat_pmp_fuzz and pcp_fuzz.
//   input: the length of a datagram, the datagram, and so on; a length of 128 and more: minus 128, with the
//   question's own bytes where an answer repeats them
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>

#include "node/reach/gateway_talk.hpp"
#include "tests/fuzz/check.hpp"

namespace router_script {

inline void check(const node::MappingAnswer& answer, const node::MappingRequest& request) {
    FUZZ_CHECK(answer.id == request.id && answer.protocol == request.protocol);
    FUZZ_CHECK(!answer.outer_address || !answer.outer_address->is_unspecified());
    FUZZ_CHECK(!answer.outer_address || answer.outer_address->is_v4() == request.gateway.own.is_v4());
    FUZZ_CHECK(answer.grants.size() <= request.wishes.size());
    FUZZ_CHECK(answer.fault.size() < 200);
    for (std::size_t i = 0; i < answer.grants.size(); ++i) {
        const auto& grant = answer.grants[i];
        FUZZ_CHECK(grant.inner == request.wishes[i].inner);
        FUZZ_CHECK(grant.outer == 0 ? !grant.fault.empty() : grant.lease.count() > 0);
        FUZZ_CHECK(grant.fault.size() < 200);
    }
}

using Bytes = std::vector<std::uint8_t>;

/// How questions become datagrams, and what comes of a datagram.
struct Way {
    std::function<Bytes(const node::GatewayQuestion&)> ask;
    std::function<void(node::GatewayTalk&, const Bytes&, node::GatewayTalk::Time)> hear;
};

/// `from`, `to`: from which byte to which an answer has what the question had.
inline void run(const node::MappingRequest& request, std::string_view script, std::size_t from,
                std::size_t to, const Way& way) {
    node::GatewayTalk::Time now{std::chrono::hours(1)};
    node::GatewayTalk talk(request, {7}, now);
    Bytes question;
    std::size_t sent = 0;
    const auto take = [&] {
        for (auto& each : talk.take()) {
            question = way.ask(each);
            ++sent;
        }
    };
    take();
    while (!script.empty() && !talk.ended()) {
        const auto head = static_cast<unsigned char>(script.front());
        const auto size = std::min<std::size_t>(head % 128, script.size() - 1);
        Bytes datagram(script.begin() + 1, script.begin() + 1 + static_cast<std::ptrdiff_t>(size));
        for (std::size_t i = from; head >= 128 && i < std::min({to, datagram.size(), question.size()}); ++i)
            datagram[i] = question[i];
        script.remove_prefix(1 + size);
        way.hear(talk, datagram, now);
        take();
    }
    while (!talk.ended()) {
        now = talk.next_wake();
        talk.on_time(now);
        take();
    }
    // Two wishes, one of them ended first, an address: four datagrams each at the most.
    FUZZ_CHECK(sent <= 16);
    check(talk.answer(), request);
}

inline node::MappingRequest request(node::GatewayProtocol protocol) {
    node::MappingRequest wanted{
        7,
        protocol,
        {asio::ip::make_address("192.168.1.1"), asio::ip::make_address("192.168.1.20"), 0},
        {{{false, 5060}, 5060}, {{true, 5060}, 5060}},
        std::chrono::seconds(7200)};
    wanted.wishes[1].anew = true;
    wanted.spoke = true;
    return wanted;
}

}  // namespace router_script

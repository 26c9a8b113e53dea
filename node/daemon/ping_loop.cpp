// node/daemon/ping_loop.cpp - flows from the sockets, questions out, answers in.
#include "node/daemon/ping_loop.hpp"

#include <algorithm>
#include <utility>

#include "crypto/identity.hpp"
#include "node/clock.hpp"

namespace node {

PingLoop::PingLoop(asio::io_context& loop, sip::Output& output)
    : output_(output), timer_(loop, [this] {
          for (const auto& again : pings_.on_time(now().steady))
              output_.send(again.flow, again.bytes);
          settle();
      }) {}

void PingLoop::ping(std::vector<PingWay> ways, Done done) {
    const auto id = ++last_id_;
    if (ways.empty() || !pings_.open(id, ways, now().steady)) {
        std::vector<PingedWay> nothing;
        for (auto& way : ways)
            nothing.push_back({std::move(way), false, 0, {}, "too many pings at once"});
        return done(nothing);
    }
    waiting_.emplace(id, std::move(done));
    for (std::size_t i = 0; i < std::min(ways.size(), Pings::most_ways); ++i) {
        const auto& hop = ways[i].hop;
        const auto flow = output_.reach(hop.transport, hop.endpoint, hop.peer);
        if (!flow) {
            pings_.unreachable(id, i, "this node has no way there");
            continue;
        }
        auto bytes = pings_.ask(id, i, *flow, crypto::random_array<30>(), now().steady);
        output_.send(*flow, std::move(bytes));
    }
    settle();
}

bool PingLoop::received(const sip::Flow& flow, std::string_view message) {
    if (!pings_.any() || !pings_.received(flow, message, now().steady)) return false;
    settle();
    return true;
}

void PingLoop::flow_failed(const sip::Flow& flow) {
    if (!pings_.any()) return;
    pings_.flow_failed(flow);
    settle();
}

void PingLoop::settle() {
    while (const auto finished = pings_.next_finished()) {
        const auto waiting = waiting_.extract(finished->id);
        if (!waiting.empty()) waiting.mapped()(finished->ways);
    }
    timer_.set(pings_.next_wake());
}

}  // namespace node

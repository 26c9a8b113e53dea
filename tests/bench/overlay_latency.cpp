// tests/bench/overlay_latency.cpp - publish and resolve in a DHT of
// real overlays over loopback UDP, in one process.
//   build/release/tests/bench/overlay_latency [nodes] [names]
// Publish: from publish() until the record was read back from somebody else at a first location; the 2 s in
// which changes are coalesced are in it. Resolve: from resolve() to the answer; the grace after the first
// good block is in it.
#include <algorithm>
#include <asio.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "overlay/overlay.hpp"
#include "tests/overlay/memory_in_memory.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Peer {
    crypto::Identity identity = crypto::Identity::generate();
    MemoryInMemory memory;
    std::unique_ptr<overlay::Overlay> overlay;
};

double ms_since(Clock::time_point began) {
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

void print(const char* what, std::vector<double> ms, std::size_t wanted) {
    if (ms.empty()) {
        std::printf("%-8s none of %zu\n", what, wanted);
        return;
    }
    std::sort(ms.begin(), ms.end());
    std::printf("%-8s %zu of %zu   p50 %7.1f ms   p99 %7.1f ms   max %7.1f ms\n", what, ms.size(), wanted,
                ms[ms.size() / 2], ms[ms.size() * 99 / 100], ms.back());
}

template <typename Condition>
bool run_until(asio::io_context& loop, Condition condition, std::chrono::seconds bound) {
    const auto end = Clock::now() + bound;
    while (!condition()) {
        if (Clock::now() > end) return false;
        loop.restart();
        loop.run_one_for(5ms);
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t nodes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 32;
    const std::size_t names = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 192;
    asio::io_context loop;
    std::vector<Peer> peers(nodes);
    std::vector<std::string> bootstrap;
    for (auto& peer : peers) {
        overlay::OverlayConfig config;
        config.network = 778;
        config.bootstrap = bootstrap;
        config.listen = {{asio::ip::make_address("127.0.0.1"), 0}};
        peer.overlay = std::make_unique<overlay::Overlay>(loop, config, peer.identity, peer.memory);
        peer.overlay->start();
        if (bootstrap.empty())
            bootstrap = {"127.0.0.1:" + std::to_string(peer.overlay->status().listening[0].port())};
    }
    const bool joined = run_until(
        loop,
        [&] {
            return std::all_of(peers.begin(), peers.end(), [](const Peer& p) {
                return p.overlay->status().connectivity == overlay::Connectivity::connected;
            });
        },
        30s);
    if (!joined) return std::puts("the nodes did not find each other"), 1;
    run_until(
        loop, [] { return false; }, 5s);  // buckets fill

    std::vector<Clock::time_point> began(names);
    std::vector<double> publish_ms(names, -1), resolve_ms;
    for (std::size_t i = 0; i < names; ++i) {
        overlay::InnerRecord record;
        record.edges.push_back({{}, {{overlay::Transport::udp, asio::ip::make_address("192.0.2.1"), 5060}}});
        began[i] = Clock::now();
        peers[i % nodes].overlay->publish(
            {peers[i % nodes].identity.public_key(), {}, "user" + std::to_string(i / nodes)}, record);
        loop.restart();
        loop.run_for(20ms);  // people do not all come at once
    }
    std::size_t left = names;
    run_until(
        loop,
        [&] {
            for (std::size_t n = 0; n < nodes; ++n) {
                for (const auto& published : peers[n].overlay->status().published) {
                    const auto i = std::strtoul(published.label.c_str() + 4, nullptr, 10) * nodes + n;
                    if (published.read_back > 0 && publish_ms[i] < 0) {
                        publish_ms[i] = ms_since(began[i]);
                        --left;
                    }
                }
            }
            return left == 0;
        },
        60s);
    std::erase_if(publish_ms, [](double ms) { return ms < 0; });
    for (std::size_t i = 0; i < names; ++i) {
        const auto& owner = peers[i % nodes].identity.public_key();
        bool answered = false;
        const auto asked = Clock::now();
        peers[(i + nodes / 2) % nodes].overlay->resolve(
            {{owner, {}, "user" + std::to_string(i / nodes)}, true},
            [&](const overlay::ResolveAnswer& answer) {
                answered = true;
                if (answer.record) resolve_ms.push_back(ms_since(asked));
            });
        run_until(
            loop, [&] { return answered; }, 10s);
    }
    std::printf("%zu nodes on loopback, one thread, %zu names at 2 locations each\n", nodes, names);
    print("publish", publish_ms, names);
    print("resolve", resolve_ms, names);
    return publish_ms.size() == names && resolve_ms.size() == names ? 0 : 1;
}

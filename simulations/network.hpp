// simulations/network.hpp - what lies between two addresses: how long a datagram takes, and whether it comes.
// Links (a list of lines between areas) and Mesh (radio hops) are networks.
#pragma once

#include <asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <random>

namespace simulations {

using Endpoint = asio::ip::udp::endpoint;
using TimePoint = std::chrono::steady_clock::time_point;
using Micro = std::chrono::microseconds;
using Random = std::mt19937_64;

class Air;

class Network {
public:
    Network() = default;
    virtual ~Network() = default;
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// When a datagram of `size` bytes sent now arrives; nothing when it is lost.
    virtual std::optional<TimePoint> carry(const Endpoint& from, const Endpoint& to, std::size_t size,
                                           TimePoint now, Random& random) = 0;
    /// A channel that is shared in time delivers by itself (air.hpp); null: carry() is asked.
    [[nodiscard]] virtual Air* air() { return nullptr; }
};

/// Uniform in [0, 1): 53 bits of one roll. Not std::uniform_real_distribution, so that a seed means the same
/// whatever standard library is linked.
inline double fraction(Random& random) {
    return static_cast<double>(random() >> 11U) * 0x1.0p-53;
}

/// How long serial transmission takes: a queue in front of a line of so many kbit/s.
class Queue {
public:
    /// When the last bit is out; nothing when more than half a second of datagrams waits already.
    std::optional<TimePoint> pass(std::size_t size, unsigned kbit_s, TimePoint now) {
        constexpr std::size_t headers = 28;  // IPv4 and UDP
        if (kbit_s == 0) return now;         // no limit
        const auto start = std::max(now, free_at_);
        if (start - now > std::chrono::milliseconds(500)) return std::nullopt;
        free_at_ = start + Micro((size + headers) * 8000 / kbit_s);
        return free_at_;
    }

private:
    TimePoint free_at_{};
};

}  // namespace simulations

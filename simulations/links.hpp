// simulations/links.hpp - a network as a list of areas and the lines between them; it reads like a drawing:
// clang-format off
//
//   Links links({{"homes", "10.0.0.0/8"}, {"village", "172.20.0.0/16"}},
//               {{"homes",   "homes",   uniform(20ms, 200ms)},
//                {"village", "village", by_pair(2ms, 40ms),    0.02, 250},
//                {"village", "homes",   lognormal(60ms, 300ms), 0.01, 2000}});
//   links.cut("village", "homes");
//
// clang-format on
// Areas without a line between them do not hear each other. An address of no area is in the first.
#pragma once

#include <asio/ip/network_v4.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulations/latency.hpp"

namespace simulations {

struct Area {
    std::string name, addresses;  // "10.0.0.0/8"
};

struct Line {
    std::string one, other;
    Latency latency;
    double loss = 0;
    unsigned kbit_s = 0;  // of each sender, in front of this line; 0: enough
};

class Links final : public Network {
public:
    /// Throws std::invalid_argument for an area that is not there.
    Links(const std::vector<Area>& areas, std::vector<Line> lines);

    std::optional<TimePoint> carry(const Endpoint& from, const Endpoint& to, std::size_t size, TimePoint now,
                                   Random& random) override;
    void cut(const std::string& one, const std::string& other) { line(one, other).cut = true; }
    void mend(const std::string& one, const std::string& other) { line(one, other).cut = false; }

private:
    struct Drawn {
        Line line;
        bool cut = false;
        std::map<Endpoint, Queue> queues;  // by sender, where the line is slow
    };
    [[nodiscard]] std::size_t index_of(const std::string& name) const;
    [[nodiscard]] std::size_t area_of(const asio::ip::address& address) const;
    Drawn& line(const std::string& one, const std::string& other);

    std::vector<std::string> names_;
    std::vector<asio::ip::network_v4> addresses_;
    std::vector<Drawn> drawn_;
    std::vector<Drawn*> between_;  // area by area; null where no line is
};

/// All the world one area: everybody beside everybody.
[[nodiscard]] std::unique_ptr<Network> one_area(Latency latency, double loss = 0);

}  // namespace simulations

// simulations/mesh.hpp - a radio network: hosts at places, hops between neighbours, packets over many hops.
// Each hop has its own latency and loss; each radio sends one packet after the other at its rate, those that
// it forwards too. Routes are the quickest ones, known to all at once (no routing protocol is modelled), and
// a packet takes its turn at later hops when it is sent, not when it gets there.
#pragma once

#include <vector>

#include "simulations/network.hpp"

namespace simulations {

class Mesh final : public Network {
public:
    enum class Shape { line, grid, random_geometric };
    struct Radio {
        Micro least = std::chrono::milliseconds(2), most = std::chrono::milliseconds(40);  // of a hop
        double least_loss = 0.01, most_loss = 0.05;
        unsigned kbit_s = 250;
    };
    /// Host i has the address `first` + i. Hops and places are drawn from `random`; a random geometric mesh
    /// is drawn until it is in one piece.
    Mesh(Shape shape, std::size_t hosts, const Radio& radio, const asio::ip::address_v4& first,
         Random& random);

    std::optional<TimePoint> carry(const Endpoint& from, const Endpoint& to, std::size_t size, TimePoint now,
                                   Random& random) override;
    /// The hops of the longest route.
    [[nodiscard]] std::size_t diameter() const;
    [[nodiscard]] double mean_neighbours() const;

    struct Hop {
        std::size_t to;
        Micro latency;
        double loss;
    };
    [[nodiscard]] std::size_t size() const { return hops_.size(); }
    [[nodiscard]] const std::vector<Hop>& hops_of(std::size_t host) const { return hops_[host]; }
    /// Nothing: none leads there.
    [[nodiscard]] std::optional<std::size_t> next_hop(std::size_t from, std::size_t goal) const;
    /// Nothing: it is no host's.
    [[nodiscard]] std::optional<std::size_t> host(const Endpoint& endpoint) const;
    [[nodiscard]] Endpoint endpoint(std::size_t host, std::uint16_t port) const;

private:
    void join(std::size_t a, std::size_t b, const Radio& radio, Random& random);
    void draw(Shape shape, const Radio& radio, Random& random);
    void find_routes();

    unsigned kbit_s_;
    std::uint32_t first_;
    std::vector<std::vector<Hop>> hops_;
    std::vector<Queue> radios_;
    static constexpr std::uint16_t nowhere = 0xffff;
    std::vector<std::uint16_t> next_;  // host by host: which of its hops leads there
};

}  // namespace simulations

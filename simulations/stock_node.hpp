// simulations/stock_node.hpp - an OpenDHT node as others run it: it does not know our type, keeps any value
// for ten minutes and checks nothing. Also an attacker's tool: put() sends what it is given.
#pragma once

#include <functional>
#include <memory>

#include "simulations/world.hpp"

namespace simulations {

class StockNode final : public Inhabitant {
public:
    StockNode(World& world, const Endpoint& address, std::uint32_t network,
              const std::vector<Endpoint>& bootstrap);
    ~StockNode() override;
    StockNode(const StockNode&) = delete;
    StockNode& operator=(const StockNode&) = delete;

    void receive(const Endpoint& from, crypto::ByteView datagram, Now now) override;
    void step(Now now) override;
    [[nodiscard]] TimePoint next_wake() const override;

    void put(const overlay::Location& location, std::uint16_t type, std::uint64_t id, crypto::ByteView data);
    /// Calls back for each value that another node holds.
    void get(const overlay::Location& location, std::function<void()> found);
    /// For ever, whatever comes.
    void listen(const overlay::Location& location);
    /// What this node itself holds at a key.
    [[nodiscard]] std::size_t holds(const overlay::Location& location) const;
    [[nodiscard]] bool connected() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace simulations

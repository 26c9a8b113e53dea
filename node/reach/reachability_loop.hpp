// node/reach/reachability_loop.hpp - the reachability engine's sockets, thread and timer. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/config/config.hpp"
#include "node/reach/dial_back_driver.hpp"
#include "node/reach/nat_pmp.hpp"
#include "node/reach/netlink_watch.hpp"
#include "node/reach/reachability.hpp"
#include "node/reach/upnp.hpp"

namespace node {

class ReachSide : private DialBackDriver::Host {
public:
    struct World {
        std::function<void()> on_change;           // published() or ours() are others now
        std::function<void()> on_network_changed;  // others may see us elsewhere: they should be asked
        std::function<void(const sip::Flow&, std::string bytes)> send;  // an answer on an open flow
    };
    /// Reads the network, asks nobody yet.
    ReachSide(asio::io_context& loop, const Config& config, World world);
    /// Ends the mappings, under a second.
    ~ReachSide() override;
    ReachSide(const ReachSide&) = delete;  // timers and sockets point back here
    ReachSide& operator=(const ReachSide&) = delete;

    void set_listening(std::vector<overlay::TransportAddress> sip, std::set<std::uint16_t> dht);
    /// Begins to ask the router.
    void start();
    void seen(std::vector<overlay::SeenAddress> seen);
    /// A message that came in. True: it was about dialling back, and is answered.
    [[nodiscard]] bool took(const sip::Flow& flow, std::string_view message) {
        return dial_back_.handled(flow, message);
    }
    /// Edges of people we know, that may be asked to dial back; instead of those known before.
    void set_witnesses(std::vector<sip::Endpoint> witnesses);
    [[nodiscard]] const Reachability& reach() const noexcept { return reach_; }
    [[nodiscard]] nlohmann::ordered_json status() const;

private:
    using Time = Reachability::Time;
    void send(const sip::Flow& flow, std::string bytes) override { world_.send(flow, std::move(bytes)); }
    void dialled_back(const overlay::TransportAddress& address, bool came) override;
    void network(NetworkView view);
    void answered(const GatewayAnswer& answer);
    void pump();
    void begin(GatewayRound round);
    void tell_changes();
    void check();

    World world_;
    Reachability reach_;
    asio::steady_timer timer_;
    NetlinkWatch watch_;
    std::unique_ptr<NatPmp> nat_pmp_;
    Upnp upnp_;
    DialBackDriver dial_back_;
    asio::steady_timer check_timer_;
    std::vector<sip::Endpoint> witnesses_;  // each asked in its turn
    std::size_t next_witness_ = 0;
    bool started_ = false;
    std::vector<overlay::TransportAddress> told_published_, told_ours_;
    std::optional<asio::ip::address_v4> told_outer_;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node

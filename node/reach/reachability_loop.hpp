// node/reach/reachability_loop.hpp - what the reachability engine needs of the machine: its network, the
// router, other edges, a timer. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "node/config/config.hpp"
#include "node/reach/dial_back_driver.hpp"
#include "node/reach/nat_pmp.hpp"
#include "node/reach/netlink_watch.hpp"
#include "node/reach/reach_status.hpp"
#include "node/reach/reachability.hpp"
#include "node/reach/upnp.hpp"
#include "sip/alive.hpp"

namespace node {

/// Who is told, and who sends.
class ReachabilityHost {
public:
    virtual ~ReachabilityHost() = default;
    /// Reachability::published() or ours() are others now.
    virtual void addresses_changed() = 0;
    /// Others may see us elsewhere: they should be asked.
    virtual void network_changed() = 0;
    /// An answer, on an open flow.
    virtual void send(const sip::Flow& flow, std::string bytes) = 0;
};

class ReachabilityLoop : private DialBackDriver::Host {
public:
    /// Reads the network, asks nobody yet.
    ReachabilityLoop(asio::io_context& loop, const Config& config, ReachabilityHost& host);
    /// Ends the mappings, under a second.
    ~ReachabilityLoop() override;
    ReachabilityLoop(const ReachabilityLoop&) = delete;  // timers and sockets point back here
    ReachabilityLoop& operator=(const ReachabilityLoop&) = delete;

    void set_listening(std::vector<overlay::TransportAddress> sip, std::set<std::uint16_t> dht);
    /// Begins to ask the router.
    void start();
    void seen(std::vector<overlay::SeenAddress> seen);
    /// A message that came in. True: it was about dialling back, and is answered.
    [[nodiscard]] bool handled(const sip::Flow& flow, std::string_view message);
    /// Edges of people we know, that may be asked to dial back; instead of those known before.
    void set_witnesses(std::vector<sip::Endpoint> witnesses);
    [[nodiscard]] const Reachability& reach() const noexcept { return reach_; }
    [[nodiscard]] ReachStatus status() const;

private:
    using Time = Reachability::Time;
    void send(const sip::Flow& flow, std::string bytes) override;
    void dialled_back(const overlay::TransportAddress& address, bool came) override;
    void network(NetworkView view);
    void answered(const MappingAnswer& answer);
    void pump();
    void begin(MappingRequest request);
    void report_changes();
    void check();
    void ask_witnesses();

    ReachabilityHost& host_;
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
    std::vector<overlay::TransportAddress> last_published_, last_ours_;  // as reported
    std::optional<asio::ip::address_v4> last_outer_;
    sip::Alive alive_;
};

}  // namespace node

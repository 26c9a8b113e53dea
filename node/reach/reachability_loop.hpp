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
    /// Nodes that are no contacts should be asked to call that address (overlay/call_back.hpp), and
    /// strangers_answered() follows. False: there is no DHT.
    [[nodiscard]] virtual bool ask_strangers(const overlay::TransportAddress& address,
                                             const crypto::Bytes<15>& id) = 0;
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
    /// As Reachability's.
    void set_door_ports(std::set<std::uint16_t> udp);
    [[nodiscard]] std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const {
        return reach_.door_outside(udp);
    }
    /// Begins to ask the router.
    void start();
    void seen(std::vector<overlay::SeenAddress> seen);
    /// A message that came in. True: it was about dialling back, and is answered.
    [[nodiscard]] bool handled(const sip::Flow& flow, std::string_view message);
    /// Edges of people we know, that may be asked to dial back; instead of those known before.
    void set_witnesses(std::vector<sip::Endpoint> witnesses);
    void strangers_answered(const crypto::Bytes<15>& id, const overlay::CallBackAnswer& answer);
    /// Somebody who is no contact wishes to be called. True: he is.
    [[nodiscard]] bool called_upon(const overlay::CallBackWish& wish) { return dial_back_.called_upon(wish); }
    [[nodiscard]] const Reachability& reach() const noexcept { return reach_; }
    [[nodiscard]] ReachStatus status() const;

private:
    using Time = Reachability::Time;
    void send(const sip::Flow& flow, std::string bytes) override;
    void dialled_back(const overlay::TransportAddress& address, bool came) override;
    void nobody_dials(const overlay::TransportAddress& address,
                      const std::optional<overlay::CallBackAnswer>& strangers) override;
    [[nodiscard]] bool ask_strangers(const overlay::TransportAddress& address,
                                     const crypto::Bytes<15>& id) override;
    void network(NetworkView view);
    void answered(const MappingAnswer& answer);
    void pump();
    void begin(MappingRequest request);
    void report_changes();
    void check();
    void check_in(std::chrono::seconds time);
    void ask_witnesses();
    [[nodiscard]] const sip::Endpoint* witness_for(const overlay::TransportAddress& address);

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
    std::set<overlay::TransportAddress> contacts_silent_;  // asked about these in vain: strangers next
    struct Strangers {
        Reachability::Time again{};  // not before: nobody offered
        unsigned in_vain = 0;        // times, in a row
    };
    Strangers strangers_;
    bool started_ = false;
    std::vector<overlay::TransportAddress> last_published_, last_ours_;  // as reported
    std::optional<asio::ip::address_v4> last_outer_;
    sip::Alive alive_;
};

}  // namespace node

// node/reach/reachability_loop.hpp - what the reachability engine needs of the machine: its network, the
// router, other edges, a timer. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "node/config/config.hpp"
#include "node/reach/dial_back_driver.hpp"
#include "node/reach/gateway_driver.hpp"
#include "node/reach/netlink_watch.hpp"
#include "node/reach/reach_status.hpp"
#include "node/reach/reachability.hpp"
#include "node/reach/stranger_questions.hpp"
#include "node/reach/upnp.hpp"
#include "sip/alive.hpp"

namespace node {

/// A mapping without an end, which outlives this process.
struct LastingMapping {
    asio::ip::address gateway;
    MappingEnd end;
    friend bool operator==(const LastingMapping&, const LastingMapping&) = default;
};

/// Who is told, who sends, and who remembers.
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
    /// DNS should be asked for a name of sip.advertise, and host_answered() follows. False: DNS is switched
    /// off.
    [[nodiscard]] virtual bool look_up(const std::string& host) = 0;
    /// Random bytes, the same over restarts: by them a router knows whose mappings these are.
    [[nodiscard]] virtual crypto::Bytes<16> mapping_secret() = 0;
    /// What was remembered last, also by an earlier run.
    [[nodiscard]] virtual std::vector<LastingMapping> lasting_mappings() = 0;
    virtual void remember(const std::vector<LastingMapping>& mappings) = 0;
};

class ReachabilityLoop : private DialBackDriver::Host {
public:
    /// Reads the network, asks nobody yet.
    ReachabilityLoop(asio::io_context& loop, const Config& config, ReachabilityHost& host);
    /// Ends the mappings, within 1.2 s.
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
    /// Our address may be another one: the router is asked, within 2 s.
    void look_soon();
    /// A message that came in. True: it was about dialling back, and is answered.
    [[nodiscard]] bool handled(const sip::Flow& flow, std::string_view message);
    [[nodiscard]] bool handled(const sip::PipeId& first_bytes);
    /// Edges of people we know, that may be asked to dial back; instead of those known before.
    void set_witnesses(std::vector<sip::Endpoint> witnesses);
    void host_answered(const std::string& host, HostAddresses says);
    void strangers_answered(const crypto::Bytes<15>& id, const overlay::CallBackAnswer& answer);
    /// Somebody who is no contact wishes to be called. True: he is.
    [[nodiscard]] bool called_upon(const overlay::CallBackWish& wish);
    /// Another who is no contact, and was not known before, may be asked.
    void met(const asio::ip::address& stranger);
    [[nodiscard]] const Reachability& reach() const noexcept { return reach_; }
    [[nodiscard]] ReachStatus status() const;

private:
    using Time = Reachability::Time;
    void send(const sip::Flow& flow, std::string bytes) override;
    void dialled_back(const overlay::TransportAddress& address, bool came,
                      const std::optional<asio::ip::address>& stranger) override;
    void nobody_dials(const overlay::TransportAddress& address,
                      const std::optional<overlay::CallBackAnswer>& strangers) override;
    [[nodiscard]] bool ask_strangers(const overlay::TransportAddress& address,
                                     const crypto::Bytes<15>& id) override;
    void network(NetworkView view);
    void pump();
    void ask_router(PortMapper& mapper);
    void look_up_hosts();
    void end_all(const PortMapper& mapper);
    void end_leftovers();
    void remember_lasting();
    void begin(MappingRequest request);
    void report_changes();
    void write_log(Time now);
    void check();
    void check_in(std::chrono::seconds time);
    void ask_witnesses();
    [[nodiscard]] const sip::Endpoint* witness_for(const overlay::TransportAddress& address);

    asio::io_context& loop_;
    ReachabilityHost& host_;
    Reachability reach_;
    asio::steady_timer timer_;
    NetlinkWatch watch_;
    std::unique_ptr<GatewayDriver> port_control_;  // PCP and NAT-PMP; from the start on
    Upnp upnp_;
    std::vector<LastingMapping> leftovers_,
        remembered_;  // of earlier runs or networks; with those of this one
    DialBackDriver dial_back_;
    asio::steady_timer check_timer_;
    std::vector<sip::Endpoint> witnesses_;  // each asked in its turn
    std::size_t next_witness_ = 0;
    std::set<overlay::TransportAddress> contacts_silent_;  // asked about these in vain: strangers next
    StrangerQuestions strangers_;
    bool started_ = false;
    struct Reported {
        std::vector<overlay::TransportAddress> published, ours;
        std::optional<asio::ip::address> outer;
        std::string sentence;          // in the log
        std::optional<Time> due = {};  // another one, if it lasts
    };
    Reported reported_;
    sip::Alive alive_;
};

}  // namespace node

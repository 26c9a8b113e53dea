// node/daemon/sip_loop.hpp - what lives on the SIP loop, put together: sockets, edge, routing chain, calls
// from outside, own addresses, records, their tables. It has no rules of its own: each part asks through an
// interface, and here is who answers.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "node/daemon/call_routes.hpp"
#include "node/daemon/clock_watch.hpp"
#include "node/daemon/edge_loop.hpp"
#include "node/daemon/overlay_news.hpp"
#include "node/daemon/own_sound.hpp"
#include "node/daemon/ping_report.hpp"
#include "node/daemon/witness_search.hpp"
#include "node/identity/own_tls.hpp"
#include "node/inbound/inbound.hpp"
#include "node/media/media_loop.hpp"
#include "node/page/page_visitors.hpp"
#include "node/publish/record_publisher.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/reach/reachability_loop.hpp"
#include "node/reach/witnesses.hpp"
#include "node/relay/relay_loop.hpp"
#include "node/routing/target_cap.hpp"
#include "node/state/state_tables.hpp"
#include "node/status/node_status.hpp"
#include "overlay/client.hpp"
#include "sip/alive.hpp"
#include "sip/transport/transports.hpp"

namespace node {

/// SIP loop only, the constructor aside (start-up: throws with the file or address at fault).
class SipLoop : private sip::Transports::Listener,
                private ReachabilityHost,
                private RelayHost,
                private StunServerLoop::Gate,
                private CallPolicyHost,
                private RecordHost,
                private CallRoutes::Host,
                private EdgeLoop::Host {
public:
    /// `overlay`: nothing when the DHT is switched off; answers on `loop`. `dht_ports`: its own, of IPv4.
    SipLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
            const crypto::Identity& identity, std::optional<overlay::Client> overlay,
            std::set<std::uint16_t> dht_ports);
    ~SipLoop() override;
    SipLoop(const SipLoop&) = delete;  // everything points back here
    SipLoop& operator=(const SipLoop&) = delete;

    /// Publishes what was restored, and begins to look after timers and interfaces.
    void start();
    /// Ends the calls that cannot go on without us; `done`, once, from this loop and not from inside this
    /// call.
    void leave(std::function<void()> done);
    /// Reads again what commands write: users, contacts, trust, invites, zone, certificates, tombstones,
    /// clock. Returns how many users there are. Throws DatabaseError.
    std::size_t reload();
    /// As a call from a phone of `user`, the one that registered last; without a user, from any phone.
    void lookup(const std::string& uri, const std::string& user, ChainDriver::LookupDone done);
    /// Looks `uri` up as a call would, and asks the ways that are found whether somebody answers.
    void ping(const std::string& uri, const std::string& user, std::function<void(const PingReport&)> done);
    /// Browsers that want the page, from now on. Borrowed; before start().
    void bring_visitors_to(PageVisitors& page) { others_.page = &page; }
    /// As in EdgeLoop.
    [[nodiscard]] bool may_look_at_page_password(const asio::ip::address& peer) {
        return edge_->may_look_at_page_password(peer);
    }
    void page_password_was_wrong(const asio::ip::address& peer) { edge_->page_password_was_wrong(peer); }
    [[nodiscard]] std::string goes(const Trace& trace) const { return edge_->goes(trace); }
    [[nodiscard]] std::vector<DeliveryReport> deliveries(const std::string& user, const Trace& trace) const {
        return edge_->deliveries(user, trace);
    }
    /// Fills in what is known on this loop.
    void describe(NodeStatus& status) const;
    [[nodiscard]] ReachStatus reach_status() const {
        ReachStatus status = reach_.status();
        relay_.describe(status);
        return status;
    }
    [[nodiscard]] std::vector<overlay::TransportAddress> bound() const;

private:
    // sip::Transports::Listener
    void on_message(const sip::Flow& flow, std::string_view message) override;
    void on_broken_stream(const sip::Flow& flow, std::string_view header, std::error_code why) override;
    void on_flow_failed(const sip::Flow& flow) override;
    void before_sending() override { tables_.bindings.write_new(); }
    [[nodiscard]] bool may_answer(const sip::Flow& flow) override;  // StunServerLoop::Gate's, too
    void on_relay_frame(const sip::Flow& flow, std::string_view frame) override;
    void on_relay_wish(const sip::FirstBytes& wish, asio::ip::tcp::socket socket) override;
    std::optional<asio::local::stream_protocol::socket> on_web_visitor(const sip::Flow& flow) override;
    // ReachabilityHost
    void addresses_changed() override;
    void network_changed() override;
    void send(const sip::Flow& flow, std::string bytes) override;
    [[nodiscard]] bool look_up(const std::string& host) override;
    [[nodiscard]] crypto::Bytes<16> mapping_secret() override;
    [[nodiscard]] std::vector<LastingMapping> lasting_mappings() override;
    void remember(const std::vector<LastingMapping>& mappings) override;
    [[nodiscard]] bool ask_strangers(const overlay::TransportAddress& address,
                                     const crypto::Bytes<15>& id) override;
    // RelayHost
    void through_changed() override;
    [[nodiscard]] std::string why_not(const overlay::TransportAddress& address) const override;
    // CallPolicyHost and CallRoutes::Host
    [[nodiscard]] crypto::PublicKey owner_of(const std::string& label) const override;
    [[nodiscard]] std::optional<crypto::PublicKey> zone_of(const sip::Flow& flow) const override;
    [[nodiscard]] std::optional<bool> is_revoked(const crypto::PublicKey& key) override;
    void callers_wait() override;
    [[nodiscard]] bool is_own_host(const std::string& host, std::optional<std::uint16_t> port,
                                   const sip::Flow& flow) const override;
    [[nodiscard]] bool is_user(const std::string& label) override;
    [[nodiscard]] std::string clock_fault() const override;
    [[nodiscard]] std::string why_too_often(const asio::ip::address& address,
                                            const std::string& name) override;
    void met(const crypto::PublicKey& owner, const std::vector<overlay::ValueVerdict>& values) override;
    [[nodiscard]] std::optional<sip::Endpoint> relayed_here(const overlay::ThroughEdge& edge) const override;
    // EdgeLoop::Host
    void phones_changed(const std::string& user) override;
    [[nodiscard]] std::string relay_token(const sip::Flow& flow) const override {
        return transports_.token(flow);
    }
    // RecordHost, and CallRoutes::Host
    [[nodiscard]] std::vector<sip::Binding> phones_of(const std::string& user, sip::Now now) const override;
    [[nodiscard]] const std::vector<overlay::TransportAddress>& advertised() const override;
    [[nodiscard]] const std::vector<overlay::ThroughEdge>& through() const override;
    [[nodiscard]] bool is_reached_by_others(const asio::ip::address& host) const override;
    [[nodiscard]] bool may_have_neighbours() const override { return config_.dht.lan; }
    [[nodiscard]] crypto::Bytes<32> tls_key_hash() const override;  // of RelayHost, too
    [[nodiscard]] crypto::TicketKey ticket_key(std::chrono::sys_seconds wall) const override;

    [[nodiscard]] bool is_reached() const;
    [[nodiscard]] std::vector<std::string> ways_in() const;
    void begin_from_invites();
    void publish(const RecordPublisher::Changes& changes);
    void hand_over_writings();
    void reload_tls();
    /// On which networks the overlay looks for neighbours, and what it says to them.
    void tell_the_neighbours();
    void look_at_clock();
    void tell_ipv6();
    void watch();

    const Config config_;
    const crypto::Identity identity_;
    const std::optional<overlay::Client> overlay_;
    StateTables tables_;
    ClockWatch clock_;
    OwnAddresses own_;
    struct {
        TargetCap cap;
        WitnessSearch search;
        PageVisitors* page = nullptr;  // for browsers
    } others_;
    OwnTls tls_;
    sip::Transports transports_;
    ReachabilityLoop reach_;
    RelayLoop relay_;
    MediaLoop media_;
    OwnSound sound_;
    std::unique_ptr<Inbound> inbound_;
    RecordPublisher publisher_;
    std::unique_ptr<CallRoutes> routes_;
    std::unique_ptr<EdgeLoop> edge_;     // goes before what it borrows
    std::shared_ptr<OverlayNews> news_;  // so does this
    asio::steady_timer watch_timer_;
    sip::Alive alive_;
};

}  // namespace node

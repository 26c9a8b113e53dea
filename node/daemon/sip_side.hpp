// node/daemon/sip_side.hpp - what lives on the SIP loop: sockets, edge,
// routing chain, and their database connection.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "node/clock.hpp"
#include "node/inbound/inbound.hpp"
#include "node/publish/own_record.hpp"
#include "node/publish/publications.hpp"
#include "node/reach/reachability_loop.hpp"
#include "node/routing/chain_driver.hpp"
#include "node/routing/dht_step.hpp"
#include "node/routing/dns_step_driver.hpp"
#include "node/routing/local_step.hpp"
#include "node/routing/target_cap.hpp"
#include "node/routing/trace_report.hpp"
#include "node/state/binding_table.hpp"
#include "node/state/certificate_table.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/facts.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/paths.hpp"
#include "node/state/tombstone_table.hpp"
#include "node/state/user_table.hpp"
#include "sip/edge/edge.hpp"
#include "sip/transport/tls_credentials.hpp"
#include "sip/transport/transports.hpp"

namespace node {

/// SIP loop only, the constructor aside (start-up: throws with the file or address at fault).
class SipSide : private sip::EdgeHost, private sip::Transports::Listener, private Chain::Directory {
public:
    struct World {
        DhtStep::Ask ask_dht;  // empty: the DHT is switched off
        /// A record to publish under this name, or none any more. These are called on the SIP loop.
        std::function<void(const overlay::RecordName& name, std::optional<overlay::InnerRecord> record)>
            publish;
        std::function<void(std::vector<overlay::CertifiedName> names)> set_certificates;
        std::function<void(std::vector<std::vector<std::uint8_t>> blocks)> publish_tombstones;
        /// False: nothing is signed, because the clock is wrong.
        std::function<void(bool plausible)> trust_clock;
        /// Own addresses may be others: the overlay asks what it is seen as, and tells seen().
        std::function<void()> network_changed;
        std::set<std::uint16_t> dht_ports;  // of IPv4
    };
    SipSide(asio::io_context& loop, const Config& config, const StatePaths& paths,
            const crypto::Identity& identity, World world);
    ~SipSide();
    SipSide(const SipSide&) = delete;  // timers and sockets point back here
    SipSide& operator=(const SipSide&) = delete;

    /// Publishes what was restored, and begins to look after timers and interfaces.
    void start();
    /// Reads again what commands write: users, contacts, trust, invites, zone, certificates, tombstones,
    /// clock. Returns how many users there are. Throws DatabaseError.
    std::size_t reload();
    /// As a call from a phone of `user`, the one that registered last; without a user, from any phone.
    void lookup(const std::string& uri, const std::string& user, std::function<void(Trace)> done);
    /// What each phone of `user` makes of an answer with that first contact.
    [[nodiscard]] std::vector<DeliveryReport> deliveries(const std::string& user, const Trace& trace) const;

    /// As DHT nodes outside see us.
    void seen(std::vector<overlay::SeenAddress> seen) {
        reach_->seen(std::move(seen));
        look_for_witnesses();
    }

    [[nodiscard]] nlohmann::ordered_json status() const;
    [[nodiscard]] std::vector<overlay::TransportAddress> bound() const;

private:
    void on_message(const sip::Flow& flow, std::string_view message) override;
    void on_broken_stream(const sip::Flow& flow, std::string_view header) override;
    void on_flow_failed(const sip::Flow& flow) override;
    void build_chain();
    void build_edge();
    /// Whose edge is at the other end: it has proved so by its certificate.
    [[nodiscard]] std::optional<crypto::PublicKey> zone_of(const sip::Flow& flow) const;

    // sip::EdgeHost
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override;
    [[nodiscard]] sip::Endpoint own_address(const sip::Flow& flow) const override;
    [[nodiscard]] bool leads_here(const asio::ip::address& address,
                                  std::optional<std::uint16_t> port) const override;
    [[nodiscard]] bool may_call(const sip::NextHop& hop) const override;
    [[nodiscard]] Fields prove(std::string_view host, std::string_view challenge) const override;
    [[nodiscard]] sip::InboundVerdict judge(const sip::InboundCall& call, sip::Now now) override;
    [[nodiscard]] bool may_answer(const sip::MessageView& request, const sip::Flow& flow,
                                  sip::StrangerAct act, sip::Now now) override;
    void bindings_changed(const std::string& user) override;
    /// After each event of the edge: hands in the answers that came meanwhile, and sets the timer.
    void settle_edge();

    /// Compares what should be published with what is, and tells the overlay the difference.
    void publish();
    [[nodiscard]] std::vector<PublishedUser> published_users() const;
    [[nodiscard]] Ownership ownership() const;
    [[nodiscard]] bool is_own_host(const std::string& host, std::optional<std::uint16_t> port,
                                   const sip::Flow& flow) const override {
        return edge_->is_own_host(host, port, flow);
    }
    [[nodiscard]] bool is_user(const std::string& label) override { return users_.find(label) != nullptr; }
    [[nodiscard]] crypto::PublicKey owner_of(const std::string& label) const override;
    [[nodiscard]] std::string clock_fault() const override { return clock_judgement_.says; }
    [[nodiscard]] std::string why_too_often(const asio::ip::address& address,
                                            const std::string& name) override;
    [[nodiscard]] bool is_ours(const asio::ip::address& address) const;
    void persist_time(std::optional<std::chrono::sys_seconds> time);
    void hand_over_writings();
    void reload_tls();
    void look_at_clock();
    void take_addresses();
    void look_for_witnesses();
    void watch();
    void arm_edge_timer();
    /// The user of ours whose phone this is; else empty.
    [[nodiscard]] std::string user_at(const std::string& contact) const;
    [[nodiscard]] std::string why_not(const overlay::TransportAddress& address) const;

    asio::io_context& loop_;
    const Config config_;
    const StatePaths paths_;
    const crypto::Identity identity_;
    World world_;
    Database database_;
    Database trust_database_;  // what must outlive the power, too
    UserTable users_;
    BindingTable bindings_;
    TrustTable trust_;
    ContactTable contacts_;
    InviteTable invites_;
    DelegationTable delegations_;
    CertificateTable certificates_;
    TombstoneTable tombstones_;
    Facts facts_;
    ClockGuard clock_;
    ClockJudgement clock_judgement_;
    TargetCap cap_;
    std::shared_ptr<const sip::TlsCredentials> tls_;
    std::unique_ptr<InboundSide> inbound_;
    std::unique_ptr<sip::Transports> transports_;
    std::unique_ptr<ReachSide> reach_;
    std::unique_ptr<LocalStep> local_;
    std::unique_ptr<DnsStep> dns_;
    std::unique_ptr<DhtStep> dht_;
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<ChainDriver> routes_;
    std::unique_ptr<sip::Edge> edge_;  // goes first: it borrows all of the above
    std::vector<std::pair<sip::RouteId, sip::RouteAnswer>> answers_;  // of the chain, for the edge
    bool asking_ = false;                                             // ask() is on the stack
    asio::steady_timer edge_timer_, watch_timer_;
    std::optional<std::chrono::steady_clock::time_point> armed_for_;  // edge_timer_
    std::vector<overlay::TransportAddress>
        own_addresses_;  // at which we listen: never a Contact of somebody else
    std::vector<overlay::TransportAddress> advertised_;
    std::vector<sip::Endpoint> witnesses_;  // edges of contacts, that may be asked to call back
    std::optional<std::chrono::steady_clock::time_point> witnesses_at_;
    std::vector<overlay::CertifiedName> certified_;           // by which this node writes for another owner
    Publications published_;                                  // what the overlay was told
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // answers of the overlay hold it weakly
};

}  // namespace node

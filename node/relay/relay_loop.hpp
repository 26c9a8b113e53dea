// node/relay/relay_loop.hpp - relays on the SIP loop: this node as one (relay.hpp), and those that it is met
// through while nobody can call it (behind_relays.hpp), with what they need of the machine: connections, the
// records of contacts, timers. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <set>

#include "node/config/config.hpp"
#include "node/reach/reach_status.hpp"
#include "node/relay/behind_relays.hpp"
#include "node/relay/pipes_driver.hpp"
#include "node/relay/relay.hpp"
#include "node/relay/relay_doors.hpp"
#include "node/state/contact_table.hpp"
#include "node/wake_timer.hpp"
#include "overlay/client.hpp"
#include "sip/alive.hpp"
#include "sip/transport/transports.hpp"

namespace node {

class RelayHost {
public:
    virtual ~RelayHost() = default;
    /// RelayLoop::through() is another now.
    virtual void through_changed() = 0;
    /// Why an address that somebody else gave is not called; empty: it may be.
    [[nodiscard]] virtual std::string why_not(const overlay::TransportAddress& address) const = 0;
    /// By which callers know our TLS.
    [[nodiscard]] virtual crypto::Bytes<32> tls_key_hash() const = 0;
};

class RelayLoop : private PipesDriver::Host {
public:
    /// All borrowed, but the overlay.
    struct Parts {
        const Config& config;
        const crypto::Identity& identity;
        const ContactTable& contacts;
        std::optional<overlay::Client> overlay;  // nothing: the DHT is switched off
        sip::Transports& transports;
    };
    RelayLoop(asio::io_context& loop, Parts parts, RelayHost& host);
    RelayLoop(const RelayLoop&) = delete;  // timers and pipes point back here
    RelayLoop& operator=(const RelayLoop&) = delete;

    // As sip::Transports::Listener.
    void on_frame(const sip::Flow& flow, std::string_view frame);
    void on_wish(const sip::FirstBytes& wish, asio::ip::tcp::socket socket);
    void flow_failed(const sip::Flow& flow);

    /// Who is told of doors; borrowed.
    void set_doors(RelayDoors& doors) { doors_ = &doors; }
    /// Our address outside is another: relays are held anew, and callers' nodes hear that from them.
    void moved();
    /// This node's router is in the way of its sound: relays may lend doors.
    void want_doors(bool wanted);
    /// To a relay that is held. False: it is not.
    bool tell(const RelayCandidate& relay, const RelayFrame& frame);
    /// To one whom this node relays for.
    void tell(const crypto::PublicKey& behind, const RelayFrame& frame);

    /// Can every caller reach this node as it is?
    void set_reached(bool reached);
    /// Contacts were added or removed.
    void contacts_changed();
    /// Edges of ours, met through relays.
    [[nodiscard]] const std::vector<overlay::ThroughEdge>& through() const noexcept { return through_; }
    /// As RelayedHere (routing/record_contacts.hpp).
    [[nodiscard]] std::optional<sip::Endpoint> relayed_here(const overlay::ThroughEdge& edge) const;
    /// Nodes of the DHT at relays, as their records say: whom a newcomer may begin from.
    [[nodiscard]] const std::vector<sip::Endpoint>& ways_in() const noexcept { return ways_in_; }
    /// Adds to what is known without.
    void describe(ReachStatus& status) const;

private:
    void pipe_ended(const sip::PipeId& pipe) override;
    [[nodiscard]] bool may(const crypto::PublicKey& key) const;
    void act(const RelayActions& actions);
    void act(const BehindRelays::Actions& actions);
    void on_time();
    /// After each event: what is published, and the timer.
    void settle();
    void look_for_relays();
    void met(const std::string& contact, const crypto::PublicKey& key, const overlay::InnerRecord& record);
    void read_contacts();

    const Parts parts_;
    RelayHost& host_;
    RelayDoors* doors_ = nullptr;
    Relay relay_;
    BehindRelays behind_;
    PipesDriver pipes_;
    std::set<crypto::PublicKey> contact_keys_;
    std::vector<RelayCandidate> candidates_;  // as the last look found them
    std::size_t next_contact_ = 0;            // each is asked in its turn
    std::vector<overlay::ThroughEdge> through_;
    std::vector<sip::Endpoint> ways_in_;
    WakeTimer timer_;
    asio::steady_timer look_timer_;
    bool looking_ = false;
    unsigned looks_without_ = 0;  // one after the other that found no relay
    sip::Alive alive_;
};

}  // namespace node

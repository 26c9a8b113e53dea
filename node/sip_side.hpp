// node/sip_side.hpp - what lives on the SIP loop: sockets, edge,
// routing chain, and their database connection.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "node/chain.hpp"
#include "node/dht_resolver.hpp"
#include "node/local_resolver.hpp"
#include "node/own_record.hpp"
#include "node/state.hpp"
#include "sip/edge.hpp"
#include "sip/transports.hpp"

namespace node {

/// SIP loop only, the constructor aside (start-up: throws with the file or address at fault).
class SipSide {
public:
    struct World {
        DhtResolver::Ask ask_dht;  // empty: the DHT is switched off
        /// A record to publish for this user, or none any more. Called on the SIP loop.
        std::function<void(const std::string& user, std::optional<overlay::InnerRecord> record)> publish;
    };
    SipSide(asio::io_context& loop, const Config& config, const StatePaths& paths,
            const crypto::Identity& identity, World world);
    ~SipSide();
    SipSide(const SipSide&) = delete;  // timers and sockets point back here
    SipSide& operator=(const SipSide&) = delete;

    /// Publishes what was restored, and begins to look after timers and interfaces.
    void start();
    /// Reads the users again. Returns how many there are. Throws DatabaseError.
    std::size_t reload_users();
    void lookup(const std::string& uri, std::function<void(Trace)> done) {
        chain_->lookup(uri, std::move(done));
    }

    [[nodiscard]] nlohmann::ordered_json status() const;
    [[nodiscard]] std::vector<overlay::TransportAddress> bound() const;

private:
    class Sockets;  // sip::Output on sip::Transports
    void publish_user(const std::string& user);
    void look_at_interfaces();
    void watch_interfaces();
    void arm_edge_timer();
    [[nodiscard]] std::string why_not(const overlay::TransportAddress& address) const;

    asio::io_context& loop_;
    const Config config_;
    const crypto::Identity identity_;
    World world_;
    Database database_;
    UserTable users_;
    BindingTable bindings_;
    std::unique_ptr<sip::Transports> transports_;
    std::unique_ptr<Sockets> sockets_;
    std::unique_ptr<LocalResolver> local_;
    std::unique_ptr<Resolver> dns_;
    std::unique_ptr<DhtResolver> dht_;
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<sip::Edge> edge_;  // goes first: it borrows all of the above
    asio::steady_timer edge_timer_, interface_timer_;
    std::vector<overlay::TransportAddress>
        own_addresses_;  // at which we listen: never a Contact of somebody else
    std::vector<overlay::TransportAddress> advertised_;
    std::set<std::string> published_;  // users that the overlay has a record of
};

}  // namespace node

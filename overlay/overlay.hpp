// overlay/overlay.hpp - finds and publishes signed, encrypted contact records in a Kademlia DHT.
// The one object node/ holds: the stepped DHT node, publisher, resolver and UDP sockets on one asio loop.
// Overlay loop only, the constructor aside; answers come on the overlay loop, node/ posts them onwards.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "overlay/certified_name.hpp"
#include "overlay/listener.hpp"
#include "overlay/memory.hpp"
#include "overlay/resolver.hpp"

namespace overlay {

struct OverlayConfig {
    std::uint32_t network = 0;                    // OpenDHT network id; 0 is the public network
    std::vector<std::string> bootstrap;           // "host:port", "[v6]:port"; asked anew while we know nobody
    std::vector<asio::ip::udp::endpoint> listen;  // one of each family at most; port in use: any free one
    std::uint8_t locations = max_locations;       // R, 1..8
    std::vector<Prefix> mesh;                     // shared with the people called: contact_filter.hpp
    std::uint8_t slot = 0;                        // which of the owner's nodes this is, for our own names
    std::chrono::milliseconds resolve_deadline{4000};
};

class Overlay {
public:
    /// Binds the sockets; throws std::system_error when no listen address can be bound. Borrows `memory`.
    Overlay(asio::io_context& loop, const OverlayConfig& config, const crypto::Identity& identity,
            Memory& memory);
    ~Overlay();
    Overlay(const Overlay&) = delete;  // sockets and the DHT core point back here
    Overlay& operator=(const Overlay&) = delete;

    void start();
    /// Replaces what this node publishes for `name`: its contacts, a delegation, or a tombstone. Held until
    /// connected; a first record waits 250 ms for changes, a later one 2 s. `issued_at` is stamped here. An
    /// equal record changes nothing. A name of another owner needs set_certificates(), before or after.
    void publish(const RecordName& name, InnerRecord record);
    /// Nobody can delete from the DHT: publishes a newer record without contacts, once, and stops refreshing.
    void withdraw(const RecordName& name);
    /// By which this node writes in other owners' names; all of them, instead of those given before.
    void set_certificates(std::vector<CertifiedName> certified);
    /// Pre-signed revocations (tombstone.hpp), of our own key or a friend's, of all epochs; all of them,
    /// instead of those given before. The running epoch's are kept findable as long as the node runs.
    void publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks);
    /// False: the wall clock is wrong; nothing is signed, refreshed or put until it is right again.
    void trust_clock(bool plausible);
    /// `done` may run inside the call (cache), and must not destroy the Overlay.
    void resolve(ResolveRequest request, ResolveDone done);
    /// Perhaps nodes of the network, to be asked as bootstrap hosts are.
    void meet(const std::vector<asio::ip::udp::endpoint>& nodes);
    /// This machine's addresses have changed, or those of the router before it.
    void network_changed();
    /// On which networks of this machine neighbours are looked for (neighbours.hpp), and what is said to
    /// them.
    void set_lan(LanSettings settings);
    /// As Core's; `answered` may run inside the call.
    void ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id, CallBacks::Answered answered);
    void promise_call_back(const CallBackWish& wish, bool yes);
    /// Our lasting IPv6 address, none without.
    void also_at(const std::optional<asio::ip::address>& address);
    /// Who is told, on the overlay's loop, instead of who was until now. Without one nobody is offered to be
    /// called.
    void listen(std::shared_ptr<Listener> listener);
    [[nodiscard]] OverlayStatus status() const;
    /// Saves known nodes, withdraws every record, calls back when that is sent or after `patience`.
    void shutdown(std::chrono::milliseconds patience, std::function<void()> done);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace overlay

// overlay/address_validation.hpp - nobody can have us send to an address that is not his.
// The source of a datagram is easily forged, and a question of 90 bytes may ask for 60 kB. So, as QUIC does
// (RFC 9000 §8: "an endpoint MUST limit the amount of data it sends to the unvalidated address to three times
// the amount of data received from that address"), for every datagram that leaves the DHT's port:
// 1. An address (with its port) is valid once it answered a transaction of ours: by an id that we sent there
//    and nowhere else. OpenDHT counts its ids up, so that one tells the next; ours are that number under a
//    key for each address, put in when a datagram leaves and taken out when it comes.
// 2. Until then no more than three times the bytes that came from it go there. An answer that is longer
//    waits, a ping of ours goes instead, and what waits follows when that is answered: a round trip more.
// 3. To an address that never sent us anything we may begin to talk, so much a minute; others may have named
//    it to us. What is refused counts as lost, which OpenDHT expects of any datagram.
// 4. An answer that nobody asked for goes no further.
// 5. A listen, which OpenDHT remembers for ten minutes whoever sent it, is taken from a valid address alone;
//    from another it is lost, and pinged is who sent it. OpenDHT asks again after a second.
// 6. Our own requests are long enough that a node of ours may answer them at once, until it knows us.
// A core: bounded in bytes, overlay loop only.
#pragma once

#include <asio/ip/udp.hpp>
#include <optional>
#include <vector>

#include "overlay/dht_datagram.hpp"
#include "overlay/dht_node.hpp"
#include "overlay/placement.hpp"
#include "overlay/recent_map.hpp"
#include "overlay/token_bucket.hpp"

namespace overlay {

class AddressValidation {
public:
    using Endpoint = asio::ip::udp::endpoint;
    struct Config {
        std::uint32_t network = 0;
        crypto::Bytes<20> node_id{};
        bool pad = true;  // 6.
    };

    AddressValidation(const Config& config, DhtNode::Send send, const Placer::Random& random);
    AddressValidation(const AddressValidation&) = delete;  // who sends holds a reference
    AddressValidation& operator=(const AddressValidation&) = delete;

    /// The time of what is sent from now on.
    void at(TimePoint now) { now_ = now; }

    /// A datagram for OpenDHT, or none.
    struct Received {
        std::optional<std::vector<std::uint8_t>> datagram;
        bool answers_us = false;
        bool of_our_kind = false;  // says who sent it, as far as one can tell
        bool proved = false;       // the address is valid from now on, and was not before
    };
    /// Whatever came, OpenDHT's or not. May send what has waited.
    Received received(const Endpoint& from, crypto::ByteView datagram, TimePoint now);

    /// One of OpenDHT's. 0, also when it waits or counts as lost, or an errno.
    int send(const Endpoint& to, crypto::ByteView datagram);
    /// Has it answered us within the hour?
    [[nodiscard]] bool is_valid(const Endpoint& peer) const { return valid_.contains(peer); }
    /// Asks who has written to us whether the address is his, once a second and within what may go there.
    /// OpenDHT, in whose table attackers would like to stand, learns nothing of it.
    void ping(const Endpoint& to);
    /// Ours (direct_ask.hpp, call_back.hpp): the first of an exchange, and what follows a datagram of theirs.
    int send_question(const Endpoint& to, crypto::ByteView datagram);
    int send_answer(const Endpoint& to, crypto::ByteView datagram);

    /// But for listens.
    [[nodiscard]] StrangerFigures figures() const;
    /// Fills answers_held, unsent, unasked, valid_addresses.
    void describe(OverlayStatus& status) const;

private:
    struct Peer {
        std::size_t in = 0, out = 0;                // bytes, while it is not valid
        unsigned wrong = 0;                         // answers with ids that we never sent there
        TimePoint since;                            // last heard of; of a valid one: its last answer
        std::optional<TimePoint> pinged, answered;  // by us
    };
    struct Asked {
        Endpoint to;
        std::uint32_t transaction = 0;  // as on the wire
        friend auto operator<(const Asked& a, const Asked& b) {
            return std::tie(a.transaction, a.to) < std::tie(b.transaction, b.to);
        }
    };
    struct Asking {
        TimePoint at;
        bool ping = false;  // ours, of which OpenDHT knows nothing
    };
    struct Waiting {
        TimePoint since;
        std::size_t bytes = 0;
        std::vector<std::vector<std::uint8_t>> datagrams;
    };

    void forget_old();
    void heard(const Endpoint& from, std::size_t size);
    /// True: it was not valid before, and is.
    bool proved(const Endpoint& by);
    /// True: so many bytes may go there, and are counted.
    bool spend(const Endpoint& to, std::size_t size);
    bool spend_to_begin(const Endpoint& to, std::size_t size);
    int begin(const Endpoint& to, crypto::ByteView datagram);
    int send_request(const Endpoint& to, crypto::ByteView datagram, const DhtDatagram& read);
    void hold(const Endpoint& to, crypto::ByteView datagram);
    [[nodiscard]] std::uint32_t mask(const Endpoint& of) const;
    [[nodiscard]] bool knows_us(const Endpoint& peer) const;

    Config config_;
    DhtNode::Send send_;
    Placer::Random random_;
    crypto::Bytes<16> key_{};
    TimePoint now_;
    RecentMap<Endpoint, Peer> strangers_, valid_;
    RecentMap<Asked, Asking> asked_;
    RecentMap<Endpoint, Waiting> waiting_;
    RecentMap<asio::ip::address, TokenBucket> begun_;  // by source.hpp's source
    StrangerFigures figures_;
};

}  // namespace overlay

// overlay/direct_ask.hpp - asks nodes that a name's last record named for that name's block, past the DHT:
// whoever has taken all its locations cannot stop that (simulations/scenarios/eclipse.cpp). Two datagrams on
// the DHT's own port. OpenDHT's are msgpack maps, ours begin with 'H': who does not know them, drops them.
//   question: "HWq" 1 || number(8) || A'(32) || zeros, 1232 bytes in all
//   answer:   "HWa" 1 || number(8) || block
// 1. An answer is never longer than its question and goes where that came from: nobody is flooded through us.
// 2. An answer is worth what any value of the DHT is: the resolver judges both alike.
// 3. Told is only what this node itself publishes, to who knows A', and so the name or its place.
// A core: overlay loop only.
#pragma once

#include <map>

#include "overlay/dht_node.hpp"
#include "overlay/placement.hpp"
#include "overlay/token_bucket.hpp"

namespace overlay {

class DirectAsk {
public:
    struct Config {
        std::chrono::milliseconds again{500};  // a round trip around the world, and loss
        unsigned tries = 3;
        std::size_t questions_at_once = 1024;
        double answers_per_second = 200;  // 100 kB/s; what an answer costs us is a look at our own names
    };
    /// The block that we publish for A'; empty without one. Valid until the next call.
    using Own = std::function<crypto::ByteView(const crypto::PublicKey& blinded)>;
    struct Asker {
        std::function<void(crypto::ByteView block)> met;
        std::function<void(bool answered)> done;  // exactly once
    };

    DirectAsk(const Config& config, DhtNode::Send send, Own own, Placer::Random random);
    DirectAsk(const DirectAsk&) = delete;  // who asks holds a reference
    DirectAsk& operator=(const DirectAsk&) = delete;

    [[nodiscard]] static bool is_question(crypto::ByteView datagram);
    /// False: the datagram is none of these.
    bool receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now);
    void ask(const asio::ip::udp::endpoint& node, const crypto::PublicKey& blinded, Asker asker, Now now);
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake() const;

private:
    using Number = crypto::Bytes<8>;
    struct Question {
        asio::ip::udp::endpoint node;
        crypto::PublicKey blinded{};
        Asker asker;
        unsigned tries = 0;
        TimePoint again_at;
    };
    void send(const Number& number, Question& question, Now now);
    void answer(const asio::ip::udp::endpoint& to, crypto::ByteView question, Now now);

    Config config_;
    DhtNode::Send send_;
    Own own_;
    Placer::Random random_;
    std::map<Number, Question> questions_;
    TokenBucket answers_;
};

}  // namespace overlay

// overlay/direct_ask.hpp - asks nodes that a name's last record named for that name's block, past the DHT:
// whoever has taken all its locations cannot stop that (simulations/scenarios/eclipse.cpp). Two datagrams on
// the DHT's own port. OpenDHT's are msgpack maps, ours begin with 'H': who does not know them, drops them.
//   question: "HWq" 2 || number(8) || A'(32) || MAC(32) || zeros, 1232 bytes in all
//   answer:   "HWa" 1 || number(8) || block
// 1. An answer is never longer than its question and goes where that came from: nobody is flooded through us.
// 2. An answer is worth what any value of the DHT is: the resolver judges both alike.
// 3. Told is only what this node itself publishes, to who knows the name: the MAC is under a key that only
//    the name gives, so that a storer, who knows A', cannot find out by asking whose block it holds. Any
//    other question meets silence, after the same work whether the name is ours or not, and takes nothing
//    from the answers that others get.
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
    /// What we publish for A'; empty without. Valid until the next call.
    struct OwnBlock {
        crypto::ByteView block;
        const crypto::Secret<32>* ask_key = nullptr;
    };
    using Own = std::function<OwnBlock(const crypto::PublicKey& blinded)>;
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
    void ask(const asio::ip::udp::endpoint& node, const crypto::Blinding& name, Asker asker, Now now);
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake() const;

private:
    using Number = crypto::Bytes<8>;
    struct Question {
        asio::ip::udp::endpoint node;
        std::vector<std::uint8_t> datagram;
        Asker asker;
        unsigned tries = 0;
        TimePoint again_at;
    };
    void send(Question& question, Now now);
    void answer(const asio::ip::udp::endpoint& to, crypto::ByteView question, Now now);

    Config config_;
    DhtNode::Send send_;
    Own own_;
    Placer::Random random_;
    const crypto::Secret<32> nobodys_key_;  // no secret: what it proves gets no answer either
    std::map<Number, Question> questions_;
    TokenBucket answers_;
};

}  // namespace overlay

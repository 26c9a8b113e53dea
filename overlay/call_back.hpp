// overlay/call_back.hpp - asks nodes that are no contacts to call this one back at the address they see it
// at, so that two friends who begin together need not wait for each other: "is the port that I forwarded
// open?" Carries the question and the promise; who calls, over which sockets, is the host's
// (node/reach/dial_back.hpp). Datagrams on the DHT's own port; who does not know them, drops them.
// clang-format off
//   hello:   "HWc" 1 || 0 || number(8) || also at(18) || zeros, 512 bytes in all
//   cookie:  "HWk" 1 || 0 || number(8) || cookie(16) || where that came from(16) || also at(18)
//   wish:    "HWc" 1 || 1 || number(8) || cookie(16) || transport(1) || port(2) || id(15) || zeros, 512 bytes in all
//   promise: "HWk" 1 || 1 || number(8) || yes(1)
// clang-format on
// 1. The source of a datagram is easily forged (RFC 9000 §8): nobody is called who has not brought back a
//    cookie that was sent to that very address and port, and called is that address, never another. The
//    cookie is a MAC over address, port, number and half a minute: nothing is kept for who asks.
// 2. Answers are shorter than their questions. Who was called is told to nobody, nor what came of it.
// 3. Asked are few nodes, of networks that differ, those first that have shown to be of our kind; of those
//    that offer it one is asked to call, by chance, so that who answers first is not always who is believed.
//    It must see us at the address that is in question.
// 4. Both say where their DHT listens over IPv6 besides, address and port, or zeros: two nodes that met over
//    IPv4 meet there too, and can then ask each other about that. OpenDHT alone would not tell: it names
//    nodes of a family to who knows one of it.
// A core: overlay loop only.
#pragma once

#include <deque>
#include <map>
#include <utility>

#include "overlay/dht_node.hpp"
#include "overlay/placement.hpp"
#include "overlay/recent_map.hpp"
#include "overlay/token_bucket.hpp"
#include "overlay/transport_address.hpp"

namespace overlay {

/// What somebody wants of this node: a call over `to.transport`, in which the id comes back to him.
struct CallBackWish {
    asio::ip::udp::endpoint from;  // has proved to hear what is sent there
    crypto::Bytes<8> number{};
    TransportAddress to;  // from's address
    crypto::Bytes<15> id{};
};

/// What came of a question of ours.
struct CallBackAnswer {
    enum class What : std::uint8_t { promised, nobody_offers, seen_elsewhere, refused };
    What what = What::nobody_offers;
    unsigned asked = 0;                              // nodes
    std::optional<asio::ip::udp::endpoint> witness;  // who has promised
};

class CallBacks {
public:
    static constexpr std::size_t most_asked = 8;
    struct Config {
        std::chrono::milliseconds again{500}, patience{1500};  // for each of the two round trips
        std::chrono::milliseconds gather{300};                 // after the first offer
        std::size_t questions_at_once = 16;
        double cookies_per_second = 100, wishes_per_second = 20;
    };
    using Answered = std::function<void(CallBackAnswer)>;  // exactly once

    CallBacks(const Config& config, DhtNode::Send send, Placer::Random random);
    CallBacks(const CallBacks&) = delete;  // who asks holds a reference
    CallBacks& operator=(const CallBacks&) = delete;

    /// Calls for others are offered while somebody is told of wishes; who calls promise() for each of them.
    std::function<void(const CallBackWish&)> on_wish;
    void promise(const CallBackWish& wish, bool yes);

    /// Where our DHT listens over IPv6, as others can reach it.
    void also_at(std::optional<asio::ip::udp::endpoint> where) { also_at_ = std::move(where); }
    /// Where somebody's does, as he says over IPv4.
    std::function<void(const asio::ip::udp::endpoint&)> on_also_at;

    /// A node that speaks as we do, and so may offer it too. `valid`: nobody has forged its address.
    /// True: for the first time.
    bool met_kin(const asio::ip::udp::endpoint& node, bool valid);
    /// Met last first.
    [[nodiscard]] std::vector<asio::ip::udp::endpoint> kin() const;
    [[nodiscard]] bool is_kin(const asio::ip::udp::endpoint& node) const { return kin_.contains(node); }
    /// `of` is the address in question, `who` may be asked, best first.
    void ask(const TransportAddress& of, const crypto::Bytes<15>& id,
             const std::vector<asio::ip::udp::endpoint>& who, Answered answered, Now now);

    /// One of our questions: it should leave from an address that lasts.
    [[nodiscard]] static bool is_question(crypto::ByteView datagram);
    /// False: the datagram is none of these.
    bool receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now);
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake() const;

private:
    using Number = crypto::Bytes<8>;
    using Cookie = crypto::Bytes<16>;
    using Endpoint = asio::ip::udp::endpoint;
    struct Offer {
        Endpoint witness;
        Cookie cookie{};
    };
    struct Question {
        TransportAddress of;
        crypto::Bytes<15> id{};
        std::vector<Endpoint> silent;  // said hello to, not heard of
        std::deque<Offer> offers;      // the first is asked to call
        Answered answered;
        std::optional<TimePoint> choose_at;  // among the offers
        bool wished = false, elsewhere = false, refused = false;
        unsigned asked = 0;
        TimePoint again_at, until;
    };
    [[nodiscard]] Cookie cookie_for(const Endpoint& to, const Number& number, std::uint64_t slot) const;
    [[nodiscard]] bool is_cookie(crypto::ByteView cookie, const Endpoint& from, const Number& number,
                                 Now now) const;
    void question_came(const Endpoint& from, crypto::ByteView datagram, Now now);
    void answer_came(const Endpoint& from, crypto::ByteView datagram, Now now);
    void take_offer(const Number& number, Question& question, const Endpoint& from, crypto::ByteView rest,
                    Now now);
    void choose(const Number& number, Question& question, Now now);
    void wish_for_call(const Number& number, Question& question, Now now);
    void next_offer(const Number& number, Now now);
    void append_also_at(std::vector<std::uint8_t>& datagram) const;
    void read_also_at(const Endpoint& from, crypto::ByteView bytes) const;
    void say(const Number& number, const Question& question);
    void end(const Number& number, CallBackAnswer::What what);

    Config config_;
    DhtNode::Send send_;
    Placer::Random random_;
    crypto::Secret<32> key_;
    std::map<Number, Question> questions_;
    RecentSet<Endpoint> kin_;
    std::optional<Endpoint> also_at_;
    TokenBucket cookies_, wishes_;
};

}  // namespace overlay

// overlay/address_validation.cpp - three times what came, until an answer comes.
#include "overlay/address_validation.hpp"

#include <sodium/crypto_shorthash.h>

#include <algorithm>
#include <cstring>

#include "overlay/source.hpp"

namespace overlay {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t times = 3;  // RFC 9000 §8
// Some 200 bytes each. Who forges more addresses than that makes us forget some: a stranger then starts from
// nothing received, a valid one answers one ping more.
constexpr std::size_t most_strangers = 8192, most_valid = 16384, most_asked = 16384, most_sources = 4096;
constexpr minutes stranger_time{10};  // as long as OpenDHT remembers a silent node
constexpr minutes valid_time{60};     // since its last answer: an address may have another owner tomorrow
constexpr seconds asked_time{10};     // OpenDHT takes the last part of a long value so late
constexpr seconds waiting_time{3};    // OpenDHT asks three times, a second apart
constexpr seconds between_pings{1};   // the same
// A megabyte in all. Eight nodes of one owner have 5 kB at a key; what does not fit is asked for again, by an
// address that is valid by then.
constexpr std::size_t most_waiting = 128, waiting_bytes = 8192;
constexpr unsigned most_wrong = 32;  // guesses of a number of 32 bits
// Towards one IP address, where many nodes may live behind one router: 64 kB at once, then 1 kB a second.
constexpr double begin_bytes = 65536;
constexpr seconds begin_time{64};
// A find of 86 bytes is answered by up to 320 (620 where both families are asked for), a get of 97 with a
// record of 411 bytes by 750; OpenDHT asks a node three times until it has a value.
constexpr std::size_t padded = 256;

}  // namespace

AddressValidation::AddressValidation(const Config& config, DhtNode::Send send, const Placer::Random& random)
    : config_(config),
      send_(std::move(send)),
      random_(random),
      strangers_(most_strangers),
      valid_(most_valid),
      asked_(most_asked),
      waiting_(most_waiting),
      begun_(most_sources) {
    random_(key_);
}

std::uint32_t AddressValidation::mask(const Endpoint& of) const {
    static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<decltype(key_)>);
    crypto::Bytes<18> bytes{};
    if (of.address().is_v4()) {
        std::ranges::copy(of.address().to_v4().to_bytes(), bytes.begin());
    } else {
        std::ranges::copy(of.address().to_v6().to_bytes(), bytes.begin());
    }
    bytes[16] = static_cast<std::uint8_t>(of.port() >> 8U);
    bytes[17] = static_cast<std::uint8_t>(of.port() & 0xffU);
    crypto::Bytes<crypto_shorthash_BYTES> hash{};
    crypto_shorthash(hash.data(), bytes.data(), bytes.size(), key_.data());
    return std::uint32_t{hash[0]} << 24U | std::uint32_t{hash[1]} << 16U | std::uint32_t{hash[2]} << 8U |
           hash[3];
}

void AddressValidation::forget_old() {
    strangers_.drop_while([&](auto&, const Peer& p) { return p.since + stranger_time <= now_; });
    valid_.drop_while([&](auto&, const Peer& p) { return p.since + valid_time <= now_; });
    asked_.drop_while([&](auto&, const Asking& a) { return a.at + asked_time <= now_; });
    waiting_.drop_while([&](auto&, const Waiting& w) {
        if (w.since + waiting_time > now_) return false;
        figures_.unsent += w.datagrams.size();
        return true;
    });
}

void AddressValidation::heard(const Endpoint& from, std::size_t size) {
    if (valid_.contains(from)) return;
    auto& peer = strangers_.make(from);
    peer.in += size;
    peer.since = now_;
}

bool AddressValidation::proved(const Endpoint& by) {
    Peer peer;
    const bool news = !valid_.contains(by);
    if (const auto* known = valid_.find(by)) {
        peer = *known;
    } else if (const auto* stranger = strangers_.find(by)) {
        if (stranger->wrong > most_wrong) return false;  // somebody guesses
        peer = *stranger;
        strangers_.erase(by);
    }
    peer.since = now_;
    valid_.put(by, peer);
    const auto* found = waiting_.find(by);
    if (found == nullptr) return news;
    const auto waited = *found;
    waiting_.erase(by);
    for (const auto& datagram : waited.datagrams)
        send_(by, datagram);
    return news;
}

AddressValidation::Received AddressValidation::received(const Endpoint& from, crypto::ByteView datagram,
                                                        TimePoint now) {
    at(now);
    forget_old();
    heard(from, datagram.size());
    const auto read = read_dht_datagram(datagram);
    if (!read) return {};
    const auto* const asking =
        read->kind == DhtDatagram::Kind::request ? nullptr : asked_.find(Asked{from, read->transaction});
    if (asking != nullptr) {
        const bool ping = asking->ping, answers = read->kind == DhtDatagram::Kind::answer;
        const bool news = answers && proved(from);
        if (ping) return {{}, true, false, news};
        return {with_transaction(datagram, *read, read->transaction ^ mask(from)), answers, false, news};
    }
    if (read->kind == DhtDatagram::Kind::answer) {
        ++figures_.unasked;
        if (auto* const stranger = strangers_.find(from)) ++stranger->wrong;
        return {};
    }
    if (read->method == "listen" && !valid_.contains(from)) {
        ping(from);
        return {};
    }
    return {std::vector(datagram.begin(), datagram.end()), false, read->padded, false};
}

bool AddressValidation::spend(const Endpoint& to, std::size_t size) {
    if (valid_.contains(to)) return true;
    auto* const peer = strangers_.find(to);
    if (peer == nullptr || peer->out + size > times * peer->in) return false;
    peer->out += size;
    return true;
}

bool AddressValidation::spend_to_begin(const Endpoint& to, std::size_t size) {
    if (valid_.contains(to) || strangers_.contains(to)) return spend(to, size);
    return begun_.make(source_of(to.address()), begin_bytes, begin_time)
        .take(static_cast<double>(size), now_);
}

bool AddressValidation::knows_us(const Endpoint& peer) const {
    const auto* known = valid_.find(peer);
    if (known == nullptr) known = strangers_.find(peer);
    // Half as long as they remember, if they are of our kind.
    return known != nullptr && known->answered && now_ - *known->answered < valid_time / 2;
}

int AddressValidation::send_request(const Endpoint& to, crypto::ByteView datagram, const DhtDatagram& read) {
    const auto transaction = read.transaction ^ mask(to);
    auto wire = with_transaction(datagram, read, transaction);
    const bool asks_much = read.method == "find" || read.method == "get";
    if (config_.pad && asks_much && !knows_us(to)) {
        const auto* stranger = valid_.contains(to) ? nullptr : strangers_.find(to);
        const auto left = stranger == nullptr ? padded : times * stranger->in - stranger->out;
        pad_dht_datagram(wire, std::min(padded, left));
    }
    asked_.put({to, transaction}, {now_, false});
    return begin(to, wire);
}

int AddressValidation::begin(const Endpoint& to, crypto::ByteView datagram) {
    if (spend_to_begin(to, datagram.size())) return send_(to, datagram);
    if (strangers_.contains(to)) {
        hold(to, datagram);
    } else {
        ++figures_.unsent;
    }
    return 0;
}

int AddressValidation::send(const Endpoint& to, crypto::ByteView datagram) {
    forget_old();
    const auto read = read_dht_datagram(datagram);
    if (!read) return send_answer(to, datagram);
    if (read->kind == DhtDatagram::Kind::request) return send_request(to, datagram, *read);
    if (const auto transaction = read->transaction ^ mask(to);
        read->kind == DhtDatagram::Kind::part && asked_.contains(Asked{to, transaction}))
        return send_answer(to, with_transaction(datagram, *read, transaction));  // of a value that we put
    return send_answer(to, datagram);
}

int AddressValidation::send_question(const Endpoint& to, crypto::ByteView datagram) {
    forget_old();
    return begin(to, datagram);
}

int AddressValidation::send_answer(const Endpoint& to, crypto::ByteView datagram) {
    // In order: the parts of a value are worth nothing before its head.
    if (waiting_.contains(to) || !spend(to, datagram.size())) {
        hold(to, datagram);
        return 0;
    }
    if (auto* const peer = valid_.contains(to) ? valid_.find(to) : strangers_.find(to)) peer->answered = now_;
    return send_(to, datagram);
}

void AddressValidation::hold(const Endpoint& to, crypto::ByteView datagram) {
    auto* waiting = waiting_.find(to);
    if (waiting == nullptr) {
        if (waiting_.full()) figures_.unsent += waiting_.oldest().second.datagrams.size();
        waiting = &waiting_.make(to);
        waiting->since = now_;
    }
    if (waiting->bytes + datagram.size() > waiting_bytes) {
        ++figures_.unsent;
    } else {
        ++figures_.answers_held;
        waiting->bytes += datagram.size();
        waiting->datagrams.emplace_back(datagram.begin(), datagram.end());
    }
    ping(to);
}

void AddressValidation::ping(const Endpoint& to) {
    auto* const peer = strangers_.find(to);
    if (peer == nullptr || (peer->pinged && now_ - *peer->pinged < between_pings)) return;
    crypto::Bytes<4> roll{};
    random_(roll);
    const auto transaction = std::uint32_t{roll[0]} << 24U | std::uint32_t{roll[1]} << 16U |
                             std::uint32_t{roll[2]} << 8U | roll[3];
    const auto datagram = ping_datagram(config_.node_id, config_.network, transaction);
    if (!spend(to, datagram.size())) return;
    peer->pinged = now_;
    asked_.put({to, transaction}, {now_, true});
    send_(to, datagram);
}

void AddressValidation::describe(OverlayStatus& status) const {
    const auto figures = this->figures();
    status.answers_held = figures.answers_held;
    status.unsent = figures.unsent;
    status.unasked = figures.unasked;
    status.valid_addresses = figures.valid_addresses;
}

StrangerFigures AddressValidation::figures() const {
    auto figures = figures_;
    figures.valid_addresses = valid_.size();
    return figures;
}

}  // namespace overlay

// tests/fuzz/address_validation_fuzz.cpp - any datagrams to the DHT's port, between anything that OpenDHT
// sends: nobody is answered by more than three times what came from him until he answered, and an answer goes
// on to OpenDHT only when its id was sent to where it came from.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "overlay/address_validation.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using Endpoint = asio::ip::udp::endpoint;

constexpr std::size_t peers = 4;

struct Input {
    crypto::ByteView rest;
    std::uint8_t byte() {
        if (rest.empty()) return 0;
        const auto first = rest.front();
        rest = rest.subspan(1);
        return first;
    }
    crypto::ByteView bytes(std::size_t size) {
        const auto taken = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(taken.size());
        return taken;
    }
};

/// {"q": "get" or "r": {}, "t": number, "z": zeros}
Bytes datagram(bool asks, std::uint8_t number, std::size_t filling) {
    Bytes out = asks ? Bytes{0x83, 0xa1, 'q', 0xa3, 'g', 'e', 't'} : Bytes{0x83, 0xa1, 'r', 0x80};
    out.insert(out.end(), {0xa1, 't', static_cast<std::uint8_t>(number & 0x7fU), 0xa1, 'z', 0xc5,
                           static_cast<std::uint8_t>((filling + 256) >> 8U),
                           static_cast<std::uint8_t>((filling + 256) & 0xffU)});
    out.resize(out.size() + filling + 256);
    return out;
}

class Run {
public:
    explicit Run(Input input) : input_(input) {
        for (std::size_t i = 0; i < peers; ++i)
            at_[i] = Endpoint(asio::ip::address_v4(0xc0000201U + static_cast<std::uint32_t>(i / 2)),
                              static_cast<std::uint16_t>(4222 + i % 2));
    }
    void play() {
        while (!input_.rest.empty()) {
            const auto operation = input_.byte();
            step(operation & 7U, (operation >> 4U) % peers);
        }
    }

private:
    void step(unsigned operation, std::size_t who) {
        auto& peer = peers_[who];
        validation_.at(now_);
        if (operation <= 1) {
            come(who, input_.bytes(input_.byte()));
        } else if (operation == 2) {
            validation_.send(at_[who], datagram(false, input_.byte(), 16U * input_.byte()));
        } else if (operation == 3) {
            validation_.send(at_[who], datagram(true, input_.byte(), input_.byte()));
        } else if (operation == 4) {
            const auto raw = input_.bytes(input_.byte());
            validation_.send(at_[who], raw);
            validation_.send_answer(at_[who], raw);
        } else if (operation == 5) {
            // Less than what makes us forget anybody: the sums below would start again.
            const auto passes = std::min<std::chrono::milliseconds>(input_.byte() * 100ms, left_);
            left_ -= passes;
            now_ += passes;
        } else if (!peer.last.empty()) {
            come(who, peer.last);  // as if it said the very id
        }
    }
    void come(std::size_t who, crypto::ByteView datagram) {
        auto& peer = peers_[who];
        peer.in += datagram.size();
        peer.heard = true;
        const auto read = overlay::read_dht_datagram(datagram);
        if (read && read->kind == overlay::DhtDatagram::Kind::answer &&
            peer.asked.contains(read->transaction))
            peer.proved = true;  // before, as what waited goes at once
        const auto received = validation_.received(at_[who], datagram, now_);
        // Or waits to be sent, which is not seen here.
        const auto figures = validation_.figures();
        const bool seen = figures.answers_held + figures.unsent == 0;
        FUZZ_CHECK(!received.answers_us || (read && (!seen || peer.asked.contains(read->transaction))));
        FUZZ_CHECK(!received.datagram || read);
        if (!read) return;
        const auto again = overlay::with_transaction(datagram, *read, read->transaction);
        const auto reread = overlay::read_dht_datagram(again);
        FUZZ_CHECK(reread && reread->transaction == read->transaction && reread->kind == read->kind &&
                   std::ranges::equal(reread->key, read->key));
    }
    int sent(const Endpoint& to, crypto::ByteView datagram) {
        const auto who = static_cast<std::size_t>(std::ranges::find(at_, to) - at_.begin());
        auto& peer = peers_.at(who);
        if (const auto read = overlay::read_dht_datagram(datagram);
            read && read->kind == overlay::DhtDatagram::Kind::request) {
            peer.asked.insert(read->transaction);
            peer.last = overlay::with_transaction(::datagram(false, 0, 0),
                                                  *overlay::read_dht_datagram(::datagram(false, 0, 0)),
                                                  read->transaction);
        }
        if (peer.proved || !peer.heard) return 0;
        peer.out += datagram.size();
        FUZZ_CHECK(peer.out <= 3 * peer.in);
        return 0;
    }

    struct Peer {
        std::size_t in = 0, out = 0;
        bool heard = false, proved = false;
        std::set<std::uint32_t> asked;
        Bytes last;
    };
    Input input_;
    overlay::TimePoint now_{100h};
    std::chrono::milliseconds left_{540'000};
    std::array<Endpoint, peers> at_;
    std::array<Peer, peers> peers_;
    std::uint8_t rolls_ = 0;
    overlay::AddressValidation validation_{
        {7, {1}, true},
        [this](const Endpoint& to, crypto::ByteView bytes) { return sent(to, bytes); },
        [this](std::span<std::uint8_t> out) { std::ranges::generate(out, [this] { return ++rolls_; }); }};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run(Input{{data, size}}).play();
    return 0;
}

// tests/fuzz/direct_ask_fuzz.cpp - any datagrams at a node that is asked past the DHT, and at one that asks:
// only who proves to know the name is answered, never with more than was asked; and an asker hears the answer
// to its own question, from whom it asked, once. Input: a byte that says what is done with the rest, then the
// rest.
#include <sodium/crypto_auth_hmacsha512256.h>

#include <algorithm>
#include <vector>

#include "overlay/direct_ask.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/overlay/records.hpp"

namespace {

using asio::ip::udp;
using overlay::testing_records::Wire;

const udp::endpoint us(asio::ip::make_address("192.0.2.1"), 4222);
const udp::endpoint them(asio::ip::make_address("198.51.100.7"), 4222);
constexpr overlay::Now now{overlay::TimePoint(std::chrono::hours(1)), overlay::testing_records::now};
constexpr std::size_t proven = 44, question_size = 1232;

enum What : std::uint8_t { as_it_is, padded, proved, changed };

struct Node {
    explicit Node(const crypto::Blinding& its)
        : name(its),
          key(crypto::ask_key(its)),
          ask(
              {},
              [this](const udp::endpoint& to, crypto::ByteView bytes) {
                  FUZZ_CHECK(to == us || to == them);
                  sent.emplace_back(bytes.begin(), bytes.end());
                  return 0;
              },
              [this](const crypto::PublicKey& blinded) {
                  return blinded == name.blinded ? overlay::DirectAsk::OwnBlock{block, &key}
                                                 : overlay::DirectAsk::OwnBlock{};
              },
              [](std::span<std::uint8_t> out) { std::ranges::fill(out, std::uint8_t{7}); }) {}

    const crypto::Blinding& name;
    crypto::Secret<32> key;
    Wire block = overlay::testing_records::golden_block();
    std::vector<Wire> sent;
    overlay::DirectAsk ask;
};

bool is_proved(const Node& owner, const Wire& question) {
    return std::equal(owner.name.blinded.begin(), owner.name.blinded.end(), question.begin() + 12) &&
           crypto_auth_hmacsha512256_verify(question.data() + proven, question.data(), proven,
                                            owner.key.data()) == 0;
}

// What the first byte says of the others.
Wire datagram(const Node& owner, const Wire& genuine, std::uint8_t what, crypto::ByteView rest) {
    Wire wire(rest.begin(), rest.end());
    switch (static_cast<What>(what % 4)) {
        case as_it_is: break;
        case padded: wire.resize(question_size); break;
        case proved:
            wire.resize(question_size);
            std::ranges::copy(std::initializer_list<std::uint8_t>{'H', 'W', 'q', 2}, wire.begin());
            std::ranges::copy(owner.name.blinded, wire.begin() + 12);
            crypto_auth_hmacsha512256(wire.data() + proven, wire.data(), proven, owner.key.data());
            break;
        case changed:
            wire = genuine;
            for (std::size_t i = 0; i + 2 < rest.size(); i += 3)
                wire[(std::size_t{rest[i]} << 8U | rest[i + 1]) % wire.size()] ^= rest[i + 2];
            break;
    }
    return wire;
}

void at_the_owners(Node& owner, const Wire& wire) {
    const bool question =
        wire.size() == question_size && wire[0] == 'H' && wire[1] == 'W' && wire[2] == 'q' && wire[3] == 2;
    const bool taken = owner.ask.receive(us, wire, now);
    FUZZ_CHECK(!question || taken);
    FUZZ_CHECK(owner.sent.size() == (question && is_proved(owner, wire) ? 1U : 0U));
    if (owner.sent.empty()) return;
    FUZZ_CHECK(owner.sent[0].size() <= wire.size());
    FUZZ_CHECK(std::equal(wire.begin() + 4, wire.begin() + 12, owner.sent[0].begin() + 4));
    FUZZ_CHECK(std::ranges::equal(crypto::ByteView(owner.sent[0]).subspan(12), owner.block));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const crypto::Blinding name = overlay::testing_records::alice();
    if (size == 0) return 0;
    Node owner(name), asker(name);
    unsigned heard = 0, ended = 0;
    asker.ask.ask(them, name,
                  {[&](crypto::ByteView) { ++heard; }, [&](bool answered) { ended += answered ? 1 : 100; }},
                  now);
    FUZZ_CHECK(asker.sent.size() == 1 && is_proved(owner, asker.sent[0]));
    const Wire wire = datagram(owner, asker.sent[0], data[0], crypto::ByteView(data + 1, size - 1));
    at_the_owners(owner, wire);

    asker.block.clear();  // publishes nothing itself
    const bool answer = wire.size() >= 12 && wire[0] == 'H' && wire[1] == 'W' && wire[2] == 'a' &&
                        wire[3] == 1 &&
                        std::all_of(wire.begin() + 4, wire.begin() + 12, [](auto b) { return b == 7; });
    asker.ask.receive(us, wire, now);
    FUZZ_CHECK(heard == 0 && ended == 0);
    asker.ask.receive(them, wire, now);
    asker.ask.receive(them, wire, now);
    FUZZ_CHECK(heard == (answer ? 1U : 0U) && ended == heard);
    FUZZ_CHECK(asker.sent.size() == 1);
    return 0;
}

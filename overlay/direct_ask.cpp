// overlay/direct_ask.cpp - one datagram there, one back.
#include "overlay/direct_ask.hpp"

#include <sodium/crypto_auth_hmacsha512256.h>

#include <algorithm>
#include <array>

namespace overlay {
namespace {

using Magic = std::array<std::uint8_t, 4>;
constexpr Magic question_magic = {'H', 'W', 'q', 2}, answer_magic = {'H', 'W', 'a', 1};
constexpr std::size_t head_size = 4 + 8;
constexpr std::size_t proven_size = head_size + 32;  // what the MAC covers: all before it
constexpr std::size_t mac_size = crypto_auth_hmacsha512256_BYTES;
static_assert(mac_size == 32 && crypto_auth_hmacsha512256_KEYBYTES == 32);
// IPv6 carries 1280 without fragments. A certified block of the largest size does not fit, and is not an
// answer.
constexpr std::size_t question_size = 1232;

bool begins_with(crypto::ByteView datagram, const Magic& magic) {
    return datagram.size() >= head_size && std::ranges::equal(datagram.first(magic.size()), magic);
}

}  // namespace

DirectAsk::DirectAsk(const Config& config, DhtNode::Send send, Own own, Placer::Random random)
    : config_(config),
      send_(std::move(send)),
      own_(std::move(own)),
      random_(std::move(random)),
      answers_(config.answers_per_second, std::chrono::seconds(1)) {}

bool DirectAsk::is_question(crypto::ByteView datagram) {
    return begins_with(datagram, question_magic);
}

bool DirectAsk::receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now) {
    if (begins_with(datagram, question_magic)) {
        if (datagram.size() == question_size) answer(from, datagram, now);
        return true;
    }
    if (!begins_with(datagram, answer_magic)) return false;
    Number number{};
    std::ranges::copy(datagram.subspan(answer_magic.size(), number.size()), number.begin());
    const auto found = questions_.find(number);
    if (found == questions_.end() || found->second.node != from) return true;
    const auto asker = std::move(found->second.asker);
    questions_.erase(found);
    asker.met(datagram.subspan(head_size));
    asker.done(true);
    return true;
}

void DirectAsk::answer(const asio::ip::udp::endpoint& to, crypto::ByteView question, Now now) {
    crypto::PublicKey blinded{};
    std::ranges::copy(question.subspan(head_size, blinded.size()), blinded.begin());
    const auto [block, ask_key] = own_(blinded);
    // Of a name that is not ours too, or the time that it takes would tell which are.
    const auto& key = ask_key != nullptr ? *ask_key : nobodys_key_;
    const bool proven = crypto_auth_hmacsha512256_verify(question.data() + proven_size, question.data(),
                                                         proven_size, key.data()) == 0;
    if (!proven || block.empty() || head_size + block.size() > question.size()) return;
    if (!answers_.take(1, now.steady)) return;
    std::vector<std::uint8_t> datagram(answer_magic.begin(), answer_magic.end());
    const auto number = question.subspan(question_magic.size(), sizeof(Number));
    datagram.insert(datagram.end(), number.begin(), number.end());
    datagram.insert(datagram.end(), block.begin(), block.end());
    send_(to, datagram);
}

void DirectAsk::ask(const asio::ip::udp::endpoint& node, const crypto::Blinding& name, Asker asker, Now now) {
    if (questions_.size() >= config_.questions_at_once) {
        asker.done(false);
        return;
    }
    Number number{};
    random_(number);
    std::vector<std::uint8_t> datagram(question_magic.begin(), question_magic.end());
    datagram.insert(datagram.end(), number.begin(), number.end());
    datagram.insert(datagram.end(), name.blinded.begin(), name.blinded.end());
    datagram.resize(question_size);
    const auto key = crypto::ask_key(name);
    crypto_auth_hmacsha512256(datagram.data() + proven_size, datagram.data(), proven_size, key.data());
    auto& question = questions_[number];
    question = {node, std::move(datagram), std::move(asker), 0, {}};
    send(question, now);
}

void DirectAsk::send(Question& question, Now now) {
    ++question.tries;
    question.again_at = now.steady + config_.again;
    send_(question.node, question.datagram);
}

void DirectAsk::step(Now now) {
    std::vector<Asker> given_up;
    for (auto each = questions_.begin(); each != questions_.end();) {
        auto& [number, question] = *each;
        if (question.again_at > now.steady) {
            ++each;
        } else if (question.tries < config_.tries) {
            send(question, now);
            ++each;
        } else {
            given_up.push_back(std::move(question.asker));
            each = questions_.erase(each);
        }
    }
    for (const auto& asker : given_up)
        asker.done(false);
}

std::optional<TimePoint> DirectAsk::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& [number, question] : questions_)
        if (!wake || question.again_at < *wake) wake = question.again_at;
    return wake;
}

}  // namespace overlay

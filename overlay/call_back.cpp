// overlay/call_back.cpp - hello, cookie, wish, promise.
#include "overlay/call_back.hpp"

#include <sodium/crypto_auth_hmacsha512256.h>
#include <sodium/utils.h>

#include <algorithm>

namespace overlay {
namespace {

using asio::ip::udp;
using Magic = std::array<std::uint8_t, 4>;
using What = CallBackAnswer::What;

constexpr Magic question_magic = {'H', 'W', 'c', 1}, answer_magic = {'H', 'W', 'k', 1};
enum Kind : std::uint8_t { first = 0, second = 1 };
constexpr std::size_t kind_at = 4, number_at = 5, rest_at = number_at + 8;
constexpr std::size_t cookie_size = 16, id_size = 15;
constexpr std::size_t question_size =
    512;  // a call of two datagrams is shorter than three times both questions
constexpr std::size_t wish_size = rest_at + cookie_size + 3 + id_size;
constexpr std::size_t also_size = 16 + 2;
constexpr std::size_t offer_size = rest_at + cookie_size + 16 + also_size, promise_size = rest_at + 1;
constexpr std::size_t most_kin = 64;
constexpr std::uint64_t cookie_seconds = 30;

bool begins_with(crypto::ByteView datagram, const Magic& magic) {
    return datagram.size() >= rest_at && std::ranges::equal(datagram.first(magic.size()), magic);
}

/// IPv4-mapped, where it is one of IPv4.
asio::ip::address_v6::bytes_type bytes_of(const asio::ip::address& address) {
    return (address.is_v6() ? address.to_v6()
                            : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()))
        .to_bytes();
}

std::vector<std::uint8_t> begun(const Magic& magic, Kind kind, const crypto::Bytes<8>& number) {
    std::vector<std::uint8_t> datagram(magic.begin(), magic.end());
    datagram.push_back(kind);
    datagram.insert(datagram.end(), number.begin(), number.end());
    return datagram;
}

std::uint64_t slot_of(TimePoint now) {
    return static_cast<std::uint64_t>(
               std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) /
           cookie_seconds;
}

void append(std::vector<std::uint8_t>& datagram, crypto::ByteView bytes) {
    datagram.insert(datagram.end(), bytes.begin(), bytes.end());
}

}  // namespace

CallBacks::CallBacks(const Config& config, DhtNode::Send send, Placer::Random random)
    : config_(config),
      send_(std::move(send)),
      random_(std::move(random)),
      kin_(most_kin),
      cookies_(config.cookies_per_second, std::chrono::seconds(1)),
      wishes_(config.wishes_per_second, std::chrono::seconds(1)) {
    random_({key_.data(), crypto::Secret<32>::size()});
}

bool CallBacks::is_question(crypto::ByteView datagram) {
    return begins_with(datagram, question_magic);
}

bool CallBacks::receive(const Endpoint& from, crypto::ByteView datagram, Now now) {
    if (begins_with(datagram, question_magic)) {
        if (on_wish && datagram.size() == question_size) question_came(from, datagram, now);
        return true;
    }
    if (!begins_with(datagram, answer_magic)) return false;
    answer_came(from, datagram, now);
    return true;
}

// --- asked

CallBacks::Cookie CallBacks::cookie_for(const Endpoint& to, const Number& number, std::uint64_t slot) const {
    std::vector<std::uint8_t> proves(number.begin(), number.end());
    append(proves, bytes_of(to.address()));
    for (unsigned shift = 0; shift < 64; shift += 8)
        proves.push_back(static_cast<std::uint8_t>(slot >> shift));
    proves.push_back(static_cast<std::uint8_t>(to.port() >> 8U));
    proves.push_back(static_cast<std::uint8_t>(to.port() & 0xffU));
    crypto::Bytes<crypto_auth_hmacsha512256_BYTES> mac{};
    static_assert(crypto_auth_hmacsha512256_KEYBYTES == 32);
    crypto_auth_hmacsha512256(mac.data(), proves.data(), proves.size(), key_.data());
    Cookie cookie{};
    std::copy_n(mac.begin(), cookie.size(), cookie.begin());
    return cookie;
}

bool CallBacks::is_cookie(crypto::ByteView cookie, const Endpoint& from, const Number& number,
                          Now now) const {
    const auto slot = slot_of(now.steady);
    for (const auto each : {slot, slot - 1}) {
        const auto right = cookie_for(from, number, each);
        if (sodium_memcmp(cookie.data(), right.data(), right.size()) == 0) return true;
    }
    return false;
}

void CallBacks::question_came(const Endpoint& from, crypto::ByteView datagram, Now now) {
    Number number{};
    std::ranges::copy(datagram.subspan(number_at, number.size()), number.begin());
    if (datagram[kind_at] == first) {
        if (!cookies_.take(1, now.steady)) return;
        auto offer = begun(answer_magic, first, number);
        append(offer, cookie_for(from, number, slot_of(now.steady)));
        append(offer, bytes_of(from.address()));
        append_also_at(offer);
        send_(from, offer);
        read_also_at(from, datagram.subspan(rest_at, also_size));
        return;
    }
    const auto rest = datagram.subspan(rest_at, wish_size - rest_at);
    if (datagram[kind_at] != second || !is_cookie(rest.first(cookie_size), from, number, now)) return;
    const auto transport = rest[cookie_size];
    const auto port = static_cast<std::uint16_t>(rest[cookie_size + 1] << 8U | rest[cookie_size + 2]);
    if (transport > static_cast<std::uint8_t>(Transport::tls) || !wishes_.take(1, now.steady)) return;
    CallBackWish wish{from, number, {static_cast<Transport>(transport), from.address(), port}, {}};
    std::ranges::copy(rest.subspan(cookie_size + 3), wish.id.begin());
    on_wish(wish);
}

void CallBacks::append_also_at(std::vector<std::uint8_t>& datagram) const {
    const auto at = also_at_.value_or(Endpoint(asio::ip::address_v6::any(), 0));
    append(datagram, bytes_of(at.address()));
    datagram.push_back(static_cast<std::uint8_t>(at.port() >> 8U));
    datagram.push_back(static_cast<std::uint8_t>(at.port() & 0xffU));
}

void CallBacks::read_also_at(const Endpoint& from, crypto::ByteView bytes) const {
    asio::ip::address_v6::bytes_type address{};
    std::ranges::copy(bytes.first(address.size()), address.begin());
    const asio::ip::address_v6 at(address);
    const auto port = static_cast<std::uint16_t>(bytes[16] << 8U | bytes[17]);
    const bool tells = on_also_at && from.address().is_v4() && !at.is_unspecified() && !at.is_v4_mapped();
    if (tells && port >= 1024) on_also_at({at, port});
}

void CallBacks::promise(const CallBackWish& wish, bool yes) {
    auto answer = begun(answer_magic, second, wish.number);
    answer.push_back(yes ? 1 : 0);
    send_(wish.from, answer);
}

// --- asking

bool CallBacks::met_kin(const Endpoint& node, bool valid) {
    const bool first_time = !kin_.contains(node);
    const bool kept = valid || !kin_.full() || !first_time;
    if (kept) kin_.put(node, {});
    return kept && first_time;
}

std::vector<udp::endpoint> CallBacks::kin() const {
    std::vector<Endpoint> all;
    for (const auto& [node, nothing] : kin_)
        all.insert(all.begin(), node);
    return all;
}

void CallBacks::ask(const TransportAddress& of, const crypto::Bytes<15>& id, const std::vector<Endpoint>& who,
                    Answered answered, Now now) {
    if (who.empty() || questions_.size() >= config_.questions_at_once) {
        answered({What::nobody_offers, 0, {}});
        return;
    }
    Number number{};
    random_(number);
    Question question;
    question.of = of;
    question.id = id;
    question.silent.assign(who.begin(),
                           who.begin() + static_cast<std::ptrdiff_t>(std::min(who.size(), most_asked)));
    question.asked = static_cast<unsigned>(question.silent.size());
    question.answered = std::move(answered);
    question.again_at = now.steady + config_.again;
    question.until = now.steady + config_.patience;
    const auto& kept = questions_[number] = std::move(question);
    say(number, kept);
}

void CallBacks::say(const Number& number, const Question& question) {
    auto datagram = begun(question_magic, question.wished ? second : first, number);
    if (question.wished) {
        append(datagram, question.offers.front().cookie);
        datagram.push_back(static_cast<std::uint8_t>(question.of.transport));
        datagram.push_back(static_cast<std::uint8_t>(question.of.port >> 8U));
        datagram.push_back(static_cast<std::uint8_t>(question.of.port & 0xffU));
        append(datagram, question.id);
    }
    if (!question.wished) append_also_at(datagram);
    datagram.resize(question_size);
    if (question.wished) {
        send_(question.offers.front().witness, datagram);
        return;
    }
    for (const auto& each : question.silent)
        send_(each, datagram);
}

void CallBacks::answer_came(const Endpoint& from, crypto::ByteView datagram, Now now) {
    Number number{};
    std::ranges::copy(datagram.subspan(number_at, number.size()), number.begin());
    const auto found = questions_.find(number);
    if (found == questions_.end()) return;
    auto& question = found->second;
    const auto rest = datagram.subspan(rest_at);
    if (datagram[kind_at] == first && datagram.size() == offer_size)
        return take_offer(number, question, from, rest, now);
    const bool from_witness = question.wished && question.offers.front().witness == from;
    if (datagram[kind_at] != second || datagram.size() != promise_size || !from_witness) return;
    if (rest[0] == 1) return end(number, What::promised);
    question.refused = true;
    next_offer(number, now);
}

void CallBacks::take_offer(const Number& number, Question& question, const Endpoint& from,
                           crypto::ByteView rest, Now now) {
    const auto asked = std::ranges::find(question.silent, from);
    if (asked == question.silent.end()) return;
    question.silent.erase(asked);
    read_also_at(from, rest.subspan(cookie_size + 16));
    if (!std::ranges::equal(rest.subspan(cookie_size, 16), bytes_of(question.of.address))) {
        question.elsewhere = true;  // it would call there
        if (!question.silent.empty() || question.wished) return;
        if (question.offers.empty()) return end(number, What::seen_elsewhere);
        return choose(number, question, now);
    }
    Offer offer{from, {}};
    std::ranges::copy(rest.first(cookie_size), offer.cookie.begin());
    question.offers.push_back(offer);
    if (question.wished) return;
    if (question.silent.empty()) return choose(number, question, now);
    if (!question.choose_at) question.choose_at = now.steady + config_.gather;
}

void CallBacks::choose(const Number& number, Question& question, Now now) {
    crypto::Bytes<1> roll{};
    random_(roll);
    std::swap(question.offers.front(), question.offers[roll[0] % question.offers.size()]);
    question.choose_at.reset();
    wish_for_call(number, question, now);
}

void CallBacks::wish_for_call(const Number& number, Question& question, Now now) {
    question.wished = true;
    question.again_at = now.steady + config_.again;
    question.until = now.steady + config_.patience;
    say(number, question);
}

/// The one that was asked to call will not, or says nothing.
void CallBacks::next_offer(const Number& number, Now now) {
    auto& question = questions_.at(number);
    question.offers.pop_front();
    if (!question.offers.empty()) return wish_for_call(number, question, now);
    end(number, What::refused);
}

void CallBacks::end(const Number& number, What what) {
    const auto found = questions_.find(number);
    CallBackAnswer answer{what, found->second.asked, {}};
    if (what == What::promised) answer.witness = found->second.offers.front().witness;
    const auto answered = std::move(found->second.answered);
    questions_.erase(found);
    answered(answer);
}

void CallBacks::step(Now now) {
    std::vector<Number> silent;
    for (auto& [number, question] : questions_) {
        if (question.choose_at && *question.choose_at <= now.steady) {
            choose(number, question, now);
        } else if (question.until <= now.steady) {
            silent.push_back(number);
        } else if (question.again_at <= now.steady) {
            question.again_at = now.steady + config_.again;
            say(number, question);
        }
    }
    for (const auto& number : silent) {
        const auto& question = questions_.at(number);
        if (question.wished) {
            next_offer(number, now);
        } else {
            end(number, question.elsewhere ? What::seen_elsewhere : What::nobody_offers);
        }
    }
}

std::optional<TimePoint> CallBacks::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& [number, question] : questions_) {
        auto at = std::min(question.again_at, question.until);
        if (question.choose_at) at = std::min(at, *question.choose_at);
        if (!wake || at < *wake) wake = at;
    }
    return wake;
}

}  // namespace overlay

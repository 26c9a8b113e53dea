// node/reach/dial_back.cpp - the header's text, and the limits.
#include "node/reach/dial_back.hpp"

#include <algorithm>

#include "crypto/base32.hpp"
#include "node/addresses.hpp"
#include "overlay/contact_filter.hpp"

namespace node {
namespace {

constexpr std::size_t id_length = 24;

}  // namespace

std::string to_text(const DialBackWish& wish) {
    return wish.id + ";to=" + to_text(wish.to);
}

bool is_dial_back_id(std::string_view text) {
    return text.size() == id_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
           });
}

std::optional<DialBackWish> parse_dial_back(std::string_view text) {
    constexpr std::string_view to = ";to=";
    if (text.size() <= id_length + to.size() || text.substr(id_length, to.size()) != to) return std::nullopt;
    const auto id = text.substr(0, id_length);
    const auto address = parse_transport_address(text.substr(id_length + to.size()));
    if (!is_dial_back_id(id) || !address) return std::nullopt;
    const bool known = address->transport == overlay::Transport::udp ||
                       address->transport == overlay::Transport::tcp ||
                       address->transport == overlay::Transport::tls;
    if (!known) return std::nullopt;
    return DialBackWish{std::string(id), *address};
}

DialBackWish wish_of(const overlay::CallBackWish& wish) {
    return {crypto::base32_encode(wish.id), wish.to};
}

bool DialBackLimits::admit(const sip::Flow& flow, const DialBackWish& wish, Time now) {
    return admit(flow.transport == sip::Transport::tcp, flow.remote.address, wish.to, now);
}

bool DialBackLimits::admit(const overlay::CallBackWish& wish, Time now) {
    return admit(true, wish.from.address(), wish.to, now);
}

bool DialBackLimits::admit(bool proved, const asio::ip::address& source, const overlay::TransportAddress& to,
                           Time now) {
    const bool own = proved && source == to.address;
    if (!own || overlay::judge_contact(to, {}, {}) != overlay::ContactVerdict::may_be_called) {
        ++counters_.refused;
        return false;
    }
    if (!in_time(sip::source_of(source), now)) {
        ++counters_.too_often;
        return false;
    }
    ++counters_.called;
    return true;
}

bool DialBackLimits::in_time(const asio::ip::address& source, Time now) {
    if (!all_.has(1, now)) return false;
    if (!sources_.make(source, burst, between * burst).take(1, now)) return false;
    return all_.take(1, now);
}

}  // namespace node

// node/reach/dial_back.cpp - the header's text, and the desk's rules.
#include "node/reach/dial_back.hpp"

#include <algorithm>

#include "node/addresses.hpp"
#include "overlay/contact_filter.hpp"

namespace node {
namespace {

constexpr std::size_t id_length = 24;

}  // namespace

std::string to_text(const CallBackWish& wish) {
    return wish.id + ";to=" + to_text(wish.to);
}

bool is_call_back_id(std::string_view text) {
    return text.size() == id_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
           });
}

std::optional<CallBackWish> parse_call_back(std::string_view text) {
    constexpr std::string_view to = ";to=";
    if (text.size() <= id_length + to.size() || text.substr(id_length, to.size()) != to) return std::nullopt;
    const auto id = text.substr(0, id_length);
    const auto address = parse_transport_address(text.substr(id_length + to.size()));
    if (!is_call_back_id(id) || !address) return std::nullopt;
    const bool known =
        address->transport == overlay::Transport::udp || address->transport == overlay::Transport::tcp;
    if (!known) return std::nullopt;
    return CallBackWish{std::string(id), *address};
}

bool CallBackDesk::admit(const sip::Flow& flow, const CallBackWish& wish, Time now) {
    const bool proved = flow.transport == sip::Transport::tcp && flow.remote.address == wish.to.address;
    if (!proved || overlay::judge_contact(wish.to, {}, {}) != overlay::ContactVerdict::may_be_called) {
        ++counters_.refused;
        return false;
    }
    if (!in_time(sip::source_of(flow.remote.address), now)) {
        ++counters_.too_often;
        return false;
    }
    ++counters_.called;
    return true;
}

bool CallBackDesk::in_time(const asio::ip::address& source, Time now) {
    constexpr auto each = std::chrono::milliseconds(60'000 / at_most_a_minute);
    std::erase_if(paid_until_, [&](const auto& entry) { return entry.second <= now; });
    const auto all = std::max(all_paid_until_, now);
    if (all - now > each * (at_most_a_minute - 1) || paid_until_.size() >= max_sources) return false;
    auto& paid = paid_until_[source];
    const auto begin = std::max(paid, now);
    if (begin - now > between * (burst - 1)) return false;
    paid = begin + between;
    all_paid_until_ = all + each;
    return true;
}

}  // namespace node

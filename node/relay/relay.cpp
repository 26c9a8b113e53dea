// node/relay/relay.cpp - holders, tokens, and callers who wait.
#include "node/relay/relay.hpp"

#include <algorithm>

#include "crypto/hkdf.hpp"

namespace node {
namespace {

using Type = RelayFrame::Type;
constexpr auto look_every = std::chrono::seconds(15);  // for who is silent, and for midnight

RelayFrame of_type(Type type) {
    RelayFrame frame;
    frame.type = type;
    return frame;
}

std::string refusal(RelayRefusal why) {
    auto frame = of_type(Type::refused);
    frame.number = static_cast<std::uint8_t>(why);
    return to_bytes(frame);
}

}  // namespace

sip::RelayToken Relay::token_of(const crypto::PublicKey& key, Day day) const {
    const auto number = static_cast<std::uint32_t>(day.time_since_epoch().count());
    crypto::Bytes<36> about{};
    std::copy(key.begin(), key.end(), about.begin());
    for (std::size_t i = 0; i < 4; ++i)
        about[32 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    sip::RelayToken token{};
    crypto::hkdf_sha512(crypto::bytes_of("hedgewitch/v1/relay"), secret_, about, token);
    return token;
}

void Relay::give_token(const crypto::PublicKey& key, Holder& holder, sip::Now now,
                       RelayActions& actions) const {
    holder.day = std::chrono::floor<std::chrono::days>(now.wall);
    auto frame = of_type(Type::token);
    frame.token = holder.token = token_of(key, holder.day);
    holder.before = token_of(key, holder.day - std::chrono::days(1));
    actions.send.emplace_back(holder.flow, to_bytes(frame));
}

void Relay::hello(const sip::Flow& flow, const std::optional<crypto::PublicKey>& zone, bool may, sip::Now now,
                  RelayActions& actions) {
    const auto refuse = [&](RelayRefusal why) {
        ++counters_.refused;
        actions.send.emplace_back(flow, refusal(why));
        actions.close.push_back(flow);
    };
    if (!zone) return refuse(RelayRefusal::unproved);
    if (!may) return refuse(RelayRefusal::stranger);
    const auto known = holders_.find(*zone);
    if (known == holders_.end() && holders_.size() >= most_held) return refuse(RelayRefusal::full);
    // He has come back before we have noticed that he was gone.
    if (known != holders_.end() && known->second.flow != flow) actions.close.push_back(known->second.flow);
    ++counters_.held;
    Holder& holder = holders_[*zone];
    holder.flow = flow;
    holder.heard = now.steady;
    actions.keep.push_back(flow);
    give_token(*zone, holder, now, actions);
    actions.doors.emplace_back(*zone, of_type(Type::hello));
    for (const auto& [id, pipe] : pipes_) {
        if (pipe.key == *zone && pipe.answered) actions.stay_if_from.emplace_back(id, flow.remote.address);
    }
    if (!wake_) wake_ = now.steady + look_every;
}

RelayActions Relay::frame(const sip::Flow& flow, const RelayFrame& frame,
                          const std::optional<crypto::PublicKey>& zone, bool may, sip::Now now) {
    RelayActions actions;
    if (frame.type == Type::hello) {
        hello(flow, zone, may, now, actions);
        return actions;
    }
    const auto holder = zone ? holders_.find(*zone) : holders_.end();
    if (holder == holders_.end() || holder->second.flow != flow) {
        actions.close.push_back(flow);  // whoever is here has said hello
        return actions;
    }
    holder->second.heard = now.steady;
    if (frame.type == Type::ping) actions.send.emplace_back(flow, to_bytes(of_type(Type::pong)));
    const bool of_doors =
        frame.type == Type::borrow || frame.type == Type::aim || frame.type == Type::give_back;
    if (of_doors) actions.doors.emplace_back(*zone, frame);
    return actions;
}

RelayActions Relay::flow_failed(const sip::Flow& flow) {
    RelayActions actions;
    std::erase_if(holders_, [&](const auto& one) {
        if (one.second.flow != flow) return false;
        actions.left.push_back(one.first);
        return true;
    });
    return actions;
}

std::optional<sip::Flow> Relay::flow_of(const crypto::PublicKey& key) const {
    const auto holder = holders_.find(key);
    return holder == holders_.end() ? std::nullopt : std::optional(holder->second.flow);
}

RelayActions Relay::review(const std::function<bool(const crypto::PublicKey&)>& may) {
    RelayActions actions;
    std::erase_if(holders_, [&](const auto& one) {
        if (may(one.first)) return false;
        actions.send.emplace_back(one.second.flow, refusal(RelayRefusal::stranger));
        actions.close.push_back(one.second.flow);
        actions.left.push_back(one.first);
        return true;
    });
    return actions;
}

std::map<crypto::PublicKey, Relay::Holder>::const_iterator Relay::holder_of(const sip::RelayToken& token,
                                                                            sip::Now now) const {
    const auto good_on = [&](Day day) {
        return now.wall >= day && now.wall < day + std::chrono::days(1) + overlap;
    };
    return std::find_if(holders_.begin(), holders_.end(), [&](const auto& one) {
        const Holder& holder = one.second;
        return (token == holder.token && good_on(holder.day)) ||
               (token == holder.before && good_on(holder.day - std::chrono::days(1)));
    });
}

std::optional<sip::Flow> Relay::held_over(const sip::RelayToken& token, sip::Now now) const {
    const auto holder = holder_of(token, now);
    return holder == holders_.end() ? std::nullopt : std::optional(holder->second.flow);
}

bool Relay::has_room(const crypto::PublicKey& key, const asio::ip::address& source) const {
    std::size_t of_one = 0, of_source = 0;
    for (const auto& [id, pipe] : pipes_) {
        if (pipe.key != key) continue;
        ++of_one;
        if (pipe.source == source) ++of_source;
    }
    return pipes_.size() < most_pipes && of_one < pipes_of_one && of_source < pipes_of_source;
}

std::optional<std::pair<sip::Flow, std::string>> Relay::caller(const sip::RelayToken& token,
                                                               const asio::ip::address& source,
                                                               const sip::PipeId& pipe, sip::Now now) {
    const auto holder = holder_of(token, now);
    if (holder == holders_.end()) {
        ++counters_.bad_tokens;
        return std::nullopt;
    }
    const auto from = sip::source_of(source);
    if (!has_room(holder->first, from)) {
        ++counters_.pipes_refused;
        return std::nullopt;
    }
    ++counters_.pipes;
    pipes_[pipe] = {holder->first, from, false};
    auto frame = of_type(Type::incoming);
    frame.pipe = pipe;
    return std::pair(holder->second.flow, to_bytes(frame));
}

bool Relay::answered(const sip::PipeId& pipe) {
    const auto found = pipes_.find(pipe);
    if (found == pipes_.end() || found->second.answered) {
        ++counters_.bad_pipes;
        return false;
    }
    found->second.answered = true;
    return true;
}

RelayActions Relay::on_time(sip::Now now) {
    RelayActions actions;
    if (!wake_ || *wake_ > now.steady) return actions;
    const auto today = std::chrono::floor<std::chrono::days>(now.wall);
    std::erase_if(holders_, [&](const auto& one) {
        if (now.steady - one.second.heard <= silence) return false;
        actions.close.push_back(one.second.flow);
        actions.left.push_back(one.first);
        return true;
    });
    for (auto& [key, holder] : holders_) {
        if (holder.day != today) give_token(key, holder, now, actions);
    }
    wake_.reset();
    if (!holders_.empty()) wake_ = now.steady + look_every;
    return actions;
}

}  // namespace node

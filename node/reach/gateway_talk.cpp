// node/reach/gateway_talk.cpp - questions in their order, and what is an answer to the one that is asked.
#include "node/reach/gateway_talk.hpp"

#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <utility>

namespace node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause{250};  // RFC 6886 §3.1

}  // namespace

PcpNonce pcp_nonce(const crypto::Bytes<16>& secret, const asio::ip::address& own, const InnerPort& inner) {
    const std::string text = own.to_string() + " " + to_text(inner);
    crypto::Bytes<crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), secret.data(), secret.size());
    PcpNonce nonce{};
    std::copy_n(hash.begin(), nonce.size(), nonce.begin());
    return nonce;
}

GatewayTalk::Questions endings(GatewayProtocol protocol, const crypto::Bytes<16>& secret,
                               const std::vector<MappingEnd>& ends) {
    GatewayTalk::Questions all;
    for (const auto& end : ends) {
        if (protocol == GatewayProtocol::nat_pmp) {
            all.emplace_back(nat_pmp_map_question(end.inner, 0, seconds(0)));
        } else {
            all.emplace_back(pcp_map_question(
                end.own, {end.inner, 0, {}, pcp_nonce(secret, end.own, end.inner)}, seconds(0)));
        }
    }
    return all;
}

bool is_announcement(crypto::ByteView datagram) {
    // An answer to "what is our address", without an error.
    if (answers(datagram, NatPmpQuestion{})) return datagram[2] == 0 && datagram[3] == 0;
    const auto pcp = read_pcp(datagram);
    return pcp && pcp->result == 0 && !pcp->map;
}

GatewayTalk::GatewayTalk(MappingRequest request, const crypto::Bytes<16>& secret, Time now)
    : request_(std::move(request)), secret_(secret) {
    answer_.id = request_.id;
    answer_.protocol = request_.protocol;
    const bool nat_pmp = request_.protocol == GatewayProtocol::nat_pmp;
    if (nat_pmp) {
        questions_.push_back({Question::For::address, {}, NatPmpQuestion{}});
    } else if (request_.wishes.empty()) {
        questions_.push_back({Question::For::epoch, {}, pcp_announce_question(request_.gateway.own)});
    }
    for (const auto& wish : request_.wishes) {
        if (wish.anew) questions_.push_back(map_question(wish, Question::For::ending));
        questions_.push_back(map_question(wish, Question::For::mapping));
    }
    out_ = endings(request_.protocol, secret_, request_.ends);
    ask(now);
}

GatewayTalk::Question GatewayTalk::map_question(const MappingWish& wish, Question::For what) const {
    const bool ends = what == Question::For::ending;
    const auto outer = ends ? std::uint16_t{0} : wish.outer;
    const auto lease = ends ? seconds(0) : request_.lease;
    if (request_.protocol == GatewayProtocol::nat_pmp)
        return {what, wish, nat_pmp_map_question(wish.inner, outer, lease)};
    const auto& own = request_.gateway.own;
    return {what, wish,
            pcp_map_question(own, {wish.inner, outer, {}, pcp_nonce(secret_, own, wish.inner)}, lease)};
}

GatewayTalk::Questions GatewayTalk::take() {
    return std::exchange(out_, {});
}

void GatewayTalk::ask(Time now) {
    const bool unproven = request_.protocol == GatewayProtocol::pcp && !request_.spoke && !answer_.speaks;
    until_ = now + (unproven ? quick_patience : patience);
    pause_ = first_pause;
    next_at_ = now + pause_;
    out_.push_back(questions_[at_].question);
}

void GatewayTalk::on_time(Time now) {
    if (ended_ || now < next_at_) return;
    if (now >= until_) {
        // A router that has answered before has only lost this; one that is to end a mapping need not say so.
        if (questions_[at_].what == Question::For::ending) return next(now);
        return finish();
    }
    out_.push_back(questions_[at_].question);
    pause_ *= 2;
    next_at_ = std::min(now + pause_, until_);
}

void GatewayTalk::unreachable() {
    if (!ended_) finish();
}

void GatewayTalk::finish() {
    ended_ = true;
    next_at_ = Time::max();
}

void GatewayTalk::next(Time now) {
    if (++at_ == questions_.size()) return finish();
    ask(now);
}

void GatewayTalk::received(crypto::ByteView datagram, Time now) {
    if (ended_) return;
    if (const auto given = read_pcp(datagram); given && given->result != 1) {
        if (!take_pcp(*given, now)) ++answer_.ignored;
    } else if (is_other_version(datagram)) {
        finish();  // it does not speak PCP, or not ours
    } else {
        ++answer_.ignored;
    }
}

void GatewayTalk::refuse(std::string fault, Time now) {
    answer_.grants.push_back({questions_[at_].wish.inner, 0, {}, std::move(fault)});
    next(now);
}

void GatewayTalk::grant(std::uint16_t outer, seconds lease, Time now) {
    // RFC 6886 §3.3, RFC 6887 §15: a lifetime of 0 would be the end of the mapping.
    if (outer == 0 || lease == seconds(0)) return refuse("it gave no port", now);
    answer_.grants.push_back({questions_[at_].wish.inner, outer, lease, {}});
    next(now);
}

void GatewayTalk::received(const NatPmpAnswer& given, Time now) {
    if (ended_) return;
    const auto& question = questions_[at_];
    const bool of_address = question.what == Question::For::address;
    answer_.speaks = true;
    if (given.result == 0) answer_.epoch = given.epoch;
    if (question.what == Question::For::ending) return next(now);
    if (!of_address) {
        if (given.result != 0) return refuse(nat_pmp_fault(given.result), now);
        return grant(given.outer, given.lifetime, now);
    }
    if (given.result != 0) {
        answer_.fault = nat_pmp_fault(given.result);
    } else if (given.address.is_unspecified()) {  // §3.2: no link
        answer_.fault = "it has no address itself";
    } else {
        answer_.outer_address = given.address;
        return next(now);
    }
    finish();
}

bool GatewayTalk::take_pcp(const PcpAnswer& given, Time now) {
    const auto& question = questions_[at_];
    if (question.what == Question::For::epoch) {
        if (given.map) return false;
        answer_.speaks = answer_.only_epoch = true;
        answer_.epoch = given.epoch;
        finish();
        return true;
    }
    const auto& own = request_.gateway.own;
    if (given.map) {
        const bool to_it = given.map->inner == question.wish.inner &&
                           given.map->nonce == pcp_nonce(secret_, own, question.wish.inner);
        if (!to_it) return false;
    } else if (given.result == 0) {
        return false;  // an announcement
    }
    answer_.speaks = true;
    answer_.epoch = given.epoch;
    if (question.what == Question::For::ending) {
        next(now);
    } else if (given.result != 0) {
        refuse(pcp_fault(given.result), now);
    } else if (const auto& outer = given.map->outer_address;
               outer.is_unspecified() || outer.is_v4() != own.is_v4()) {
        refuse("it has no address itself", now);
    } else {
        answer_.outer_address = outer;
        grant(given.map->outer, given.lifetime, now);
    }
    return true;
}

}  // namespace node

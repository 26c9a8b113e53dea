// node/reach/stranger_questions.cpp - often at first, then seldom, and at once for who is new.
#include "node/reach/stranger_questions.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace node {
namespace {

std::chrono::seconds pause_after(unsigned in_vain) {
    return std::chrono::seconds(in_vain <= 30 ? 4 : in_vain <= 60 ? 60 : 300);
}

}  // namespace

std::size_t StrangerQuestions::begin(Time now) {
    if (now < again_) return 0;
    asked_at_ = now;
    const bool all = std::exchange(met_, false) || in_vain_ == 0;
    if (in_vain_ > 0) again_ = now + pause_after(in_vain_);
    return all ? std::numeric_limits<std::size_t>::max() : 1;
}

bool StrangerQuestions::nobody_offers(Time now) {
    if (!met_) again_ = std::max(again_, now + pause_after(in_vain_));
    ++in_vain_;
    return met_;
}

void StrangerQuestions::promised() {
    again_ = {};
    in_vain_ = 0;
}

bool StrangerQuestions::met(const asio::ip::address& who, Time now) {
    if (known_.contains(who)) {
        again_ = std::min(again_, asked_at_ + pause_after(0));
        return now >= again_;
    }
    if (!newcomers_.take(1, now)) return false;
    known_.put(who, {});
    met_ = true;
    again_ = now;
    return true;
}

}  // namespace node

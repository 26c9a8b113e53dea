// node/reach/settled_view.cpp - compares what is said by what follows from it, not by its counts.
#include "node/reach/settled_view.hpp"

#include <algorithm>

namespace node {
namespace {

using View = SettledView::View;

bool is_supported(const overlay::SeenAddress& seen) {
    return seen.networks >= 2 || seen.networks * 2 >= seen.of;
}

/// The first of each family, and all that are supported.
std::vector<asio::ip::address> meaning(const View& view) {
    std::vector<asio::ip::address> firsts, others;
    bool v4 = false, v6 = false;
    for (const auto& seen : view) {
        bool& known = seen.address.is_v4() ? v4 : v6;
        if (!known) firsts.push_back(seen.address);
        if (is_supported(seen)) others.push_back(seen.address);
        known = true;
    }
    std::ranges::sort(firsts);
    std::ranges::sort(others);
    firsts.insert(firsts.end(), others.begin(), others.end());
    return firsts;
}

}  // namespace

bool supports(const View& view, const asio::ip::address& address) {
    return std::ranges::any_of(
        view, [&](const auto& seen) { return seen.address == address && is_supported(seen); });
}

void SettledView::settle() {
    counts_ = latest_;
    other_since_.reset();
    gone_since_.reset();
}

void SettledView::start_over(Time now) {
    settle();
    fresh_until_ = now + forgotten;
}

void SettledView::seen(View view, Time now) {
    on_time(now);  // what was said until now has lasted until now
    const bool same = meaning(view) == meaning(latest_);
    latest_ = std::move(view);
    const bool as_before = meaning(latest_) == meaning(counts_);
    if (as_before) return settle();
    const bool fresh = fresh_until_ && now < *fresh_until_;
    if (counts_.empty() || fresh) {
        fresh_until_.reset();
        return settle();
    }
    if (!same || !other_since_) other_since_ = now;
    if (!gone_since_) gone_since_ = now;
}

void SettledView::on_time(Time now) {
    const bool lasted = other_since_ && now - *other_since_ >= lasts;
    const bool gone = gone_since_ && now - *gone_since_ >= forgotten;
    if (lasted || gone) settle();
}

std::optional<SettledView::Time> SettledView::next_wake() const {
    if (!other_since_ || !gone_since_) return std::nullopt;
    return std::min(*other_since_ + lasts, *gone_since_ + forgotten);
}

}  // namespace node

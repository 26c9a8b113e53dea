// overlay/listen_quota.cpp - counts listens by source.
#include "overlay/listen_quota.hpp"

#include "overlay/source.hpp"

namespace overlay {
namespace {

constexpr std::chrono::minutes lifetime{10};    // OpenDHT's, since the last refresh
constexpr std::chrono::seconds sweep_pause{1};  // a walk over all sources

}  // namespace

bool ListenQuota::admit(const asio::ip::address& from, const std::string& what, TimePoint now) {
    release(now);
    const auto name = source_of(from);
    const auto source = sources_.try_emplace(name).first;
    const auto known = source->second.refreshed.find(what);
    if (known != source->second.refreshed.end()) {
        auto& ages = source->second.by_age;
        for (auto [age, end] = ages.equal_range(known->second); age != end; ++age) {
            if (age->second != what) continue;
            ages.erase(age);
            break;
        }
        ages.emplace(now, what);
        known->second = now;
        return true;
    }
    const auto has = source->second.refreshed.size();
    if (has >= limits_.per_source || remembered() >= limits_.with_forgotten ||
        (listens_ >= limits_.all && !make_room(has, now))) {
        if (has == 0) sources_.erase(source);
        return false;
    }
    remember(source, what, now);
    return true;
}

void ListenQuota::remember(Sources::iterator source, const std::string& what, TimePoint now) {
    const auto& [name, held] = *source;
    by_greed_.erase({held.refreshed.size(), name});
    source->second.refreshed.emplace(what, now);
    source->second.by_age.emplace(now, what);
    by_greed_.emplace(held.refreshed.size(), name);
    ++listens_;
}

void ListenQuota::remove_oldest(Sources::iterator source) {
    auto& held = source->second;
    by_greed_.erase({held.refreshed.size(), source->first});
    held.refreshed.erase(held.by_age.begin()->second);
    held.by_age.erase(held.by_age.begin());
    --listens_;
    if (held.refreshed.empty()) {
        sources_.erase(source);
    } else {
        by_greed_.emplace(held.refreshed.size(), source->first);
    }
}

bool ListenQuota::make_room(std::size_t for_one_with, TimePoint now) {
    const auto greediest = by_greed_.rbegin();
    if (greediest == by_greed_.rend() || greediest->first <= for_one_with + 1) return false;
    remove_oldest(sources_.find(greediest->second));
    forgotten_.push_back(now + lifetime);  // at the latest
    return true;
}

void ListenQuota::release(TimePoint now) {
    while (!forgotten_.empty() && forgotten_.front() <= now)
        forgotten_.pop_front();
    if (now - swept_ < sweep_pause) return;
    swept_ = now;
    for (auto source = sources_.begin(); source != sources_.end();) {
        const auto next = std::next(source);
        for (auto left = source->second.by_age.size();
             left > 0 && source->second.by_age.begin()->first + lifetime <= now; --left)
            remove_oldest(source);
        source = next;
    }
}

}  // namespace overlay

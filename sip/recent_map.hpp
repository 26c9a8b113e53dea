// sip/recent_map.hpp - a bounded map: of too many entries, the one not used for longest is let go.
// 1. Never more than `capacity` entries, a capacity of 0 being 1. put() and make() let the oldest go when
//    there is no room.
// 2. An entry becomes the newest by put(), make() and use(). find() and contains() only look.
// 3. A pointer to a value stays good until that entry is erased or let go.
// 4. Walks go from the oldest to the newest. So whoever keeps a time in the value has entries with an age:
//    drop_while() lets go from the oldest on.
// Every step costs O(log n); each key is kept once. No clock, one thread. overlay/recent_map.hpp is the same
// for the other side of the wall.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <set>
#include <utility>
#include <variant>

namespace sip {

template <typename Key, typename Value, typename Less = std::less<>>
class RecentMap {
public:
    using Entry = std::pair<const Key, Value>;

    explicit RecentMap(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}
    RecentMap(const RecentMap&) = delete;  // by_key_ points into entries_
    RecentMap& operator=(const RecentMap&) = delete;

    /// nullptr when there is none.
    template <typename K>
    [[nodiscard]] Value* find(const K& key) {
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? nullptr : &(*found)->second;
    }
    template <typename K>
    [[nodiscard]] const Value* find(const K& key) const {
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? nullptr : &(*found)->second;
    }
    template <typename K>
    [[nodiscard]] bool contains(const K& key) const {
        return by_key_.contains(key);
    }
    /// As find(); what is found is the newest from now on.
    template <typename K>
    Value* use(const K& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return nullptr;
        entries_.splice(entries_.end(), entries_, *found);
        return &(*found)->second;
    }
    /// The value of `key`, made of `arguments` when there is none; the newest from now on.
    template <typename... Arguments>
    Value& make(const Key& key, Arguments&&... arguments) {
        if (Value* const known = use(key)) return *known;
        if (entries_.size() >= capacity_) drop_oldest();
        entries_.emplace_back(std::piecewise_construct, std::forward_as_tuple(key),
                              std::forward_as_tuple(std::forward<Arguments>(arguments)...));
        by_key_.insert(std::prev(entries_.end()));
        return entries_.back().second;
    }
    /// Adds or replaces; the newest from now on.
    Value& put(const Key& key, Value value) {
        if (Value* const known = use(key)) return *known = std::move(value);
        return make(key, std::move(value));
    }
    template <typename K>
    bool erase(const K& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return false;
        const Place place = *found;
        by_key_.erase(found);
        entries_.erase(place);
        return true;
    }
    /// Lets entries go, the oldest first, as long as `too_old(key, value)`.
    template <typename Predicate>
    void drop_while(Predicate too_old) {
        while (!entries_.empty() && too_old(entries_.front().first, std::as_const(entries_.front().second)))
            drop_oldest();
    }

    /// Walks over all.
    template <typename Predicate>
    void erase_if(Predicate gone) {
        for (auto place = entries_.begin(); place != entries_.end();) {
            const auto next = std::next(place);
            if (gone(place->first, std::as_const(place->second))) {
                by_key_.erase(place);
                entries_.erase(place);
            }
            place = next;
        }
    }

    /// REQUIRES: not empty.
    [[nodiscard]] const Entry& oldest() const { return entries_.front(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] bool full() const noexcept { return entries_.size() >= capacity_; }
    [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
    [[nodiscard]] auto end() const noexcept { return entries_.end(); }

private:
    using Place = typename std::list<Entry>::iterator;
    struct ByKey {
        using is_transparent = void;
        bool operator()(Place a, Place b) const { return Less{}(a->first, b->first); }
        template <typename K>
        bool operator()(Place a, const K& b) const {
            return Less{}(a->first, b);
        }
        template <typename K>
        bool operator()(const K& a, Place b) const {
            return Less{}(a, b->first);
        }
    };
    void drop_oldest() {
        by_key_.erase(entries_.begin());
        entries_.pop_front();
    }

    std::size_t capacity_;
    std::list<Entry> entries_;  // the newest last
    std::set<Place, ByKey> by_key_;
};

/// The same without values: put(key, {}).
template <typename Key, typename Less = std::less<>>
using RecentSet = RecentMap<Key, std::monostate, Less>;

}  // namespace sip

// sip/timer_queue.hpp - what is due when: many timers in one order, each with the key of what it belongs to.
//     TimerQueue<Key> queue_;                 // declared before what holds its timers
//     struct Entry { TimerQueue<Key>::Timer timer; ... };
//     queue_.set(entry.timer, key, at);       // adds or moves
//     while (const Key* key = queue_.due(now)) { ... }
// 1. due() names the earliest timer that is due, among equals the one set first, and leaves it: whoever asks
//    moves or cancels it, else it is named again.
// 2. A Timer that is destroyed is cancelled: no key of what is gone is ever named.
// 3. set() and cancel() cost O(log n) without a look at any key; moving allocates nothing.
// No clock, one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace sip {

template <typename Key>
class TimerQueue {
public:
    using Time = std::chrono::steady_clock::time_point;

    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;  // timers point here
    TimerQueue& operator=(const TimerQueue&) = delete;

    class Timer {
    public:
        Timer() = default;
        Timer(Timer&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)), place_(other.place_) {}
        Timer& operator=(Timer&& other) noexcept {
            if (this == &other) return *this;
            cancel();
            queue_ = std::exchange(other.queue_, nullptr);
            place_ = other.place_;
            return *this;
        }
        ~Timer() { cancel(); }

        void cancel() noexcept {
            if (queue_ != nullptr) queue_->order_.erase(place_);
            queue_ = nullptr;
        }
        [[nodiscard]] bool is_set() const noexcept { return queue_ != nullptr; }
        /// REQUIRES: is_set().
        [[nodiscard]] Time at() const { return place_->first; }

    private:
        friend class TimerQueue;
        TimerQueue* queue_ = nullptr;  // nullptr: not set
        typename std::multimap<Time, Key>::iterator place_{};
    };

    /// Adds `timer`, or moves it. REQUIRES: it is of no other queue; the same key each time.
    void set(Timer& timer, const Key& key, Time at) {
        if (timer.queue_ != nullptr) {
            auto node = order_.extract(timer.place_);
            node.key() = at;
            timer.place_ = order_.insert(std::move(node));
        } else {
            timer.place_ = order_.emplace(at, key);
            timer.queue_ = this;
        }
    }
    /// The key of the earliest timer that is due. Good until that timer is moved or cancelled.
    [[nodiscard]] const Key* due(Time now) const {
        return !order_.empty() && order_.begin()->first <= now ? &order_.begin()->second : nullptr;
    }
    [[nodiscard]] std::optional<Time> next_wake() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->first;
    }
    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

private:
    std::multimap<Time, Key> order_;
};

}  // namespace sip

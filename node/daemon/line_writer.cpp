// node/daemon/line_writer.cpp - a queue and the thread that empties it.
#include "node/daemon/line_writer.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace node {
namespace {

constexpr auto patience_at_the_end = std::chrono::milliseconds(200);

/// False: there is nobody to read it any more.
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(descriptor, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {  // somebody else's choice for a descriptor that is shared
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            continue;
        }
        if (n < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

struct LineWriter::Queue {
    explicit Queue(int to, std::size_t bytes) : descriptor(to), most_bytes(bytes) {}

    /// On the thread, until the end.
    void empty() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return ending || !waiting.empty() || gap > 0; });
            if (waiting.empty() && gap == 0) break;
            std::string lines;
            lines.swap(waiting);
            if (gap > 0)
                lines += fmt::format("({} lines are missing here: this log was not read fast enough)\n", gap);
            gap = 0;
            lock.unlock();
            (void)write_all(descriptor, lines);
            lock.lock();
        }
        ended = true;
        changed.notify_all();
    }

    const int descriptor;
    const std::size_t most_bytes;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::string waiting;
    std::uint64_t gap = 0;  // lines dropped since the last that were written
    std::uint64_t dropped = 0;
    bool started = false, ending = false, ended = false;
};

LineWriter::LineWriter(int descriptor, std::size_t most_bytes)
    : queue_(std::make_shared<Queue>(descriptor, most_bytes)) {}

LineWriter::~LineWriter() {
    if (!thread_.joinable()) return;
    std::unique_lock lock(queue_->mutex);
    queue_->ending = true;
    queue_->changed.notify_all();
    const bool ended = queue_->changed.wait_for(lock, patience_at_the_end, [this] { return queue_->ended; });
    lock.unlock();
    if (ended) {
        thread_.join();
    } else {
        thread_.detach();
    }
}

void LineWriter::start() {
    {
        const std::scoped_lock lock(queue_->mutex);
        queue_->started = true;
    }
    thread_ = std::thread([queue = queue_] {
        pthread_setname_np(pthread_self(), "log");
        queue->empty();
    });
}

void LineWriter::write(std::string_view lines) {
    const std::scoped_lock lock(queue_->mutex);
    if (!queue_->started) return void(write_all(queue_->descriptor, lines));
    if (queue_->gap > 0 || queue_->waiting.size() + lines.size() > queue_->most_bytes) {
        // While there is a gap nothing follows it: what is missing is in one place, and its number is right.
        const auto count = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
        queue_->gap += count;
        queue_->dropped += count;
        return;
    }
    queue_->waiting += lines;
    queue_->changed.notify_all();
}

std::uint64_t LineWriter::dropped() const {
    const std::scoped_lock lock(queue_->mutex);
    return queue_->dropped;
}

}  // namespace node

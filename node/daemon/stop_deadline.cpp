// node/daemon/stop_deadline.cpp - a thread that waits for the end.
#include "node/daemon/stop_deadline.hpp"

#include <pthread.h>
#include <unistd.h>

namespace node {

StopDeadline::~StopDeadline() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void StopDeadline::set(std::chrono::milliseconds time) {
    thread_ = std::thread([this, time] {
        pthread_setname_np(pthread_self(), "stop");
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, time, [this] { return ended_; })) _exit(0);
    });
}

}  // namespace node

// node/daemon/stop_deadline.hpp - whatever hangs at the end (a resolver that waits for a dead DNS server, a
// router, a disk), the process ends in time. What counts has been written by then, as it must be for kill -9.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace node {

class StopDeadline {
public:
    StopDeadline() = default;
    /// All has ended in time.
    ~StopDeadline();
    StopDeadline(const StopDeadline&) = delete;  // its thread points back here
    StopDeadline& operator=(const StopDeadline&) = delete;

    /// After `time` the process ends with exit code 0, whatever it does. REQUIRES: called once.
    void set(std::chrono::milliseconds time);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace node

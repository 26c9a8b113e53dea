// node/daemon/loop_thread.hpp - an asio loop with its thread, which bears the name of its job. Nothing may be
// thrown on a loop; if something is, that handler ends, and it is logged.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <functional>
#include <thread>

namespace node {

class LoopThread {
public:
    /// `name`: at most 15 characters, as the kernel shows it (`ps -L`).
    explicit LoopThread(const char* name) : name_(name), work_(asio::make_work_guard(loop)) {}
    ~LoopThread();
    LoopThread(const LoopThread&) = delete;  // the thread runs on `loop`
    LoopThread& operator=(const LoopThread&) = delete;

    /// `ended` is called on the thread, when the loop has run dry or was stopped.
    void start(std::function<void()> ended);
    /// The loop ends as it is, and then the thread: what lives on the loop may go. Called by another thread.
    void stop_and_join();
    /// The loop ends once nothing is left to do.
    void finish() { work_.reset(); }

    asio::io_context loop{1};

private:
    void run();

    const char* name_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace node

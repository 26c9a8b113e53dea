// node/daemon/loop_thread.cpp - runs a loop until it has nothing left to do.
#include "node/daemon/loop_thread.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

namespace node {

LoopThread::~LoopThread() {
    stop_and_join();
}

void LoopThread::stop_and_join() {
    loop.stop();
    if (thread_.joinable()) thread_.join();
}

void LoopThread::start(std::function<void()> ended) {
    thread_ = std::thread([this, ended = std::move(ended)] {
        pthread_setname_np(pthread_self(), name_);
        run();
        ended();
    });
}

void LoopThread::run() {
    for (;;) {
        try {
            loop.run();
            return;
        } catch (const std::exception& e) {
            spdlog::error("{} loop: a handler failed, please report this: {}", name_, e.what());
        }
    }
}

}  // namespace node

// tests/sip/loop.hpp - a loop that a test steps by itself, for what needs real sockets.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>

namespace sip {

struct Loop {
    asio::io_context loop;

    /// Runs the loop until `done`, at most 5 s. Returns whether it was.
    template <typename Done>
    bool run_until(Done done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop.run_one_for(std::chrono::milliseconds(10));
            loop.restart();
        }
        return true;
    }
};

}  // namespace sip

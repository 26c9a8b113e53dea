// node/daemon/line_writer.hpp - lines for a descriptor whose reader may stall (a full pipe, a terminal after
// Ctrl-S): no loop ever waits for it. A queue bounded in bytes, and a thread of its own that waits. What does
// not fit is dropped and counted, and the reader is told of the gap when he reads again.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

namespace node {

/// Any thread.
class LineWriter {
public:
    static constexpr std::size_t usual_bytes = std::size_t{256} * 1024;
    explicit LineWriter(int descriptor, std::size_t most_bytes = usual_bytes);
    /// What is queued is written as far as the reader takes it within a fifth of a second.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;  // the thread writes for it
    LineWriter& operator=(const LineWriter&) = delete;

    /// Until then write() writes by itself, and so waits: nothing else is going on yet. One thread calls it,
    /// once.
    void start();
    /// `lines`: whole ones, each with its end.
    void write(std::string_view lines);
    [[nodiscard]] std::uint64_t dropped() const;

private:
    struct Queue;
    const std::shared_ptr<Queue> queue_;  // outlives us where the thread still waits for the reader
    std::thread thread_;
};

}  // namespace node

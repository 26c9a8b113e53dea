// node/daemon/log.hpp - the log of the running node: lines on standard error. Where that is systemd's journal
// each line begins with its level, and the journal has its own clock.
#pragma once

#include <string>
#include <string_view>

#include "node/daemon/line_writer.hpp"

namespace node {

/// The log of the process, while it is here.
class Log {
public:
    /// `level`: of log.level. Writes to `descriptor`.
    explicit Log(const std::string& level, int descriptor);
    // REQUIRES: no other thread logs any more.
    ~Log();
    Log(const Log&) = delete;  // what writes to it points here
    Log& operator=(const Log&) = delete;

    LineWriter& writer() noexcept { return writer_; }

private:
    LineWriter writer_;
};

/// `named` is $JOURNAL_STREAM: does it name the file behind `descriptor`? (systemd.exec(5))
bool is_journal(std::string_view named, int descriptor);

}  // namespace node

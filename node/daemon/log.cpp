// node/daemon/log.cpp - spdlog's lines, handed to the writer.
#include "node/daemon/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <mutex>

namespace node {
namespace {

/// sd-daemon(3): syslog's levels, which the journal takes off each line.
std::string_view journal_prefix(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug: return "<7>";
        case spdlog::level::warn: return "<4>";
        case spdlog::level::err: return "<3>";
        case spdlog::level::critical: return "<2>";
        case spdlog::level::info:
        case spdlog::level::off:
        case spdlog::level::n_levels: break;
    }
    return "<6>";
}

/// Formats a line, and leaves the waiting to the writer.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    LogSink(LineWriter& writer, bool journal) : writer_(writer), journal_(journal) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        if (journal_) {
            const auto prefix = journal_prefix(message.level);
            line.append(prefix.begin(), prefix.end());
        }
        formatter_->format(message, line);
        writer_.write({line.data(), line.size()});
    }
    void flush_() override {}
    LineWriter& writer_;
    const bool journal_;
};

}  // namespace

Log::Log(const std::string& level, int descriptor) : writer_(descriptor) {
    const char* named = std::getenv("JOURNAL_STREAM");
    const bool journal = named != nullptr && is_journal(named, descriptor);
    auto log = std::make_shared<spdlog::logger>("hedgewitch", std::make_shared<LogSink>(writer_, journal));
    log->set_level(spdlog::level::from_str(level));
    log->set_pattern(journal ? "%v" : "%Y-%m-%d %H:%M:%S %l %v");
    spdlog::set_default_logger(std::move(log));
}

Log::~Log() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::null_sink_mt>()));
}

bool is_journal(std::string_view named, int descriptor) {
    struct stat file {};
    if (fstat(descriptor, &file) != 0) return false;
    return named == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

}  // namespace node

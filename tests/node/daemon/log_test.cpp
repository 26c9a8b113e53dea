// tests/node/daemon/log_test.cpp - lines for people, and lines for the journal.
#include "node/daemon/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <regex>
#include <stdexcept>

namespace node {
namespace {

class OnAPipe : public testing::Test {
protected:
    OnAPipe() {
        if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    }
    ~OnAPipe() override {
        unsetenv("JOURNAL_STREAM");
        close(ends[0]);
        close(ends[1]);
    }
    /// As systemd names what it has put behind standard error.
    [[nodiscard]] std::string stream() const {
        struct stat file {};
        fstat(ends[1], &file);
        return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
    }
    std::string logged(const std::string& level) const {
        Log log(level, ends[1]);
        spdlog::debug("a call");
        spdlog::info("a phone");
        spdlog::warn("a clock");
        spdlog::error("a disk");
        std::array<char, 4096> some{};
        const auto n = read(ends[0], some.data(), some.size());
        return {some.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
    }
    std::array<int, 2> ends{};
};

TEST_F(OnAPipe, the_journal_is_given_levels_and_no_time_of_its_own) {
    setenv("JOURNAL_STREAM", stream().c_str(), 1);
    EXPECT_EQ(logged("debug"), "<7>a call\n<6>a phone\n<4>a clock\n<3>a disk\n");
}

TEST_F(OnAPipe, anybody_else_is_given_the_time_and_words) {
    // Of a service whose standard error was sent to a file: the journal's name is still in the environment.
    setenv("JOURNAL_STREAM", "1:2", 1);
    const std::string lines = logged("warn");
    EXPECT_TRUE(std::regex_match(lines, std::regex("[-0-9]{10} [:0-9]{8} warning a clock\n"
                                                   "[-0-9]{10} [:0-9]{8} error a disk\n")))
        << lines;
}

}  // namespace
}  // namespace node

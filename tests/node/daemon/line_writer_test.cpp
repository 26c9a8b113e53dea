// tests/node/daemon/line_writer_test.cpp - a pipe whose reader stalls.
#include "node/daemon/line_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <regex>
#include <stdexcept>
#include <string>

namespace node {
namespace {

using testing::EndsWith;

class StalledPipe : public testing::Test {
protected:
    StalledPipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        fcntl(ends[1], F_SETPIPE_SZ, 4096);
    }
    ~StalledPipe() override {
        close(ends[0]);
        if (ends[1] >= 0) close(ends[1]);
    }
    /// Until `end` was read.
    std::string read_until(const std::string& end) const {
        std::string text;
        std::array<char, 4096> some{};
        while (text.find(end) == std::string::npos) {
            const auto n = read(ends[0], some.data(), some.size());
            if (n <= 0) break;
            text.append(some.data(), static_cast<std::size_t>(n));
        }
        return text;
    }
    std::array<int, 2> ends{};
};

TEST_F(StalledPipe, whoever_writes_never_waits_and_the_reader_is_told_what_he_missed) {
    LineWriter writer(ends[1], 16 * 1024);
    writer.start();
    const auto began = std::chrono::steady_clock::now();
    const std::string line(99, 'x');
    for (int i = 0; i < 10'000; ++i)
        writer.write(line + "\n");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    const auto dropped = writer.dropped();
    EXPECT_GT(dropped, 9000U) << "a megabyte was written, and 20 KiB are kept";
    EXPECT_LT(dropped, 10'000U);
    std::uint64_t told = 0;
    bool first = true;
    while (told < dropped) {
        const std::string text = read_until("missing here");
        EXPECT_TRUE(!first || text.starts_with(line));
        first = false;
        const std::regex gap("\\((\\d+) lines are missing here");
        for (std::sregex_iterator at(text.begin(), text.end(), gap), end; at != end; ++at)
            told += std::stoull((*at)[1]);
        ASSERT_FALSE(text.empty());
    }
    EXPECT_EQ(told, dropped);
    writer.write("and on it goes\n");
    EXPECT_THAT(read_until("goes\n"), EndsWith("and on it goes\n"));
    EXPECT_EQ(writer.dropped(), dropped);
}

TEST_F(StalledPipe, its_end_does_not_wait_for_a_reader_either) {
    const auto began = std::chrono::steady_clock::now();
    {
        LineWriter writer(ends[1]);
        writer.start();
        writer.write(std::string(60'000, 'x') + "\n");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
    read_until("x\n");  // lets the thread go
}

TEST_F(StalledPipe, what_was_written_before_the_end_arrives) {
    {
        LineWriter writer(ends[1]);
        writer.write("before there is a thread\n");
        writer.start();
        writer.write("after\n");
    }
    EXPECT_EQ(read_until("after\n"), "before there is a thread\nafter\n");
}

TEST_F(StalledPipe, a_reader_who_has_gone_ends_nothing) {
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    LineWriter writer(ends[1]);
    writer.start();
    for (int i = 0; i < 100; ++i)
        writer.write("nobody hears this\n");
    EXPECT_EQ(writer.dropped(), 0U);
    ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace
}  // namespace node

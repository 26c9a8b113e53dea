// tests/node/relay/pipes_driver_test.cpp - bytes go both ways, at the rate that is allowed, and then it ends.
#include "node/relay/pipes_driver.hpp"

#include <gtest/gtest.h>

#include <asio/write.hpp>

#include "tests/sip/loop.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

const sip::PipeId pipe{1};

struct Pipes : testing::Test, sip::Loop, PipesDriver::Host {
    tcp::acceptor acceptor{loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
    std::vector<sip::PipeId> ended;
    std::vector<tcp::socket> kept;

    void pipe_ended(const sip::PipeId& id) override { ended.push_back(id); }
    /// One end of a connection is ours, the other is given back.
    tcp::socket connect(tcp::socket& ours) {
        ours.connect(acceptor.local_endpoint());
        ours.non_blocking(true);
        return acceptor.accept();
    }
    static std::string read(tcp::socket& socket) {
        std::array<char, 65536> buffer{};
        std::error_code error;
        const auto got = socket.read_some(asio::buffer(buffer), error);
        return {buffer.data(), got};
    }
    static bool has_ended(tcp::socket& socket) {
        char one = 0;
        std::error_code error;
        socket.read_some(asio::buffer(&one, 1), error);
        return error && error != asio::error::would_block;
    }
};

TEST_F(Pipes, what_the_caller_has_said_before_is_there_first_and_answers_come_back) {
    PipesDriver pipes(loop, *this);
    tcp::socket caller(loop), answerer(loop);
    pipes.wait(pipe, connect(caller));
    asio::write(caller, asio::buffer("hello", 5));
    loop.run_for(20ms);
    pipes.join(pipe, connect(answerer));
    std::string there, back;
    ASSERT_TRUE(run_until([&] { return (there += read(answerer)) == "hello"; }));
    asio::write(answerer, asio::buffer("world", 5));
    ASSERT_TRUE(run_until([&] { return (back += read(caller)) == "world"; }));
    EXPECT_EQ(pipes.bytes(), 10U);
    caller.close();
    ASSERT_TRUE(run_until([&] { return has_ended(answerer); }));
    answerer.close();
    ASSERT_TRUE(run_until([&] { return !ended.empty(); }));
    EXPECT_EQ(ended, std::vector{pipe});
}

TEST_F(Pipes, a_caller_for_whom_nobody_comes_is_let_go) {
    PipeLimits limits;
    limits.waiting = 50ms;
    PipesDriver pipes(loop, *this, limits);
    tcp::socket caller(loop);
    pipes.wait(pipe, connect(caller));
    ASSERT_TRUE(run_until([&] { return !ended.empty(); }));
    EXPECT_TRUE(has_ended(caller));
    tcp::socket late(loop);
    pipes.join(pipe, connect(late));
    EXPECT_TRUE(has_ended(late)) << "and who comes later meets nobody";
}

TEST_F(Pipes, a_pipe_on_which_nothing_goes_ends_and_one_that_is_used_stays) {
    PipeLimits limits;
    limits.idle = 150ms;
    PipesDriver pipes(loop, *this, limits);
    tcp::socket caller(loop), answerer(loop);
    pipes.wait(pipe, connect(caller));
    pipes.join(pipe, connect(answerer));
    for (int i = 0; i < 8; ++i) {
        asio::write(caller, asio::buffer("\r\n\r\n", 4));
        loop.run_for(50ms);
        loop.restart();
    }
    EXPECT_TRUE(ended.empty()) << "keep-alives of 400 ms";
    ASSERT_TRUE(run_until([&] { return !ended.empty(); }));
}

TEST_F(Pipes, more_than_the_burst_goes_at_the_rate) {
    PipeLimits limits;
    limits.burst = 8192;
    limits.bytes_a_second = 65536;
    PipesDriver pipes(loop, *this, limits);
    tcp::socket caller(loop), answerer(loop);
    pipes.wait(pipe, connect(caller));
    pipes.join(pipe, connect(answerer));
    const std::string much(8192 + 32768, 'x');
    const auto begun = Clock::now();
    asio::write(caller, asio::buffer(much));
    std::size_t got = 0;
    ASSERT_TRUE(run_until([&] { return (got += read(answerer).size()) >= much.size(); }));
    const auto took = Clock::now() - begun;
    EXPECT_GE(took, 400ms) << "half a second for half of what goes in one";
}

TEST_F(Pipes, who_has_moved_loses_those_that_he_opened_from_elsewhere_and_no_other) {
    PipesDriver pipes(loop, *this);
    tcp::socket caller(loop), answerer(loop), waiting(loop);
    const sip::PipeId waits{2};
    pipes.wait(pipe, connect(caller));
    pipes.join(pipe, connect(answerer));
    pipes.wait(waits, connect(waiting));
    for (const auto& id : {pipe, waits, sip::PipeId{3}})
        pipes.end_unless_from(id, asio::ip::make_address("127.0.0.1"));
    loop.run_for(50ms);
    loop.restart();
    EXPECT_TRUE(ended.empty());
    for (const auto& id : {pipe, waits, sip::PipeId{3}})
        pipes.end_unless_from(id, asio::ip::make_address("203.0.113.7"));
    ASSERT_TRUE(run_until([&] { return !ended.empty(); }));
    EXPECT_EQ(ended, std::vector{pipe});
    EXPECT_TRUE(has_ended(caller)) << "he hears of it at once, and calls again";
    EXPECT_FALSE(has_ended(waiting));
}

TEST_F(Pipes, they_end_with_the_driver) {
    tcp::socket caller(loop), answerer(loop);
    {
        PipesDriver pipes(loop, *this);
        pipes.wait(pipe, connect(caller));
        pipes.join(pipe, connect(answerer));
        loop.run_for(10ms);
        loop.restart();
    }
    loop.run_for(10ms);
    EXPECT_TRUE(has_ended(caller));
    EXPECT_TRUE(ended.empty());
}

}  // namespace
}  // namespace node

// tests/node/daemon/service_manager_test.cpp - the real node, and in systemd's place a socket that it tells.
#include "node/daemon/service_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>

#include <asio/ip/udp.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

/// What NOTIFY_SOCKET names.
class Manager {
public:
    explicit Manager(const std::string& name) : socket_(loop_) {
        asio::local::datagram_protocol::endpoint at(name.front() == '@' ? '\0' + name.substr(1) : name);
        socket_.open();
        socket_.bind(at);
        setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    ~Manager() { unsetenv("NOTIFY_SOCKET"); }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The next message, or nothing in that time.
    std::string next(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        std::string message;
        buffer_.fill(0);
        socket_.async_receive(asio::buffer(buffer_), [&](asio::error_code error, std::size_t n) {
            if (!error) message.assign(buffer_.data(), n);
        });
        loop_.restart();
        if (loop_.run_for(patience) == 0) {
            socket_.cancel();
            loop_.restart();
            loop_.run();
        }
        return message;
    }
    /// The next that begins like that; others are passed over.
    std::string next(const std::string& beginning) {
        for (int i = 0; i < 100; ++i) {
            std::string message = next();
            if (message.empty() || message.starts_with(beginning)) return message;
        }
        return "something else a hundred times";
    }

private:
    asio::io_context loop_;
    asio::local::datagram_protocol::socket socket_;
    std::array<char, 4096> buffer_{};
};

class Watched : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(node.command({"init"}).code, 0); }
    void TearDown() override { unsetenv("WATCHDOG_USEC"); }
    static std::string configuration() {
        const auto pid = static_cast<unsigned>(getpid());
        const std::string self =
            "127." + std::to_string(192 + (pid >> 8) % 60) + "." + std::to_string(pid % 256) + ".2";
        return "[sip]\nlisten = [\"udp:" + self + ":5060\"]\n[dht]\nnetwork = 31338\nlisten = [\"" + self +
               ":4222\"]\nlan = false\n[dns]\nenabled = false\n[media]\nstun_port = 0\n[reach]\npcp = false\n"
               "nat_pmp = false\nupnp = false\n";
    }
    Scratch scratch;
    TestNode node{configuration()};
};

TEST_F(Watched, the_service_manager_is_told_of_start_reload_and_stop_and_how_it_goes) {
    Manager manager((scratch.dir / "notify").string());
    const auto daemon = node.start();
    EXPECT_EQ(manager.next(), "READY=1");
    EXPECT_THAT(manager.next(), AllOf(testing::StartsWith("WATCHDOG=1\nSTATUS="), ContainsRegex("[.]$")));
    daemon->signal(SIGHUP);
    EXPECT_THAT(manager.next("RELOADING=1"), ContainsRegex("\nMONOTONIC_USEC=[0-9]+$"));
    EXPECT_EQ(manager.next("READY"), "READY=1");
    daemon->signal(SIGTERM);
    EXPECT_THAT(manager.next("STOPPING=1"), HasSubstr("\nSTATUS="));
    EXPECT_EQ(daemon->wait().code, 0);
}

TEST_F(Watched, an_abstract_name_is_as_good) {
    Manager manager("@hedgewitch-" + std::to_string(getpid()));
    const auto daemon = node.start();
    EXPECT_EQ(manager.next(), "READY=1");
}

TEST_F(Watched, a_manager_that_is_not_there_stops_nobody) {
    setenv("NOTIFY_SOCKET", (scratch.dir / "nobody").c_str(), 1);
    {
        const auto daemon = node.start();
        EXPECT_EQ(node.command({"status"}).code, 0);
    }
    setenv("NOTIFY_SOCKET", ("/" + std::string(300, 'x')).c_str(), 1);
    const auto daemon = node.start();
    EXPECT_THAT(daemon->err(), HasSubstr("NOTIFY_SOCKET"));
    unsetenv("NOTIFY_SOCKET");
}

/// The thread of that name.
pid_t thread_of(pid_t process, const std::string& name) {
    const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        std::ifstream file(task.path() / "comm");
        std::string comm;
        if (std::getline(file, comm) && comm == name) return std::stoi(task.path().filename());
    }
    return -1;
}

TEST_F(Watched, a_stuck_loop_is_never_told_as_alive) {
    Manager manager((scratch.dir / "notify").string());
    setenv("WATCHDOG_USEC", "900000", 1);  // a round each 300 ms
    const auto daemon = node.start();
    EXPECT_THAT(manager.next("WATCHDOG=1"), HasSubstr("STATUS="));
    for (const char* loop : {"sip", "overlay"}) {
        const pid_t thread = thread_of(daemon->pid(), loop);
        ASSERT_GT(thread, 0);
        if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0)
            GTEST_SKIP() << "a thread of another process cannot be held here: " << std::strerror(errno);
        ASSERT_EQ(ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr), 0);
        int status = 0;
        ASSERT_EQ(waitpid(thread, &status, __WALL), thread);
        int told = 0;  // a round that was past that loop still ends; and what lay in the socket before
        while (!manager.next(std::chrono::milliseconds(1500)).empty())
            ASSERT_LT(++told, 30) << loop;
        ASSERT_EQ(ptrace(PTRACE_DETACH, thread, nullptr, nullptr), 0);
        EXPECT_THAT(manager.next(), testing::StartsWith("WATCHDOG=1")) << loop;
    }
}

}  // namespace
}  // namespace node

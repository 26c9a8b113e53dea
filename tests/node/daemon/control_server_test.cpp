// tests/node/daemon/control_server_test.cpp - a real client against a real server over a real Unix socket.
#include "node/daemon/control_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>

#include "node/cli/control_client.hpp"
#include "node/state/lock_file.hpp"
#include "tests/node/scratch.hpp"
#include "tests/sanitized.hpp"

namespace node {
namespace {

using testing::HasSubstr;

class Control : public testing::Test {
protected:
    Control() : path(scratch.dir / "control.sock"), work(asio::make_work_guard(loop)) {}
    ~Control() override { stop(); }

    void serve(ControlServer::Handler handler) {
        server = std::make_unique<ControlServer>(loop, path, std::move(handler));
        thread = std::thread([this] { loop.run(); });
    }
    void stop() {
        if (!thread.joinable()) return;
        asio::post(loop, [this] {
            server.reset();
            work.reset();
        });
        thread.join();
    }
    void serve_echo() {
        serve([](const Json& request, const ControlServer::Reply& reply, const ControlServer::Fail& fail) {
            if (request["command"] == "fail") return fail("as asked");
            reply(request);
        });
    }
    int connect_raw() const {
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        connect(fd);
        return fd;
    }
    void connect(int fd) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path.c_str());
        const timeval limit{.tv_sec = 5, .tv_usec = 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    static std::string exchange(int fd, const std::string& bytes) {
        EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        return receive(fd);
    }
    static std::string receive(int fd) {
        std::string text;
        char c = 0;
        while (recv(fd, &c, 1, 0) == 1 && c != '\n')
            text += c;
        return text;
    }

    Scratch scratch;
    std::filesystem::path path;
    asio::io_context loop;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::unique_ptr<ControlServer> server;
    std::thread thread;
};

TEST_F(Control, without_any_descriptor_one_command_is_still_answered_and_nothing_spins) {
    if (testing::sanitized) GTEST_SKIP() << "UBSan looks at objects through a pipe, which takes descriptors";
    serve_echo();
    const int before = connect_raw();  // the loop has what it needs after this
    EXPECT_EQ(exchange(before, "{\"command\":\"first\"}\n"), R"({"ok":true,"result":{"command":"first"}})");
    const int one = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    const int lowest = dup(0);
    close(lowest);
    const rlimit tight{static_cast<rlim_t>(lowest), old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    connect(one);
    EXPECT_EQ(exchange(one, "{\"command\":\"status\"}\n"), R"({"ok":true,"result":{"command":"status"}})");
    connect(two);  // the kept one is in use: this one waits
    const auto worked = [] {
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    };
    const auto start = worked();
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    EXPECT_LT(worked() - start, std::chrono::milliseconds(200));
    close(one);
    EXPECT_EQ(exchange(two, "{\"command\":\"later\"}\n"), R"({"ok":true,"result":{"command":"later"}})");
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    close(two);
    close(before);
}

TEST_F(Control, a_request_gets_its_result) {
    serve_echo();
    EXPECT_EQ(ask_node(path, {{"command", "status"}, {"x", 1}})["x"], 1);
}

TEST_F(Control, an_error_comes_back_in_the_nodes_own_words) {
    serve_echo();
    try {
        ask_node(path, {{"command", "fail"}});
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "as asked");
    }
}

TEST_F(Control, without_a_node_the_client_says_that_none_runs) {
    EXPECT_THROW(ask_node(path, {{"command", "status"}}), NotRunning);
    write_text(path, "");
    EXPECT_THROW(ask_node(path, {{"command", "status"}}), NotRunning);
}

TEST_F(Control, only_the_owner_may_connect) {
    serve_echo();
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(Control, a_stale_socket_is_replaced_and_a_socket_goes_with_its_server) {
    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    close(dead);  // as after kill -9: the file stays
    serve_echo();
    EXPECT_EQ(ask_node(path, {{"command", "x"}})["command"], "x");
    stop();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Control, several_requests_use_one_connection) {
    serve_echo();
    const int fd = connect_raw();
    EXPECT_THAT(exchange(fd, "{\"command\":\"one\"}\n"), HasSubstr("one"));
    EXPECT_THAT(exchange(fd, "{\"command\":\"two\"}\n"), HasSubstr("two"));
    close(fd);
}

TEST_F(Control, what_is_no_request_is_answered_and_the_connection_goes_on) {
    serve_echo();
    const int fd = connect_raw();
    for (const char* junk : {"junk\n", "[]\n", "{}\n", "{\"command\":3}\n", "\n", "\xff\xfe\n"}) {
        EXPECT_THAT(exchange(fd, junk), HasSubstr("\"ok\":false")) << junk;
    }
    EXPECT_THAT(exchange(fd, "{\"command\":\"\xff\"}\n"), HasSubstr("\"ok\":false"));  // no UTF-8
    EXPECT_THAT(exchange(fd, "{\"command\":\"x\"}\n"), HasSubstr("\"ok\":true"));
    close(fd);
}

TEST_F(Control, a_line_without_end_is_cut_off) {
    serve_echo();
    const int fd = connect_raw();
    EXPECT_THAT(exchange(fd, std::string(max_control_line + 1, 'x')), HasSubstr("too long"));
    EXPECT_EQ(receive(fd), "");  // hung up
    close(fd);
}

TEST_F(Control, more_connections_than_allowed_are_hung_up_and_a_place_becomes_free) {
    serve_echo();
    std::vector<int> open;
    for (std::size_t i = 0; i < max_control_connections; ++i) {
        open.push_back(connect_raw());
        EXPECT_THAT(exchange(open.back(), "{\"command\":\"x\"}\n"), HasSubstr("\"ok\":true"));
    }
    const int extra = connect_raw();
    EXPECT_EQ(receive(extra), "");
    close(extra);
    for (const int fd : open)
        close(fd);
    // The server sees the ends when it reads them; a new client is served then.
    for (int tries = 0; tries < 50; ++tries) {
        try {
            EXPECT_EQ(ask_node(path, {{"command", "x"}})["command"], "x");
            return;
        } catch (const NotRunning&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    FAIL() << "no place became free";
}

TEST_F(Control, text_that_is_no_UTF_8_is_replaced_in_a_reply_not_thrown_over) {
    serve([](const Json&, const ControlServer::Reply& reply, const ControlServer::Fail&) {
        reply({{"user_agent", "bad \xff bytes"}});
    });
    EXPECT_THAT(ask_node(path, {{"command", "x"}})["user_agent"].get<std::string>(), HasSubstr("bad "));
}

TEST_F(Control, a_reply_that_comes_after_the_server_is_gone_meets_nobody) {
    ControlServer::Reply late;
    std::promise<void> asked;
    serve([&](const Json&, ControlServer::Reply reply, const ControlServer::Fail&) {
        late = std::move(reply);
        asked.set_value();
    });
    const int fd = connect_raw();
    ASSERT_GT(send(fd, "{\"command\":\"x\"}\n", 16, MSG_NOSIGNAL), 0);
    asked.get_future().wait();
    stop();
    loop.restart();
    late({{"x", 1}});
    loop.run();
    EXPECT_EQ(receive(fd), "");
    close(fd);
}

TEST(LockFile, a_second_holder_gets_nothing_until_the_first_lets_go) {
    Scratch scratch;
    auto first = LockFile::take(scratch.dir / "lock");
    ASSERT_TRUE(first);
    EXPECT_FALSE(LockFile::take(scratch.dir / "lock"));
    first.reset();
    EXPECT_TRUE(LockFile::take(scratch.dir / "lock"));
}

}  // namespace
}  // namespace node

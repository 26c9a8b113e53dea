// tests/node/process.hpp - runs the real binary: to its end, or beside the test until it is stopped.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/node/scratch.hpp"

namespace node {

struct Finished {
    int code = -1;  // exit code, or 128 + signal
    std::string out, err;
};

class Process {
public:
    /// Output goes to files in `folder`, so that no pipe can fill.
    Process(std::vector<std::string> command, std::filesystem::path folder, const std::string& input = {})
        : out_(folder / "stdout"), err_(folder / "stderr") {
        write_text(folder / "stdin", input);
        std::vector<char*> arguments;
        for (auto& part : command)
            arguments.push_back(part.data());
        arguments.push_back(nullptr);
        pid_ = fork();
        if (pid_ != 0) return;
        if (std::freopen((folder / "stdin").c_str(), "r", stdin) == nullptr ||
            std::freopen(out_.c_str(), "w", stdout) == nullptr ||
            std::freopen(err_.c_str(), "w", stderr) == nullptr) {
            _exit(126);
        }
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    ~Process() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void signal(int number) const { kill(pid_, number); }
    /// A process that does not end by itself within a minute is killed: 128 + 9.
    Finished wait() {
        int status = 0;
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (waitpid(pid_, &status, WNOHANG) == 0) {
            if (std::chrono::steady_clock::now() > end) kill(pid_, SIGKILL);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        pid_ = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out_),
                read_text(err_)};
    }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string err() const { return read_text(err_); }
    [[nodiscard]] std::string out() const { return read_text(out_); }

private:
    std::filesystem::path out_, err_;
    pid_t pid_ = -1;
};

/// Calls `probe` until it is true; the bound only ends a hang.
template <typename F>
bool eventually(F&& probe, std::chrono::milliseconds bound = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (std::chrono::steady_clock::now() < end) {
        if (probe()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    return false;
}

/// One node with its own folder and configuration, driven through the binary.
class TestNode {
public:
    explicit TestNode(const std::string& configuration) : config_(scratch_.dir / "hedgewitch.toml") {
        write_text(config_, "[state]\ndir = \"" + state().string() + "\"\n" + configuration);
    }
    [[nodiscard]] std::filesystem::path state() const { return scratch_.dir / "state"; }
    [[nodiscard]] const std::filesystem::path& config() const { return config_; }

    Finished command(std::vector<std::string> arguments, const std::string& input = {}) {
        arguments.insert(arguments.begin(), {HEDGEWITCH, "--config", config_.string()});
        const auto folder = scratch_.dir / ("run-" + std::to_string(++runs_));
        std::filesystem::create_directory(folder);
        return Process(std::move(arguments), folder, input).wait();
    }
    std::unique_ptr<Process> start() {
        const auto folder = scratch_.dir / ("daemon-" + std::to_string(++runs_));
        std::filesystem::create_directory(folder);
        auto process = std::make_unique<Process>(
            std::vector<std::string>{HEDGEWITCH, "--config", config_.string(), "run"}, folder);
        EXPECT_TRUE(eventually([&] { return command({"status"}).code == 0; })) << process->err();
        return process;
    }

private:
    Scratch scratch_;
    std::filesystem::path config_;
    int runs_ = 0;
};

}  // namespace node

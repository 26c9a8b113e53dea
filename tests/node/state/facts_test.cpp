// tests/node/state/facts_test.cpp - a fact is whole or not there, also after kill -9.
#include "node/state/facts.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>
#include <thread>

#include "node/clock.hpp"
#include "node/state/database.hpp"
#include "node/state/paths.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

TEST(Facts, a_fact_is_what_was_set_last_until_it_is_forgotten) {
    Scratch scratch;
    const auto file = scratch.dir / "state.db";
    {
        Database database(file, Durability::power_loss);
        Facts facts(database);
        EXPECT_EQ(facts.get("clock"), std::nullopt);
        facts.set("clock", 1);
        facts.set("clock", 1LL << 60);
        facts.set("other", -7);
    }
    Database database(file, Durability::power_loss);
    Facts facts(database);
    EXPECT_EQ(facts.get("clock"), 1LL << 60);
    EXPECT_EQ(facts.get("other"), -7);
    EXPECT_TRUE(facts.forget("clock"));
    EXPECT_FALSE(facts.forget("clock"));
    EXPECT_EQ(facts.get("clock"), std::nullopt);
    EXPECT_EQ(facts.get("other"), -7);
}

// Persists one time after the other as the daemon does, and says each one in the pipe once it is kept. Never
// returns.
[[noreturn]] void persist_for_ever(const std::filesystem::path& file, int pipe) {
    Database database(file, Durability::process_crash);
    Facts facts(database);
    for (std::int64_t time = facts.get(clock_fact).value_or(1000) + 1;; ++time) {
        facts.set(clock_fact, time);
        if (write(pipe, &time, sizeof time) != sizeof time) _exit(1);
    }
}

TEST(Facts, what_was_persisted_survives_kill_9_at_any_moment) {
    Scratch scratch;
    const auto file = scratch.dir / "state.db";
    { const Database made(file, Durability::process_crash); }
    std::mt19937 dice(20250615);  // NOLINT: the same moments in every run, as far as the machine allows
    std::int64_t kept = 0;
    for (int round = 0; round < 40; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(pipe(ends.data()), 0);
        const pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            persist_for_ever(file, ends[1]);
        }
        close(ends[1]);
        std::int64_t said = 0;  // one at least, or the round would show nothing
        ASSERT_EQ(read(ends[0], &said, sizeof said), static_cast<ssize_t>(sizeof said));
        std::this_thread::sleep_for(std::chrono::microseconds(dice() % 5000));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        for (std::int64_t next = 0; read(ends[0], &next, sizeof next) == sizeof next;)
            said = next;
        close(ends[0]);

        Database database(file, Durability::process_crash);  // checks the file
        const auto found = Facts(database).get(clock_fact);
        ASSERT_TRUE(found.has_value()) << round;
        EXPECT_GT(said, kept);
        EXPECT_GE(*found, said) << "round " << round;      // nothing that was kept is lost
        EXPECT_LE(*found, said + 1) << "round " << round;  // and nothing else stands there
        kept = *found;
    }
}

}  // namespace
}  // namespace node

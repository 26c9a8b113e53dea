// tests/node/state/trust_table_crash_test.cpp - bindings survive kill -9 at any moment: a child binds,
// challenges, accepts, rejects, pins and forgets as fast as it can, and tells through a pipe what it is about
// to do and what was done. The parent kills it at a random moment, and holds the file against what it was
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "node/state/trust_table.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using std::chrono::sys_seconds;

constexpr int rounds = 200;
constexpr auto longest_life = std::chrono::milliseconds(60);
constexpr sys_seconds t0{std::chrono::seconds(1'800'000'000)};

enum class Kind : std::uint8_t { first_use, dnssec, pin, accept, reject, forget };
enum class Word : std::uint8_t { about_to, done };

struct Message {  // far below PIPE_BUF: written whole or not at all
    Word word;
    Kind kind;
    std::uint8_t name, key;
};

std::string name_of(std::uint8_t n) {
    return "name" + std::to_string(n) + ".example";
}

void obey(TrustTable& table, const Message& m) {
    const crypto::PublicKey key{m.key};
    switch (m.kind) {
        case Kind::first_use: table.see(name_of(m.name), key, TrustSource::first_use, t0); break;
        case Kind::dnssec: table.see(name_of(m.name), key, TrustSource::dnssec, t0); break;
        case Kind::pin: table.pin(name_of(m.name), key, t0); break;
        case Kind::accept: table.accept(name_of(m.name), t0); break;
        case Kind::reject: table.reject(name_of(m.name)); break;
        case Kind::forget: table.forget(name_of(m.name)); break;
    }
}

[[noreturn]] void child(const std::filesystem::path& file, int pipe_end, std::uint32_t seed) {
    try {
        std::mt19937 dice(seed);
        Database db(file, Durability::power_loss);
        TrustTable table(db, {}, t0);
        std::discrete_distribution<unsigned> kinds{8, 4, 1, 3, 2, 1};
        for (;;) {
            Message m{Word::about_to, static_cast<Kind>(kinds(dice)), static_cast<std::uint8_t>(dice() % 12),
                      static_cast<std::uint8_t>(1 + dice() % 4)};
            if (write(pipe_end, &m, sizeof m) != sizeof m) _exit(4);
            obey(table, m);
            m.word = Word::done;
            if (write(pipe_end, &m, sizeof m) != sizeof m) _exit(4);
        }
    } catch (...) {
        _exit(3);
    }
}

/// What the brief of the rules says, written down a second time. 0: none.
struct Expected {
    int key = 0, source = 0, new_key = 0, new_source = 0, rejected = 0;

    void see(int found, int by) {
        if (key == found) {
            if (by < source && new_source == 4) new_key = 0;
            source = std::min(source, by);
        } else if (rejected == found) {
        } else if (key == 0) {
            key = found;
            source = by;
        } else if (by == 4 && source != 4) {
        } else if (new_key == 0 || by <= new_source || new_key == found) {
            new_source = new_key == found ? std::min(new_source, by) : by;
            new_key = found;
        }
    }
    void apply(const Message& m) {
        switch (m.kind) {
            case Kind::first_use: return see(m.key, 4);
            case Kind::dnssec: return see(m.key, 2);
            case Kind::pin:
                key = m.key;
                source = 1;
                new_key = 0;
                if (rejected == m.key) rejected = 0;
                return;
            case Kind::accept:
                if (new_key == 0) return;
                key = std::exchange(new_key, 0);
                if (source != 1) source = new_source;
                return;
            case Kind::reject:
                if (new_key != 0) rejected = std::exchange(new_key, 0);
                return;
            case Kind::forget: *this = {}; return;
        }
    }
    friend bool operator==(const Expected& a, const Expected& b) {
        return a.key == b.key && a.source == b.source && a.new_key == b.new_key &&
               (a.new_key == 0 || a.new_source == b.new_source) && a.rejected == b.rejected;
    }
    friend void PrintTo(const Expected& e, std::ostream* out) {
        *out << "key " << e.key << " by " << e.source << ", waiting " << e.new_key << " by " << e.new_source
             << ", rejected " << e.rejected;
    }
};

using World = std::map<std::string, Expected>;

int number_of(const std::vector<std::uint8_t>& key) {
    if (key.empty()) return 0;
    const bool whole =
        key.size() == 32 && std::all_of(key.begin() + 1, key.end(), [](auto b) { return b == 0; });
    return whole ? key[0] : -1;
}

/// Past TrustTable: the rows themselves.
World read_rows(Database& db) {
    auto select = db.prepare("SELECT name, key, source, new_key, new_source, rejected_key FROM trust");
    World world;
    while (select.step()) {
        world[select.text(0)] = {number_of(select.blob(1)), static_cast<int>(select.number(2)),
                                 number_of(select.blob(3)), static_cast<int>(select.number(4)),
                                 number_of(select.blob(5))};
    }
    return world;
}

class TrustCrash : public testing::Test {
protected:
    /// Lets a child live for `life`, from its start or from its first deed on; `world` becomes what it has
    /// reported as done. Returns what it was about to do.
    std::optional<Message> live_and_die(std::chrono::microseconds life, bool from_first_deed,
                                        std::uint32_t seed) {
        int ends[2];
        EXPECT_EQ(pipe(ends), 0);
        const pid_t pid = fork();
        if (pid == 0) child(scratch.dir / "state.db", ends[1], seed);
        close(ends[1]);
        std::promise<void> first_deed;  // or the end of the child
        std::thread executioner([&, alive = first_deed.get_future()] {
            if (from_first_deed) alive.wait();
            std::this_thread::sleep_for(life);
            kill(pid, SIGKILL);
        });
        std::optional<Message> pending;
        Message m{};
        int deeds = 0;
        while (read(ends[0], &m, sizeof m) == sizeof m) {
            if (m.word == Word::about_to) {
                pending = m;
                continue;
            }
            world[name_of(m.name)].apply(m);
            pending.reset();
            if (++deeds == 1) first_deed.set_value();
        }
        if (deeds == 0) first_deed.set_value();
        executioner.join();
        close(ends[0]);
        int status = 0;
        EXPECT_EQ(waitpid(pid, &status, 0), pid);
        EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
        done += deeds;
        return pending;
    }

    void check(const std::optional<Message>& pending) {
        Database db(scratch.dir / "state.db", Durability::power_loss);
        auto integrity = db.prepare("PRAGMA integrity_check");
        ASSERT_TRUE(integrity.step());
        ASSERT_EQ(integrity.text(0), "ok");
        const World found = read_rows(db);
        for (std::uint8_t n = 0; n < 12; ++n) {
            const std::string name = name_of(n);
            const Expected there = found.contains(name) ? found.at(name) : Expected{};
            Expected& told = world[name];
            if (pending && pending->name == n && there != told) {
                told.apply(*pending);  // it was committed, and only the word of it was lost
                ++unheard;
            }
            ASSERT_EQ(there, told) << name;
            const auto entry = TrustTable(db, {}, t0).find(name, t0);
            ASSERT_EQ(entry.has_value(), told.key != 0) << name;
            if (!entry) continue;
            ASSERT_EQ(number_of({entry->key.begin(), entry->key.end()}), told.key) << name;
        }
    }

    Scratch scratch;
    World world;
    int done = 0, unheard = 0, interrupted = 0;
};

TEST_F(TrustCrash, first_use_pin_and_dnssec_bindings_survive_kill_9_at_random_moments_in_200_rounds) {
    const char* given = std::getenv("HEDGEWITCH_SEED");
    const std::uint32_t seed =
        given != nullptr ? static_cast<std::uint32_t>(std::atoll(given)) : std::random_device{}();
    std::cout << "HEDGEWITCH_SEED=" << seed << "\n";
    std::mt19937 dice(seed);
    for (int round = 0; round < rounds; ++round) {
        const std::chrono::microseconds life(dice() % std::chrono::microseconds(longest_life).count());
        // Every fourth may die while it opens, or makes, the database.
        const auto pending = live_and_die(life, round % 4 != 0, static_cast<std::uint32_t>(dice()));
        interrupted += pending ? 1 : 0;
        ASSERT_NO_FATAL_FAILURE(check(pending)) << "round " << round << ", HEDGEWITCH_SEED=" << seed;
    }
    std::cout << done << " deeds reported, " << interrupted << " interrupted, " << unheard
              << " of these committed unheard\n";
    EXPECT_GE(done, rounds * 3 / 4);  // however slow the machine is
    EXPECT_GT(interrupted, rounds / 10);
}

}  // namespace
}  // namespace node

// simulations/scenario.hpp - one thing that could happen to a network, and what must hold while it does.
// Each scenario is one file in scenarios/, and one entry of all_scenarios().
#pragma once

#include <map>
#include <span>
#include <string_view>

#include "simulations/recorder.hpp"
#include "simulations/world.hpp"

namespace simulations {

class Run;

/// When most of them begin: 12:00 UTC, far from the hours in which a name has two days' locations.
inline constexpr overlay::UnixSeconds noon = overlay::UnixSeconds{20000} * 86400 + 43200;

struct Setting {
    std::string_view name;
    double value;  // unless told otherwise
    std::string_view meaning;
};

struct Scenario {
    std::string_view name;
    std::string_view story;  // what happens, and what is promised
    std::size_t nodes;       // unless told otherwise
    std::vector<Setting> settings;
    void (*play)(Run&);
};

/// All of them, in the order of the README.
std::span<const Scenario> all_scenarios();
/// Null when none is called that.
const Scenario* find_scenario(std::string_view name);

/// One scenario being played: its size, seed and settings, where it writes, how far it is.
class Run {
public:
    struct Options {
        std::size_t nodes = 0;  // 0: the scenario's own
        std::uint64_t seed = 1;
        std::map<std::string, double> settings;
        std::filesystem::path out;  // empty: nothing is written
        bool bar = false;           // a progress bar on stderr
    };
    /// Throws std::invalid_argument for a setting that the scenario does not have, and for fewer than 16
    /// nodes.
    Run(const Scenario& scenario, Options options);

    [[nodiscard]] std::size_t nodes() const { return options_.nodes; }
    [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
    /// Throws std::invalid_argument.
    [[nodiscard]] double setting(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(setting(name));
    }
    [[nodiscard]] Recorder& record() { return recorder_; }

    /// How long the story is, so that the bar is right.
    void expect(std::chrono::seconds virtual_time) { expected_ += virtual_time; }
    /// Lets time pass.
    void pass(World& world, std::chrono::nanoseconds time, std::string_view doing);
    /// The world is about to end: its hash and cost are kept. A scenario with several worlds has one hash.
    void close(const World& world);

    /// Plays the scenario and writes the summary. Throws what the file system does.
    void play();
    [[nodiscard]] std::string hash() const;
    /// Of the story's promises.
    [[nodiscard]] bool all_kept() const;
    /// Figures, promises and cost, for people.
    void print() const;

private:
    void show(std::string_view doing, bool now);

    const Scenario& scenario_;
    Options options_;
    Recorder recorder_;
    std::chrono::nanoseconds expected_{0}, passed_{0}, began_{0}, shown_{0};
    std::uint64_t hash_ = 0, packets_ = 0;
};

}  // namespace simulations

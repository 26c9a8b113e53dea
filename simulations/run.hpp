// simulations/run.hpp - one scenario being played: its size, seed and settings, where it writes, how far it
// is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "simulations/recorder.hpp"
#include "simulations/scenario.hpp"
#include "simulations/world.hpp"

namespace simulations {

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

// tests/simulations/play.hpp - plays a scenario at a size that a test can wait for.
#pragma once

#include <gtest/gtest.h>

#include "simulations/run.hpp"

namespace simulations {

/// What it came to; every promise that was not kept is a failure.
struct Played {
    Recorder record;
    std::string hash;
    double operator[](const std::string& figure) const { return record[figure]; }
};

inline Played play(std::string_view name, std::size_t nodes, std::map<std::string, double> settings = {},
                   std::uint64_t seed = 1) {
    Run::Options options;
    options.nodes = nodes;
    options.seed = seed;
    options.settings = std::move(settings);
    Run run(*find_scenario(name), std::move(options));
    run.play();
    for (const auto& [text, kept] : run.record().promises())
        EXPECT_TRUE(kept) << name << " with " << nodes << " nodes, seed " << seed << ": " << text;
    for (const auto& [figure, value] : run.record().figures())
        testing::Test::RecordProperty(figure, std::to_string(value));
    return {std::move(run.record()), run.hash()};
}

}  // namespace simulations

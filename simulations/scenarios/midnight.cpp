// simulations/scenarios/midnight.cpp - every name moves to new locations at 00:00 UTC, by clocks that differ.
#include <algorithm>
#include <cmath>

#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr overlay::UnixSeconds midnight = overlay::UnixSeconds{20001} * 86400;
constexpr auto before = 2h + 30min, after = 2h + 30min;

void play(Run& run) {
    run.expect(before + after);
    World world(run.seed(), midnight - std::chrono::seconds(before).count(), one_area(uniform(20ms, 200ms)));
    Fleet::Plan plan;
    plan.nodes = run.nodes();
    plan.worst_skew = std::chrono::seconds(run.count("skew"));
    Fleet fleet(world, plan);
    fleet.join_over(30s);
    run.pass(world, 60s, "nodes join");
    const auto names = std::min(run.count("names"), run.nodes() / 4);
    for (std::size_t i = 0; i < names; ++i)
        fleet.publish(fleet.bootstrap_hosts() + i);
    run.pass(world, 60s, "names are published");

    // In slices of ten minutes: how many were right.
    Tally all;
    constexpr int slices = 29;
    constexpr auto slice = 10min;
    std::vector<Tally> tallies(slices);
    const auto lookups = run.count("lookups");  // a slice
    for (std::size_t i = 0; i < lookups * slices; ++i) {
        const auto wait = slice * static_cast<int>(i) / static_cast<int>(lookups);
        world.after(wait, [&, i] {
            const auto owner = fleet.bootstrap_hosts() + world.random()() % names;
            fleet.look_up(fleet.anybody(), owner, [&, i](const Lookup& lookup) {
                all.add(lookup);
                tallies[i / lookups].add(lookup);
            });
        });
    }
    auto packets = world.packets();
    run.pass(world, slice * slices + 10s, "names are looked up over midnight");

    auto& record = run.record();
    auto& table = record.table("over_time", {"hours", "success"});
    double worst = 1;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        worst = std::min(worst, tallies[i].success());
        const auto hours = (static_cast<double>(i) + 0.5) / 6 - 2.5;
        table.add({hours, tallies[i].success()});
    }
    record.figure("success", all.success());
    record.figure("success_of_the_worst_ten_minutes", worst);
    record.figure("elapsed_p50_ms", all.elapsed_ms.quantile(0.5));
    record.figure("elapsed_p99_ms", all.elapsed_ms.quantile(0.99));
    record.figure("packets_per_node_and_second", static_cast<double>(world.packets() - packets) /
                                                     static_cast<double>(run.nodes()) /
                                                     std::chrono::duration<double>(slice * slices).count());
    record.promise("no lookup fails at any moment around midnight", worst == 1);
    record.promise("nobody is told a wrong contact", all.wrong == 0);
    record.draw({Picture::Kind::over_time, "over_time",
                 "Lookups over midnight, clocks wrong by up to ten minutes", "hours", "success",
                 "hours from 00:00 UTC", "share of lookups that were right", ""});
    run.close(world);
}

}  // namespace

Scenario midnight_rotation() {
    return {
        "midnight",
        "All names rotate to other locations at 00:00 UTC, while everybody's clock is wrong by up to ten\n"
        "minutes. Promised: from 21:30 to 02:30 no lookup fails.",
        500,
        {{"names", 100, "how many publish (at most a quarter of all)"},
         {"lookups", 100, "in each ten minutes"},
         {"skew", 600, "how many seconds a clock is wrong at most"}},
        play};
}

}  // namespace simulations::scenarios

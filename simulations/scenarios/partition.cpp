// simulations/scenarios/partition.cpp - a network in two halves for six hours; both go on publishing.
#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr overlay::UnixSeconds morning = overlay::UnixSeconds{20000} * 86400 + 6 * 3600;

struct Halves {
    World& world;
    Run& run;
    Fleet &east, &west;
    std::size_t names;

    /// Everybody's names asked by strangers of `callers`; what they came to.
    Tally ask(Fleet& callers, Fleet& owners, std::size_t lookups) {
        Tally tally;
        for (std::size_t i = 0; i < lookups; ++i) {
            world.after(50ms * static_cast<int>(i), [&] {
                const auto owner = owners.bootstrap_hosts() + world.random()() % names;
                callers.look_up(callers.anybody(), owners, owner,
                                [&](const Lookup& lookup) { tally.add(lookup); });
            });
        }
        run.pass(world, 50ms * static_cast<int>(lookups) + 10s, "names are looked up");
        return tally;
    }
    void move(Fleet& half) {
        for (std::size_t i = 0; i < names; ++i) {
            const auto owner = half.bootstrap_hosts() + i;
            world.after(100ms * static_cast<int>(i), [&half, owner] { half.publish(owner); });
        }
    }
    /// How long until lookups across are right again, asked every ten seconds.
    double until_found(Fleet& callers, Fleet& owners, std::chrono::seconds patience) {
        for (auto passed = 0s; passed < patience; passed += 11s) {
            if (ask(callers, owners, 20).success() == 1) return std::chrono::duration<double>(passed).count();
        }
        return std::chrono::duration<double>(patience).count();
    }
};

void play(Run& run) {
    const auto hours = std::chrono::minutes(60 * run.count("hours"));
    run.expect(hours + 1h);
    const Latency near = uniform(10ms, 60ms), far = uniform(60ms, 200ms);
    auto network = std::make_unique<Links>(
        std::vector<Area>{{"west", "10.0.0.0/9"}, {"east", "10.128.0.0/9"}},
        std::vector<Line>{{"west", "west", near}, {"east", "east", near}, {"west", "east", far}});
    auto& links = *network;
    World world(run.seed(), morning, std::move(network));
    Fleet::Plan plan;
    plan.nodes = run.nodes() / 2;
    Fleet west(world, plan);
    plan.first = "10.128.0.1";
    plan.series = 2;
    plan.others_to_ask = {west.address(0)};
    Fleet east(world, plan);
    west.join_over(60s);
    east.join_over(60s);
    run.pass(world, 90s, "nodes join");
    Halves halves{world, run, east, west, std::min<std::size_t>(run.count("names"), plan.nodes / 2)};
    halves.move(west);
    halves.move(east);
    run.pass(world, 60s, "names are published");
    const auto lookups = run.count("lookups");
    const auto whole = halves.ask(west, east, lookups);

    links.cut("west", "east");
    run.pass(world, hours / 2, "the network is cut");
    halves.move(west);  // while it is cut: both sides have versions that the other has not seen
    halves.move(east);
    run.pass(world, hours / 2, "the network is cut");
    const auto inside_west = halves.ask(west, west, lookups), inside_east = halves.ask(east, east, lookups);
    const auto across = halves.ask(west, east, lookups / 4);

    links.mend("west", "east");
    const auto healed = halves.until_found(west, east, 30min);
    run.pass(world, 10min, "the network is whole again");
    const auto west_after = halves.ask(west, east, lookups), east_after = halves.ask(east, west, lookups);

    auto& record = run.record();
    record.figure("success_before", whole.success());
    record.figure("success_inside_while_cut", std::min(inside_west.success(), inside_east.success()));
    record.figure("found_across_while_cut", static_cast<double>(across.right + across.stale));
    record.figure("seconds_until_both_resolve_again", healed);
    record.figure("success_after", std::min(west_after.success(), east_after.success()));
    const auto stale = inside_west.stale + inside_east.stale + west_after.stale + east_after.stale;
    record.figure("rolled_back", static_cast<double>(stale));
    record.promise("both halves resolve their own names while they are cut",
                   inside_west.success() == 1 && inside_east.success() == 1);
    record.promise("nobody is told a contact from before the cut", stale == 0);
    record.promise("no record is lost when they are one again",
                   west_after.success() == 1 && east_after.success() == 1);
    record.promise(
        "nobody is told a wrong contact",
        inside_west.wrong + inside_east.wrong + across.wrong + west_after.wrong + east_after.wrong == 0);
    auto& table = record.table("success", {"when", "share"});
    table.add({"before", whole.success()});
    table.add({"inside", std::min(inside_west.success(), inside_east.success())});
    table.add({"across", across.success()});
    table.add({"after", std::min(west_after.success(), east_after.success())});
    record.draw({Picture::Kind::bars, "success", "Lookups before, during and after a cut", "when", "share",
                 "", "share of lookups that were right", ""});
    run.close(world);
}

}  // namespace

Scenario partition() {
    return {
        "partition",
        "East and west lose each other for six hours; on both sides people move and publish. Then they are\n"
        "one network again. Promised: each side goes on by itself, no old contact comes back, no record is "
        "lost.",
        500,
        {{"names", 50, "how many publish on each side"},
         {"lookups", 200, "in each round"},
         {"hours", 6, "how long the cut lasts"}},
        play};
}

}  // namespace simulations::scenarios

// simulations/scenarios/lookup.cpp - publish and resolve in a network where nothing is wrong.
#include "simulations/scenarios/scenarios.hpp"

#include <cmath>

#include "simulations/fleet.hpp"
#include "simulations/links.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr auto join_time = 60s, settle_time = 30s, publish_time = 60s, idle_time = 30s, ask_time = 60s;
constexpr auto lookup_ends = 8s;  // the gets go on for a while after the answer

std::unique_ptr<Network> draw(const Run& run) {
    const auto loss = run.setting("loss");
    const auto latency =
        run.setting("cities") > 0 ? cities(SIMULATIONS_DIR "/cities.tsv") : uniform(20ms, 200ms);
    return one_area(latency, loss);
}

/// A node at an even place; the one after it asks nothing, and shows what a node sends and receives anyway.
std::size_t random_caller(Fleet& fleet) {
    const auto place = fleet.anybody() - fleet.bootstrap_hosts();
    const auto last = (fleet.size() - fleet.bootstrap_hosts() - 2) / 2;
    return fleet.bootstrap_hosts() + 2 * std::min(place / 2, last);
}

void play(Run& run) {
    run.expect(join_time + settle_time + publish_time + idle_time + ask_time + 10s);
    World world(run.seed(), noon, draw(run));
    Fleet::Plan plan;
    plan.nodes = run.nodes();
    plan.hidden = run.setting("hidden");
    plan.node.locations = static_cast<std::uint8_t>(run.setting("locations"));
    plan.node.requests_of_a_source =
        32;  // among so many, none asks one other oftener; a gigabyte less at 50,000
    Fleet fleet(world, plan);
    fleet.join_over(join_time);
    run.pass(world, join_time + settle_time, "nodes join");

    const auto names = std::min(run.count("names"), run.nodes() / 4);
    for (std::size_t i = 0; i < names; ++i) {
        const auto owner = fleet.bootstrap_hosts() + i;
        world.after(publish_time * static_cast<int>(i) / static_cast<int>(2 * names),
                    [&fleet, owner] { fleet.publish(owner); });
    }
    run.pass(world, publish_time, "names are published");
    const auto replicas = static_cast<double>(fleet.stored_values()) / static_cast<double>(names) /
                          static_cast<double>(plan.node.locations);

    const auto packets_before = world.packets(), bytes_before = world.bytes();
    run.pass(world, idle_time, "nothing happens");
    const auto idle_packets = static_cast<double>(world.packets() - packets_before);
    const auto idle_bytes = static_cast<double>(world.bytes() - bytes_before);

    Tally tally;
    auto& table = run.record().table("lookups", {"elapsed_ms", "right"});
    // That the callers sent and received until their questions had ended, less what another node did.
    double packets = 0, bytes = 0;
    const auto lookups = run.count("lookups");
    for (std::size_t i = 0; i < lookups; ++i) {
        world.after(ask_time * static_cast<int>(i) / static_cast<int>(lookups), [&] {
            const auto owner = fleet.bootstrap_hosts() + world.random()() % names;
            const auto caller = random_caller(fleet);
            const auto before = fleet[caller].traffic(), beside = fleet[caller + 1].traffic();
            world.after(lookup_ends, [&, caller, before, beside] {
                const auto after = fleet[caller].traffic(), after_beside = fleet[caller + 1].traffic();
                const auto more = [](std::uint64_t own_after, std::uint64_t own, std::uint64_t other_after,
                                     std::uint64_t other) {
                    return static_cast<double>(own_after - own) - static_cast<double>(other_after - other);
                };
                packets += more(after.packets, before.packets, after_beside.packets, beside.packets);
                bytes += more(after.bytes, before.bytes, after_beside.bytes, beside.bytes);
            });
            fleet.look_up(caller, owner, [&](const Lookup& lookup) {
                tally.add(lookup);
                table.add({lookup.elapsed_ms, lookup.verdict == Verdict::right ? 1.0 : 0.0});
            });
        });
    }
    run.pass(world, ask_time, "names are looked up");
    run.pass(world, 10s, "names are looked up");

    auto& record = run.record();
    const auto per = [](double what, std::size_t number) { return what / static_cast<double>(number); };
    constexpr double idle_in_day = 86400.0 / std::chrono::duration<double>(idle_time).count();
    record.figure("connected", per(static_cast<double>(fleet.connected()), run.nodes()));
    record.figure("success", tally.success());
    record.figure("found_none", static_cast<double>(tally.none));
    record.figure("unheard", static_cast<double>(tally.unheard));
    record.figure("stale", static_cast<double>(tally.stale));
    record.figure("first_record_p50_ms", tally.elapsed_ms.quantile(0.5));
    record.figure("first_record_p99_ms", tally.elapsed_ms.quantile(0.99));
    record.figure("packets_per_lookup", per(packets, lookups));
    record.figure("bytes_per_lookup", per(bytes, lookups));
    record.figure("packets_per_lookup_and_log2N",
                  per(packets, lookups) / std::log2(static_cast<double>(run.nodes())));
    record.figure("replicas_per_location", replicas);
    record.figure("mib_per_node_and_day", per(idle_bytes, run.nodes()) * idle_in_day / (1 << 20));
    record.figure("packets_per_node_and_second",
                  per(idle_packets, run.nodes()) / std::chrono::duration<double>(idle_time).count());
    record.promise("every lookup is answered with the right contact",
                   tally.right == lookups && tally.asked == lookups);
    record.promise("nobody is told a wrong contact", tally.wrong == 0);
    record.promise("half of all lookups take less than a second", tally.elapsed_ms.quantile(0.5) < 1000);
    record.draw({Picture::Kind::distribution, "lookups", "From the question to a verified record",
                 "elapsed_ms", "", "milliseconds", "share of lookups", ""});
    run.close(world);
}

}  // namespace

Scenario lookup() {
    return {"lookup",
            "Nodes join, some publish, others look them up; nobody leaves, nobody lies.\n"
            "Promised: every lookup right, half of them within a second on links of 20 to 200 ms.",
            500,
            {{"names", 200, "how many publish (at most a quarter of all)"},
             {"lookups", 1000, "asked within a minute, each by somebody else"},
             {"locations", overlay::max_locations, "where each record is stored"},
             {"loss", 0, "share of datagrams lost"},
             {"hidden", 0, "share of nodes behind a port-restricted NAT"},
             {"cities", 0, "1: latencies between the world's cities instead of 20 to 200 ms"}},
            play};
}

}  // namespace simulations::scenarios

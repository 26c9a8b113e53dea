// simulations/scenarios/flood.cpp - strangers put thousands of junk values of our own type.
#include <ctime>

#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"
#include "simulations/stock_node.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t attackers = 8;

class Flood {
public:
    explicit Flood(Run& run)
        : run_(run), world_(run.seed(), noon, draw()), fleet_(world_, plan(run)), junk_(run.count("junk")) {}

    void play() {
        run_.expect(90s + 60s + 2 * ask_time + flood_time);
        fleet_.join_over(30s);
        for (std::size_t i = 0; i < attackers + run_.count("stock"); ++i) {
            const Endpoint here(asio::ip::address_v4(0x0ac80001U + static_cast<std::uint32_t>(i)), 4222);
            strangers_.push_back(
                std::make_unique<StockNode>(world_, here, 1, std::vector{fleet_.address(0)}));
        }
        run_.pass(world_, 90s, "nodes join");
        for (std::size_t i = 0; i < names; ++i)
            fleet_.publish(owner(i));
        run_.pass(world_, 60s, "names are published");
        const auto quiet = ask();
        flood();
        run_.pass(world_, flood_time, "junk is put");
        const auto flooded = ask();
        report(quiet, flooded);
        strangers_.clear();
        run_.close(world_);
    }

private:
    static constexpr std::size_t names = 4, lookups = 60;
    static constexpr auto ask_time = 70s, flood_time = 120s;

    struct Asked {
        Tally tally;
        double packets = 0;  // a lookup, that the caller sent and received
        double cpu_ms = 0;   // a lookup, of all nodes together
    };
    static std::unique_ptr<Network> draw() { return one_area(uniform(20ms, 200ms)); }
    static Fleet::Plan plan(const Run& run) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        return plan;
    }
    [[nodiscard]] std::size_t owner(std::size_t name) const { return fleet_.bootstrap_hosts() + name; }

    /// Half at the locations of the first name in turn, half anywhere.
    void flood() {
        const auto period = overlay::period_of(world_.now().wall);
        const auto blinding = crypto::blind(fleet_.identity(owner(0)).public_key(), {}, "home", period);
        for (std::size_t i = 0; i < junk_; ++i) {
            overlay::Location where{};
            world_.roll(where);
            if (i % 2 == 0)
                where = overlay::location(blinding->blinded,
                                          static_cast<std::uint8_t>(i / 2 % overlay::max_locations));
            const auto wait =
                (flood_time - 20s) * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(junk_);
            world_.after(wait, [this, i, where] {
                std::vector<std::uint8_t> noise(300);
                world_.roll(noise);
                strangers_[i % attackers]->put(where, overlay::DhtNode::value_type, world_.random()() | 1U,
                                               noise);
            });
        }
    }

    /// The name under attack, asked by anybody.
    Asked ask() {
        Asked asked;
        const auto cpu = std::clock();
        for (std::size_t i = 0; i < lookups; ++i) {
            world_.after(1s * static_cast<int>(i), [this, &asked] {
                const auto caller = fleet_.anybody();
                const auto before = fleet_[caller].traffic().packets;
                world_.after(8s, [this, &asked, caller, before] {  // the gets go on after the answer
                    asked.packets += static_cast<double>(fleet_[caller].traffic().packets - before) / lookups;
                });
                fleet_.look_up(caller, owner(0), [&asked](const Lookup& lookup) { asked.tally.add(lookup); });
            });
        }
        run_.pass(world_, ask_time, "a name is looked up");
        asked.cpu_ms = static_cast<double>(std::clock() - cpu) * 1000 / CLOCKS_PER_SEC / lookups;
        return asked;
    }

    void report(const Asked& quiet, const Asked& flooded) {
        std::size_t most = 0;
        for (std::size_t i = 0; i < fleet_.size(); ++i)
            most = std::max(most, fleet_[i].status().stored_bytes);
        auto& record = run_.record();
        record.figure("success", flooded.tally.success());
        record.figure("elapsed_p50_ms_before", quiet.tally.elapsed_ms.quantile(0.5));
        record.figure("elapsed_p50_ms", flooded.tally.elapsed_ms.quantile(0.5));
        record.figure("packets_per_lookup_before", quiet.packets);
        record.figure("packets_per_lookup", flooded.packets);
        record.figure("cpu_ms_per_lookup_before", quiet.cpu_ms);  // the machine's, not the seed's
        record.figure("cpu_ms_per_lookup", flooded.cpu_ms);
        record.figure("most_stored_bytes_of_a_node", static_cast<double>(most));
        record.promise("every lookup is right", flooded.tally.success() == 1);
        record.promise("nobody is told a wrong contact", flooded.tally.wrong == 0);
        if (run_.setting("promise") > 0) {
            record.promise("a lookup costs at most ten times what it did, though attackers are nodes too",
                           flooded.packets <= 10 * quiet.packets);
            record.promise("no node of ours keeps more than 32 KiB", most <= 32768);
        }
        auto& table = record.table("packets", {"when", "packets"});
        table.add({"before", quiet.packets});
        table.add({"flooded", flooded.packets});
        record.draw({Picture::Kind::bars, "packets", "A lookup of a name that is flooded with junk", "when",
                     "packets", "", "packets of the caller", ""});
    }

    Run& run_;
    World world_;
    Fleet fleet_;
    std::size_t junk_;
    std::vector<std::unique_ptr<StockNode>> strangers_;
};

void play(Run& run) {
    Flood(run).play();
}

}  // namespace

Scenario flood() {
    return {"flood",
            "Strangers put junk of our own type, half of it at one name's locations, half anywhere. "
            "Promised: the\n"
            "name is still found, no node of ours keeps the junk, and a lookup, which meets what the "
            "attackers'\n"
            "own eight nodes keep, costs at most ten times what it did.",
            300,
            {{"junk", 10000, "how many values"},
             {"stock", 0, "nodes besides that do not know our type, and so keep anything for ten minutes"},
             {"promise", 1, "0: figures only, for what is known to fail"}},
            play};
}

}  // namespace simulations::scenarios

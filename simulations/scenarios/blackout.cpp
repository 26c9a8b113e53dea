// simulations/scenarios/blackout.cpp - a village's mesh loses its uplink, and every bootstrap host with it.
#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

class Blackout {
public:
    explicit Blackout(Run& run) : Blackout(run, draw()) {}

    void play() {
        run_.expect(60s + 90s + 60s + dark() + 25min);
        city_.join_over(30s);
        village_.join_over(60s);
        run_.pass(world_, 90s, "nodes join");
        for (std::size_t i = 0; i < names_; ++i) {
            village_.publish(i + 1);
            city_.publish(i + city_.bootstrap_hosts());
        }
        run_.pass(world_, 60s, "names are published");
        const auto before = ask(city_, village_, lookups_);

        links_.cut("village", "city");
        const auto first = inside_within(10s);
        run_.pass(world_, dark() / 2, "the uplink is gone");
        for (std::size_t i = 0; i < names_; ++i)
            village_.publish(i + 1);  // phones move in the dark, too
        // Some are switched on in the dark and know nobody outside.
        for (std::size_t i = 0; i < newcomers(); ++i) {
            village_.leave(village_.size() - 1 - i);
            world_.after(60s, [this, i] { village_.join(village_.size() - 1 - i); });
        }
        run_.pass(world_, dark() / 2, "the uplink is gone");
        const auto inside = ask(village_, village_, lookups_);
        const auto outside = ask(city_, city_, lookups_);

        links_.mend("village", "city");
        const auto healed = until_both_find();
        // City nodes keep contacts from before the cut until they expire. Each record is put again within
        // nine minutes (placement.cpp), then to the nodes that are closest now, and the newer one wins.
        run_.pass(world_, 10min, "the uplink is back");
        const auto in = ask(city_, village_, lookups_), out = ask(village_, city_, lookups_);

        auto& record = run_.record();
        record.figure("success_before", before.success());
        record.figure("success_inside_in_the_first_minute", first.success());
        record.figure("success_inside_at_the_end", inside.success());
        record.figure("elapsed_inside_p50_ms", inside.elapsed_ms.quantile(0.5));
        record.figure("success_in_the_city", outside.success());
        record.figure("connected_inside", connected_in_the_dark_);
        record.figure("seconds_until_both_sides_resolve", healed);
        record.figure("success_after", std::min(in.success(), out.success()));
        record.promise("calls inside go on while the uplink is gone", inside.success() >= 0.99);
        record.promise("both sides resolve each other within ten minutes of its return", healed <= 600);
        record.promise("nothing is lost when it is back", std::min(in.success(), out.success()) >= 0.99);
        record.promise(
            "nobody is told a wrong or an old contact",
            before.wrong + first.wrong + inside.wrong + in.wrong + out.wrong + inside.stale + in.stale == 0);
        auto& table = record.table("success", {"when", "share"});
        const std::pair<const char*, double> bars[] = {{"before", before.success()},
                                                       {"first-minute", first.success()},
                                                       {"inside", inside.success()},
                                                       {"after", in.success()}};
        for (const auto& [when, share] : bars)
            table.add({when, share});
        record.draw({Picture::Kind::bars, "success", "A village without its uplink", "when", "share", "",
                     "share of lookups that were right", ""});
        run_.close(world_);
    }

private:
    Blackout(Run& run, std::unique_ptr<Links> network)
        : run_(run),
          links_(*network),
          world_(run.seed(), noon, std::move(network)),
          city_(world_, city_plan(run)),
          village_(world_, village_plan(run, city_)),
          names_(std::min(run.count("names"), run.nodes() / 4)),
          lookups_(run.count("lookups")) {}

    static std::unique_ptr<Links> draw() {
        return std::make_unique<Links>(
            std::vector<Area>{{"city", "10.0.0.0/8"}, {"village", "172.24.0.0/16"}},
            std::vector<Line>{{"city", "city", uniform(20ms, 200ms)},
                              {"village", "village", by_pair(4ms, 120ms), 0.02},
                              {"village", "city", uniform(60ms, 250ms), 0.01, 2000}});
    }
    static Fleet::Plan city_plan(const Run& run) {
        Fleet::Plan plan;
        plan.nodes = run.nodes() / 2;
        return plan;
    }
    static Fleet::Plan village_plan(const Run& run, const Fleet& city) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        plan.first = "172.24.0.1";
        plan.series = 2;
        plan.bootstrap_hosts = 1;
        plan.only_others = true;  // every bootstrap host is in the city
        plan.others_to_ask = {city.address(0)};
        return plan;
    }
    [[nodiscard]] std::chrono::minutes dark() const { return std::chrono::minutes(run_.count("minutes")); }
    [[nodiscard]] std::size_t newcomers() const { return run_.nodes() / 20; }

    Tally ask(Fleet& callers, Fleet& owners, std::size_t lookups) {
        Tally tally;
        for (std::size_t i = 0; i < lookups; ++i) {
            world_.after(50ms * static_cast<int>(i), [&] {
                const auto first = owners.bootstrap_hosts();
                callers.look_up(callers.anybody(), owners, first + world_.random()() % names_,
                                [&](const Lookup& lookup) { tally.add(lookup); });
            });
        }
        run_.pass(world_, 50ms * static_cast<int>(lookups) + 10s, "names are looked up");
        return tally;
    }
    Tally inside_within(std::chrono::seconds wait) {
        run_.pass(world_, wait, "the uplink is gone");
        return ask(village_, village_, lookups_);
    }
    double until_both_find() {
        connected_in_the_dark_ =
            static_cast<double>(village_.connected()) / static_cast<double>(village_.size());
        const auto since = world_.now().steady;
        const auto passed = [&] {
            return std::chrono::duration<double>(world_.now().steady - since).count();
        };
        while (passed() < 1200) {
            const auto at = passed();
            if (ask(city_, village_, 20).success() == 1 && ask(village_, city_, 20).success() == 1) return at;
        }
        return 1200;
    }

    Run& run_;
    Links& links_;  // the world's
    World world_;
    Fleet city_, village_;
    std::size_t names_, lookups_;
    double connected_in_the_dark_ = 0;
};

void play(Run& run) {
    Blackout(run).play();
}

}  // namespace

Scenario blackout() {
    return {"blackout",
            "A mesh of N nodes and a city of N/2 share one network until the uplink between them goes, and "
            "with it\n"
            "all bootstrap hosts. In the dark people move, and one node in twenty is switched off and on. "
            "Then the\n"
            "uplink returns. Promised: calls inside go on, and both sides find each other again within ten "
            "minutes.",
            2000,
            {{"names", 100, "how many publish on each side"},
             {"lookups", 200, "in each round"},
             {"minutes", 240, "how long the uplink is gone"}},
            play};
}

}  // namespace simulations::scenarios

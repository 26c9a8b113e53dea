// simulations/scenarios/village.cpp - radios that share a channel are switched on together, without an
// address of anybody: as a village, and the present way beside it (a DHT alone, each told whom to ask).
#include <array>

#include "simulations/air.hpp"
#include "simulations/fleet.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr auto switched_on_within = 2s;
constexpr auto between_calls = 3s;
constexpr double never = 999;

struct Came {
    double p50 = 0, p90 = 0, last = 0, bytes_until_all = 0;  // of the first calls
    double later = 0, later_p50_ms = 0, bytes_a_call = 0;
    double rest = 0, rest_busiest = 0;  // bytes a second and radio; share of time at the busiest place
    std::size_t wrong = 0, diameter = 0;
};

class Radios {
public:
    Radios(Run& run, Mesh::Shape shape, bool village)
        : run_(run),
          village_(village),
          shape_random_(run.seed()),
          air_(new Air(
              std::make_unique<Mesh>(shape, run.nodes(), Mesh::Radio{2ms, 40ms, 0.01, 0.05, kbit(run)},
                                     asio::ip::make_address_v4("10.0.0.1"), shape_random_),
              {kbit(run), 4222, run.setting("babel") != 0})),
          world_(run.seed(), noon, std::unique_ptr<Network>(air_)),
          fleet_(world_, plan(run, village)) {}

    Came play() {
        Came came;
        came.diameter = air_->mesh().diameter();
        on_ = world_.now().steady;
        fleet_.join_over(switched_on_within);
        run_.pass(world_, switched_on_within, "radios are switched on");
        for (std::size_t i = 0; i < fleet_.size(); ++i)
            fleet_.publish(i);
        for (std::size_t i = 0; i < fleet_.size(); ++i)
            try_to_call(i, (i * 7 + 3) % fleet_.size());
        run_.pass(world_, patience(), "everybody calls somebody");
        came.p50 = reached(0.5);
        came.p90 = reached(0.9);
        came.last = reached(1);
        came.bytes_until_all = bytes_until_all_;
        rest(came);
        call_again(came);
        came.wrong += wrong_;
        run_.close(world_);
        return came;
    }

private:
    static unsigned kbit(const Run& run) { return static_cast<unsigned>(run.setting("kbit")); }
    static Fleet::Plan plan(const Run& run, bool village) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        plan.node.locations = static_cast<std::uint8_t>(run.setting("locations"));
        plan.node.village = village;
        plan.only_others = village;  // nobody is told of anybody
        return plan;
    }
    [[nodiscard]] std::chrono::seconds patience() const { return village_ ? 60s : 180s; }
    /// With what babel says, which is no part of it, left out.
    [[nodiscard]] double bytes() const {
        const auto figures = air_->figures();
        return static_cast<double>(figures.bytes - figures.babel_bytes);
    }
    [[nodiscard]] double reached(double share) const {
        const auto all = static_cast<double>(fleet_.size());
        if (static_cast<double>(first_call_.size()) < share * all) return never;
        return first_call_.quantile(share * all / static_cast<double>(first_call_.size()));
    }
    void try_to_call(std::size_t caller, std::size_t callee) {
        fleet_.look_up(caller, callee, [this, caller, callee](const Lookup& lookup) {
            if (lookup.verdict == Verdict::wrong) ++wrong_;
            if (lookup.verdict != Verdict::right) {
                if (world_.now().steady < on_ + patience())
                    world_.after(2s, [this, caller, callee] { try_to_call(caller, callee); });
                return;
            }
            first_call_.add(std::chrono::duration<double>(world_.now().steady - on_).count());
            if (first_call_.size() == fleet_.size()) bytes_until_all_ = bytes();
        });
    }
    void rest(Came& came) {
        const auto minutes = run_.setting("rest");
        const auto before = bytes();
        air_->busy_again();
        run_.pass(world_, std::chrono::seconds(static_cast<int>(60 * minutes)), "nothing happens");
        came.rest = (bytes() - before) / (60 * minutes) / static_cast<double>(fleet_.size());
        came.rest_busiest = static_cast<double>(air_->figures().busiest.count()) / 60e6 / minutes;
    }
    void call_again(Came& came) {
        Tally later;
        const auto calls = std::min<std::size_t>(2 * fleet_.size(), 100);
        for (std::size_t i = 0; i < calls; ++i) {
            world_.after(between_calls * static_cast<int>(i), [this, &later] {
                fleet_.look_up(fleet_.anybody(), fleet_.anybody(),
                               [&later](const Lookup& lookup) { later.add(lookup); });
            });
        }
        const auto before = bytes();
        const auto lasts = between_calls * static_cast<int>(calls) + 10s;
        run_.pass(world_, lasts, "calls a while later");
        const auto at_rest =
            came.rest * static_cast<double>(fleet_.size()) * static_cast<double>(lasts.count());
        came.bytes_a_call = std::max(0.0, (bytes() - before - at_rest) / static_cast<double>(calls));
        came.later = later.success();
        came.later_p50_ms = later.elapsed_ms.size() > 0 ? later.elapsed_ms.quantile(0.5) : never;
        came.wrong += later.wrong;
    }

    Run& run_;
    bool village_;
    Random shape_random_;
    Air* air_;  // the world's
    World world_;
    Fleet fleet_;
    TimePoint on_{};
    Samples first_call_;
    double bytes_until_all_ = 0;
    std::size_t wrong_ = 0;
};

void play_one(Run& run, Mesh::Shape shape, const std::string& name, bool village) {
    auto& record = run.record();
    const auto came = Radios(run, shape, village).play();
    const auto figure = [&](const char* what, double value) {
        record.figure(name + (village ? "_" : "_dht_") + what, value);
    };
    if (village) figure("hops_of_the_longest_route", static_cast<double>(came.diameter));
    figure("first_call_p50_s", came.p50);
    figure("first_call_p90_s", came.p90);
    figure("everybody_has_called_after_s", came.last);
    figure("kilobytes_on_the_air_until_then", came.bytes_until_all / 1000);
    figure("bytes_a_second_and_radio_at_rest", came.rest);
    figure("busiest_place_at_rest", came.rest_busiest);
    figure("success_later", came.later);
    figure("elapsed_later_p50_ms", came.later_p50_ms);
    figure("bytes_on_the_air_a_later_call", came.bytes_a_call);
    record.promise(name + ": nobody is told a wrong contact", came.wrong == 0);
    if (!village) return;
    const bool small = run.nodes() <= 40;
    record.promise(name + (small ? ": half have made their first call within ten seconds"
                                 : ": half have made their first call within twenty seconds"),
                   came.p50 < (small ? 10 : 20));
    record.promise(name + ": every later call finds its callee", came.later == 1.0);
}

void play(Run& run) {
    const auto only = run.setting("shape");
    const std::array<std::pair<Mesh::Shape, const char*>, 3> shapes = {
        {{Mesh::Shape::line, "line"},
         {Mesh::Shape::grid, "grid"},
         {Mesh::Shape::random_geometric, "random"}}};
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        if (only != 0 && only != static_cast<double>(i + 1)) continue;
        play_one(run, shapes[i].first, shapes[i].second, true);
        if (run.setting("beside") != 0) play_one(run, shapes[i].first, shapes[i].second, false);
    }
}

}  // namespace

Scenario village() {
    return {
        "village",
        "Radios of 250 kbit/s that share a channel (who hears another waits, who does not collides), in a\n"
        "line, a grid and at random, with babel's own traffic, are switched on within two seconds and know\n"
        "nobody's address; everybody calls somebody at once. Beside it the same with a DHT alone.\n"
        "Promised: half get through within 10 s (up to 40 radios) or 20 s, and every later call.",
        16,
        {{"kbit", 250, "what a radio sends in a second"},
         {"locations", 2, "where each record is stored; [dht] locations of all nodes"},
         {"rest", 10, "minutes in which nothing happens"},
         {"shape", 0, "1 line, 2 grid, 3 random alone"},
         {"babel", 1, "whether a routing protocol talks, too"},
         {"beside", 1, "whether the present way is measured as well"}},
        play};
}

}  // namespace simulations::scenarios

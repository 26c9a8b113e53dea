// simulations/scenarios/mesh.cpp - a village powers its radios on: how long until the first call can be made.
#include "simulations/mesh.hpp"

#include "simulations/fleet.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t later_calls = 4;  // of each
constexpr auto between_calls = 5s;      // a busy village

struct Came {
    double first_call_p50 = 0, first_call_p90 = 0, last = 0, success = 0, unheard = 0, elapsed_p50 = 0;
    std::size_t wrong = 0, diameter = 0;
};

/// Everybody is switched on within ten seconds, publishes at once, and asks for one other until it is found.
class Village {
public:
    Village(Run& run, Mesh::Shape shape)
        : run_(run),
          shape_random_(run.seed()),
          mesh_(new Mesh(shape, run.nodes(),
                         {2ms, 40ms, 0.01, 0.05, static_cast<unsigned>(run.setting("kbit"))},
                         asio::ip::make_address_v4("10.0.0.1"), shape_random_)),
          world_(run.seed(), noon, std::unique_ptr<Network>(mesh_)),
          fleet_(world_, plan(run)) {}

    Came play() {
        Came came;
        came.diameter = mesh_->diameter();
        fleet_.join_over(10s);
        run_.pass(world_, 10s, "radios are switched on");
        for (std::size_t i = 0; i < fleet_.size(); ++i)
            fleet_.publish(i);
        on_ = world_.now().steady;
        for (std::size_t i = 0; i < fleet_.size(); ++i)
            try_to_call(i, (i * 7 + 3) % fleet_.size());
        run_.pass(world_, 180s, "everybody calls somebody");
        Tally later;
        const auto calls = later_calls * fleet_.size();
        for (std::size_t i = 0; i < calls; ++i) {
            world_.after(between_calls * static_cast<int>(i), [this, &later] {
                fleet_.look_up(fleet_.anybody(), fleet_.anybody(),
                               [&later](const Lookup& lookup) { later.add(lookup); });
            });
        }
        run_.pass(world_, between_calls * static_cast<int>(calls) + 10s, "calls a few minutes later");
        came.first_call_p50 = first_call_.quantile(0.5);
        came.first_call_p90 = first_call_.quantile(0.9);
        came.last = first_call_.size() == fleet_.size() ? first_call_.quantile(1) : 999;
        came.success = later.success();
        came.unheard = static_cast<double>(later.unheard) / static_cast<double>(later.asked);
        came.elapsed_p50 = later.elapsed_ms.quantile(0.5);
        came.wrong = later.wrong + wrong_;
        run_.close(world_);
        return came;
    }

private:
    static Fleet::Plan plan(const Run& run) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        plan.node.locations = static_cast<std::uint8_t>(run.setting("locations"));
        return plan;
    }
    void try_to_call(std::size_t caller, std::size_t callee) {
        fleet_.look_up(caller, callee, [this, caller, callee](const Lookup& lookup) {
            if (lookup.verdict == Verdict::wrong) ++wrong_;
            if (lookup.verdict == Verdict::right)
                first_call_.add(std::chrono::duration<double>(world_.now().steady - on_).count());
            else
                world_.after(1s, [this, caller, callee] { try_to_call(caller, callee); });
        });
    }

    Run& run_;
    Random shape_random_;
    Mesh* mesh_;  // the world's
    World world_;
    Fleet fleet_;
    TimePoint on_{};
    Samples first_call_;
    std::size_t wrong_ = 0;
};

void play(Run& run) {
    run.expect(3 * (200s + between_calls * static_cast<int>(run.nodes() * later_calls)));
    auto& record = run.record();
    auto& table = record.table("first_call", {"mesh", "seconds"});
    const std::pair<Mesh::Shape, const char*> shapes[] = {
        {Mesh::Shape::line, "line"}, {Mesh::Shape::grid, "grid"}, {Mesh::Shape::random_geometric, "random"}};
    for (const auto& [shape, name] : shapes) {
        const auto came = Village(run, shape).play();
        const auto figure = [&](const char* what, double value) {
            record.figure(std::string(name) + "_" + what, value);
        };
        figure("hops_of_the_longest_route", static_cast<double>(came.diameter));
        figure("first_call_p50_s", came.first_call_p50);
        figure("first_call_p90_s", came.first_call_p90);
        figure("everybody_has_called_after_s", came.last);
        figure("success_later", came.success);
        figure("unheard_later", came.unheard);
        figure("elapsed_later_p50_ms", came.elapsed_p50);
        table.add({name, came.first_call_p50});
        record.promise(std::string(name) + ": everybody reaches somebody within three minutes",
                       came.last < 180);
        record.promise(std::string(name) + ": nobody is told a wrong contact", came.wrong == 0);
    }
    record.draw({Picture::Kind::bars, "first_call", "From power-on to the first call", "mesh", "seconds", "",
                 "seconds (median)", ""});
}

}  // namespace

Scenario mesh() {
    return {"mesh",
            "A line, a grid and a random mesh of radios (hops of 2 to 40 ms, 1 to 5 % loss, 250 kbit/s each) "
            "are\n"
            "switched on; everybody publishes and calls somebody at once. Promised: everybody gets through "
            "within\n"
            "three minutes.",
            16,
            {{"kbit", 250, "what each radio sends in a second"},
             {"locations", 2, "where each record is stored; [dht] locations of all nodes"}},
            play};
}

}  // namespace simulations::scenarios

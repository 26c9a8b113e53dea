// simulations/scenarios/churn.cpp - nodes come and go all day; some names stay, some move with their owners.
#include <algorithm>
#include <cmath>

#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr overlay::UnixSeconds six = overlay::UnixSeconds{20000} * 86400 + 6 * 3600;

/// Sessions of peers in Kademlia networks are heavy-tailed; Weibull with a shape of about a half fits what
/// was measured in KAD (Steiner, En-Najjary, Biersack 2007 and 2009: shape 0.4 to 0.6) and elsewhere
/// (Stutzbach and Rejaie 2006), with medians from 20 to 60 minutes.
Seconds session(double median_minutes, Random& random) {
    constexpr double shape = 0.5;
    const auto scale = median_minutes * 60 / std::pow(std::log(2), 1 / shape);
    return Seconds(scale * std::pow(-std::log(1 - fraction(random)), 1 / shape));
}

class Day {
public:
    explicit Day(Run& run)
        : run_(run),
          world_(run.seed(), six, draw(run)),
          fleet_(world_, plan(run)),
          stay_(std::min(run.count("stay"), run.nodes() / 4)),
          names_(stay_ + std::min(run.count("move"), run.nodes() / 4)) {}

    void play() {
        run_.expect(90s + length() + 10s);
        fleet_.join_over(60s);
        run_.pass(world_, 90s, "nodes join");
        for (std::size_t i = 0; i < names_; ++i)
            fleet_.publish(owner(i));
        for (auto i = fleet_.bootstrap_hosts() + stay_; i < fleet_.size(); ++i)
            leave_some_time(i);
        const auto lookups = run_.count("lookups") * run_.count("hours");
        for (std::size_t i = 0; i < lookups; ++i) {
            // The first ten minutes are warming up.
            const auto wait =
                600s + (length() - 600s) * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(lookups);
            world_.after(wait, [this] { ask(); });
        }
        const auto packets = world_.packets(), bytes = world_.bytes();
        run_.pass(world_, length() + 10s, "nodes come and go");
        report(static_cast<double>(world_.packets() - packets), static_cast<double>(world_.bytes() - bytes));
        run_.close(world_);
    }

private:
    static std::unique_ptr<Network> draw(const Run& run) {
        return one_area(uniform(20ms, 200ms), run.setting("loss"));
    }
    static Fleet::Plan plan(const Run& run) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        plan.hidden = run.setting("hidden");
        plan.node.locations = static_cast<std::uint8_t>(run.setting("locations"));
        plan.node.refresh = std::chrono::minutes(run.count("refresh"));
        return plan;
    }
    [[nodiscard]] std::chrono::seconds length() const { return std::chrono::hours(run_.count("hours")); }
    [[nodiscard]] std::size_t owner(std::size_t name) const { return fleet_.bootstrap_hosts() + name; }

    void leave_some_time(std::size_t member) {
        const auto stay = session(run_.setting("median"), world_.random());
        world_.after(std::chrono::duration_cast<Micro>(stay), [this, member] {
            fleet_.leave(member);
            ++left_;
            // Away for as long as the others stay: half of all are there at any time, minus who always is.
            const auto away = session(run_.setting("median"), world_.random());
            world_.after(std::chrono::duration_cast<Micro>(away), [this, member] { come_back(member); });
        });
    }
    void come_back(std::size_t member) {
        fleet_.join(member);
        if (member < owner(names_)) fleet_.publish(member);  // at another port: its old contact is stale now
        leave_some_time(member);
    }

    void ask() {
        const auto name = owner(world_.random()() % names_);
        const bool stays = name < owner(stay_);
        if (!fleet_.is_there(name)) return;  // nobody promises to reach a node that is switched off
        // Long enough for the new version to be everywhere; what comes sooner is counted apart.
        const bool settled = world_.now().steady - fleet_.published_at(name) > 30s;
        const auto hour = Seconds(world_.now().steady.time_since_epoch()).count() / 3600;
        fleet_.look_up(fleet_.anybody(), name, [this, stays, settled, hour](const Lookup& lookup) {
            (stays ? of_who_stays_ : settled ? of_who_moves_ : just_back_).add(lookup);
            by_hour_[static_cast<int>(hour * 2)].add(lookup);
        });
    }

    void report(double packets, double bytes) {
        auto& record = run_.record();
        auto& table = record.table("over_time", {"hours", "success"});
        const auto begin = by_hour_.empty() ? 0 : by_hour_.begin()->first;
        for (const auto& [half_hour, tally] : by_hour_)
            table.add({static_cast<double>(half_hour - begin) / 2, tally.success()});
        const auto node_seconds = Seconds(length()).count() * static_cast<double>(run_.nodes() + stay_) / 2;
        record.figure("sessions_ended", static_cast<double>(left_));
        record.figure("success_of_who_stays", of_who_stays_.success());
        record.figure("success_of_who_moves", of_who_moves_.success());
        record.figure("success_within_30_s_of_coming_back", just_back_.success());
        record.figure("stale",
                      static_cast<double>(of_who_stays_.stale + of_who_moves_.stale + just_back_.stale));
        record.figure("elapsed_p50_ms", of_who_stays_.elapsed_ms.quantile(0.5));
        record.figure("elapsed_p99_ms", of_who_stays_.elapsed_ms.quantile(0.99));
        record.figure("packets_per_online_node_and_second", packets / node_seconds);
        record.figure("mib_per_online_node_and_day", bytes / node_seconds * 86400 / (1 << 20));
        record.promise("who stays is found in 99 of 100 lookups", of_who_stays_.success() >= 0.99);
        record.promise("who moved is found in 98 of 100 lookups, half a minute after",
                       of_who_moves_.success() >= 0.98);
        record.promise("nobody is told a wrong contact",
                       of_who_stays_.wrong + of_who_moves_.wrong + just_back_.wrong == 0);
        record.draw({Picture::Kind::over_time, "over_time", "Lookups while nodes come and go", "hours",
                     "success", "hours", "share of lookups that were right", ""});
    }

    Run& run_;
    World world_;
    Fleet fleet_;
    std::size_t stay_, names_, left_ = 0;
    Tally of_who_stays_, of_who_moves_, just_back_;
    std::map<int, Tally> by_hour_;
};

void play(Run& run) {
    Day(run).play();
}

}  // namespace

Scenario churn() {
    return {"churn",
            "Nodes come and go all day: sessions and absences are Weibull with shape 0.5. Some owners stay, "
            "as a\n"
            "home server does; others come and go and have a new contact each time. Promised: who stays is "
            "found\n"
            "in 99 of 100 lookups, who moved in 98 of 100 from half a minute after.",
            500,
            {{"hours", 24, "how long"},
             {"median", 40, "minutes of a session and of an absence"},
             {"stay", 25, "owners that are always there"},
             {"move", 25, "owners that come and go"},
             {"lookups", 120, "an hour"},
             {"loss", 0.01, "share of datagrams lost"},
             {"hidden", 0, "share of nodes behind a port-restricted NAT"},
             {"locations", overlay::max_locations, "where each record is stored"},
             {"refresh", 60, "minutes until a record is signed and put anew, at most"}},
            play};
}

}  // namespace simulations::scenarios

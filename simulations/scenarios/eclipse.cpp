// simulations/scenarios/eclipse.cpp - attackers among the nodes, and attackers placed next to a name's
// locations.
#include <algorithm>

#include "simulations/fleet.hpp"
#include "simulations/links.hpp"
#include "simulations/scenarios/scenarios.hpp"
#include "simulations/sybil.hpp"

namespace simulations::scenarios {
namespace {

using namespace std::chrono_literals;

class Eclipse {
public:
    explicit Eclipse(Run& run)
        : run_(run),
          world_(run.seed(), noon, draw()),
          fleet_(world_, plan(run)),
          names_(std::min(run.count("names"), run.nodes() / 4)) {}

    void play() {
        run_.expect(390s + 3 * std::chrono::duration_cast<std::chrono::seconds>(ask_time()));
        fleet_.join_over(30s);
        run_.pass(world_, 30s, "nodes join");
        infiltrate();
        run_.pass(world_, 90s, "nodes join");
        for (std::size_t i = 0; i < names_; ++i)
            fleet_.publish(owner(i));
        run_.pass(world_, 60s, "names are published");
        const auto quiet = ask([&](std::size_t name, std::size_t i) { return friend_of(name, i); });

        surround();
        run_.pass(world_, 60s, "attackers surround the names");
        if (run_.setting("move") > 0) {  // so that there is an older record to bring back
            for (std::size_t i = 0; i < names_; ++i)
                fleet_.publish(owner(i));
        }
        run_.pass(world_, 90s, "attackers surround the names");
        const auto packets = world_.packets();
        const auto strangers = ask([&](std::size_t name, std::size_t i) { return stranger_to(name, i); });
        const auto cost =
            static_cast<double>(world_.packets() - packets) / static_cast<double>(strangers.asked);
        const auto friends = ask([&](std::size_t name, std::size_t i) { return friend_of(name, i); });
        report(quiet, strangers, friends, cost);
        sybils_.clear();
        run_.close(world_);
    }

private:
    static std::unique_ptr<Network> draw() { return one_area(uniform(20ms, 200ms)); }
    static Fleet::Plan plan(const Run& run) {
        Fleet::Plan plan;
        plan.nodes = run.nodes();
        plan.node.locations = static_cast<std::uint8_t>(run.setting("locations"));
        plan.node.first_wave = static_cast<std::uint8_t>(run.setting("first_wave"));
        plan.node.ask_directly = run.setting("direct") > 0;
        return plan;
    }
    [[nodiscard]] std::size_t owner(std::size_t name) const { return fleet_.bootstrap_hosts() + name; }
    // Callers are taken from the end: the first half are friends, who called before the attack.
    [[nodiscard]] std::size_t friend_of(std::size_t name, std::size_t i) const {
        return fleet_.size() - 1 - (name * callers() + i) % (fleet_.size() / 3);
    }
    [[nodiscard]] std::size_t stranger_to(std::size_t name, std::size_t i) const {
        return fleet_.size() * 2 / 3 - 1 - (name * callers() + i) % (fleet_.size() / 3);
    }
    [[nodiscard]] std::size_t callers() const { return run_.count("callers"); }
    [[nodiscard]] std::chrono::milliseconds ask_time() const {
        return 200ms * static_cast<int>(names_ * callers()) + 10s;
    }

    Endpoint next_address() {
        return {asio::ip::address_v4(asio::ip::make_address_v4("10.200.0.0").to_uint() + ++addresses_), 4222};
    }
    /// Attackers among all, with ids like anybody's.
    void infiltrate() {
        const auto share = run_.setting("share");
        const auto count = static_cast<std::size_t>(share / (1 - share) * static_cast<double>(fleet_.size()));
        for (std::size_t i = 0; i < count; ++i) {
            crypto::Bytes<20> id{};
            world_.roll(id);
            settle_at({id, next_address()}, {});
        }
    }
    /// The attackers of each name, shared out among all its locations of today: who knows a name knows them.
    void surround() {
        const auto locations = static_cast<std::uint8_t>(run_.setting("locations"));
        for (std::size_t name = 0; name < names_; ++name) {
            const auto blinding = crypto::blind(fleet_.identity(owner(name)).public_key(), {}, "home",
                                                overlay::period_of(world_.now().wall));
            std::vector<std::vector<Sybil::Friend>> gangs(locations);
            for (std::size_t i = 0; i < run_.count("sybils"); ++i) {
                const auto at = static_cast<std::uint8_t>(i % locations);
                const auto id = Sybil::next_to(overlay::location(blinding->blinded, at), world_.random());
                gangs[at].push_back({id, next_address()});
            }
            for (const auto& gang : gangs)
                for (const auto& each : gang)
                    settle_at(each, run_.setting("lists") > 0 ? gang : std::vector<Sybil::Friend>{});
        }
    }
    void settle_at(const Sybil::Friend& who, std::vector<Sybil::Friend> friends) {
        Sybil::Setup setup;
        setup.address = who.address;
        setup.id = who.id;
        setup.bootstrap = {fleet_.address(0)};
        setup.manner = static_cast<Sybil::Manner>(run_.count("manner"));
        setup.friends = std::move(friends);
        sybils_.push_back(std::make_unique<Sybil>(world_, setup));
    }

    Tally ask(const std::function<std::size_t(std::size_t, std::size_t)>& caller_of) {
        Tally tally;
        int turn = 0;
        for (std::size_t i = 0; i < callers(); ++i) {
            for (std::size_t name = 0; name < names_; ++name) {
                world_.after(200ms * turn++, [this, &tally, caller = caller_of(name, i), name] {
                    fleet_.look_up(caller, owner(name),
                                   [&tally](const Lookup& lookup) { tally.add(lookup); });
                });
            }
        }
        run_.pass(world_, ask_time(), "names are looked up");
        return tally;
    }

    void report(const Tally& quiet, const Tally& strangers, const Tally& friends, double cost) {
        auto& record = run_.record();
        record.figure("attackers", static_cast<double>(sybils_.size()));
        record.figure("success_before_the_attack", quiet.success());
        record.figure("strangers_success", strangers.success());
        record.figure("strangers_elapsed_p50_ms", strangers.elapsed_ms.quantile(0.5));
        record.figure("strangers_elapsed_p99_ms", strangers.elapsed_ms.quantile(0.99));
        record.figure("strangers_stale", static_cast<double>(strangers.stale));
        record.figure("strangers_packets_per_lookup", cost);
        record.figure("friends_success", friends.success());
        record.figure("friends_stale", static_cast<double>(friends.stale));
        record.figure("friends_elapsed_p50_ms", friends.elapsed_ms.quantile(0.5));
        record.figure("wrong", static_cast<double>(quiet.wrong + strangers.wrong + friends.wrong));
        record.promise("nobody is told a wrong contact", quiet.wrong + strangers.wrong + friends.wrong == 0);
        if (run_.setting("promise") > 0) {
            record.promise("strangers get through in 95 of 100 tries", strangers.success() >= 0.95);
            record.promise("who has called before gets through always", friends.success() == 1);
        }
        auto& table = record.table("success", {"who", "share"});
        table.add({"before", quiet.success()});
        table.add({"strangers", strangers.success()});
        table.add({"friends", friends.success()});
        record.draw({Picture::Kind::bars, "success", "Names under attack", "who", "share", "",
                     "share of lookups that were right", ""});
    }

    Run& run_;
    World world_;
    Fleet fleet_;
    std::size_t names_;
    std::uint32_t addresses_ = 0;
    std::vector<std::unique_ptr<Sybil>> sybils_;
};

void play(Run& run) {
    Eclipse(run).play();
}

}  // namespace

Scenario eclipse() {
    return {
        "eclipse",
        "Attackers take ids next to the locations of known names, and are a share of all nodes besides. "
        "They\n"
        "say that they store and do not, or change what they store, or bring old records back. Promised: "
        "never\n"
        "a wrong contact; with 50 attackers a name, strangers get through in 95 of 100 tries, and who has\n"
        "called before always.",
        500,
        {{"names", 4, "how many are attacked"},
         {"sybils", 50, "attackers of each name, shared out among its locations"},
         {"share", 0, "of all nodes that are attackers besides"},
         {"manner", 0, "0: they drop blocks, 1: change them, 2: bring old ones back"},
         {"lists", 1, "1: asked for nodes, they name each other only"},
         {"callers", 25, "strangers, and as many friends, that call each name"},
         {"move", 1, "1: owners publish a new contact during the attack"},
         {"locations", 8, "where each record is stored"},
         {"first_wave", 2, "of those, how many are asked at once"},
         {"direct", 1, "1: nodes that the last record named are asked past the DHT"},
         {"promise", 1, "0: figures only, for what is known to fail"}},
        play};
}

}  // namespace simulations::scenarios

// simulations/run.cpp - plays a scenario and says what came of it.
#include "simulations/run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "simulations/virtual_time.hpp"

namespace simulations {
namespace {

constexpr std::size_t fewest_nodes = 16;

double seconds_of(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

struct Cost {
    double cpu_seconds, peak_mib;
};
Cost cost() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024};
}

}  // namespace

const Scenario* find_scenario(std::string_view name) {
    const auto found = std::ranges::find(all_scenarios(), name, &Scenario::name);
    return found == all_scenarios().end() ? nullptr : &*found;
}

Run::Run(const Scenario& scenario, Options options)
    : scenario_(scenario), options_(std::move(options)), began_(virtual_time::real_time()) {
    if (options_.nodes == 0) options_.nodes = scenario.nodes;
    if (options_.nodes < fewest_nodes)
        throw std::invalid_argument(
            fmt::format("--nodes {}: at least {} make a network", options_.nodes, fewest_nodes));
    for (const auto& [name, value] : options_.settings) {
        if (std::ranges::find(scenario.settings, name, &Setting::name) == scenario.settings.end())
            throw std::invalid_argument(fmt::format("{} has no setting \"{}\"", scenario.name, name));
    }
    if (!options_.out.empty()) {
        auto stem = fmt::format("{}-n{}-s{}", scenario.name, options_.nodes, options_.seed);
        for (const auto& [name, value] : options_.settings)
            stem += fmt::format("-{}{:g}", name, value);
        recorder_ = Recorder(options_.out, stem);
    }
}

double Run::setting(std::string_view name) const {
    if (const auto told = options_.settings.find(std::string(name)); told != options_.settings.end())
        return told->second;
    const auto own = std::ranges::find(scenario_.settings, name, &Setting::name);
    if (own == scenario_.settings.end())
        throw std::invalid_argument("no setting is called " + std::string(name));
    return own->value;
}

void Run::show(std::string_view doing, bool now) {
    const auto real = virtual_time::real_time();
    if (!options_.bar || (!now && real - shown_ < std::chrono::milliseconds(200))) return;
    shown_ = real;
    constexpr int width = 30;
    const auto share =
        expected_.count() == 0 ? 0.0 : std::min(1.0, seconds_of(passed_) / seconds_of(expected_));
    const auto full = static_cast<int>(share * width);
    fmt::print(stderr, "\r{} [{:#<{}}{: <{}}] {:3.0f} %  {:.0f} s  {}\x1b[K", scenario_.name, "", full, "",
               width - full, share * 100, seconds_of(real - began_), doing);
    (void)std::fflush(stderr);  // a bar that is not seen is no error
}

void Run::pass(World& world, std::chrono::nanoseconds time, std::string_view doing) {
    constexpr std::chrono::nanoseconds slice = std::chrono::seconds(1);
    while (time.count() > 0) {
        const auto part = std::min(time, slice);
        world.run_for(part);
        time -= part;
        passed_ += part;
        show(doing, false);
    }
}

void Run::close(const World& world) {
    hash_ = (hash_ ^ world.hash()) * 0x9e3779b97f4a7c15U;
    packets_ += world.packets();
}

std::string Run::hash() const {
    return fmt::format("{:016x}", hash_);
}

bool Run::all_kept() const {
    return std::ranges::all_of(recorder_.promises(), &Promise::kept);
}

void Run::play() {
    scenario_.play(*this);
    if (options_.bar) fmt::print(stderr, "\r\x1b[K");
    std::vector<std::pair<std::string, double>> settings;
    for (const auto& each : scenario_.settings)
        settings.emplace_back(each.name, setting(each.name));
    const auto used = cost();
    recorder_.write_summary({std::string(scenario_.name), hash(), options_.nodes, options_.seed, settings,
                             seconds_of(passed_), seconds_of(virtual_time::real_time() - began_),
                             used.cpu_seconds, used.peak_mib, packets_});
}

void Run::print() const {
    fmt::print("{} with {} nodes, seed {}\n", scenario_.name, options_.nodes, options_.seed);
    for (const auto& [name, value] : recorder_.figures())
        fmt::print("  {:<44} {:>12.6g}\n", name, value);
    for (const auto& [text, kept] : recorder_.promises())
        fmt::print("  {} {}\n", kept ? "kept  " : "BROKEN", text);
    const auto used = cost();
    fmt::print(
        "  {} packets, trace hash {}, {:.0f} virtual s in {:.1f} s ({:.1f} s of CPU), {:.0f} MiB at most\n",
        packets_, hash(), seconds_of(passed_), seconds_of(virtual_time::real_time() - began_),
        used.cpu_seconds, used.peak_mib);
}

}  // namespace simulations

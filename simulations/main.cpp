// simulations/main.cpp - hedgewitch-sim: plays a scenario, lists them, draws what they left.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "simulations/plot.hpp"
#include "simulations/run.hpp"

namespace {

using simulations::Run;

void list() {
    for (const auto& scenario : simulations::all_scenarios()) {
        fmt::print("{} ({} nodes)\n{}\n", scenario.name, scenario.nodes, scenario.story);
        for (const auto& setting : scenario.settings)
            fmt::print("    {}={:<10g} {}\n", setting.name, setting.value, setting.meaning);
        fmt::print("\n");
    }
}

std::map<std::string, double> settings_of(const std::vector<std::string>& texts) {
    std::map<std::string, double> settings;
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        double value = 0;
        if (equals == std::string::npos || !CLI::detail::lexical_cast(text.substr(equals + 1), value))
            throw std::invalid_argument("--set " + text + ": NAME=NUMBER expected");
        settings[text.substr(0, equals)] = value;
    }
    return settings;
}

int play(const std::string& name, Run::Options options) {
    const auto* scenario = simulations::find_scenario(name);
    if (scenario == nullptr) throw std::invalid_argument("no scenario is called " + name + "; see --list");
    options.bar = isatty(STDERR_FILENO) == 1;
    Run run(*scenario, std::move(options));
    run.play();
    run.print();
    return run.all_kept() ? 0 : 1;
}

// Gigabytes of small objects, visited at random: with huge pages a run takes a quarter less. glibc (2.35 on)
// wants that said in the environment, before the program begins.
void begin_again_with_huge_pages(char** argv) {
    if (std::getenv("GLIBC_TUNABLES") != nullptr) return;  // somebody's own, or the second time
    setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
    execvp(argv[0], argv);  // where that fails, it is only slower
}

}  // namespace

int main(int argc, char** argv) {
    begin_again_with_huge_pages(argv);
    CLI::App app(
        "Plays scenarios with the real overlay code in virtual time.\n"
        "  hedgewitch-sim lookup --nodes 10000 --seed 7 --out results\n"
        "  hedgewitch-sim plot --out results");
    std::string scenario;
    Run::Options options;
    std::vector<std::string> settings;
    bool show_list = false;
    app.add_option("scenario", scenario, "which, or \"plot\"");
    app.add_option("--nodes", options.nodes, "how many; each scenario has a default");
    app.add_option("--seed", options.seed, "same seed, same run")->capture_default_str();
    app.add_option("--out", options.out, "folder for CSV and JSON, and of \"plot\"");
    app.add_option("--set", settings, "NAME=NUMBER, a setting of the scenario");
    app.add_flag("--list", show_list, "what scenarios there are");
    CLI11_PARSE(app, argc, argv);
    try {
        if (show_list) {
            list();
            return 0;
        }
        options.settings = settings_of(settings);
        if (scenario == "plot") {
            fmt::print("{} pictures\n", simulations::plot(options.out));
            return 0;
        }
        return play(scenario, options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "hedgewitch-sim: {}\n", error.what());
        return 2;
    }
}

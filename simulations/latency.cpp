// simulations/latency.cpp - distributions, and distances on the globe.
#include "simulations/latency.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace simulations {
namespace {

/// A host's own number: the same in every run, whatever the seed.
std::uint64_t scramble(std::uint64_t x) {  // splitmix64
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

std::uint64_t number_of(const Endpoint& host) {
    const auto address = host.address();
    if (address.is_v4()) return address.to_v4().to_uint();
    std::uint64_t number = 0;
    for (const auto byte : address.to_v6().to_bytes())
        number = number * 257 + byte;
    return number;
}

double as_fraction(std::uint64_t x) {
    return static_cast<double>(x >> 11U) * 0x1.0p-53;
}

Micro between(Micro least, Micro most, double at) {
    return least + Micro(static_cast<Micro::rep>(at * static_cast<double>((most - least).count())));
}

Micro with_jitter(Micro base, Random& random) {
    return base + Micro(static_cast<Micro::rep>(fraction(random) * 0.1 * static_cast<double>(base.count())));
}

struct City {
    double latitude, longitude;  // radians
    double up_to;                // share of all people who live here or in a city before
};

std::vector<City> read_cities(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file.string() + ": cannot be read");
    std::vector<City> cities;
    double people = 0;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty() || line.front() == '#') continue;
        std::istringstream fields(line);
        std::string name;
        double latitude = 0, longitude = 0, millions = 0;
        if (!std::getline(fields, name, '\t') || !(fields >> latitude >> longitude >> millions))
            throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                                     ": name, latitude, longitude, millions expected");
        people += millions;
        const auto radians = std::numbers::pi / 180;
        cities.push_back({latitude * radians, longitude * radians, people});
    }
    if (cities.empty()) throw std::runtime_error(file.string() + ": no city");
    for (auto& city : cities)
        city.up_to /= people;
    return cities;
}

double kilometres(const City& a, const City& b) {
    constexpr double diameter = 12742;
    const auto square = [](double x) { return x * x; };
    const auto half =
        square(std::sin((a.latitude - b.latitude) / 2)) +
        std::cos(a.latitude) * std::cos(b.latitude) * square(std::sin((a.longitude - b.longitude) / 2));
    return diameter * std::asin(std::sqrt(std::min(1.0, half)));
}

}  // namespace

Latency uniform(Micro least, Micro most) {
    return [=](const Endpoint&, const Endpoint&, Random& random) {
        return between(least, most, fraction(random));
    };
}

Latency by_pair(Micro least, Micro most) {
    return [=](const Endpoint& from, const Endpoint& to, Random& random) {
        const auto pair = scramble(number_of(from)) ^ scramble(number_of(to));  // the same both ways
        return with_jitter(between(least, most, as_fraction(scramble(pair))), random);
    };
}

Latency lognormal(Micro median, Micro p99) {
    constexpr double z99 = 2.3263;  // standard deviations
    const auto sigma = std::log(static_cast<double>(p99.count()) / static_cast<double>(median.count())) / z99;
    return [=](const Endpoint&, const Endpoint&, Random& random) {
        // Box and Muller: the library's normal_distribution keeps half of its rolls.
        const auto radius = std::sqrt(-2 * std::log(1 - fraction(random)));
        const auto normal = radius * std::cos(2 * std::numbers::pi * fraction(random));
        return Micro(static_cast<Micro::rep>(static_cast<double>(median.count()) * std::exp(sigma * normal)));
    };
}

Latency cities(const std::filesystem::path& file) {
    const auto all = std::make_shared<const std::vector<City>>(read_cities(file));
    return [all](const Endpoint& from, const Endpoint& to, Random& random) {
        constexpr double kilometres_per_ms = 299.792 * 2 / 3 / 1.5;
        const auto home = [&](const Endpoint& host) -> const City& {
            const auto at = as_fraction(scramble(number_of(host)));
            const auto found =
                std::ranges::upper_bound(*all, at, {}, [](const City& city) { return city.up_to; });
            return found == all->end() ? all->back() : *found;
        };
        const auto access = [](const Endpoint& host) {
            return between(Micro(4000), Micro(15000), as_fraction(scramble(~number_of(host))));
        };
        const auto fibre = kilometres(home(from), home(to)) / kilometres_per_ms;
        return with_jitter(Micro(static_cast<Micro::rep>(fibre * 1000)) + access(from) + access(to), random);
    };
}

}  // namespace simulations

// simulations/links.cpp - which line a datagram takes.
#include "simulations/links.hpp"

#include <stdexcept>

namespace simulations {

Links::Links(const std::vector<Area>& areas, std::vector<Line> lines) {
    for (const auto& area : areas) {
        names_.push_back(area.name);
        addresses_.push_back(asio::ip::make_network_v4(area.addresses));
    }
    between_.resize(names_.size() * names_.size());
    drawn_.reserve(lines.size());  // between_ points there
    for (auto& line : lines) {
        drawn_.push_back({std::move(line), false, {}});
        const auto one = index_of(drawn_.back().line.one), other = index_of(drawn_.back().line.other);
        between_[one * names_.size() + other] = between_[other * names_.size() + one] = &drawn_.back();
    }
}

std::size_t Links::index_of(const std::string& name) const {
    for (std::size_t i = 0; i < names_.size(); ++i)
        if (names_[i] == name) return i;
    throw std::invalid_argument("no area is called " + name);
}

std::size_t Links::area_of(const asio::ip::address& address) const {
    if (!address.is_v4()) return 0;
    const auto number = address.to_v4().to_uint();
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
        const auto& area = addresses_[i];
        if ((number & area.netmask().to_uint()) == area.network().to_uint()) return i;
    }
    return 0;
}

Links::Drawn& Links::line(const std::string& one, const std::string& other) {
    auto* found = between_[index_of(one) * names_.size() + index_of(other)];
    if (found == nullptr) throw std::invalid_argument("no line from " + one + " to " + other);
    return *found;
}

std::optional<TimePoint> Links::carry(const Endpoint& from, const Endpoint& to, std::size_t size,
                                      TimePoint now, Random& random) {
    auto* way = between_[area_of(from.address()) * names_.size() + area_of(to.address())];
    if (way == nullptr || way->cut) return std::nullopt;
    auto sent = std::optional(now);
    if (way->line.kbit_s > 0) sent = way->queues[from].pass(size, way->line.kbit_s, now);
    if (!sent || (way->line.loss > 0 && fraction(random) < way->line.loss)) return std::nullopt;
    return *sent + way->line.latency(from, to, random);
}

std::unique_ptr<Network> one_area(Latency latency, double loss) {
    return std::make_unique<Links>(std::vector<Area>{{"everywhere", "0.0.0.0/0"}},
                                   std::vector<Line>{{"everywhere", "everywhere", std::move(latency), loss}});
}

}  // namespace simulations

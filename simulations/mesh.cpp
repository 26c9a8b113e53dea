// simulations/mesh.cpp - draws meshes and sends packets hop by hop.
#include "simulations/mesh.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <queue>
#include <stdexcept>

namespace simulations {

Mesh::Mesh(Shape shape, std::size_t hosts, const Radio& radio, const asio::ip::address_v4& first,
           Random& random)
    : kbit_s_(radio.kbit_s), first_(first.to_uint()), radios_(hosts) {
    if (hosts == 0 || hosts >= nowhere) throw std::invalid_argument("a mesh has 1 to 65534 hosts");
    for (int tries = 0;; ++tries) {
        hops_.assign(hosts, {});
        draw(shape, radio, random);
        find_routes();
        const auto first_row = next_.begin() + 1;  // all but itself
        if (std::find(first_row, next_.begin() + static_cast<std::ptrdiff_t>(hosts), nowhere) ==
            next_.begin() + static_cast<std::ptrdiff_t>(hosts))
            return;
        if (tries == 1000) throw std::runtime_error("no mesh in one piece came out of a thousand");
    }
}

void Mesh::join(std::size_t a, std::size_t b, const Radio& radio, Random& random) {
    const auto range = static_cast<double>((radio.most - radio.least).count());
    const auto latency = radio.least + Micro(static_cast<Micro::rep>(fraction(random) * range));
    const auto loss = radio.least_loss + fraction(random) * (radio.most_loss - radio.least_loss);
    hops_[a].push_back({b, latency, loss});
    hops_[b].push_back({a, latency, loss});
}

void Mesh::draw(Shape shape, const Radio& radio, Random& random) {
    const auto hosts = hops_.size();
    switch (shape) {
        case Shape::line:
            for (std::size_t i = 1; i < hosts; ++i)
                join(i - 1, i, radio, random);
            break;
        case Shape::grid: {
            const auto width = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(hosts))));
            for (std::size_t i = 0; i < hosts; ++i) {
                if (i % width > 0) join(i - 1, i, radio, random);
                if (i >= width) join(i - width, i, radio, random);
            }
            break;
        }
        case Shape::random_geometric: {
            // Places in the unit square; a reach that gives eight neighbours on average, away from the edge.
            const auto reach = std::sqrt(8 / (std::numbers::pi * static_cast<double>(hosts)));
            std::vector<std::pair<double, double>> places;
            for (std::size_t i = 0; i < hosts; ++i) {
                const auto x = fraction(random);
                places.emplace_back(x, fraction(random));
                for (std::size_t other = 0; other < i; ++other) {
                    const auto dx = places[other].first - places[i].first;
                    const auto dy = places[other].second - places[i].second;
                    if (dx * dx + dy * dy <= reach * reach) join(other, i, radio, random);
                }
            }
            break;
        }
    }
}

/// Dijkstra towards each host: which hop each other takes.
void Mesh::find_routes() {
    const auto hosts = hops_.size();
    next_.assign(hosts * hosts, nowhere);
    using Reached = std::pair<Micro, std::size_t>;
    for (std::size_t goal = 0; goal < hosts; ++goal) {
        std::vector<Micro> far(hosts, Micro::max());
        std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
        far[goal] = Micro(0);
        open.push({Micro(0), goal});
        while (!open.empty()) {
            const auto [distance, here] = open.top();
            open.pop();
            if (distance > far[here]) continue;
            for (const auto& hop : hops_[here]) {
                if (distance + hop.latency >= far[hop.to]) continue;
                far[hop.to] = distance + hop.latency;
                open.push({far[hop.to], hop.to});
                const auto& back = hops_[hop.to];
                const auto way = std::ranges::find(back, here, &Hop::to);
                next_[hop.to * hosts + goal] = static_cast<std::uint16_t>(way - back.begin());
            }
        }
    }
}

std::optional<std::size_t> Mesh::next_hop(std::size_t from, std::size_t goal) const {
    const auto way = next_[from * hops_.size() + goal];
    if (way == nowhere) return std::nullopt;
    return hops_[from][way].to;
}

Endpoint Mesh::endpoint(std::size_t host, std::uint16_t port) const {
    return {asio::ip::address_v4(static_cast<std::uint32_t>(first_ + host)), port};
}

std::optional<std::size_t> Mesh::host(const Endpoint& endpoint) const {
    if (!endpoint.address().is_v4()) return std::nullopt;
    const auto number = std::size_t{endpoint.address().to_v4().to_uint()} - first_;
    if (number >= hops_.size()) return std::nullopt;
    return number;
}

std::optional<TimePoint> Mesh::carry(const Endpoint& from, const Endpoint& to, std::size_t size,
                                     TimePoint now, Random& random) {
    const auto start = host(from), goal = host(to);
    if (!start || !goal) return std::nullopt;
    auto at = now;
    for (auto here = *start; here != *goal;) {
        const auto way = next_[here * hops_.size() + *goal];
        if (way == nowhere) return std::nullopt;
        const auto& hop = hops_[here][way];
        const auto sent = radios_[here].pass(size, kbit_s_, at);
        if (!sent || fraction(random) < hop.loss) return std::nullopt;
        at = *sent + hop.latency;
        here = hop.to;
    }
    return at;
}

std::size_t Mesh::diameter() const {
    std::size_t longest = 0;
    for (std::size_t start = 0; start < hops_.size(); ++start) {
        for (std::size_t goal = 0; goal < hops_.size(); ++goal) {
            std::size_t hops = 0;
            for (auto here = start; here != goal; ++hops)
                here = hops_[here][next_[here * hops_.size() + goal]].to;
            longest = std::max(longest, hops);
        }
    }
    return longest;
}

double Mesh::mean_neighbours() const {
    std::size_t all = 0;
    for (const auto& hops : hops_)
        all += hops.size();
    return static_cast<double>(all) / static_cast<double>(hops_.size());
}

}  // namespace simulations

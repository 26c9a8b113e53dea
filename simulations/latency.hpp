// simulations/latency.hpp - how long one datagram is under way between two hosts, one way.
#pragma once

#include <filesystem>

#include "simulations/network.hpp"

namespace simulations {

using Latency = std::function<Micro(const Endpoint& from, const Endpoint& to, Random& random)>;

/// Each datagram anew: harsher than life, as packets of one pair overtake each other.
Latency uniform(Micro least, Micro most);
/// Each pair of hosts has its own, between `least` and `most`; each datagram up to a tenth more.
Latency by_pair(Micro least, Micro most);
/// A long tail: half of all datagrams take at most `median`, 99 in 100 at most `p99`.
Latency lognormal(Micro median, Micro p99);
/// Hosts live in the cities of `file` (tab-separated: name, latitude, longitude, millions of people; more
/// people, more hosts). Light in fibre over one and a half times the great circle, 4 to 15 ms for the access
/// at each end, each datagram up to a tenth more. Throws std::runtime_error naming file and line.
Latency cities(const std::filesystem::path& file);

}  // namespace simulations

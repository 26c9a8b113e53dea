// node/reach/advertised_hosts.cpp - when, and what follows.
#include "node/reach/advertised_hosts.hpp"

#include <algorithm>

namespace node {

AdvertisedHosts::AdvertisedHosts(std::vector<AdvertisedHost> hosts) : hosts_(std::move(hosts)) {
    for (const auto& each : hosts_)
        known_[each.host];
}

std::vector<std::string> AdvertisedHosts::due(Time now) {
    std::vector<std::string> names;
    for (auto& [name, known] : known_) {
        if (known.due > now) continue;
        known.asked_at = now;
        known.due = now + patience;
        names.push_back(name);
    }
    return names;
}

void AdvertisedHosts::answered(const std::string& host, HostAddresses says, Time now) {
    const auto found = known_.find(host);
    if (found == known_.end()) return;
    auto& known = found->second;
    known.answered = true;
    const bool good = !says.addresses.empty();
    known.due = now + (good ? std::chrono::seconds(look_again) : failed_again);
    if (!good && !says.denied && !known.says.addresses.empty()) return;
    known.says = std::move(says);
}

void AdvertisedHosts::look_soon(Time now) {
    for (auto& [name, known] : known_)
        known.due = std::min(known.due, std::max(now, known.asked_at + at_most_every));
}

std::optional<AdvertisedHosts::Time> AdvertisedHosts::next_wake() const {
    std::optional<Time> wake;
    for (const auto& [name, known] : known_)
        if (!wake || known.due < *wake) wake = known.due;
    return wake;
}

std::vector<overlay::TransportAddress> AdvertisedHosts::addresses() const {
    std::vector<overlay::TransportAddress> all;
    for (const auto& each : hosts_) {
        for (const auto& address : known_.at(each.host).says.addresses) {
            const overlay::TransportAddress at{each.transport, address, each.port};
            if (std::ranges::find(all, at) == all.end()) all.push_back(at);
        }
    }
    return all;
}

std::vector<std::string> AdvertisedHosts::faults() const {
    std::vector<std::string> all;
    for (const auto& [name, known] : known_) {
        if (!known.answered) {
            all.push_back(name + " (it is being looked up)");
        } else if (known.says.addresses.empty()) {
            all.push_back(name + " (" + known.says.fault + ")");
        }
    }
    return all;
}

}  // namespace node

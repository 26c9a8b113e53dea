// node/daemon/ways_in.cpp - no way twice, and none into our own network.
#include "node/daemon/ways_in.hpp"

#include <algorithm>

#include "node/names/invite.hpp"
#include "node/state/way_in_table.hpp"

namespace node {

std::vector<std::string> ways_in(const std::vector<overlay::TransportAddress>& advertised, const DhtPort& dht,
                                 const std::vector<sip::Endpoint>& relays) {
    std::vector<std::string> ways;
    const auto add = [&ways](const sip::Endpoint& at) {
        const auto text = sip::to_string(at);
        const bool is_there = std::find(ways.begin(), ways.end(), text) != ways.end();
        if (!is_there && ways.size() < most_to_begin) ways.push_back(text);
    };
    for (const auto& at : advertised)
        add({at.address, at.address.is_v4() ? dht.mapped.value_or(dht.bound) : dht.bound});
    for (const auto& at : relays)
        add(at);
    return ways;
}

std::vector<asio::ip::udp::endpoint> nodes_of_invites(Database& database, const OwnAddresses& own) {
    std::vector<asio::ip::udp::endpoint> nodes;
    for (const auto& at : WayInTable(database).all()) {
        // An invite may be a stranger's: it must not aim us at our own network.
        if (own.why_not({overlay::Transport::udp, at.address, at.port}).empty())
            nodes.emplace_back(at.address, at.port);
    }
    return nodes;
}

}  // namespace node

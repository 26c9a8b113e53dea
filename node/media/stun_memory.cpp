// node/media/stun_memory.cpp - until when, for each.
#include "node/media/stun_memory.hpp"

#include <algorithm>

namespace node {

void StunMemory::silent(const sip::Endpoint& server, Time now) {
    std::erase_if(silent_, [now](const auto& known) { return known.second.until + silent_for <= now; });
    if (silent_.size() >= most_known && !silent_.contains(server)) return;
    constexpr unsigned most_doublings = 5;
    Silence& silence = silent_[server];
    const int doubled = 1 << std::min(silence.times++, most_doublings);
    silence.until = now + std::min<Time::duration>(silent_for, silent_first * doubled);
}

std::vector<sip::Endpoint> StunMemory::worth_asking(std::vector<sip::Endpoint> servers, Time now) const {
    std::erase_if(servers, [&](const sip::Endpoint& server) {
        const auto known = silent_.find(server);
        return known != silent_.end() && now < known->second.until;
    });
    return servers;
}

}  // namespace node

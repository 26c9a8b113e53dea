// node/media/stun_memory.cpp - until when, for each.
#include "node/media/stun_memory.hpp"

namespace node {

void StunMemory::silent(const sip::Endpoint& server, Time now) {
    std::erase_if(silent_until_, [now](const auto& known) { return known.second <= now; });
    if (silent_until_.size() < most_known) silent_until_[server] = now + silent_for;
}

std::vector<sip::Endpoint> StunMemory::worth_asking(std::vector<sip::Endpoint> servers, Time now) const {
    std::erase_if(servers, [&](const sip::Endpoint& server) {
        const auto known = silent_until_.find(server);
        return known != silent_until_.end() && now < known->second;
    });
    return servers;
}

}  // namespace node

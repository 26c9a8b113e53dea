// sip/edge/own_hosts.hpp - which hosts in a URI mean this node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"

namespace sip {

class EdgeHost;

/// Immutable, but for what the host says. Names (and localhost, on a loopback flow) are ours with any port;
/// address literals with a port that we listen on, or none. An unspecified listening address stands for the
/// one the message came to.
class OwnHosts {
public:
    /// Borrows `host`, which knows of further addresses: EdgeHost::leads_here(). Nullptr: there are none.
    OwnHosts(std::vector<std::string> domains, std::vector<Endpoint> listening,
             const EdgeHost* host = nullptr);
    /// `host` in any case, IPv6 without brackets.
    [[nodiscard]] bool contain(std::string_view host, std::optional<std::uint16_t> port,
                               const Flow& flow) const;
    /// One of our domains: a name that others know too. `host` in any case; one dot at the end is dropped.
    [[nodiscard]] bool has_domain(std::string_view host) const;
    /// How we name ourselves on this flow: the first domain, else its local endpoint.
    [[nodiscard]] std::string name(const Flow& flow) const;

private:
    std::vector<std::string> domains_;
    std::vector<Endpoint> listening_;
    const EdgeHost* host_;
};

}  // namespace sip

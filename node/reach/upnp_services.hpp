// node/reach/upnp_services.hpp - the actions of UPnP IGD that we use, as a router's services offer them. Each
// gives back UPnP's code: 0, an error of the service, or below 0 when no answer came that is one. They block.
// Interfaces: the rules above them (upnp_rules.hpp) are tested without a router.
#pragma once

#include <chrono>
#include <string>

#include "node/reach/mapping_request.hpp"

namespace node {

inline constexpr int upnp_ok = 0;

/// Whom a mapping leads to.
struct UpnpEntry {
    std::string client;
    std::uint16_t port = 0;
};

/// WANIPConnection or WANPPPConnection.
class WanConnection {
public:
    virtual ~WanConnection() = default;
    [[nodiscard]] virtual int status(std::string& text) = 0;  // "Connected"
    [[nodiscard]] virtual int external_address(std::string& text) = 0;
    [[nodiscard]] virtual int add(const InnerPort& inner, std::uint16_t outer, const std::string& own,
                                  std::chrono::seconds lease) = 0;
    [[nodiscard]] virtual int look(bool tcp, std::uint16_t outer, UpnpEntry& entry) = 0;
    [[nodiscard]] virtual int remove(bool tcp, std::uint16_t outer) = 0;
};

/// WANIPv6FirewallControl of IGD 2: holes in the firewall, each by a name that the router gives it
/// (UniqueID).
class FirewallControl {
public:
    virtual ~FirewallControl() = default;
    /// `on`: there is one; `opens`: for whom asks.
    [[nodiscard]] virtual int status(bool& on, bool& opens) = 0;
    /// For everybody outside. One that exists already keeps its name.
    [[nodiscard]] virtual int add(const InnerPort& inner, const std::string& own, std::chrono::seconds lease,
                                  std::string& name) = 0;
    [[nodiscard]] virtual int renew(const std::string& name, std::chrono::seconds lease) = 0;
    [[nodiscard]] virtual int look(const std::string& name) = 0;
    [[nodiscard]] virtual int remove(const std::string& name) = 0;
};

}  // namespace node

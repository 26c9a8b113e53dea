// node/page/page_hosts.hpp - which names of this machine a browser may use. Any page of the world can have
// its own name lead to this machine (DNS rebinding) and then speak to it as its own; what it cannot do is say
// another name in Host. So a name that is none of ours is refused; addresses are nobody's to lead elsewhere.
// Immutable: any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace node {

class PageHosts {
public:
    /// Beside "localhost": this machine's own, its domains, what the configuration names. Case does not
    /// matter.
    explicit PageHosts(const std::vector<std::string>& names);

    /// Of a Host field: "192.168.1.20:8443", "[fd00::1]:8443", "box.local:8443".
    [[nodiscard]] bool is_ours(std::string_view host) const;
    /// Of an Origin field: a page of that very host and port, over HTTPS.
    [[nodiscard]] static bool is_same(std::string_view origin, std::string_view host);

private:
    std::set<std::string, std::less<>> names_;
};

}  // namespace node

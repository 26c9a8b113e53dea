// node/daemon/provisioning_pages.hpp - /p/TOKEN and /phonebook.* of the node's page: phones come here
// by HTTPS, without a login. Page thread only.
#pragma once

#include "node/page/node_commands.hpp"
#include "node/page/page_request.hpp"

namespace node {

class ProvisioningPages : public Pages {
public:
    /// Borrows it.
    explicit ProvisioningPages(NodeCommands& node) : node_(node) {}
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    NodeCommands& node_;
};

}  // namespace node

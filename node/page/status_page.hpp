// node/page/status_page.hpp - the least that a page can be: can others reach me.
#pragma once

#include "node/page/node_commands.hpp"
#include "node/page/page_request.hpp"

namespace node {

class StatusPage final : public Pages {
public:
    /// Borrows the node.
    explicit StatusPage(NodeCommands& node) : node_(node) {}
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    NodeCommands& node_;
};

}  // namespace node

// node/page/contents.hpp - all of the page that needs a login: its six views, and the forms on them. Each
// form does what a command does, by the same code (node/actions), and the running node reads it again. What
// came of it is shown by the page to which the browser is sent, once.
// "Can I reach ...?" changes nothing, and asks the node as `hedgewitch ping` and `explain` do.
//   GET /, /phones, /people, /trust, /refused, /settings        POST /phones/add and so on: actions()
// Page thread only.
#pragma once

#include <optional>

#include "node/config/config.hpp"
#include "node/page/node_commands.hpp"
#include "node/page/notices.hpp"
#include "node/page/page_request.hpp"
#include "node/state/paths.hpp"
#include "node/status/node_status.hpp"

namespace node {

class PageView;
class Texts;

class Contents : public Pages {
public:
    /// Borrows both references.
    Contents(const Config& config, StatePaths paths, NodeCommands& node);

    /// Throws DatabaseError where a page cannot be shown: the state cannot be opened.
    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    [[nodiscard]] PageAnswer show(const PageRequest& request, sip::Now now);
    [[nodiscard]] PageAnswer act(const PageRequest& request, sip::Now now);
    [[nodiscard]] Notice ask(const PageRequest& request);
    void fetch_link(Notice& notice, const Texts& texts);
    [[nodiscard]] PageAnswer set_language(const PageRequest& request);
    /// Nothing: the node does not answer, and why is told in `view`.
    [[nodiscard]] std::optional<NodeStatus> status(PageView& view);
    void phones(PageView& view, std::chrono::sys_seconds now);
    void people(PageView& view);
    void settings(PageView& view);

    const Config& config_;
    const StatePaths paths_;
    NodeCommands& node_;
    Notices notices_;
};

}  // namespace node

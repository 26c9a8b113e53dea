// node/page/page_actions.hpp - what each form of the page does: reads its fields, and does with them what the
// command of that name does. Page thread only.
#pragma once

#include <optional>
#include <string>

#include "node/actions/open_state.hpp"
#include "node/page/node_commands.hpp"
#include "node/page/notices.hpp"
#include "node/page/page_request.hpp"
#include "node/page/texts.hpp"

namespace node {

/// What an action needs beside the form.
struct ActionContext {
    OpenState& state;
    NodeCommands& node;
    const Texts& t;
};

/// Nothing: no form leads there. Throws std::runtime_error with a sentence for the person (refused, and
/// nothing was changed), and DatabaseError. What is shown once (a password, an invite) is in the notice.
[[nodiscard]] std::optional<Notice> do_action(const PageRequest& request, const ActionContext& context);

/// What was typed into a field, without the spaces around it that pasting brings along; empty when it is
/// longer than a person types.
[[nodiscard]] std::string typed(const PageRequest& request, const std::string& field);
/// The form as it may be shown again: without passwords and pictures.
[[nodiscard]] std::map<std::string, std::string> to_be_mended(const PageRequest& request);

}  // namespace node

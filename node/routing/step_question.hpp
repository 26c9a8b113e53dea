// node/routing/step_question.hpp - what the steps are to be asked, out of what was dialled. Pure.
#pragma once

#include <string>

#include "node/routing/step.hpp"

namespace node {

[[nodiscard]] StepQuestion step_question(const sip::RouteQuestion& question);

/// For a target that is dialled by another name, as a petname is, or the name inside of `bob%40<name>`: sips
/// stays sips. False: `uri` names nobody.
[[nodiscard]] bool redial(StepQuestion& target, const std::string& uri);

}  // namespace node

// node/routing/local_step.cpp - bindings into Contacts.
#include "node/routing/local_step.hpp"

#include "node/routing/literal_policy.hpp"

namespace node {

void LocalStep::ask(const StepQuestion& target, StepDone done) {
    StepAnswer step;
    step.step = "local";
    if (target.label.empty() || users_.find(target.label) == nullptr) {
        step.verdict = Verdict::refused;
        step.answer.status = 404;
        step.sentence = no_name_but_an_address(target.label);
        if (step.sentence.empty()) step.sentence = "No such user at this node.";
        return done(std::move(step));
    }
    for (const auto& binding : bindings_(target.label)) {
        step.answer.contacts.push_back({binding.contact, binding.q / 1000.0});
    }
    if (step.answer.contacts.empty()) {
        step.answer.status = 480;
        step.sentence = target.label + " is a user of this node, but no phone is registered.";
    } else {
        step.verdict = Verdict::found;
        step.answer.status = 302;
        step.sentence = target.label + " is a user of this node, with " +
                        std::to_string(step.answer.contacts.size()) + " phone(s) registered.";
    }
    done(std::move(step));
}

}  // namespace node

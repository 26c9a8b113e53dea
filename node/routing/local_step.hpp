// node/routing/local_step.hpp - the chain's first step: our own users and the phones that are registered
// here.
#pragma once

#include "node/routing/step.hpp"
#include "sip/auth/accounts.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

class LocalStep : public Step {
public:
    using Bindings =
        std::function<std::vector<sip::Binding>(const std::string& user)>;  // live ones, best q first
    /// Borrows `users`.
    LocalStep(sip::Users& users, Bindings bindings) : users_(users), bindings_(std::move(bindings)) {}

    /// 302 to the contacts exactly as they were registered: many phones answer to no other. 404 for who is no
    /// user here, 480 for a user without a phone.
    void ask(const StepQuestion& target, StepDone done) override;

private:
    sip::Users& users_;
    Bindings bindings_;
};

}  // namespace node

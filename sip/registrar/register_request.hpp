// sip/registrar/register_request.hpp - what a REGISTER asks for (RFC 3261 §10.2, §10.3 step 6; RFC 3327; RFC
// 5626 §4.2). Judges the request alone; what is bound already is the registrar's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sip/answer.hpp"
#include "sip/registrar/binding.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

struct RegistrarLimits {
    std::chrono::seconds min_expires{60};
    std::chrono::seconds max_expires{7200};
    std::chrono::seconds default_expires{3600};
    std::size_t bindings = 16;  // of one user
};

struct Registration {
    struct Contact {
        Binding binding;                 // without `expires`
        std::chrono::seconds expires{};  // granted; 0: remove
    };
    bool everything = false;        // "Contact: *": remove all
    std::vector<Contact> contacts;  // empty and not `everything`: a fetch
    std::string path;
    bool outbound = false;  // by RFC 5626: some contact is one of a phone's several flows
};

/// The error is the answer: 400, 403, 420, 423 or 439. REQUIRES: check() found no fault.
[[nodiscard]] tl::expected<Registration, Answer> read_registration(const MessageView& request,
                                                                   const Flow& flow,
                                                                   const RegistrarLimits& limits);

}  // namespace sip

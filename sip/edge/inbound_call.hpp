// sip/edge/inbound_call.hpp - calls from outside to our users: what the edge asks about one, and what it is
// told. Who decides is node/; sip/ knows no keys, no contacts and no policy.
#pragma once

#include <cstdint>
#include <string_view>

#include "sip/flow.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

/// A request from outside that makes no use of a dialog, for a label at a host of ours. Borrows.
struct InboundCall {
    const MessageView& request;
    const Flow& flow;
    std::string_view callee;  // canonical; perhaps nobody's
    bool exists = false;      // one of our users
    bool reachable = false;   // with a phone
    std::string_view ticket;  // ;tk= of the Request-URI; empty: none, or one that may not be opened
    bool admitted = true;     // false: answered only if it is somebody known (answer_gate.hpp)
    /// Of a request inside of a dialog: the address that who began it has proved then. Empty: none.
    std::string_view proven = {};
};

/// Whoever is refused gets the same 480 as for a label that nobody has, and for a user without a phone: which
/// labels exist is ours to know.
struct InboundVerdict {
    enum class Kind : std::uint8_t { ring, refuse, ignore } kind = Kind::ring;
    bool remember = false;  // refused: this very request must not be judged twice (its ticket is used up)
    CallerMark mark;
    bool proven = false;  // by a ticket, or by the connection: who calls
    bool known = false;   // and he is a contact, or one of us
};

/// What somebody unknown wants an answer to.
enum class StrangerAct : std::uint8_t {
    asked,        // anything at all
    not_ringing,  // a call, asked for already, that does not ring: nobody's label, a user without a phone,
                  // refused by policy
};

/// The ticket of a Request-URI.
[[nodiscard]] inline std::string_view ticket_in(std::string_view request_uri) {
    const auto uri = UriView::parse(request_uri);
    return uri && uri->is_sip() ? uri->parameter("tk").value_or("") : std::string_view{};
}

/// RFC 3323 §4.2, RFC 3325 §9.3: the caller wants the network to say nothing of who calls.
[[nodiscard]] inline bool wants_privacy(const MessageView& request) {
    std::string_view values = request.header("Privacy").value_or("");
    while (!values.empty()) {
        const auto end = values.find_first_of("; ,\t");
        const auto value = values.substr(0, end);
        values.remove_prefix(end == std::string_view::npos ? values.size() : end + 1);
        if (equal_nocase(value, "id") || equal_nocase(value, "user") || equal_nocase(value, "header"))
            return true;
    }
    return false;
}

}  // namespace sip

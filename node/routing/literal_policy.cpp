// node/routing/literal_policy.cpp - a contact's address, or one in the mesh; else 403 that says what to dial.
#include "node/routing/literal_policy.hpp"

#include <algorithm>

#include "node/routing/domain_policy.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

std::string transport_of(const StepQuestion& target) {
    return target.dialled.transport.value_or(target.dialled.sips ? "tls" : "udp");
}
std::uint16_t port_of(const StepQuestion& target) {
    return target.dialled.port.value_or(transport_of(target) == "tls" ? 5061 : 5060);
}

std::string contact_of(const StepQuestion& target, const asio::ip::address& address) {
    return "sip:" + (target.dialled.user.empty() ? "" : sip::escape_user(target.dialled.user) + "@") +
           sip::host_text(address) + ":" + std::to_string(port_of(target)) +
           ";transport=" + transport_of(target);
}

bool may_be_called_in(const std::vector<overlay::Prefix>& mesh, const StepQuestion& target,
                      const asio::ip::address& address) {
    const auto inside = overlay::unwrapped(address);
    return std::any_of(mesh.begin(), mesh.end(),
                       [&](const auto& prefix) { return prefix.contains(inside); }) &&
           overlay::judge_contact({overlay::Transport::udp, address, port_of(target)}, mesh, {}) ==
               overlay::ContactVerdict::may_be_called;
}

/// Without brackets and port.
std::string host_in(const std::string& typed) {
    if (typed.starts_with('[')) return typed.substr(1, typed.find(']') - 1);
    const auto colon = typed.find(':');
    return colon == typed.rfind(':') ? typed.substr(0, colon) : typed;  // more than one: IPv6
}

}  // namespace

StepAnswer judge_literal(const StepQuestion& target, const asio::ip::address& address, bool from_contact,
                         const std::vector<overlay::Prefix>& mesh) {
    if (!from_contact && !may_be_called_in(mesh, target, address)) {
        StepAnswer step = remark(
            "address",
            "Calls to bare addresses go into mesh.prefixes alone: an address may be anything, in your house "
            "too. Dial a name.");
        step.answer = refusal(403, "Call a name, not an address",
                              "this node sends calls to bare IP addresses in mesh.prefixes only; dial "
                              "sip:name@domain");
        return step;
    }
    StepAnswer step =
        remark("address", from_contact ? "This contact is an address; nothing is looked up."
                                       : "This is an address in your mesh; nothing is looked up.");
    step.verdict = Verdict::found;
    step.answer.status = 302;
    step.answer.contacts.push_back({contact_of(target, address), 1.0});
    return step;
}

std::string no_name_but_an_address(const std::string& typed) {
    const std::string text = typed.starts_with("sip:") ? typed.substr(4) : typed;
    asio::error_code none;
    const auto address = asio::ip::make_address(host_in(text), none);
    if (none) return {};
    return text +
           " is an address, and nobody at this node has it for a name. Dial a name, a contact's or one "
           "like " +
           "bob@example.org; calls to bare addresses (bob@" + sip::host_text(address) +
           ") go into mesh.prefixes alone.";
}

}  // namespace node

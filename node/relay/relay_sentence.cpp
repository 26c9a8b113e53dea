// node/relay/relay_sentence.cpp - relays in words.
#include "node/relay/relay_sentence.hpp"

#include <vector>

namespace node {
namespace {

constexpr std::string_view unreached = "Others cannot reach you: ";

std::string nodes_of(const std::vector<std::string>& contacts) {
    std::string text;
    for (std::size_t i = 0; i < contacts.size(); ++i)
        text += (i == 0 ? "" : " and ") + contacts[i] + "'s node";
    return text;
}

std::string without_any(const BehindRelays& relays, bool has_contacts) {
    if (!has_contacts)
        return " Or through a friend: take the invite of somebody whose node can be reached (`hedgewitch "
               "contact add`), and give him yours; then you are reached through his node.";
    for (const auto& known : relays.relays()) {
        if (known.why == RelayRefusal::stranger) {
            return " " + known.relay.contact +
                   "'s node could pass calls on to you, but you are no contact there: send " +
                   known.relay.contact + " your invite (`hedgewitch invite`).";
        }
    }
    for (const auto& known : relays.relays()) {
        if (known.why) return " " + known.relay.contact + "'s node " + std::string(why(*known.why)) + ".";
    }
    if (!relays.relays().empty()) {
        const auto& first = relays.relays().front();
        return " " + first.relay.contact +
               (first.failures > 0 ? "'s node, which could pass calls on to you, cannot be reached now."
                                   : "'s node is being asked to pass calls on to you.");
    }
    return " Nor through a friend: none of your contacts has a node that can be reached now.";
}

}  // namespace

std::string_view name(BehindRelays::Standing standing) noexcept {
    switch (standing) {
        case BehindRelays::Standing::resting: return "cannot be reached";
        case BehindRelays::Standing::opening: return "asked";
        case BehindRelays::Standing::held: return "held";
        case BehindRelays::Standing::refused: return "refuses";
    }
    return "";
}

std::string_view why(RelayRefusal why) noexcept {
    switch (why) {
        case RelayRefusal::stranger: return "passes calls on to its contacts alone, and you are none of them";
        case RelayRefusal::full: return "passes calls on to as many as it may already";
        case RelayRefusal::unproved: return "could not make out whose node this is";
    }
    return "does not pass calls on to you";
}

std::string with_relays(const std::string& says, const BehindRelays& relays, bool has_contacts,
                        BehindRelays::Time now) {
    if (!relays.wanted_for_calls(now)) return says;
    std::vector<std::string> held;
    for (const auto& known : relays.relays()) {
        if (known.token) held.push_back(known.relay.contact);
    }
    const bool unreachable = says.starts_with(unreached);
    if (held.empty()) return unreachable ? says + without_any(relays, has_contacts) : says;
    const std::string nodes = nodes_of(held);
    if (unreachable)
        return "You are reached through " + nodes +
               ". Nobody can call you directly: " + says.substr(unreached.size());
    return says + " Whoever cannot call you there is passed on by " + nodes + ".";
}

}  // namespace node

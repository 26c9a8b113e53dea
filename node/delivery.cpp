// node/delivery.cpp - the table of phones.
#include "node/delivery.hpp"

#include <array>

#include "sip/uri.hpp"

namespace node {
namespace {

struct Known {
    std::string_view begins;  // of the User-Agent, lowercase
    Following following;
};
// UA-BEHAVIOUR: seen on the wire with Debian 12's packages.
constexpr std::array known{
    Known{"baresip", Following::straight},
    Known{"linphone", Following::returns},
};

}  // namespace

Following following(std::string_view user_agent) {
    const std::string agent = sip::lowercase(user_agent);
    for (const Known& phone : known) {
        if (agent.starts_with(phone.begins)) return phone.following;
    }
    return Following::unknown;
}

std::string delivery_sentence(Following following, std::string_view contact) {
    const std::string where(contact);
    switch (following) {
        case Following::straight:
            return "It gets a 302 and calls " + where + " itself; this node hears no more of the call.";
        case Following::returns:
            return "It gets a 302, but such phones bring the call back here instead of calling " + where +
                   ", and get a 403: this node does not forward calls yet.";
        case Following::unknown:
            return "It gets a 302 to " + where +
                   ". Whether it follows is not known: with no outbound proxy set most phones do.";
    }
    return {};
}

}  // namespace node

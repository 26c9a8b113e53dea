// node/routing/delivery_sentence.cpp - how a call reaches its callee, in words.
#include "node/routing/delivery_sentence.hpp"

namespace node {

std::string delivery_sentence(Passage passage, std::string_view contact) {
    const std::string where(contact);
    switch (passage) {
        case Passage::proxied: return "Its call goes through this node.";
        case Passage::followed:
            return "It gets a 302 and calls " + where + " itself; this node hears no more of the call.";
        case Passage::redirected:
            return "It gets a 302 to " + where +
                   ". Whether it follows is not known; if it brings the call back here, the call is passed "
                   "on.";
    }
    return {};
}

}  // namespace node

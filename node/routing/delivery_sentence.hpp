// node/routing/delivery_sentence.hpp - how a call reaches its callee, in one sentence for the person who
// asks. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace node {

enum class Passage : std::uint8_t {
    proxied,     // the node passes the call on
    followed,    // 302, to a phone that is known to follow
    redirected,  // 302, because the account or the node wants it so
};

/// With its end. `contact`: the first one, which a 302 gives.
std::string delivery_sentence(Passage passage, std::string_view contact);

}  // namespace node

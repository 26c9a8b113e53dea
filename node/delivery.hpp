// node/delivery.hpp - what a phone makes of a redirect, by its User-Agent: measured, see the README. Pure.
#pragma once

#include <string>
#include <string_view>

namespace node {

enum class Following : std::uint8_t {
    straight,  // sends its INVITE to the Contact itself
    returns,   // sends it here again, with the Contact in the Request-URI
    unknown,
};
Following following(std::string_view user_agent);

/// What happens when this phone is answered 302 with that first contact: one sentence, with its end.
std::string delivery_sentence(Following following, std::string_view contact);

}  // namespace node

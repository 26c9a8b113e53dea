// sip/auth/accounts.cpp - the words for how calls are delivered.
#include "sip/auth/accounts.hpp"

#include <array>

namespace sip {

std::string_view name(Delivery delivery) noexcept {
    switch (delivery) {
        case Delivery::automatic: return "auto";
        case Delivery::redirect: return "redirect";
        case Delivery::proxy: return "proxy";
    }
    return "auto";
}

std::optional<Delivery> delivery_of(std::string_view text) noexcept {
    for (const Delivery d : std::array{Delivery::automatic, Delivery::redirect, Delivery::proxy}) {
        if (text == name(d)) return d;
    }
    return std::nullopt;
}

}  // namespace sip

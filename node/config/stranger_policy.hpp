// node/config/stranger_policy.hpp - what becomes of calls from people who are no contacts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace node {

enum class Strangers : std::uint8_t {
    allow,   // they ring, as often as the limits let them
    ask,     // they hear what a caller of nobody hears; `hedgewitch callers` shows them to the person
    reject,  // the same, and are not shown
};
inline constexpr std::array strangers_modes{Strangers::allow, Strangers::ask, Strangers::reject};

constexpr std::string_view name(Strangers mode) noexcept {
    switch (mode) {
        case Strangers::allow: return "allow";
        case Strangers::ask: return "ask";
        case Strangers::reject: return "reject";
    }
    return "allow";
}

constexpr std::optional<Strangers> strangers_of(std::string_view text) noexcept {
    for (const Strangers mode : strangers_modes) {
        if (text == name(mode)) return mode;
    }
    return std::nullopt;
}

}  // namespace node

// node/config/stranger_policy.hpp - what becomes of calls from people who are no contacts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace node {

enum class StrangerPolicy : std::uint8_t {
    allow,   // they ring, as often as the limits let them
    ask,     // they hear what a caller of nobody hears; `hedgewitch callers` shows them to the person
    reject,  // the same, and are not shown
};
inline constexpr std::array stranger_policies{StrangerPolicy::allow, StrangerPolicy::ask,
                                              StrangerPolicy::reject};

constexpr std::string_view name(StrangerPolicy mode) noexcept {
    switch (mode) {
        case StrangerPolicy::allow: return "allow";
        case StrangerPolicy::ask: return "ask";
        case StrangerPolicy::reject: return "reject";
    }
    return "allow";
}

constexpr std::optional<StrangerPolicy> stranger_policy_of(std::string_view text) noexcept {
    for (const StrangerPolicy mode : stranger_policies) {
        if (text == name(mode)) return mode;
    }
    return std::nullopt;
}

}  // namespace node

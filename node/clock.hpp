// node/clock.hpp - both clocks, read here and handed to the cores.
#pragma once

#include "sip/binding.hpp"

namespace node {

inline std::chrono::sys_seconds wall_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}
inline sip::Now now() {
    return {std::chrono::steady_clock::now(), wall_now()};
}

}  // namespace node

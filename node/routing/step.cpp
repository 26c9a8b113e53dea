// node/routing/step.cpp - a step's verdict, in a word.
#include "node/routing/step.hpp"

namespace node {

std::string_view name(Verdict v) noexcept {
    switch (v) {
        case Verdict::found: return "found";
        case Verdict::missing: return "missing";
        case Verdict::failed: return "failed";
        case Verdict::refused: return "refused";
    }
    return "";
}

}  // namespace node

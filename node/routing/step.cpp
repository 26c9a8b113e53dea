// node/routing/step.cpp - a step's verdict in a word, and a remark in place of a step.
#include "node/routing/step.hpp"

#include <utility>

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

StepAnswer remark(const char* step, std::string sentence) {
    StepAnswer answer;
    answer.step = step;
    answer.sentence = std::move(sentence);
    return answer;
}

}  // namespace node

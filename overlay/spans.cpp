// overlay/spans.cpp - one division.
#include "overlay/spans.hpp"

namespace overlay {

std::vector<std::uint32_t> spans_to_try(UnixSeconds now, UnixSeconds length) {
    const auto span = static_cast<std::uint32_t>(now / length);
    const auto into = now % length;
    if (into < span_margin && span > 0) return {span, span - 1};
    if (into >= length - span_margin) return {span, span + 1};
    return {span};
}

}  // namespace overlay

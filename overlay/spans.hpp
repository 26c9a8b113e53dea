// overlay/spans.hpp - which spans of time a value may be kept under now: the days of records (block.hpp), the
// epochs of tombstones (tombstone.hpp). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "overlay/inner_record.hpp"

namespace overlay {

/// Clocks differ, and tomorrow's record is out 2 h early: near either end the neighbour is asked as well.
inline constexpr UnixSeconds span_margin = UnixSeconds{2} * 3600;

/// The span of `length` seconds that `now` is in, counted from 1970, and perhaps one beside it.
/// REQUIRES: length > 2 * span_margin.
[[nodiscard]] std::vector<std::uint32_t> spans_to_try(UnixSeconds now, UnixSeconds length);

}  // namespace overlay

// tests/overlay/spans_test.cpp - under which days and epochs something is looked for.
#include "overlay/spans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/block.hpp"
#include "overlay/tombstone.hpp"

namespace overlay {
namespace {

using testing::ElementsAre;

TEST(Spans, near_either_end_the_neighbour_is_tried_as_well) {
    for (const UnixSeconds length : {UnixSeconds{86400}, epoch_length}) {
        const UnixSeconds begin = 200 * length;
        EXPECT_THAT(spans_to_try(begin, length), ElementsAre(200, 199));
        EXPECT_THAT(spans_to_try(begin + span_margin - 1, length), ElementsAre(200, 199));
        EXPECT_THAT(spans_to_try(begin + span_margin, length), ElementsAre(200));
        EXPECT_THAT(spans_to_try(begin + length - span_margin - 1, length), ElementsAre(200));
        EXPECT_THAT(spans_to_try(begin + length - span_margin, length), ElementsAre(200, 201));
        EXPECT_THAT(spans_to_try(begin + length - 1, length), ElementsAre(200, 201));
    }
}

TEST(Spans, nothing_is_before_the_first) {
    EXPECT_THAT(spans_to_try(0, 86400), ElementsAre(0));
}

TEST(Spans, are_those_that_are_written) {
    const UnixSeconds noon = UnixSeconds{20'000} * 86400 + UnixSeconds{12} * 3600;
    EXPECT_EQ(spans_to_try(noon, 86400).front(), period_of(noon));
    EXPECT_EQ(spans_to_try(noon, epoch_length).front(), epoch_of(noon));
}

}  // namespace
}  // namespace overlay

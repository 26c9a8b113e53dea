// tests/alive_tests.hpp - what both Alives promise, that of sip/ and that of overlay/.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

template <typename Alive>
struct AliveTest : ::testing::Test {};
TYPED_TEST_SUITE_P(AliveTest);

TYPED_TEST_P(AliveTest, a_guarded_function_does_nothing_after_the_end) {
    std::optional<TypeParam> alive(std::in_place);
    int called = 0;
    const std::function<void(int)> add = alive->guard([&called](int n) { called += n; });
    add(2);
    EXPECT_EQ(called, 2);
    alive.reset();
    add(3);
    EXPECT_EQ(called, 2);
}

TYPED_TEST_P(AliveTest, what_it_returns_is_then_empty) {
    TypeParam alive;
    const std::function<bool()> more = alive.guard([] { return true; });
    EXPECT_TRUE(more());
    EXPECT_FALSE(alive.ended());
    alive.end();
    EXPECT_TRUE(alive.ended());
    EXPECT_FALSE(more());
}

TYPED_TEST_P(AliveTest, a_watch_tells_of_an_end_in_between) {
    std::optional<TypeParam> alive(std::in_place);
    const auto here = alive->watch();
    EXPECT_TRUE(here);
    alive.reset();
    EXPECT_FALSE(here);
}

TYPED_TEST_P(AliveTest, what_cannot_be_copied_is_passed_on) {
    TypeParam alive;
    std::unique_ptr<int> given;
    auto take = alive.guard(
        [&given, own = std::make_unique<int>(0)](std::unique_ptr<int> one) { given = std::move(one); });
    take(std::make_unique<int>(7));
    EXPECT_EQ(*given, 7);
}

REGISTER_TYPED_TEST_SUITE_P(AliveTest, a_guarded_function_does_nothing_after_the_end,
                            what_it_returns_is_then_empty, a_watch_tells_of_an_end_in_between,
                            what_cannot_be_copied_is_passed_on);

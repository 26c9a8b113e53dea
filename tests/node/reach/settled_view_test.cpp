// tests/node/reach/settled_view_test.cpp - what counts of where others see us, and when.
#include "node/reach/settled_view.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;

const auto old_one = make_address("203.0.113.5"), new_one = make_address("203.0.113.77");
const SettledView::View old_view{{old_one, 3, 3}}, new_view{{new_one, 3, 3}};

class Settled : public testing::Test {
protected:
    void says(const SettledView::View& view) { settled.seen(view, now); }
    SettledView settled;
    SettledView::Time now{1000h};
};

TEST_F(Settled, the_first_view_counts_at_once_and_so_it_does_in_another_network) {
    says(old_view);
    EXPECT_EQ(settled.view(), old_view);
    EXPECT_FALSE(settled.next_wake());
    settled.start_over(now);
    EXPECT_EQ(settled.view(), old_view) << "nobody says otherwise";
    says(new_view);
    EXPECT_EQ(settled.view(), new_view);
}

TEST_F(Settled, another_one_counts_when_it_has_lasted_for_ten_seconds) {
    says(old_view);
    says(new_view);
    EXPECT_EQ(settled.view(), old_view);
    EXPECT_EQ(settled.latest(), new_view);
    ASSERT_EQ(settled.next_wake(), now + 10s);
    now += 9s;
    says({{new_one, 4, 4}});  // the same, of more
    EXPECT_EQ(settled.view(), old_view);
    now += 1s;
    settled.on_time(now);
    EXPECT_EQ(settled.view(), (SettledView::View{{new_one, 4, 4}}));
    EXPECT_FALSE(settled.next_wake());
}

TEST_F(Settled, what_changes_from_second_to_second_changes_nothing) {
    says(old_view);
    for (int i = 0; i < 1000; ++i) {
        now += 1s;
        says(i % 2 == 0 ? new_view : old_view);
        EXPECT_EQ(settled.view().front().address, old_one);
    }
}

TEST_F(Settled, nor_does_a_minority) {
    says({{old_one, 5, 8}, {new_one, 1, 8}});
    says({{old_one, 4, 8}, {new_one, 1, 8}});
    EXPECT_EQ(settled.view().front().networks, 4U) << "the same with other counts";
    EXPECT_FALSE(settled.next_wake());
}

TEST_F(Settled, a_view_that_is_gone_for_a_minute_gives_way_to_whatever_is_said) {
    says(old_view);
    for (int i = 0; i < 30; ++i) {
        now += 2s;
        says({{make_address("198.51.100." + std::to_string(1 + i % 2)), 3, 3}});
    }
    now += 2s;
    settled.on_time(now);
    EXPECT_NE(settled.view().front().address, old_one);
}

TEST_F(Settled, two_networks_or_half_of_those_asked_support_an_address) {
    const SettledView::View view{{new_one, 6, 8}, {old_one, 2, 8}, {make_address("198.51.100.1"), 1, 8}};
    EXPECT_TRUE(supports(view, new_one));
    EXPECT_TRUE(supports(view, old_one));
    EXPECT_FALSE(supports(view, make_address("198.51.100.1")));
    EXPECT_TRUE(supports({{old_one, 1, 1}}, old_one));
}

}  // namespace
}  // namespace node

// tests/recent_map_tests.hpp - what both RecentMaps promise, that of sip/ and that of overlay/.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

template <typename Map>  // of std::string to int
struct RecentMapTest : ::testing::Test {
    Map three{3};
    void SetUp() override {
        three.put("a", 1);
        three.put("b", 2);
        three.put("c", 3);
    }
    std::string keys() const {
        std::string all;
        for (const auto& [key, value] : three)
            all += key;
        return all;
    }
};
TYPED_TEST_SUITE_P(RecentMapTest);

TYPED_TEST_P(RecentMapTest, of_too_many_the_one_unused_for_longest_goes) {
    auto& map = this->three;
    ASSERT_NE(map.use("a"), nullptr);
    map.put("d", 4);
    EXPECT_EQ(this->keys(), "cad");
    EXPECT_EQ(map.find("b"), nullptr);
    EXPECT_EQ(*map.find("a"), 1);
    EXPECT_EQ(map.size(), 3u);
}

TYPED_TEST_P(RecentMapTest, looking_makes_nothing_newer_but_use_and_put_do) {
    auto& map = this->three;
    EXPECT_EQ(*map.find("a"), 1);
    EXPECT_TRUE(map.contains("a"));
    EXPECT_EQ(this->keys(), "abc");
    EXPECT_EQ(map.put("a", 5), 5);
    EXPECT_EQ(this->keys(), "bca");
    EXPECT_EQ(map.use("x"), nullptr);
}

TYPED_TEST_P(RecentMapTest, make_takes_what_is_there_and_makes_what_is_not) {
    auto& map = this->three;
    EXPECT_EQ(map.make("a", 9), 1);
    EXPECT_EQ(map.make("d", 9), 9);
    EXPECT_EQ(map.make("e"), 0);
    EXPECT_EQ(this->keys(), "ade");
}

TYPED_TEST_P(RecentMapTest, values_stay_where_they_are) {
    auto& map = this->three;
    const int* const value = map.find("b");
    map.use("a");
    map.put("d", 4);
    map.put("e", 4);
    EXPECT_FALSE(map.contains("b")) << "now it is gone";
    const int* const a = map.find("a");
    map.erase("d");
    map.put("f", 6);
    EXPECT_EQ(map.find("a"), a);
    EXPECT_NE(value, nullptr);
}

TYPED_TEST_P(RecentMapTest, what_is_erased_makes_room) {
    auto& map = this->three;
    EXPECT_TRUE(map.full());
    EXPECT_TRUE(map.erase(std::string_view("b")));
    EXPECT_FALSE(map.erase("b"));
    EXPECT_FALSE(map.full());
    map.put("d", 4);
    EXPECT_EQ(this->keys(), "acd");
}

TYPED_TEST_P(RecentMapTest, the_old_are_let_go_from_the_oldest_on) {
    auto& map = this->three;
    map.put("a", 0);  // the newest now
    map.drop_while([](const std::string&, int value) { return value < 3; });
    EXPECT_EQ(this->keys(), "ca") << "b went, c stopped it";
    EXPECT_EQ(map.oldest().first, "c");
    map.drop_while([](const std::string&, int) { return true; });
    EXPECT_TRUE(map.empty());
}

TYPED_TEST_P(RecentMapTest, any_of_them_may_be_told_to_go) {
    auto& map = this->three;
    map.erase_if([](const std::string& key, int value) { return key == "a" || value == 3; });
    EXPECT_EQ(this->keys(), "b");
    EXPECT_FALSE(map.contains("a"));
    map.put("a", 1);
    EXPECT_EQ(this->keys(), "ba");
}

TYPED_TEST_P(RecentMapTest, a_capacity_of_none_keeps_the_last) {
    TypeParam map(0);
    map.put("a", 1);
    map.put("b", 2);
    EXPECT_EQ(map.size(), 1u);
    EXPECT_TRUE(map.contains("b"));
}

REGISTER_TYPED_TEST_SUITE_P(RecentMapTest, of_too_many_the_one_unused_for_longest_goes,
                            looking_makes_nothing_newer_but_use_and_put_do,
                            make_takes_what_is_there_and_makes_what_is_not, values_stay_where_they_are,
                            what_is_erased_makes_room, the_old_are_let_go_from_the_oldest_on,
                            any_of_them_may_be_told_to_go, a_capacity_of_none_keeps_the_last);

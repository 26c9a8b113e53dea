// tests/node/json_fields_test.cpp - structs to JSON and back.
#include "node/json_fields.hpp"

#include <gtest/gtest.h>

namespace node {

struct PhoneOnTheWall {
    std::string user;
    std::optional<unsigned> port;
    static void fields(auto& self, auto& field) {
        field("user", self.user);
        field("port", self.port);
    }
    friend bool operator==(const PhoneOnTheWall&, const PhoneOnTheWall&) = default;
};

struct House {
    int number = 1;
    std::vector<PhoneOnTheWall> phones;
    Counts calls;
    static void fields(auto& self, auto& field) {
        field("number", self.number);
        field("phones", self.phones);
        field("calls", self.calls);
    }
    friend bool operator==(const House&, const House&) = default;
};

struct Letter {
    std::string to, stamp;
    bool read = false;
    std::vector<int> pages;
    std::optional<std::string> answer;
    static void fields(auto& self, auto& field) {
        field.needed("to", self.to);
        field.unless_empty("stamp", self.stamp);
        field.unless_empty("read", self.read);
        field.unless_empty("pages", self.pages);
        field.or_null("answer", self.answer);
    }
    friend bool operator==(const Letter&, const Letter&) = default;
};

namespace {

using Json = nlohmann::ordered_json;

TEST(JsonFields, are_written_in_their_order_and_read_back) {
    const House house{7, {{"alice", 5060}, {"bob", {}}}, {{"late", 2}, {"early", 1}}};
    const Json json = house;
    EXPECT_EQ(
        json.dump(),
        R"({"number":7,"phones":[{"user":"alice","port":5060},{"user":"bob"}],"calls":{"late":2,"early":1}})");
    EXPECT_EQ(json.get<House>(), house);
}

TEST(JsonFields, what_is_missing_stays_as_it_was_and_what_is_unknown_is_passed_over) {
    const auto house = Json::parse(R"({"phones":[],"garden":true})").get<House>();
    EXPECT_EQ(house, House{});
}

TEST(JsonFields, what_is_empty_is_left_out_or_null_where_the_struct_says_so) {
    const Letter letter{"bob", "", false, {}, {}};
    EXPECT_EQ(Json(letter).dump(), R"({"to":"bob","answer":null})");
    EXPECT_EQ(Json(letter).get<Letter>(), letter);
    const Letter full{"bob", "blue", true, {1, 2}, "yes"};
    EXPECT_EQ(Json(full).dump(), R"({"to":"bob","stamp":"blue","read":true,"pages":[1,2],"answer":"yes"})");
    EXPECT_EQ(Json(full).get<Letter>(), full);
}

TEST(JsonFields, what_is_needed_and_missing_is_an_error) {
    EXPECT_THROW((void)Json::parse(R"({"stamp":"blue"})").get<Letter>(), nlohmann::json::exception);
}

TEST(JsonFields, a_field_of_another_type_is_an_error) {
    EXPECT_THROW((void)Json::parse(R"({"number":"seven"})").get<House>(), nlohmann::json::exception);
}

}  // namespace
}  // namespace node

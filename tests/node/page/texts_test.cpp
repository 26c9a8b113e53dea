// tests/node/page/texts_test.cpp - each language has each text, with the same places in it.
#include "node/page/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "node/page/page_request.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

/// "{1}" and so on, each as often as it stands there.
std::multiset<std::string> places(std::string_view text) {
    std::multiset<std::string> found;
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
        found.insert(std::string(text.substr(at, text.find('}', at) - at + 1)));
    return found;
}

std::map<std::string, std::string> table(const Language& language) {
    std::map<std::string, std::string> texts;
    for (const auto& [key, text] : language.texts) {
        EXPECT_TRUE(texts.emplace(key, text).second) << language.code << " has " << key << " twice";
        EXPECT_FALSE(text.empty()) << key;
    }
    return texts;
}

TEST(Texts, every_language_has_every_text_with_the_same_places) {
    const auto first = table(*languages().front());
    EXPECT_GT(first.size(), 150U);
    for (const Language* language : languages()) {
        const auto texts = table(*language);
        for (const auto& [key, text] : first) {
            const auto found = texts.find(key);
            if (found == texts.end()) {
                ADD_FAILURE() << language->code << " lacks " << key;
                continue;
            }
            EXPECT_EQ(places(found->second), places(text)) << language->code << ": " << key;
        }
        EXPECT_EQ(texts.size(), first.size()) << language->code << " has texts that nobody else has";
    }
}

TEST(Texts, there_are_the_languages_that_requests_have) {
    std::vector<std::string_view> codes;
    for (const Language* language : languages())
        codes.push_back(language->code);
    EXPECT_THAT(codes, testing::ElementsAreArray(std::begin(page_languages), std::end(page_languages)));
}

TEST(Texts, the_page_asks_for_no_text_that_there_is_not_and_for_each_that_there_is) {
    const auto texts = table(*languages().front());
    std::set<std::string> asked;
    const std::regex key(R"k("((frame|error|overview|phones|people|trust|refused|settings)\.[a-z_]+)")k");
    for (const auto& file : std::filesystem::directory_iterator(std::string(SOURCE_DIR) + "/node/page")) {
        if (file.path().filename().string().starts_with("texts_") || !file.is_regular_file()) continue;
        const std::string code = read_text(file.path());
        for (std::sregex_iterator at(code.begin(), code.end(), key), end; at != end; ++at)
            asked.insert((*at)[1]);
    }
    for (const auto& each : asked)
        EXPECT_TRUE(texts.contains(each)) << "no text: " << each;
    for (const auto& [each, text] : texts) {
        const bool composed = each.ends_with(".title") || each.ends_with(".nav");  // by the page's name
        EXPECT_TRUE(composed || asked.contains(each)) << "nobody shows: " << each;
    }
}

TEST(Texts, what_is_put_in_is_put_in_as_it_is) {
    const Texts t("en");
    EXPECT_EQ(t("people.called", {"{1}", "2"}), "For {1}, 2 calls.");
    EXPECT_EQ(t("people.called", {"alice"}), "For alice,  calls.");
    EXPECT_EQ(t("no.such"), "no.such");
    EXPECT_EQ(Texts("tlh").language().code, "en");
}

TEST(Texts, a_pattern_says_what_stands_in_its_places) {
    std::vector<std::string> found;
    EXPECT_TRUE(matches("{} is added to {}.", "alice is added to a list.", found));
    EXPECT_THAT(found, testing::ElementsAre("alice", "a list"));
    EXPECT_TRUE(matches("plain", "plain", found));
    EXPECT_FALSE(matches("plain", "plainer", found));
    EXPECT_FALSE(matches("{}: no.", "alice: yes.", found));
    EXPECT_TRUE(matches("{}{}", "ab", found));
    EXPECT_FALSE(matches("a{}a", "a", found));
}

TEST(Texts, every_translated_sentence_of_the_node_has_only_places_that_there_are) {
    for (const Language* language : languages()) {
        for (const auto& [english, translated] : language->sentences) {
            std::size_t count = 0;
            for (auto at = english.find("{}"); at != std::string_view::npos; at = english.find("{}", at + 2))
                ++count;
            for (const auto& place : places(translated)) {
                EXPECT_EQ(place.size(), 3U) << translated;
                EXPECT_LT(static_cast<std::size_t>(place[1] - '0'), count) << translated;
            }
        }
    }
}

TEST(Texts, several_sentences_are_translated_each_and_half_a_translation_is_none) {
    const Texts german("de");
    EXPECT_EQ(german.sentence("You are in the DHT, and know 3 nodes of it.").text,
              "Du bist im DHT und kennst 3 Knoten davon.");
    const auto said = german.sentence("You are in the DHT, and know 3 nodes of it. But nobody knows this.");
    EXPECT_EQ(said.text, "You are in the DHT, and know 3 nodes of it. But nobody knows this.");
    EXPECT_EQ(said.language, "en");
    EXPECT_EQ(Texts("en").sentence("Anything.").language, "en");
}

}  // namespace
}  // namespace node

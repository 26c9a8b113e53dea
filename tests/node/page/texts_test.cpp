// tests/node/page/texts_test.cpp - each language has each text, with the same places in it.
#include "node/page/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "node/page/texts/language_files.hpp"
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

using Json = nlohmann::ordered_json;

/// A file as its translator wrote it. A key that stands there twice is told: the parser takes the last.
Json written(const LanguageFile& file) {
    std::vector<std::set<std::string>> keys;
    const auto look = [&](int, Json::parse_event_t event, Json& part) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key) {
            EXPECT_TRUE(keys.back().insert(part.get<std::string>()).second)
                << file.code << " has " << part << " twice";
        }
        return true;
    };
    return Json::parse(file.json, look);
}

std::set<std::string> keys_of(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.insert(key);
    return keys;
}

TEST(Texts, every_language_has_every_text_and_no_other_with_the_same_places) {
    const auto english = written(language_files().front());
    EXPECT_EQ(english.at("code"), "en");
    EXPECT_GT(english.at("page").size(), 190U);
    EXPECT_GT(english.at("phone").size(), 60U);
    for (const auto& file : language_files()) {
        const auto language = written(file);
        EXPECT_EQ(keys_of(language), keys_of(english)) << file.code;
        for (const std::string part : {"page", "phone"}) {
            EXPECT_EQ(keys_of(language.at(part)), keys_of(english.at(part))) << file.code << ": " << part;
            for (const auto& [key, text] : language.at(part).items()) {
                const auto& words = text.get_ref<const std::string&>();
                EXPECT_EQ(words.find_first_of("<>&"), std::string::npos) << file.code << ", HTML: " << key;
                EXPECT_FALSE(words.empty()) << file.code << ": " << key;
                EXPECT_EQ(places(words), places(english.at(part).value(key, words)))
                    << file.code << ": " << key;
            }
        }
    }
}

TEST(Texts, a_file_goes_by_the_code_of_its_language_and_there_is_no_list_of_them) {
    std::set<std::string> lying_there, compiled_in;
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(SOURCE_DIR) + "/node/page/texts")) {
        if (file.path().extension() == ".json") lying_there.insert(file.path().stem());
    }
    for (const auto& file : language_files()) {
        EXPECT_EQ(written(file).at("code"), file.code);
        compiled_in.emplace(file.code);
    }
    EXPECT_EQ(compiled_in, lying_there);
    EXPECT_EQ(languages().size(), lying_there.size());
    EXPECT_EQ(languages().front().code, "en");
}

TEST(Texts, the_page_asks_for_no_text_that_there_is_not_and_for_each_that_there_is) {
    const auto& texts = languages().front().texts;
    std::set<std::string> asked;
    const std::regex key(
        R"k("((frame|error|overview|phones|people|trust|refused|settings|server|login|first|invite|softphone)\.[a-z_]+)")k");
    const auto folder = std::filesystem::path(SOURCE_DIR) / "node/page";
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.path().extension() != ".cpp") continue;
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
    for (const auto& language : languages()) {
        for (const auto& [english, translated] : language.sentences) {
            std::size_t count = 0;
            for (auto at = english.find("{}"); at != std::string::npos; at = english.find("{}", at + 2))
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

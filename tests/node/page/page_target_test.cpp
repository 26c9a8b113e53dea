// tests/node/page/page_target_test.cpp - paths that have one reading, and those that have two.
#include "node/page/page_target.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using Query = std::map<std::string, std::string>;

TEST(PageTarget, a_path_and_a_query_are_decoded_once) {
    const auto read = read_target("/people/j%C3%B6rg%25?name=a+b%2Bc&x&y=&name=second");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->path, "/people/jörg%");
    EXPECT_EQ(read->query, (Query{{"name", "a b+c"}, {"x", ""}, {"y", ""}}));
    EXPECT_EQ(read_target("/")->path, "/");
    EXPECT_EQ(read_target("/phone/")->path, "/phone/");
    EXPECT_EQ(read_target("/a%3Fb?c")->path, "/a?b");
}

TEST(PageTarget, what_has_two_readings_is_refused) {
    for (const auto* target : {"",
                               "*",
                               "people",
                               "http://box/",
                               "//evil.example/",
                               "/a//b",
                               "/.",
                               "/..",
                               "/../etc/passwd",
                               "/static/../../etc/passwd",
                               "/static/%2e%2e/x",
                               "/static/%2E./x",
                               "/static/..%2fx",
                               "/a%2Fb",
                               "/a%5c..%5cb",
                               "/a\\b",
                               "/a%00b",
                               "/a%0d%0aSet-Cookie:x",
                               "/a%7f",
                               "/a%",
                               "/a%4",
                               "/a%zz",
                               "/a%ff",
                               "/a%c0%ae",
                               "/a\x01",
                               "/x?a=%00",
                               "/x?a=%zz",
                               "/x?%ff"})
        EXPECT_FALSE(read_target(target)) << target;
    EXPECT_FALSE(read_target("/" + std::string(longest_target, 'a')));
    std::string many = "/?";
    for (int i = 0; i < 100; ++i)
        many += "n" + std::to_string(i) + "&";
    EXPECT_FALSE(read_target(many));
}

TEST(PageTarget, the_language_is_the_persons_choice_or_else_the_browsers) {
    EXPECT_EQ(language_of("de", "en"), "de");
    EXPECT_EQ(language_of("tlh", "de-AT,de;q=0.9,en;q=0.8"), "de");
    EXPECT_EQ(language_of("", "fr-FR, DE;q=0.5"), "de");
    EXPECT_EQ(language_of("", "fr, en-GB;q=0.7, de;q=0.3"), "en");
    EXPECT_EQ(language_of("", "*"), "en");
    EXPECT_EQ(language_of("", ""), "en");
}

TEST(PageTarget, a_cookie_is_found_by_its_whole_name) {
    EXPECT_EQ(cookie_in("a=1; language=de;b=2", "language"), "de");
    EXPECT_EQ(cookie_in("xlanguage=fr; language=de", "language"), "de");
    EXPECT_EQ(cookie_in("language", "language"), "");
    EXPECT_EQ(cookie_in("", "language"), "");
    EXPECT_EQ(cookie_in("a=1=2", "a"), "1=2");
}

}  // namespace
}  // namespace node

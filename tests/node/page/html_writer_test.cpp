// tests/node/page/html_writer_test.cpp - what others have chosen never becomes markup, whatever it is.
#include "node/page/html_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// As a browser reads it.
std::string unescaped(std::string text) {
    for (const auto& [entity, character] : {std::pair{"&lt;", "<"},
                                            {"&gt;", ">"},
                                            {"&quot;", "\""},
                                            {"&#39;", "'"},
                                            {"&#96;", "`"},
                                            {"&amp;", "&"}})
        text = replaced(std::move(text), entity, character);
    return text;
}

TEST(HtmlWriter, nests_and_closes) {
    HtmlWriter html;
    html.open("p", {{"class", "a"}}).text("1 < 2").single("br").element("code", "x");
    EXPECT_EQ(html.take(), "<!DOCTYPE html>\n<p class=\"a\">1 &lt; 2<br><code>x</code></p>\n");
    html.open("ul").open("li").text("a");
    EXPECT_EQ(html.take(), "<!DOCTYPE html>\n<ul><li>a</li>\n</ul>\n");
}

TEST(HtmlWriter, commands_in_sentences_are_code) {
    HtmlWriter html;
    html.open("p").sentence("Say `hedgewitch user add <NAME>`. Done").close();
    EXPECT_THAT(html.take(), HasSubstr("<p>Say <code>hedgewitch user add &lt;NAME&gt;</code>. Done</p>"));
    html.open("p").sentence("one ` alone").close();
    EXPECT_THAT(html.take(), HasSubstr("<p>one &#96; alone</p>"));
}

TEST(HtmlWriter, links_run_nothing_and_lead_to_nobody_else) {
    for (const char* bad :
         {"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,<p>",
          "//evil.test/", "/\\evil.test/", "http://evil.test/", "vbscript:x", "\tjavascript:x", ""}) {
        HtmlWriter html;
        html.element("a", "x", {{"href", bad}});
        EXPECT_THAT(html.take(), testing::AnyOf(HasSubstr("href=\"#\""), HasSubstr("<a href>"))) << bad;
    }
    for (const char* good :
         {"/people", "/", "#main", "https://example.org/", "sip:alice@example.org", "hedgewitch:abc/alice"}) {
        HtmlWriter html;
        html.element("a", "x", {{"href", good}});
        EXPECT_THAT(html.take(), HasSubstr("href=\"" + std::string(good) + "\"")) << good;
    }
    HtmlWriter html;
    html.single("img", {{"src", "https://evil.test/spy.png"}});
    html.open("form", {{"action", "https://evil.test/"}});
    EXPECT_THAT(html.take(), Not(HasSubstr("evil")));
}

TEST(HtmlWriter, what_is_no_UTF_8_or_nobody_sees_is_replaced) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(escaped("J\xC3\xBCrgen \xF0\x9F\x8C\xBF"), "J\xC3\xBCrgen \xF0\x9F\x8C\xBF");
    EXPECT_EQ(escaped(std::string("a\0b", 3)), "a" + bad + "b");
    EXPECT_EQ(escaped("\xC0\xBCscript"), bad + bad + "script");     // an overlong <
    EXPECT_EQ(escaped("a\xE2\x80\xAEmum"), "a" + bad + "mum");      // right-to-left override
    EXPECT_EQ(escaped("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
    EXPECT_EQ(escaped("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond U+10FFFF
    EXPECT_EQ(escaped("\xE2\x82"), bad + bad);                      // cut off
    EXPECT_EQ(escaped("a\nb\tc"), "a\nb\tc");
}

// 200,000 strings: of random bytes, and of the pieces that markup is made of.
TEST(HtmlWriter, nothing_gets_out_of_a_text_or_a_value) {
    const std::vector<std::string> pieces{"<",
                                          ">",
                                          "\"",
                                          "'",
                                          "&",
                                          "`",
                                          "=",
                                          "/",
                                          "<!",
                                          "--",
                                          "<script>",
                                          "</script>",
                                          "&lt;",
                                          "\0",
                                          "javascript:",
                                          "\xC0",
                                          "\xE2\x80\xAE",
                                          "a",
                                          " ",
                                          "\n",
                                          "\xF0\x9F\x8C\xBF",
                                          "]]>",
                                          "<svg/onload=x>"};
    std::mt19937 random(4711);
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (std::size_t n = random() % 12; n > 0; --n)
            text += i % 2 == 0 ? pieces[random() % pieces.size()]
                               : std::string(1, static_cast<char>(random() % 256));
        HtmlWriter html;
        html.open("p", {{"title", text + "."}}).text(text).close();
        const std::string out = html.take();
        const auto begin = out.find("<p title=\"") + 10, end_of_value = out.find('"', begin);
        ASSERT_EQ(out.substr(end_of_value, 2), "\">") << text;
        const std::string value = out.substr(begin, end_of_value - begin);
        const std::string body = out.substr(end_of_value + 2);
        ASSERT_TRUE(body.ends_with("</p>\n"));
        const std::string inside = body.substr(0, body.size() - 5);
        ASSERT_EQ(inside.find_first_of("<>\"'`"), std::string::npos) << text;
        ASSERT_EQ(value.find_first_of("<>\"'`"), std::string::npos) << text;
        ASSERT_EQ(value, inside + ".");
        ASSERT_EQ(escaped(unescaped(inside)), inside);  // a browser reads what was written, and nothing else
    }
}

}  // namespace
}  // namespace node

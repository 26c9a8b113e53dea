// tests/node/page/phone/phone_pages_test.cpp - the files of the phone for browsers, and what browsers may do
// with them.
#include "node/page/phone/phone_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <regex>

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<PhoneFile, 2> two = {{
    {"/phone", "text/html; charset=utf-8", "0011223344556677", "<!doctype html>"},
    {"/phone/phone-1234.js", "text/javascript; charset=utf-8", "8899aabbccddeeff", "start();"},
}};

PageAnswer ask(PhonePages& pages, const std::string& path, const std::string& host = "192.168.1.20:8443",
               const std::string& method = "GET", const std::string& language = "en") {
    PageRequest request;
    request.method = method;
    request.path = path;
    request.host = host;
    request.language = language;
    return pages.answer(request, sip::Now{});
}

std::string header(const PageAnswer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers)
        if (key == name) return value;
    return {};
}

TEST(PhonePages, the_page_is_asked_for_again_each_time_and_its_files_never) {
    PhonePages pages(two);
    for (const auto* path : {"/phone", "/phone/"}) {
        const auto page = ask(pages, path);
        EXPECT_EQ(page.status, 200);
        EXPECT_EQ(page.type, "text/html; charset=utf-8");
        EXPECT_EQ(page.body, "<!doctype html>");
        EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
        EXPECT_EQ(header(page, "ETag"), "\"0011223344556677\"");
    }
    const auto script = ask(pages, "/phone/phone-1234.js");
    EXPECT_EQ(script.status, 200);
    EXPECT_EQ(script.type, "text/javascript; charset=utf-8");
    EXPECT_EQ(script.body, "start();");
    EXPECT_EQ(header(script, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(PhonePages, the_page_may_use_its_own_files_its_own_websocket_and_the_microphone_and_nothing_else) {
    PhonePages pages(two);
    const auto page = ask(pages, "/phone");
    const auto policy = header(page, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")) << policy;
    EXPECT_THAT(policy, HasSubstr("connect-src 'self' wss://192.168.1.20:8443;"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_THAT(policy, Not(HasSubstr("*")));
    EXPECT_THAT(header(page, "Permissions-Policy"), HasSubstr("microphone=(self)"));
}

TEST(PhonePages, a_host_that_would_say_more_than_a_host_is_not_in_the_policy) {
    PhonePages pages(two);
    for (const auto* host : {"", "a;script-src *", "a b", "a'", "a,b", "a\r\nb"})
        EXPECT_THAT(header(ask(pages, "/phone", host), "Content-Security-Policy"),
                    HasSubstr("connect-src 'self';"))
            << host;
    EXPECT_THAT(header(ask(pages, "/phone", "[fd00::1]:8443"), "Content-Security-Policy"),
                HasSubstr("wss://[fd00::1]:8443;"));
}

TEST(PhonePages, what_is_not_there_is_not_there) {
    PhonePages pages(two);
    for (const auto* path : {"/phone/phone.js", "/phone/phone-1234.js/", "/phone/..", "/phoney", "/phone//"})
        EXPECT_EQ(ask(pages, path).status, 404) << path;
    const auto posted = ask(pages, "/phone", "192.168.1.20:8443", "POST");
    EXPECT_EQ(posted.status, 405);
    EXPECT_EQ(header(posted, "Allow"), "GET, HEAD");
}

TEST(PhonePages, a_build_without_npm_says_so_in_a_sentence) {
    PhonePages pages(std::span<const PhoneFile>{});
    const auto english = ask(pages, "/phone");
    EXPECT_EQ(english.status, 404);
    EXPECT_EQ(english.type, "text/plain; charset=utf-8");
    EXPECT_THAT(english.body, HasSubstr("was built without the phone for browsers"));
    EXPECT_THAT(ask(pages, "/phone", "a", "GET", "de").body, HasSubstr("ohne das Telefon"));
}

// What this very build brings, if npm was there.
TEST(PhoneFiles, the_page_names_each_of_its_files_and_holds_no_script_or_style_itself) {
    const auto files = phone_files();
    if (files.empty()) GTEST_SKIP() << "built without npm";
    ASSERT_EQ(files.front().path, "/phone");
    const std::string page(files.front().body);
    for (const auto& file : files.subspan(1)) {
        EXPECT_THAT(page, HasSubstr('"' + std::string(file.path) + '"'));
        EXPECT_GT(file.body.size(), 500u) << file.path;
        EXPECT_EQ(file.hash.size(), 16u) << file.path;
    }
    EXPECT_FALSE(std::regex_search(page, std::regex(R"(<style|\sstyle=|\son\w+=|<script[^>]*>[^<])")));
    EXPECT_FALSE(std::regex_search(page, std::regex(R"((src|href)="(?!/phone/))")));
    EXPECT_THAT(std::string(files.back().body), HasSubstr("MIT License"));  // SIP.js's, which must go with it
}

}  // namespace
}  // namespace node

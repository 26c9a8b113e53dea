// tests/node/page/page_sessions_test.cpp - who gets in, how often, and for how long.
#include "node/page/page_sessions.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::sys_seconds start{std::chrono::seconds(1'800'000'000)};

struct PageSessionsTest : StateTest {
    Database db = open();
    PageSessions sessions{db};
};

TEST_F(PageSessionsTest, a_browser_is_known_by_its_cookie_for_thirty_days_after_it_was_seen) {
    const auto cookie = sessions.begin(start);
    EXPECT_EQ(cookie.size(), 56U);
    ASSERT_TRUE(sessions.find(cookie, start));
    EXPECT_TRUE(sessions.find(cookie, start + std::chrono::days(29)));
    EXPECT_TRUE(sessions.find(cookie, start + std::chrono::days(58)));
    EXPECT_FALSE(sessions.find(cookie, start + std::chrono::days(89)));
    EXPECT_FALSE(sessions.find(cookie, start + std::chrono::days(58))) << "out is out";
}

TEST_F(PageSessionsTest, what_is_no_cookie_of_ours_is_nobodys) {
    const auto cookie = sessions.begin(start);
    auto other = cookie;
    other[5] = other[5] == 'a' ? 'b' : 'a';
    for (const auto& wrong : {std::string(), other, cookie + "a", cookie.substr(1), std::string(56, '!')})
        EXPECT_FALSE(sessions.find(wrong, start)) << wrong;
}

TEST_F(PageSessionsTest, nothing_that_a_browser_holds_stands_in_the_file) {
    const auto cookie = sessions.begin(start);
    const auto link = sessions.make_link(10min, start);
    ASSERT_TRUE(sessions.set_password("three words nobody guesses"));
    const auto again = sessions.begin(start);
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream in(paths.database, std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(in)), {});
    EXPECT_GT(file.size(), 4096U);
    for (const auto& secret : {cookie, link, again, std::string("three words nobody guesses")})
        EXPECT_EQ(file.find(secret), std::string::npos);
}

TEST_F(PageSessionsTest, each_browser_has_a_token_of_its_own_against_csrf_which_is_not_its_cookie) {
    const auto one = sessions.begin(start), other = sessions.begin(start);
    EXPECT_EQ(sessions.find(one, start)->csrf, sessions.find(one, start + 1h)->csrf);
    EXPECT_NE(sessions.find(one, start)->csrf, sessions.find(other, start)->csrf);
    EXPECT_NE(sessions.find(one, start)->csrf, one);
}

TEST_F(PageSessionsTest, a_link_logs_in_once_and_within_its_time) {
    const auto link = sessions.make_link(PageSessions::link_lasts, start);
    EXPECT_EQ(link.size(), 32U);
    EXPECT_TRUE(sessions.is_good(link, start + 10min));
    EXPECT_TRUE(sessions.take(link, start + 10min));
    EXPECT_FALSE(sessions.is_good(link, start));
    EXPECT_FALSE(sessions.take(link, start));
    const auto late = sessions.make_link(PageSessions::link_lasts, start);
    EXPECT_FALSE(sessions.take(late, start + 10min + 1s));
    EXPECT_FALSE(sessions.take("../../etc/passwd", start));
    const auto first = sessions.make_link(PageSessions::first_link_lasts, start);
    EXPECT_TRUE(sessions.is_good(first, start + 23h));
    const auto other = sessions.make_link(PageSessions::link_lasts, start);
    (void)sessions.begin(start);
    EXPECT_FALSE(sessions.is_good(first, start)) << "somebody is in; the log may be read by others";
    EXPECT_TRUE(sessions.is_good(other, start));
}

TEST_F(PageSessionsTest, a_new_password_ends_every_session_and_so_does_its_end) {
    EXPECT_TRUE(sessions.is_new());
    const auto cookie = sessions.begin(start);
    EXPECT_FALSE(sessions.is_new());
    EXPECT_FALSE(sessions.is_password("")) << "there is none";
    ASSERT_TRUE(sessions.set_password("three words nobody guesses"));
    EXPECT_FALSE(sessions.find(cookie, start));
    EXPECT_TRUE(sessions.is_password("three words nobody guesses"));
    EXPECT_FALSE(sessions.is_password("three words somebody guesses"));
    EXPECT_FALSE(sessions.is_password(std::string(1 << 20, 'x'))) << "no work is done for it";
    EXPECT_FALSE(sessions.is_new());
    ASSERT_TRUE(sessions.set_password(""));
    EXPECT_FALSE(sessions.has_password());
}

TEST_F(PageSessionsTest, a_short_password_is_refused_with_what_to_do) {
    EXPECT_THAT(PageSessions::why_not("eleven chars"), IsEmpty());
    EXPECT_THAT(PageSessions::why_not("eleven char"), HasSubstr("at least 12"));
    EXPECT_THAT(PageSessions::why_not(std::string(257, 'x')), HasSubstr("at most 256"));
}

}  // namespace
}  // namespace node

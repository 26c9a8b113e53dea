// tests/node/provisioning/links_test.cpp - links open, are used once, and end.
#include "node/provisioning/links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Refusal = ProvisioningLinks::Refusal;

struct Links : testing::Test {
    ProvisioningLinks links;
    sip::Now now{std::chrono::steady_clock::time_point(1h), std::chrono::sys_seconds(1'700'000'000s)};
    std::uint8_t dice = 0;

    std::string make(const std::string& user = "alice") {
        LinkWish wish;
        wish.user = user;
        crypto::Bytes<20> random{};
        random[0] = ++dice;
        random[1] = static_cast<std::uint8_t>(links.open());
        return links.make(wish, random, now);
    }
    void pass(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
};

TEST_F(Links, a_link_tells_once_what_it_is_for) {
    const auto token = make();
    EXPECT_EQ(token.size(), ProvisioningLinks::token_length);
    ASSERT_TRUE(links.look(token, now));
    EXPECT_EQ((*links.look(token, now))->user, "alice");
    links.use(token, "192.168.1.30", now);
    const auto second = links.look(token, now);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().why, Refusal::used);
    EXPECT_THAT(second.error().sentence, HasSubstr("used already, at 22:13:20 UTC from 192.168.1.30"));
    EXPECT_THAT(second.error().sentence, HasSubstr("hedgewitch user passwd alice"));
}

TEST_F(Links, a_link_ends_after_ten_minutes) {
    const auto token = make();
    EXPECT_EQ(links.open_until(now), now.steady + 10min);
    pass(10min - 1s);
    EXPECT_TRUE(links.look(token, now));
    pass(1s);
    EXPECT_FALSE(links.open_until(now));
    const auto late = links.look(token, now);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().why, Refusal::expired);
    EXPECT_THAT(late.error().sentence, HasSubstr("older than ten minutes"));
}

TEST_F(Links, a_guess_finds_nothing_whatever_its_length) {
    make();
    for (const std::string& guess :
         {std::string(), std::string("a"), std::string(32, 'a'), std::string(100'000, 'a')}) {
        const auto found = links.look(guess, now);
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().why, Refusal::unknown);
    }
}

TEST_F(Links, the_oldest_of_too_many_makes_room) {
    const auto first = make();
    for (std::size_t i = 1; i < ProvisioningLinks::max_open; ++i)
        make();
    EXPECT_TRUE(links.look(first, now));
    const auto last = make();
    EXPECT_EQ(links.open(), ProvisioningLinks::max_open);
    EXPECT_TRUE(links.look(last, now));
    const auto gone = links.look(first, now);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().why, Refusal::expired);
    for (int i = 0; i < 1000; ++i)
        make();
    EXPECT_EQ(links.look(first, now).error().why, Refusal::unknown);  // nobody remembers for ever
}

TEST_F(Links, a_user_who_goes_takes_his_links_along) {
    const auto alices = make("alice"), bobs = make("bob");
    links.forget("alice");
    EXPECT_FALSE(links.look(alices, now));
    EXPECT_TRUE(links.look(bobs, now));
}

}  // namespace
}  // namespace node

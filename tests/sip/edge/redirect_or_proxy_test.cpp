// tests/sip/edge/redirect_or_proxy_test.cpp - when to redirect.
#include "sip/edge/redirect_or_proxy.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

TEST(Delivery, auto_redirects_those_who_follow_and_the_reachable_and_proxies_the_rest) {
    const std::vector<std::string> following{"baresip"};
    const CalleeSigns foreign, direct{true, 1, true}, natted{true, 1, false}, two{true, 2, true};
    const auto own = [](std::string_view agent) {
        CallerSigns signs;
        signs.own_user = true;
        signs.user_agent = agent;
        return signs;
    };
    const auto automatic = [&](const CallerSigns& caller, const CalleeSigns& callee) {
        return redirects(Delivery::automatic, caller, callee, following);
    };
    EXPECT_TRUE(automatic(own("baresip v1.0.0"), foreign));
    EXPECT_TRUE(automatic(own("Baresip"), direct));
    EXPECT_FALSE(automatic(own("baresip"), natted));
    EXPECT_FALSE(automatic(own("baresip"), two));
    EXPECT_FALSE(automatic(own("Linphone"), foreign));
    EXPECT_FALSE(automatic(own(""), foreign));
    CallerSigns signs = own("baresip");
    signs.own_route = true;
    EXPECT_FALSE(automatic(signs, foreign));
    signs = own("baresip");
    signs.returns = true;
    EXPECT_FALSE(automatic(signs, foreign));
    signs = own("baresip");
    signs.invite = false;
    EXPECT_FALSE(automatic(signs, foreign));
    CalleeSigns across_a_nat = foreign;
    across_a_nat.lasts = false;
    EXPECT_FALSE(automatic(own("baresip"), across_a_nat)) << "a BYE would not come back after minutes";
    EXPECT_TRUE(redirects(Delivery::redirect, own("baresip"), across_a_nat, following)) << "as he wishes";
    CallerSigns stranger;
    EXPECT_TRUE(automatic(stranger, direct));
    EXPECT_FALSE(automatic(stranger, natted));
    stranger.through_proxy = true;
    EXPECT_FALSE(automatic(stranger, direct));
    EXPECT_TRUE(redirects(Delivery::redirect, stranger, foreign, following));
    EXPECT_TRUE(redirects(Delivery::redirect, stranger, natted, following));
    EXPECT_FALSE(redirects(Delivery::redirect, stranger, two, following)) << "the second would never ring";
    EXPECT_FALSE(redirects(Delivery::redirect, stranger, {true, 1, false, false}, following));
    EXPECT_FALSE(redirects(Delivery::proxy, own("baresip"), foreign, following));
}

TEST(ReturningPhones, the_one_seen_longest_ago_is_forgotten) {
    ReturningPhones phones;
    for (std::size_t i = 0; i < ReturningPhones::max_phones; ++i)
        phones.note(std::to_string(i));
    phones.note("0");
    phones.note("new");
    EXPECT_TRUE(phones.contain("0"));
    EXPECT_FALSE(phones.contain("1"));
    EXPECT_TRUE(phones.contain("new"));
}

TEST(Delivery, a_browser_reaches_nobody_but_us_and_is_never_redirected) {
    CallerSigns caller;
    caller.own_user = true;
    EXPECT_TRUE(redirects(Delivery::redirect, caller, {}, {}));
    caller.browser = true;
    EXPECT_FALSE(redirects(Delivery::redirect, caller, {}, {}));
}

}  // namespace

}  // namespace sip::testing

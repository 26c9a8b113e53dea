// tests/node/page/live_changes_test.cpp - who is told, and when.
#include "node/page/live_changes.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using Json = nlohmann::ordered_json;

TEST(LiveChanges, a_browser_learns_the_number_first_and_then_waits_for_the_next) {
    LiveChanges live(7);
    EXPECT_EQ(live.since(""), "retry: 1000\nid: 7\nevent: begins\ndata: 7\n\n");
    EXPECT_FALSE(live.since("7"));
    EXPECT_NE(live.since("6")->find("event: changed"), std::string::npos) << "of an earlier run";
}

TEST(LiveChanges, what_pages_show_counts_and_figures_that_always_run_do_not) {
    LiveChanges live(7);
    Json status = {{"reach", {{"says", "Others can reach you."}}},
                   {"running_for_s", 1},
                   {"sip", {{"received", 1}, {"login_failures", Json::array()}}}};
    EXPECT_TRUE(live.shows(status, 1));
    EXPECT_TRUE(live.since("7")) << "before the first look it may have been another";
    EXPECT_FALSE(live.since("8"));
    status["running_for_s"] = 2;
    status["sip"]["received"] = 2;
    EXPECT_FALSE(live.shows(status, 1));
    status["reach"]["says"] = "Others cannot.";
    EXPECT_TRUE(live.shows(status, 1));
    EXPECT_NE(live.since("8")->find("id: 9\nevent: changed"), std::string::npos);
    EXPECT_TRUE(live.shows(status, 2)) << "a command has written";
    EXPECT_FALSE(live.since("10"));
    status["sip"]["login_failures"].push_back(
        {{"user", "alice"}, {"from", "192.0.2.1"}, {"says", "wrong"}, {"times", 1}, {"seconds_ago", 1}});
    EXPECT_TRUE(live.shows(status, 2));
    status["sip"]["login_failures"][0]["seconds_ago"] = 9;
    EXPECT_FALSE(live.shows(status, 2));
}

}  // namespace
}  // namespace node

// tests/node/status/status_text_test.cpp - the status in sentences.
#include "node/status/status_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

NodeStatus all_is_well() {
    NodeStatus status;
    status.about.address = "key.hedge.alt";
    status.advertised = {"udp:203.0.113.5:5060"};
    status.users = {{"alice", 1}};
    status.reach.says = "Others can reach you.";
    status.overlay.enabled = true;
    status.overlay.connectivity = "connected";
    status.overlay.good_nodes_v4 = 1;
    RecordStatus record;
    record.label = "alice";
    record.read_back = 8;
    status.overlay.published = {record};
    return status;
}

TEST(StatusText, begins_with_whether_others_can_reach_me) {
    EXPECT_THAT(
        status_text(all_is_well()),
        StartsWith("You are in the DHT, and know 1 node of it.\nOthers can reach you.\nalice: 1 phone "
                   "registered. Others can call sip:alice@key.hedge.alt; the record was read back at 8 "
                   "place(s).\n"));
}

TEST(StatusText, says_how_sound_goes_after_whether_others_reach_me) {
    auto status = all_is_well();
    status.media.says = "Sound goes through this node.";
    EXPECT_THAT(status_text(status), HasSubstr("Others can reach you.\nSound goes through this node.\n"));
}

TEST(StatusText, what_the_person_has_to_decide_comes_before_all_else) {
    auto status = all_is_well();
    status.inbound.waiting = 2;
    status.trust.changed = {"example.org"};
    status.clock.says = "The clock says 1970: set the clock.";
    status.overlay.published[0].problem = "no location answers";
    EXPECT_THAT(
        status_text(status),
        StartsWith("The clock says 1970: set the clock. Until then others cannot be called, and nothing "
                   "is published.\nThe key of example.org has changed; calls to it are refused until you "
                   "decide: `hedgewitch trust list`.\n2 callers were not let through, and wait for you: "
                   "`hedgewitch callers`.\nalice: no location answers.\nYou are in the DHT"));
}

TEST(StatusText, asks_about_the_clock_and_says_of_another_machine_before_all_else) {
    auto status = all_is_well();
    status.clock.doubt = "Is the clock right?";
    status.overlay.published[0].shared = "Another machine uses this identity and slot 0.";
    const auto text = status_text(status);
    EXPECT_THAT(text,
                StartsWith("Is the clock right?\nAnother machine uses this identity and slot 0.\nYou are"));
    EXPECT_THAT(text, Not(HasSubstr("Others can call"))) << "with a clock that is hours off they cannot";
}

TEST(StatusText, what_DNS_cannot_do_stands_behind_whether_others_can_reach_me) {
    auto status = all_is_well();
    status.dns.emplace();
    status.dns->trouble = "No DNSSEC here.";
    EXPECT_THAT(status_text(status), StartsWith("You are in the DHT"));
    EXPECT_THAT(status_text(status), HasSubstr("place(s).\nNo DNSSEC here.\n"));
}

TEST(StatusText, says_who_is_beside_us_and_who_can_call_from_there_alone) {
    auto status = all_is_well();
    status.overlay.neighbours = 1;
    EXPECT_THAT(status_text(status), HasSubstr("1 other node is on your network: calls to it stay here.\n"));
    status.advertised.clear();
    EXPECT_THAT(
        status_text(status),
        HasSubstr("Other nodes on your own network can call sip:alice@key.hedge.alt; nobody else can.\n"));
}

TEST(StatusText, says_why_a_user_cannot_be_called) {
    auto status = all_is_well();
    status.users.push_back({"bob", 0});
    status.overlay.published[0].read_back = 0;
    EXPECT_THAT(status_text(status), HasSubstr("bob: no phone is registered, so calls get 480."));
    EXPECT_THAT(status_text(status), HasSubstr("Set one up with user bob"));
    status.sip.login_failures = {
        {"Bob", "192.168.1.30", "A phone at 192.168.1.30 tries bob with a wrong password.", 1, 5}};
    EXPECT_THAT(status_text(status), HasSubstr("One at 192.168.1.30 tries, and is not let in: see above."));
    EXPECT_THAT(status_text(status), Not(HasSubstr("Set one up")));
    EXPECT_THAT(status_text(status), HasSubstr("Published; not yet seen in the DHT."));
    status.overlay.published[0].withdrawn = true;
    EXPECT_THAT(status_text(status), HasSubstr("About to be published."));
    status.advertised.clear();
    EXPECT_THAT(status_text(status), HasSubstr("this node has no address that others may call"));
    status.users.clear();
    EXPECT_THAT(status_text(status), HasSubstr("There is no user yet"));
}

TEST(StatusText, who_was_published_before_the_DHT_was_lost_is_not_said_to_be_callable) {
    auto status = all_is_well();
    status.overlay.connectivity = "disconnected";
    status.overlay.published[0].expires_in_s = 3700;
    const auto text = status_text(status);
    EXPECT_THAT(text, StartsWith("You are not in the DHT"));
    EXPECT_THAT(text, Not(HasSubstr("Others can call")));
    EXPECT_THAT(text,
                HasSubstr("Others could call sip:alice@key.hedge.alt until the DHT was lost; what it knows "
                          "ends in 61 min.\n"));
}

TEST(StatusText, what_is_done_for_contacts_and_whom_it_was_refused_is_counted) {
    NodeStatus status;
    EXPECT_THAT(status_text(status), Not(HasSubstr("passed on")));
    EXPECT_THAT(status_text(status), Not(HasSubstr("doors lent")));
    status.reach.relaying.held = 1;
    status.reach.relaying.pipes_opened = 7;
    status.reach.relaying.refused = 2;
    status.reach.relaying.bad_tokens = 3;
    EXPECT_THAT(status_text(status),
                HasSubstr("passed on          for 1 node now, 7 connections; 5 refused\n"));
    status.media.friends.lending.lent = 4;
    status.media.friends.lending.bytes = 900;
    EXPECT_THAT(status_text(status),
                HasSubstr("doors lent         0 now, 4 in all, 0 refused; 900 bytes passed, 0 packets"));
}

TEST(StatusText, a_node_without_DHT_shows_no_figures_of_it) {
    auto status = all_is_well();
    status.overlay = {};
    EXPECT_THAT(status_text(status), StartsWith("The DHT is switched off"));
    EXPECT_THAT(status_text(status), HasSubstr("1 phone registered. Not published."));
    EXPECT_THAT(status_text(status), Not(HasSubstr("refused to store")));
}

TEST(StatusText, counts_only_refusals_that_happened) {
    auto status = all_is_well();
    status.overlay.refused_as_storer = {{"too_large", 0}, {"stale", 3}};
    EXPECT_THAT(status_text(status), HasSubstr("refused to store   stale 3\n"));
    EXPECT_THAT(status_text(status), HasSubstr("refused as caller  nothing\n"));
    status.overlay.refused_as_caller = {{"rolled_back", 348}};
    EXPECT_THAT(
        status_text(status),
        HasSubstr("refused as caller  nothing; 348 older than what was known, as after every change\n"));
}

}  // namespace
}  // namespace node

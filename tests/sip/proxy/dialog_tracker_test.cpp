// tests/sip/proxy/dialog_tracker_test.cpp - what the table of dialogs, and whoever looks after the sound,
// hear of a call on its way.
#include "sip/proxy/dialog_tracker.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

// Writes down what it hears, and gives every body another.
struct Listener final : MediaPath {
    std::vector<std::string> heard;
    std::vector<Way> ways;
    Passed request(const MessageView& request, const Way& way) override {
        heard.push_back("request " + std::string(request.method_text()));
        ways.push_back(way);
        return {"sound", true};
    }
    std::optional<std::string> response(const MessageView& response, const Way& way, bool) override {
        heard.push_back("response " + std::to_string(response.status()));
        ways.push_back(way);
        return "sound";
    }
    void refused(const MessageView&) override { heard.emplace_back("refused"); }
    void over(const MessageView&) override { heard.emplace_back("over"); }
    void ended(std::string_view, std::string_view) override { heard.emplace_back("ended"); }
    Moved moved(const MediaMove&, const Flow&) override {
        heard.emplace_back("moved");
        return Moved::refused;
    }
    [[nodiscard]] bool needs_us(const MessageView&, const Flow&, const Endpoint&) const override {
        return false;
    }
};
struct Host final : ProxyHost {
    MediaPath* path = nullptr;
    MediaPath* media() override { return path; }
};

using Lines = std::vector<std::string>;

struct DialogTrackerTest : ::testing::Test {
    static ResponseContext context(const std::string& method, const std::string& to_tag = {}) {
        Request request;
        request.method = method;
        if (!to_tag.empty()) request.to += ";tag=" + to_tag;
        ForwardRequest forward;
        forward.request = StoredRequest(*MessageView::parse(request.text()));
        forward.flow = udp_flow();
        return {1, "loop", std::move(forward)};
    }
    static std::string response_text(const ResponseContext& c, int status) {
        const MessageView& request = c.forward.request;
        return "SIP/2.0 " + std::to_string(status) +
               " X\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKours\r\n" +
               "Via: " + std::string(request.header(Header::via).value_or("")) +
               "\r\nFrom: " + std::string(request.header(Header::from).value_or("")) +
               "\r\nTo: <sip:bob@example.net>;tag=b\r\nCall-ID: c1@phone\r\nCSeq: 1 " +
               std::string(request.method_text()) +
               "\r\nContact: <sip:bob@10.0.0.5:5062>\r\nContent-Length: 0\r\n\r\n";
    }
    std::string passed(const ResponseContext& c, int status) {
        const std::string text = response_text(c, status);
        Branch branch;
        branch.flow = udp_flow("10.0.0.5", 5062);
        return tracker.response(c, branch, *MessageView::parse(text));
    }
    void begin(const ResponseContext& c) {
        Dialog dialog;
        dialog.own = dialog.shown = c.forward.request.header(Header::from).value_or("");
        dialogs.begin(c.forward.request, dialog);
    }

    Listener sound;
    Host host;
    Dialogs dialogs{secret};
    DialogTracker tracker{dialogs, host};
};

TEST_F(DialogTrackerTest, without_somebody_for_the_sound_bodies_stay_as_they_are) {
    auto invite = context("INVITE");
    EXPECT_FALSE(tracker.request(invite, 0, {}, udp_flow()).body);
    EXPECT_EQ(passed(invite, 200).find("sound"), std::string::npos);
}

TEST_F(DialogTrackerTest, an_INVITE_and_its_answers_are_shown_to_the_sound_and_a_MESSAGE_is_not) {
    host.path = &sound;
    auto invite = context("INVITE");
    const auto out = tracker.request(invite, 3, {}, udp_flow("10.0.0.5"));
    EXPECT_EQ(out.body, "sound");
    EXPECT_TRUE(out.stays);
    EXPECT_TRUE(passed(invite, 200).ends_with("\r\n\r\nsound"));
    EXPECT_EQ(sound.heard, (Lines{"request INVITE", "response 200"}));
    EXPECT_EQ(sound.ways[0].target, 3U);
    EXPECT_EQ(sound.ways[0].to.remote.address.to_string(), "10.0.0.5");
    auto message = context("MESSAGE");
    EXPECT_FALSE(tracker.request(message, 0, {}, udp_flow()).body);
    (void)passed(message, 200);
    EXPECT_EQ(sound.heard.size(), 2U);
}

TEST_F(DialogTrackerTest, who_is_behind_a_relay_is_not_where_the_relay_is) {
    host.path = &sound;
    auto invite = context("INVITE");
    Hop hop;
    hop.next = NextHop{};
    hop.next->peer.through = "token";
    (void)tracker.request(invite, 0, hop, udp_flow("10.0.0.5"));
    EXPECT_EQ(sound.ways.at(0).to.remote.address.to_string(), "192.0.2.1");
}

TEST_F(DialogTrackerTest, a_2xx_confirms_the_dialog_and_a_refusal_ends_it) {
    auto invite = context("INVITE");
    begin(invite);
    (void)passed(invite, 180);
    EXPECT_EQ(dialogs.confirmed(), 0U);
    (void)passed(invite, 200);
    EXPECT_EQ(dialogs.confirmed(), 1U);
    host.path = &sound;
    tracker.refused(context("INVITE"), {486, "SIP/2.0 486 X\r\n\r\n"});
    EXPECT_EQ(sound.heard, Lines{"refused"});
}

TEST_F(DialogTrackerTest, a_BYE_that_is_answered_or_goes_nowhere_ends_the_call_for_the_sound_too) {
    host.path = &sound;
    tracker.hung_up(context("BYE", "b"));
    EXPECT_EQ(sound.heard, Lines{"over"});
    for (const int nobody : {408, 481})
        tracker.refused(context("BYE", "b"), {nobody, {}});
    EXPECT_EQ(sound.heard.size(), 3U);
    tracker.refused(context("BYE", "b"), {403, "SIP/2.0 403 X\r\n\r\n"});
    tracker.hung_up(context("INFO", "b"));
    EXPECT_EQ(sound.heard.size(), 3U) << "somebody is there";
}

TEST_F(DialogTrackerTest, a_request_in_a_call_that_nobody_answers_is_told_and_a_MESSAGE_is_not) {
    const auto invite = context("INVITE");
    begin(invite);
    (void)passed(invite, 200);
    tracker.refused(context("MESSAGE", "b"), {408, {}});
    EXPECT_TRUE(dialogs.take_unanswered().empty());
    auto cancelled = context("INVITE", "b");
    cancelled.cancelled = true;
    tracker.refused(cancelled, {408, {}});
    EXPECT_TRUE(dialogs.take_unanswered().empty()) << "the caller did not wait for it";
    tracker.refused(context("INVITE", "b"), {408, {}});
    EXPECT_EQ(dialogs.take_unanswered().size(), 1U);
}

}  // namespace
}  // namespace sip::testing

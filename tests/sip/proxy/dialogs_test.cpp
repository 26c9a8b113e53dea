// tests/sip/proxy/dialogs_test.cpp - who is in which dialog, until when, and under which names.
#include "sip/proxy/dialogs.hpp"

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

const std::string mark = "\"mum\" <sip:alice@" + key_name + ">;tag=a1";

struct DialogsTest : ::testing::Test {
    Dialogs dialogs{secret};
    std::string wire;  // find() borrows nothing, but parse() does
    ParsedMessage view(const Request& request) {
        wire = request.text();
        return *MessageView::parse(wire);
    }
    static Request call() {
        Request request;
        request.from = "Alice <sip:alice@127.0.0.2>;tag=a1";
        return request;
    }
    void begin(const Request& request = call(), bool marked = true) {
        const auto invite = view(request);
        Dialog dialog;
        dialog.own = *invite.header(Header::from);
        dialog.shown = marked ? mark : dialog.own;
        dialog.dialled = *invite.header(Header::to);
        dialog.caller.target = "sip:alice@10.0.0.9:5070";
        dialogs.begin(invite, std::move(dialog));
    }
    void answer(int status, const std::string& tag, const std::string& method = "INVITE") {
        const std::string text = "SIP/2.0 " + std::to_string(status) +
                                 " Said\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: " + call().from +
                                 "\r\nTo: <sip:bob@example.net>;tag=" + tag +
                                 "\r\nCall-ID: c1@phone\r\nCSeq: 1 " + method + "\r\n\r\n";
        dialogs.answered(*MessageView::parse(text), {}, true);
    }
    static Request of_caller(const std::string& method, const std::string& tag) {
        Request request = call();
        request.method = method;
        request.to += ";tag=" + tag;
        return request;
    }
    static Request of_callee(const std::string& method, const std::string& tag) {
        Request request = of_caller(method, tag);
        std::swap(request.from, request.to);
        return request;
    }
    DialogState state(const Request& request) { return dialogs.find(view(request)).state; }
};

using enum DialogState;

TEST_F(DialogsTest, is_early_while_it_rings_confirmed_by_a_2xx_and_over_with_its_BYE) {
    EXPECT_EQ(state(of_caller("INFO", "b")), unknown);
    begin();
    EXPECT_EQ(state(of_caller("INFO", "b")), ended) << "nobody with that tag has said anything";
    answer(180, "b");
    for (const Request& request : {of_caller("INFO", "b"), of_callee("INFO", "b")})
        EXPECT_EQ(state(request), early);
    answer(200, "b");
    for (const Request& request : {of_caller("INFO", "b"), of_callee("INFO", "b")}) {
        EXPECT_EQ(state(request), confirmed);
        Request another = request;
        another.call_id = "another";
        EXPECT_EQ(state(another), unknown);
    }
    EXPECT_EQ(state(of_caller("INFO", "c")), ended);
    EXPECT_EQ(state(of_callee("INFO", "c")), ended);
    dialogs.over(view(of_callee("BYE", "b")));
    EXPECT_EQ(state(of_caller("INFO", "b")), ended);
}

TEST_F(DialogsTest, forks_that_only_rang_are_over_when_one_answers_or_all_refuse) {
    begin();
    answer(180, "b");
    answer(183, "c");
    answer(200, "b");
    EXPECT_EQ(state(of_callee("INFO", "b")), confirmed);
    EXPECT_EQ(state(of_callee("INFO", "c")), ended);
    answer(200, "c");
    EXPECT_EQ(state(of_callee("INFO", "c")), confirmed) << "two may answer at once";
}

TEST_F(DialogsTest, a_second_request_of_the_same_names_changes_nothing_while_the_first_lives) {
    begin();
    answer(200, "b");
    begin(call(), false);
    EXPECT_EQ(state(of_callee("INFO", "b")), confirmed);
    EXPECT_EQ(dialogs.rewrite(view(of_caller("INFO", "b")))->shown, mark);
    dialogs.over(view(of_caller("BYE", "b")));
    begin(call(), false);
    EXPECT_NE(dialogs.rewrite(view(of_caller("INFO", "b")))->shown, mark);
}

TEST_F(DialogsTest, an_early_one_is_over_when_all_refuse) {
    begin();
    answer(180, "b");
    dialogs.refused(view(call()));
    EXPECT_EQ(state(of_caller("INFO", "b")), ended);
}

TEST_F(DialogsTest, of_a_subscription_those_notify_who_come_forward) {
    Request subscribe = call();
    subscribe.method = "SUBSCRIBE";
    begin(subscribe);
    EXPECT_EQ(state(of_callee("NOTIFY", "n")), early);
    EXPECT_TRUE(dialogs.find(view(of_callee("NOTIFY", "n"))).dialog->events[0]);
}

TEST_F(DialogsTest, who_sends_a_REFER_inside_of_it_has_asked_for_events) {
    begin();
    answer(200, "b");
    dialogs.spoken(view(of_callee("REFER", "b")));
    const auto found = dialogs.find(view(of_caller("NOTIFY", "b")));
    EXPECT_EQ(found.dialog->events, (std::array<bool, 2>{false, true}));
}

TEST_F(DialogsTest, requests_of_the_caller_show_the_mark_whatever_they_say_and_his_responses_what_he_wrote) {
    begin();
    Request bye = of_caller("BYE", "b1");
    bye.from = "\"bank\" <sip:bank@127.0.0.2>;tag=a1";
    const auto found = dialogs.rewrite(view(bye));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header, Header::from);
    EXPECT_EQ(found->own, bye.from);
    EXPECT_EQ(found->shown, mark);
}

TEST_F(DialogsTest, requests_of_the_callee_reach_a_marked_caller_under_his_own_name) {
    begin();
    Request bye = of_callee("BYE", "b1");
    bye.to = mark;
    const auto found = dialogs.rewrite(view(bye));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header, Header::to);
    EXPECT_EQ(found->own, bye.to);
    EXPECT_EQ(found->shown, call().from);
}

TEST_F(DialogsTest, whom_our_own_user_called_keeps_the_name_that_was_dialled) {
    begin(call(), false);
    Request refer = of_callee("REFER", "b1");
    refer.from = "\"your bank\" <sip:bank@example.org>;tag=b1";
    const auto found = dialogs.rewrite(view(refer));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header, Header::from);
    EXPECT_EQ(found->own, refer.from);
    EXPECT_EQ(found->shown, "<sip:bob@example.net>;tag=b1");
}

TEST_F(DialogsTest, of_too_many_dialogs_or_bytes_the_oldest_are_forgotten) {
    begin();
    Request request = call();
    for (std::size_t i = 0; i < Dialogs::max_dialogs; ++i) {
        request.call_id = std::to_string(i);
        begin(request);
    }
    EXPECT_EQ(dialogs.size(), Dialogs::max_dialogs);
    EXPECT_EQ(state(of_caller("BYE", "b")), unknown);
    request.from = "\"" + std::string(900, 'x') + "\" <sip:a@b>;tag=" + std::string(900, 't');
    request.to = "<sip:" + std::string(900, 'y') + "@b>";
    for (std::size_t i = 0; i < 3 * Dialogs::max_dialogs; ++i) {
        request.call_id = std::string(900, 'c') + std::to_string(i);
        request.from = "<sip:" + std::string(400, 'x') + "@b>;tag=" + std::string(500, 't');
        begin(request);
        ASSERT_LE(dialogs.bytes(), Dialogs::max_bytes);
    }
    EXPECT_GT(dialogs.size(), 1000U);
    request.call_id = std::string(2000, 'c');
    begin(request);
    EXPECT_EQ(dialogs
                  .find(view([&] {
                      Request longer = request;
                      longer.to += ";tag=b";
                      return longer;
                  }()))
                  .state,
              unknown)
        << "too long to be kept";
}

}  // namespace
}  // namespace sip::testing

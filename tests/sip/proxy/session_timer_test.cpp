// tests/sip/proxy/session_timer_test.cpp - a refresh is asked for where the caller's phone knows how, and
// what the phones want of each other passes (RFC 4028 §8).
#include "sip/proxy/session_timer.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

std::optional<std::string> asked(const std::string& method, const std::string& more) {
    Request request;
    request.method = method;
    request.more = more;
    const std::string wire = request.text();
    return session_to_ask_for(*MessageView::parse(wire));
}

TEST(SessionTimer, is_asked_for_where_the_caller_knows_it_and_has_not_asked) {
    struct Row {
        const char *method, *more;
        std::optional<std::string> session;
    };
    for (const Row& row : std::vector<Row>{
             {"INVITE", "Supported: replaces, timer\r\n", "1800"},
             {"INVITE", "k: Timer\r\n", "1800"},
             {"UPDATE", "Supported: timer\r\n", "1800"},
             {"INVITE", "Supported: timer\r\nMin-SE: 3600;x=y\r\n", "3600"},
             {"INVITE", "Supported: timer\r\nMin-SE: 90\r\n", "1800"},
             {"INVITE", "Supported: timer\r\nMin-SE: 999999999\r\n", "1800"},
             {"INVITE", "Supported: timer\r\nSession-Expires: 90\r\n", {}},
             {"INVITE", "Supported: timer\r\nx: 90;refresher=uac\r\n", {}},
             {"INVITE", "Supported: replaces\r\n", {}},
             {"INVITE", "", {}},
             {"BYE", "Supported: timer\r\n", {}},
         })
        EXPECT_EQ(asked(row.method, row.more), row.session) << row.method << " " << row.more;
}

struct SessionTimerTest : ProxyTest {
    std::string at_phone, at_caller;
    void talk(const std::string& more, const std::string& answer) {
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
        Request request = call();
        request.more += more;
        send(caller, request.text());
        at_phone = last_to(desk);
        send(desk, respond(at_phone, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n" + answer));
        at_caller = last_to(caller);
        ASSERT_EQ(status_of(at_caller), 200);
    }
};

TEST_F(SessionTimerTest, a_callee_who_knows_none_leaves_it_to_the_caller) {
    talk("Supported: timer\r\n", "");
    EXPECT_EQ(field(at_phone, "Session-Expires"), "1800");
    EXPECT_EQ(field(at_caller, "Session-Expires"), "1800;refresher=uac");
    EXPECT_EQ(field(at_caller, "Require"), "timer") << "§8.2";
}

TEST_F(SessionTimerTest, what_the_callee_says_of_it_passes_as_it_stands) {
    talk("Supported: timer\r\n", "Session-Expires: 1800;refresher=uas\r\nRequire: timer\r\n");
    EXPECT_EQ(field(at_caller, "Session-Expires"), "1800;refresher=uas");
    EXPECT_EQ(field(at_caller, "Session-Expires", 1), "");
}

TEST_F(SessionTimerTest, what_the_caller_asks_for_is_his_and_one_who_knows_none_is_left_in_peace) {
    talk("Supported: timer\r\nSession-Expires: 90;refresher=uac\r\nMin-SE: 90\r\n", "");
    EXPECT_EQ(field(at_phone, "Session-Expires"), "90;refresher=uac");
    EXPECT_EQ(field(at_phone, "Session-Expires", 1), "");
    EXPECT_EQ(field(at_phone, "Min-SE"), "90");
    EXPECT_EQ(field(at_caller, "Session-Expires"), "");
    start();
    talk("", "");
    EXPECT_EQ(field(at_phone, "Session-Expires"), "");
    EXPECT_EQ(field(at_caller, "Require"), "");
}

TEST_F(SessionTimerTest, an_interval_too_small_is_the_phones_own_affair) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request request = call();
    request.more += "Supported: timer\r\n";
    send(caller, request.text());
    send(desk, respond(last_to(desk), 422, "b", "Min-SE: 7200\r\n"));
    EXPECT_EQ(status_of(last_to(caller)), 422);
    EXPECT_EQ(field(last_to(caller), "Min-SE"), "7200");
}

}  // namespace
}  // namespace sip::testing

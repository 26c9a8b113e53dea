// tests/sip/transaction/responder_test.cpp - how an answer is written, sent and counted.
#include "sip/transaction/responder.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct ResponderTest : ::testing::Test {
    Sent sent;
    Responder responder{"Test/1", secret, {2}, sent};
    const Responder::Time now{1000h};
    const Flow flow = udp_flow();
    const std::string wire = Request{}.text();
    const Result<ParsedMessage> request = MessageView::parse(wire);
    const Responder::Key key = responder.transactions().key_of(*request, flow);

    std::vector<int> statuses() const {
        std::vector<int> all;
        for (const auto& item : sent.items)
            all.push_back(status_of(item.bytes));
        return all;
    }
};

TEST_F(ResponderTest, an_answer_has_the_fields_asked_for_a_To_tag_and_our_name) {
    responder.answer_stateless(key, *request, flow, {480, "Not Here", {{"X-Why", "so"}}});
    ASSERT_EQ(sent.items.size(), 1U);
    const std::string& answer = sent.items[0].bytes;
    EXPECT_TRUE(answer.starts_with("SIP/2.0 480 Not Here\r\n")) << answer;
    EXPECT_EQ(field(answer, "X-Why"), "so");
    EXPECT_EQ(field(answer, "Server"), "Test/1");
    EXPECT_NE(field(answer, "To").find(";tag=" + responder.transactions().tag_of(key)), std::string::npos);
    EXPECT_FALSE(responder.transactions().known(key));
}

TEST_F(ResponderTest, without_room_the_sender_is_told_so) {
    for (std::uint8_t n = 1; n <= 2; ++n)
        EXPECT_TRUE(responder.open({{n}}, *request, flow));
    EXPECT_FALSE(responder.open(key, *request, flow));
    EXPECT_EQ(statuses(), std::vector{503});
    EXPECT_EQ(field(sent.items[0].bytes, "Retry-After"), "5");
}

TEST_F(ResponderTest, each_transaction_is_counted_once_and_provisional_answers_never) {
    ASSERT_TRUE(responder.open(key, *request, flow));
    responder.prove(key);  // else a request as short as this one gets no 100
    responder.trying(key, *request, flow);
    responder.pass_on(key, 180, "SIP/2.0 180 Ringing\r\nX: y\r\n\r\n", now);
    EXPECT_TRUE(responder.answers().empty());
    responder.finish(key, *request, flow, {486, {}, {}}, Responder::Resend::no, now);
    responder.finish(key, *request, flow, {480, {}, {}}, Responder::Resend::no, now);
    responder.pass_on(key, 200, "SIP/2.0 200 OK\r\nX: y\r\n\r\n", now);
    EXPECT_EQ(responder.answers(), (std::map<int, std::uint64_t>{{486, 1}}));
    EXPECT_EQ(statuses(), (std::vector{100, 180, 486}));
}

TEST_F(ResponderTest, every_2xx_to_an_INVITE_is_passed_on_and_the_first_is_counted) {  // RFC 6026 §7.1
    ASSERT_TRUE(responder.open(key, *request, flow));
    for (int i = 0; i < 3; ++i)
        responder.pass_on(key, 200, "SIP/2.0 200 OK\r\nX: y\r\n\r\n", now);
    EXPECT_EQ(sent.items.size(), 3U);
    EXPECT_EQ(responder.answers().at(200), 1U);
}

TEST_F(ResponderTest, who_stays_silent_begins_anew_with_the_next_retransmission) {
    ASSERT_TRUE(responder.open(key, *request, flow));
    responder.stay_silent(key);
    EXPECT_FALSE(responder.transactions().known(key));
    EXPECT_TRUE(sent.items.empty());
}

TEST_F(ResponderTest, the_200_to_a_CANCEL_has_the_To_tag_of_its_INVITE) {  // RFC 3261 §9.2
    ASSERT_TRUE(responder.open(key, *request, flow));
    Request asked;
    asked.method = "CANCEL";
    const std::string text = asked.text();
    const auto cancel = MessageView::parse(text);
    const auto mine = responder.transactions().key_of(*cancel, flow);
    responder.accept_cancel(mine, responder.transactions().key_of_cancelled(*cancel, flow), *cancel, flow,
                            now);
    responder.finish(key, *request, flow, {487, {}, {}}, Responder::Resend::no, now);
    EXPECT_EQ(statuses(), (std::vector{200, 487}));
    EXPECT_EQ(field(sent.items[0].bytes, "To"), field(sent.items[1].bytes, "To"));
    EXPECT_TRUE(responder.transactions().known(mine));
}

}  // namespace

}  // namespace sip::testing

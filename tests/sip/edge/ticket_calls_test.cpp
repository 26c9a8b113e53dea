// tests/sip/edge/ticket_calls_test.cpp - what changes the hashes that tie a ticket to a call.
#include "sip/edge/ticket_calls.hpp"

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

TicketCalls calls_of(const Request& request) {
    const std::string wire = request.text();
    return ticket_calls(*MessageView::parse(wire));
}
Request call() {
    Request request;
    request.body = "v=0\r\nc=IN IP4 10.0.0.9\r\n";
    return request;
}

TEST(TicketCalls, a_passed_on_call_is_its_Call_ID_From_tag_and_body) {
    const auto same = calls_of(call()).passed_on;
    Request other = call();
    other.from = "\"Alice\" <sip:ALICE@127.0.0.2>;tag=a1";
    other.uri = "sip:bob@192.0.2.7;tk=x";
    other.branch = "z9hG4bKtwo";
    other.cseq = 9;
    EXPECT_EQ(calls_of(other).passed_on, same) << "what proxies and challenges change";
    other = call();
    other.body[other.body.size() - 3] = '8';
    EXPECT_NE(calls_of(other).passed_on, same) << "an SDP that was changed on the way";
    other = call();
    other.call_id += "x";
    EXPECT_NE(calls_of(other).passed_on, same);
    other = call();
    other.from = "<sip:alice@127.0.0.2>;tag=a2";
    EXPECT_NE(calls_of(other).passed_on, same);
    Request shifted = call();
    shifted.call_id += "a";
    shifted.from = "<sip:alice@127.0.0.2>;tag=1";
    EXPECT_NE(calls_of(shifted).passed_on, same) << "no byte changes its field";
}

TEST(TicketCalls, a_bearers_is_the_address_in_From_however_it_is_written) {
    const auto same = calls_of(call()).bearer;
    Request other = call();
    other.from = "\"Alice\" <sip:%61lice@127.0.0.2:5070;x=y>;tag=zz";
    other.call_id = "another";
    other.body.clear();
    EXPECT_EQ(calls_of(other).bearer, same);
    for (const char* from : {"<sip:king@127.0.0.2>;tag=a1", "<sip:alice@evil.example>;tag=a1"}) {
        other.from = from;
        EXPECT_NE(calls_of(other).bearer, same) << from;
    }
    EXPECT_NE(calls_of(call()).bearer, calls_of(call()).passed_on);
}

}  // namespace
}  // namespace sip::testing

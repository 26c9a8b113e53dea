// tests/node/probe/home_sound_test.cpp - one node asks another how sound gets into its home.
#include "node/probe/home_sound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/bytes.hpp"
#include "node/probe/options_request.hpp"

namespace node {
namespace {

const sip::Endpoint there{asio::ip::make_address("192.0.2.1"), 5061};

OptionsRequest question(std::string uri = "sip:192.0.2.1:5061", std::string value = "?") {
    OptionsAsk ask;
    ask.transport = sip::Transport::tls;
    ask.to = there;
    ask.uri = std::move(uri);
    ask.field = ask.answer_field = sound_header;
    ask.value = std::move(value);
    return {ask, there, crypto::Bytes<30>{}};
}

sip::Flow over(sip::Transport transport) {
    return {transport, there, {asio::ip::make_address("192.0.2.2"), 40001}, 7};
}

TEST(HomeSound, is_told_in_a_word_that_the_asker_reads) {
    const auto asked = question();
    const auto flow = over(sip::Transport::tls);
    ASSERT_TRUE(asks_for_sound(flow, asked.text()));
    for (const auto each :
         {HomeSound::unknown, HomeSound::opens, HomeSound::keeps, HomeSound::moves, HomeSound::none}) {
        const auto reply = asked.read(sound_answer(flow, asked.text(), each));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(sound_of(reply->field), each);
    }
    EXPECT_EQ(sound_of("opens\t"), HomeSound::unknown);
    EXPECT_EQ(sound_of(""), HomeSound::unknown) << "a node that does not tell";
}

TEST(HomeSound, is_told_over_TLS_to_a_question_to_the_node_itself_alone) {
    const auto tls = over(sip::Transport::tls);
    EXPECT_FALSE(asks_for_sound(over(sip::Transport::udp), question().text())) << "anybody may have sent it";
    EXPECT_FALSE(asks_for_sound(over(sip::Transport::tcp), question().text()));
    EXPECT_FALSE(asks_for_sound(tls, question("sip:bob@192.0.2.1:5061").text())) << "bob's phone is asked";
    EXPECT_FALSE(asks_for_sound(tls, question("sip:192.0.2.1:5061", "keeps").text()));
    EXPECT_FALSE(asks_for_sound(tls, "OPTIONS nonsense"));
    EXPECT_FALSE(asks_for_sound(tls, ""));
}

}  // namespace
}  // namespace node

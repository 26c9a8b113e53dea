// tests/overlay/direct_ask_test.cpp - asking a node past the DHT: one datagram there, one back.
#include "overlay/direct_ask.hpp"

#include <gtest/gtest.h>

namespace overlay {
namespace {

using namespace std::chrono_literals;
using asio::ip::udp;
using Bytes = std::vector<std::uint8_t>;

const udp::endpoint asker_at(asio::ip::make_address("192.0.2.1"), 4222);
const udp::endpoint owner_at(asio::ip::make_address("198.51.100.7"), 4222);
const udp::endpoint stranger_at(asio::ip::make_address("203.0.113.9"), 4222);

struct Datagram {
    udp::endpoint to;
    Bytes bytes;
};

class DirectAskTest : public testing::Test {
protected:
    DirectAsk make(std::vector<Datagram>& out) {
        return {{},
                [&out](const udp::endpoint& to, crypto::ByteView bytes) {
                    out.push_back({to, {bytes.begin(), bytes.end()}});
                    return 0;
                },
                [this](const crypto::PublicKey& blinded) {
                    return blinded == published ? crypto::ByteView(block) : crypto::ByteView();
                },
                [this](std::span<std::uint8_t> random) { std::ranges::fill(random, ++rolls); }};
    }
    void ask(const crypto::PublicKey& blinded) {
        asker.ask(owner_at, blinded,
                  {[this](crypto::ByteView met) { heard.emplace_back(met.begin(), met.end()); },
                   [this](bool answered) { ended.push_back(answered); }},
                  now);
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        asker.step(now);
    }

    std::uint8_t rolls = 0;
    crypto::PublicKey published{1, 2, 3};
    Bytes block = Bytes(411, 0x94);
    Now now{TimePoint(1h), 1'700'000'000};
    std::vector<Datagram> questions, answers;
    DirectAsk asker = make(questions), owner = make(answers);
    std::vector<Bytes> heard;
    std::vector<bool> ended;
};

TEST_F(DirectAskTest, a_node_tells_the_block_that_it_publishes) {
    ask(published);
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].to, owner_at);
    EXPECT_TRUE(owner.receive(asker_at, questions[0].bytes, now));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].to, asker_at);
    EXPECT_TRUE(asker.receive(owner_at, answers[0].bytes, now));
    EXPECT_EQ(heard, std::vector<Bytes>{block});
    EXPECT_EQ(ended, std::vector{true});
    EXPECT_FALSE(asker.next_wake());
}

TEST_F(DirectAskTest, a_node_is_silent_about_names_that_are_not_its_own) {
    ask(crypto::PublicKey{9});
    EXPECT_TRUE(owner.receive(asker_at, questions[0].bytes, now));
    EXPECT_TRUE(answers.empty());
}

TEST_F(DirectAskTest, an_answer_is_never_longer_than_its_question) {
    ask(published);
    auto cut = questions[0].bytes;
    cut.resize(cut.size() - 1);
    EXPECT_TRUE(owner.receive(asker_at, cut, now));
    EXPECT_TRUE(answers.empty()) << "a shorter question";
    block.resize(questions[0].bytes.size() - 12);
    owner.receive(asker_at, questions[0].bytes, now);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].bytes.size(), questions[0].bytes.size());
    block.push_back(0);
    owner.receive(asker_at, questions[0].bytes, now);
    EXPECT_EQ(answers.size(), 1U) << "a longer block";
}

TEST_F(DirectAskTest, nobody_else_can_answer) {
    ask(published);
    owner.receive(asker_at, questions[0].bytes, now);
    auto guessed = answers[0].bytes;
    guessed[4] ^= 1;  // of the number
    EXPECT_TRUE(asker.receive(owner_at, guessed, now));
    EXPECT_TRUE(asker.receive(stranger_at, answers[0].bytes, now));
    EXPECT_TRUE(heard.empty());
    EXPECT_TRUE(ended.empty());
    asker.receive(owner_at, answers[0].bytes, now);
    asker.receive(owner_at, answers[0].bytes, now);
    EXPECT_EQ(heard.size(), 1U) << "once";
}

TEST_F(DirectAskTest, a_silent_node_is_asked_three_times_and_then_given_up) {
    ask(published);
    pass(499ms);
    EXPECT_EQ(questions.size(), 1U);
    pass(1ms);
    pass(500ms);
    EXPECT_EQ(questions.size(), 3U);
    EXPECT_EQ(questions[2].bytes, questions[0].bytes);
    EXPECT_TRUE(ended.empty());
    pass(500ms);
    EXPECT_EQ(questions.size(), 3U);
    EXPECT_EQ(ended, std::vector{false});
    EXPECT_FALSE(asker.next_wake());
}

TEST_F(DirectAskTest, what_is_neither_question_nor_answer_is_left_to_the_dht) {
    const Bytes dht_ping = {0x85, 0xa1, 0x61};
    EXPECT_FALSE(asker.receive(stranger_at, dht_ping, now));
    EXPECT_FALSE(asker.receive(stranger_at, Bytes{'H', 'W', 'q', 1}, now));
    EXPECT_FALSE(asker.receive(stranger_at, Bytes(1232, 'H'), now));
}

TEST_F(DirectAskTest, a_flood_of_questions_is_answered_two_hundred_times_a_second) {
    ask(published);
    for (int i = 0; i < 1000; ++i)
        owner.receive(stranger_at, questions[0].bytes, now);
    EXPECT_EQ(answers.size(), 200U);
    now.steady += 100ms;
    for (int i = 0; i < 1000; ++i)
        owner.receive(stranger_at, questions[0].bytes, now);
    EXPECT_EQ(answers.size(), 220U);
}

}  // namespace
}  // namespace overlay

// tests/overlay/direct_ask_test.cpp - asking a node past the DHT: one datagram there, one back.
#include "overlay/direct_ask.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_auth_hmacsha512256.h>

#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;
using asio::ip::udp;
using testing_records::alice;
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
                    ++looked_up;
                    return blinded == published.blinded ? DirectAsk::OwnBlock{block, &key}
                                                        : DirectAsk::OwnBlock{};
                },
                [this](std::span<std::uint8_t> random) { std::ranges::fill(random, ++rolls); }};
    }
    void ask(const crypto::Blinding& name) {
        asker.ask(owner_at, name,
                  {[this](crypto::ByteView met) { heard.emplace_back(met.begin(), met.end()); },
                   [this](bool answered) { ended.push_back(answered); }},
                  now);
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        asker.step(now);
    }

    static void prove(Bytes& question, const crypto::Secret<32>& with) {
        crypto_auth_hmacsha512256(question.data() + 44, question.data(), 44, with.data());
    }

    std::uint8_t rolls = 0;
    unsigned looked_up = 0;
    crypto::Blinding published = alice();
    crypto::Secret<32> key = crypto::ask_key(published);
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
    ask(alice(testing_records::period + 1));
    EXPECT_TRUE(owner.receive(asker_at, questions[0].bytes, now));
    EXPECT_TRUE(answers.empty());
}

// The literal comes from tests/crypto/golden.py, which shares nothing with our code.
TEST_F(DirectAskTest, this_name_gives_this_question_for_ever) {
    ask(published);
    auto question = questions.at(0).bytes;
    ASSERT_EQ(question.size(), 1232U);
    for (std::uint8_t i = 0; i < 8; ++i)
        EXPECT_EQ(question[4 + i], rolls) << "the number is random";
    for (std::uint8_t i = 0; i < 8; ++i)
        question[4 + i] = static_cast<std::uint8_t>(i + 1);
    prove(question, key);
    EXPECT_EQ(crypto::to_hex(crypto::ByteView(question).first(76)),
              "485771020102030405060708aa8612e1dbd4033e0ebed08ffc706363bf15f5ffe689b6f15887"
              "f48056f2c504fdea3b776624be2ee2fad8d38ed43c5922c890c339f9c69631d3688b84a95b00");
    EXPECT_TRUE(std::ranges::all_of(question.begin() + 76, question.end(), [](auto b) { return b == 0; }));
}

TEST_F(DirectAskTest, who_knows_the_stored_block_and_not_the_name_meets_silence) {
    ask(published);
    const auto genuine = questions.at(0).bytes;
    const auto expect_silence = [&](const Bytes& question, const char* what) {
        const auto before = looked_up;
        EXPECT_TRUE(owner.receive(stranger_at, question, now)) << what;
        EXPECT_TRUE(answers.empty()) << what;
        EXPECT_EQ(looked_up, before + 1) << "looked at as any other: " << what;
    };
    auto storers = genuine;
    std::fill(storers.begin() + 44, storers.end(), std::uint8_t{0});
    expect_silence(storers, "no MAC: the question of before");
    prove(storers, crypto::ask_key(alice(testing_records::period - 1)));
    expect_silence(storers, "yesterday's key");
    prove(storers, crypto::Secret<32>());
    expect_silence(storers, "a key of zeros");
    prove(storers, crypto::Secret<32>(published.box_key.clone()));
    expect_silence(storers, "another key of the name's");
    for (std::size_t i = 4; i < 76; ++i) {
        auto changed = genuine;
        changed[i] ^= 0x80;
        expect_silence(changed, "one bit: another number, name or MAC");
    }
    EXPECT_TRUE(owner.receive(stranger_at, genuine, now));
    EXPECT_EQ(answers.size(), 1U);
}

TEST_F(DirectAskTest, questions_without_a_proof_take_nothing_from_those_with_one) {
    ask(published);
    auto junk = questions.at(0).bytes;
    junk[44] ^= 1;
    for (int i = 0; i < 1000; ++i)
        owner.receive(stranger_at, junk, now);
    owner.receive(asker_at, questions[0].bytes, now);
    EXPECT_EQ(answers.size(), 1U);
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
    EXPECT_FALSE(asker.receive(stranger_at, Bytes{'H', 'W', 'q', 2}, now));
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

// tests/overlay/call_back_test.cpp - a stranger is asked to call back: nobody is called who has not asked for
// it from where he is, and nobody hears more than he said.
#include "overlay/call_back.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace overlay {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using asio::ip::udp;
using testing::IsEmpty;
using testing::SizeIs;
using Bytes = std::vector<std::uint8_t>;
using What = CallBackAnswer::What;

const udp::endpoint asker_at(make_address("203.0.113.5"), 4222), victim(make_address("198.51.100.66"), 4222);
const udp::endpoint first_at(make_address("198.51.100.7"), 4222), second_at(make_address("192.0.2.8"), 4222);
const crypto::Bytes<15> id{1, 2, 3};

struct Datagram {
    udp::endpoint to;
    Bytes bytes;
};

class CallBack : public testing::Test {
protected:
    CallBack() {
        for (auto* each : {&first, &second})
            each->on_wish = [this, each](const CallBackWish& wish) {
                wishes.push_back(wish);
                each->promise(wish, promises);
            };
    }
    struct Node : CallBacks {
        Node(std::uint8_t seed, std::vector<Datagram>& out)
            : CallBacks(
                  {},
                  [&out](const udp::endpoint& to, crypto::ByteView bytes) {
                      out.push_back({to, {bytes.begin(), bytes.end()}});
                      return 0;
                  },
                  [seed](std::span<std::uint8_t> random) { std::ranges::fill(random, seed); }) {}
    };
    void ask(std::vector<udp::endpoint> who = {first_at}, const char* of = "203.0.113.5") {
        asker.ask(
            {Transport::tcp, make_address(of), 5060}, id, who,
            [this](const CallBackAnswer& answer) { answers.push_back(answer); }, now);
    }
    /// Whatever was sent arrives, until nothing is.
    void deliver() {
        for (int i = 0; i < 20; ++i) {
            for (auto& [to, bytes] : std::exchange(from_asker, {})) {
                if (to == first_at) first.receive(asker_at, bytes, now);
                if (to == second_at) second.receive(asker_at, bytes, now);
            }
            for (auto& [to, bytes] : std::exchange(from_first, {}))
                if (to == asker_at) asker.receive(first_at, bytes, now);
            for (auto& [to, bytes] : std::exchange(from_second, {}))
                if (to == asker_at) asker.receive(second_at, bytes, now);
        }
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        asker.step(now);
    }

    Now now{TimePoint(1000h), 1'700'000'000};
    std::vector<Datagram> from_asker, from_first, from_second;
    Node asker{1, from_asker}, first{2, from_first}, second{3, from_second};
    std::vector<CallBackWish> wishes;
    std::vector<CallBackAnswer> answers;
    bool promises = true;
};

TEST_F(CallBack, a_node_that_offers_it_is_asked_and_promises) {
    ask();
    deliver();
    ASSERT_THAT(wishes, SizeIs(1));
    EXPECT_EQ(wishes[0].to, (TransportAddress{Transport::tcp, make_address("203.0.113.5"), 5060}));
    EXPECT_EQ(wishes[0].id, id);
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::promised);
    EXPECT_EQ(answers[0].witness, first_at);
    EXPECT_FALSE(asker.next_wake());
}

TEST_F(CallBack, a_forged_source_gets_a_cookie_shorter_than_the_question_and_no_call) {
    ask();
    const Bytes hello = from_asker.at(0).bytes;
    first.receive(victim, hello, now);
    ASSERT_THAT(from_first, SizeIs(1));
    EXPECT_EQ(from_first[0].to, victim);
    EXPECT_LT(from_first[0].bytes.size() * 8, hello.size());
    EXPECT_THAT(wishes, IsEmpty());
    // Nor does the asker's own cookie serve for another address, port or number.
    from_first.clear();
    first.receive(asker_at, hello, now);
    asker.receive(first_at, from_first.at(0).bytes, now);
    const Bytes wish = from_asker.back().bytes;
    first.receive(victim, wish, now);
    first.receive({asker_at.address(), 4223}, wish, now);
    Bytes renumbered = wish;
    renumbered[5] ^= 1U;
    first.receive(asker_at, renumbered, now);
    EXPECT_THAT(wishes, IsEmpty());
    first.receive(asker_at, wish, now);
    EXPECT_THAT(wishes, SizeIs(1));
}

TEST_F(CallBack, a_cookie_is_good_for_a_minute_at_the_most) {
    ask();
    first.receive(asker_at, from_asker.at(0).bytes, now);
    asker.receive(first_at, from_first.at(0).bytes, now);
    const Bytes wish = from_asker.back().bytes;
    now.steady += 29s;
    first.receive(asker_at, wish, now);
    EXPECT_THAT(wishes, SizeIs(1));
    now.steady += 32s;
    first.receive(asker_at, wish, now);
    EXPECT_THAT(wishes, SizeIs(1));
}

TEST_F(CallBack, every_answer_is_shorter_than_its_question_and_short_or_long_questions_get_none) {
    ask();
    const Bytes hello = from_asker.at(0).bytes;
    for (const std::size_t size : {std::size_t{13}, hello.size() - 1, hello.size() + 1}) {
        Bytes other = hello;
        other.resize(size);
        EXPECT_TRUE(first.receive(asker_at, other, now));
    }
    EXPECT_THAT(from_first, IsEmpty());
    deliver();
    EXPECT_THAT(answers, SizeIs(1));
}

TEST_F(CallBack, a_node_that_offers_nothing_is_silent_and_two_questions_are_all_it_gets) {
    first.on_wish = {};
    ask();
    deliver();
    pass(500ms);
    EXPECT_THAT(from_asker, SizeIs(1));
    deliver();
    pass(500ms);
    deliver();
    EXPECT_THAT(answers, IsEmpty());
    pass(500ms);
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::nobody_offers);
    EXPECT_EQ(answers[0].asked, 1U);
    EXPECT_FALSE(asker.next_wake());
}

TEST_F(CallBack, nobody_to_ask_is_said_at_once) {
    ask({});
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::nobody_offers);
}

TEST_F(CallBack, one_that_sees_us_elsewhere_is_not_asked_to_call) {
    ask({first_at}, "203.0.113.99");
    deliver();
    EXPECT_THAT(wishes, IsEmpty());
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::seen_elsewhere);
}

TEST_F(CallBack, when_one_will_not_the_next_is_asked_and_both_are_told_of_once) {
    promises = false;
    ask({first_at, second_at});
    deliver();
    EXPECT_THAT(wishes, SizeIs(2));
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::refused);
}

TEST_F(CallBack, a_lost_promise_is_asked_for_again) {
    ask();
    first.receive(asker_at, std::exchange(from_asker, {}).at(0).bytes, now);
    asker.receive(first_at, std::exchange(from_first, {}).at(0).bytes, now);
    from_asker.clear();
    pass(500ms);
    deliver();
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].what, What::promised);
}

TEST_F(CallBack, an_answer_from_elsewhere_or_to_no_question_counts_nothing) {
    ask();
    first.receive(asker_at, from_asker.at(0).bytes, now);
    const Bytes cookie = from_first.at(0).bytes;
    from_asker.clear();
    asker.receive(second_at, cookie, now);
    Bytes other = cookie;
    other[5] ^= 1U;
    asker.receive(first_at, other, now);
    Bytes promise(cookie.begin(), cookie.begin() + 13);
    promise[4] = 1;
    promise.push_back(1);
    asker.receive(first_at, promise, now);
    EXPECT_THAT(from_asker, IsEmpty());
    EXPECT_THAT(answers, IsEmpty());
}

TEST_F(CallBack, two_that_meet_over_IPv4_tell_each_other_where_they_are_over_IPv6) {
    const udp::endpoint asker_6(make_address("2001:db8:1::5"), 4222),
        first_6(make_address("2001:db8:2::7"), 4223);
    std::vector<udp::endpoint> told_first, told_asker;
    first.on_also_at = [&](const udp::endpoint& at) { told_first.push_back(at); };
    asker.on_also_at = [&](const udp::endpoint& at) { told_asker.push_back(at); };
    ask();
    deliver();
    EXPECT_THAT(told_first, IsEmpty()) << "who has none says none";
    asker.also_at(asker_6);
    first.also_at(first_6);
    ask();
    deliver();
    EXPECT_THAT(told_first, testing::ElementsAre(asker_6));
    EXPECT_THAT(told_asker, testing::ElementsAre(first_6));
    EXPECT_THAT(answers, SizeIs(2));
    asker.also_at(udp::endpoint(make_address("::ffff:192.0.2.1"), 4222));
    ask();
    deliver();
    EXPECT_THAT(told_first, SizeIs(1)) << "no IPv4 address in disguise";
}

TEST_F(CallBack, a_flood_of_questions_gets_a_hundred_cookies_a_second) {
    ask();
    const Bytes hello = from_asker.at(0).bytes;
    for (int i = 0; i < 5000; ++i)
        first.receive(asker_at, hello, now);
    EXPECT_LE(from_first.size(), 100U);
}

TEST_F(CallBack, forged_ones_push_no_node_out_that_has_answered_us) {
    asker.met_kin(first_at, true);
    for (std::uint16_t port = 1024; port < 2024; ++port)
        asker.met_kin({make_address("192.0.2.9"), port}, false);
    EXPECT_THAT(asker.kin(), testing::Contains(first_at));
    EXPECT_LE(asker.kin().size(), 64U);
}

}  // namespace
}  // namespace overlay

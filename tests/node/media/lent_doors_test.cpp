// tests/node/media/lent_doors_test.cpp - doors that are lent to contacts: who gets one, what passes it, when
// it ends.
#include "node/media/lent_doors.hpp"

#include <gtest/gtest.h>

#include "node/media/door_proof.hpp"
#include "node/media/stun_query.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

sip::Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

struct Lent : testing::Test {
    LentDoors doors;
    LentDoors::Time now{1000h};
    const crypto::PublicKey bob{2}, carol{3};
    const DoorSecret secret{7};
    const sip::Endpoint inside = at("11.1.0.2", 40000), outside = at("11.2.0.2", 50000),
                        elsewhere = at("11.3.0.2", 6000);
    std::uint64_t proofs = 0;

    LentDoors::Id lend(const crypto::PublicKey& who, std::uint16_t number) {
        EXPECT_FALSE(doors.why_not(who));
        return doors.lend({who, number}, secret, now);
    }
    std::string proof(Component component = Component::rtp) {
        return to_bytes({DoorProof::Kind::shown, component, ++proofs}, secret);
    }
    sip::Doors::Peer peer(const sip::Endpoint& rtp, bool rests = false) const {
        return {rtp,
                sip::Endpoint{rtp.address, static_cast<std::uint16_t>(rtp.port + 1)},
                {rtp.address},
                true,
                rests};
    }
    std::optional<sip::Endpoint> passed(LentDoors::Id id, const sip::Endpoint& from,
                                        std::string_view bytes = "sound") {
        const auto one = doors.came(id, Component::rtp, from, bytes, now);
        EXPECT_FALSE(one.other) << "as it came";
        return one.to;
    }
    LentDoors::Id in_a_call(const crypto::PublicKey& who, std::uint16_t number = 1) {
        const auto id = lend(who, number);
        EXPECT_EQ(doors.came(id, Component::rtp, inside, proof(), now).to, inside);
        EXPECT_TRUE(doors.aim(id, peer(outside), now));
        return id;
    }
};

TEST_F(Lent, what_he_who_has_borrowed_it_sends_goes_to_whom_he_has_named_and_back) {
    const auto id = in_a_call(bob);
    EXPECT_EQ(passed(id, inside), outside);
    EXPECT_EQ(passed(id, outside), inside);
    EXPECT_EQ(doors.counters().packets, 2U);
    EXPECT_EQ(doors.counters().bytes, 10U);
    EXPECT_EQ(doors.find({bob, 1}), id);
    EXPECT_FALSE(doors.find({carol, 1})) << "hers are others, of the same number too";
}

TEST_F(Lent, nothing_of_anybody_else_is_passed_on_or_answered) {
    const auto id = in_a_call(bob);
    EXPECT_FALSE(passed(id, elsewhere));
    EXPECT_FALSE(passed(id, at("11.1.0.2", 40001)))
        << "his router's address, and not where he has proved to be";
    EXPECT_EQ(doors.counters().strangers, 2U);
    EXPECT_FALSE(passed(id + 1, inside)) << "another's door";
}

TEST_F(Lent, the_port_outside_is_learnt_once) {
    const auto id = in_a_call(bob);
    const auto really = at("11.2.0.2", 51111);
    EXPECT_EQ(passed(id, really), inside);
    EXPECT_EQ(passed(id, inside), really);
    EXPECT_FALSE(passed(id, at("11.2.0.2", 52222)));
}

TEST_F(Lent, without_a_proof_nobody_is_inside) {
    const auto id = lend(bob, 1);
    EXPECT_TRUE(doors.aim(id, peer(outside), now));
    EXPECT_FALSE(passed(id, inside));
    EXPECT_FALSE(passed(id, outside)) << "to whom?";
    const auto wrong = to_bytes({DoorProof::Kind::shown, Component::rtp, 1}, DoorSecret{8});
    EXPECT_FALSE(doors.came(id, Component::rtp, inside, wrong, now).to);
    const auto other_port = to_bytes({DoorProof::Kind::shown, Component::rtcp, 1}, secret);
    EXPECT_FALSE(doors.came(id, Component::rtp, inside, other_port, now).to);
    const auto answer = to_bytes({DoorProof::Kind::answered, Component::rtp, 1}, secret);
    EXPECT_FALSE(doors.came(id, Component::rtp, inside, answer, now).to) << "two that answer each other";
    EXPECT_FALSE(passed(id, inside));
}

TEST_F(Lent, a_proof_counts_once_so_that_who_has_seen_it_takes_nobodys_place) {
    const auto id = in_a_call(bob);
    const auto seen = proof();
    EXPECT_TRUE(doors.came(id, Component::rtp, inside, seen, now).to);
    EXPECT_FALSE(doors.came(id, Component::rtp, elsewhere, seen, now).to);
    EXPECT_EQ(passed(id, outside), inside);
    // But he himself may be elsewhere now: another address, another port of his router.
    EXPECT_EQ(doors.came(id, Component::rtp, elsewhere, proof(), now).to, elsewhere);
    EXPECT_EQ(passed(id, outside), elsewhere);
    EXPECT_FALSE(passed(id, inside));
}

TEST_F(Lent, nobody_is_sent_more_than_came) {
    const auto id = lend(bob, 1);
    const auto shown = proof();
    const auto answer = doors.came(id, Component::rtp, inside, shown, now);
    ASSERT_TRUE(answer.other);
    EXPECT_EQ(answer.other->size(), shown.size());
    EXPECT_FALSE(doors.came(id, Component::rtp, inside, "", now).to);
    EXPECT_TRUE(doors.aim(id, peer(outside), now));
    now += 61s;  // he was never heard: whoever was named gets no more
    EXPECT_TRUE(doors.came(id, Component::rtp, inside, proof(), now).to);
    EXPECT_FALSE(passed(id, inside));
}

TEST_F(Lent, sound_is_aimed_at_the_internet_alone_and_at_no_service) {
    const auto id = in_a_call(bob);
    for (const auto& wrong : {at("192.168.1.1", 5004), at("127.0.0.1", 5004), at("224.0.0.1", 5004),
                              at("255.255.255.255", 5004), at("11.2.0.2", 53), at("100.64.0.1", 5004)})
        EXPECT_FALSE(doors.aim(id, peer(wrong), now)) << sip::to_string(wrong);
    EXPECT_EQ(doors.counters().bad_aims, 6U);
    EXPECT_EQ(passed(id, inside), outside) << "as before";
}

TEST_F(Lent, four_to_one_and_32_in_all) {
    for (std::uint16_t i = 0; i < 4; ++i)
        (void)lend(bob, i);
    EXPECT_EQ(doors.why_not(bob), LendRefusal::full);
    for (std::uint8_t i = 0; i < 7; ++i) {
        for (std::uint16_t n = 0; n < 4; ++n)
            (void)lend(crypto::PublicKey{static_cast<std::uint8_t>(10 + i)}, n);
    }
    EXPECT_EQ(doors.why_not(carol), LendRefusal::busy);
    doors.give_back(*doors.find({bob, 3}));
    EXPECT_FALSE(doors.why_not(carol));
}

TEST_F(Lent, a_hundred_thousand_bytes_a_second_of_all_his_doors_and_another_has_his_own) {
    const auto one = in_a_call(bob, 1), two = in_a_call(bob, 2), hers = in_a_call(carol, 1);
    const std::string kilobyte(1000, 'x');
    std::size_t got = 0;
    for (int ms = 0; ms < 10'000; ms += 10) {  // 200 kB/s, both ways, through two doors
        now = LentDoors::Time{1000h} + std::chrono::milliseconds(ms);
        if (passed(one, inside, kilobyte)) ++got;
        if (passed(two, outside, kilobyte)) ++got;
    }
    EXPECT_GE(got, 1000U);
    EXPECT_LE(got, 1051U) << "and half a second's at once";
    EXPECT_EQ(doors.counters().over, 2000U - got);
    EXPECT_TRUE(passed(hers, inside, kilobyte));
}

TEST_F(Lent, it_ends_after_a_minute_without_sound_and_on_hold_after_two_hours) {
    const auto silent = in_a_call(bob, 1), held = in_a_call(bob, 2), heard = in_a_call(bob, 3);
    EXPECT_TRUE(doors.aim(held, peer(outside, true), now));
    for (int second = 0; second <= 61; ++second, now += 1s) {
        for (const auto id : {silent, held, heard})
            (void)doors.came(id, Component::rtp, inside, proof(), now);
        EXPECT_EQ(passed(heard, outside), inside);
        // What keeps the way open is no sound.
        (void)passed(silent, inside, stun_binding(false, "123456789012"));
    }
    const auto over = doors.on_time(now);
    ASSERT_EQ(over.size(), 1U);
    EXPECT_EQ(over[0], std::pair(silent, LentDoors::Door{bob, 1}));
    EXPECT_EQ(doors.counters().ended, 1U);
    for (int minute = 0; minute < 118; ++minute, now += 1min)
        (void)doors.came(held, Component::rtp, inside, proof(), now);
    (void)doors.on_time(now);
    EXPECT_TRUE(doors.find({bob, 2}));
    now += 30s;
    (void)doors.came(held, Component::rtp, inside, proof(), now);
    now += 40s;
    EXPECT_EQ(doors.on_time(now).size(), 1U);
    EXPECT_EQ(doors.size(), 0U);
}

TEST_F(Lent, it_ends_when_he_is_gone_or_no_call_comes) {
    (void)lend(bob, 1);
    now += 61s;
    EXPECT_EQ(doors.on_time(now).size(), 1U) << "nobody has proved it";
    const auto rings = lend(bob, 2);
    for (int second = 0; second <= 600; second += 15, now += 15s) {
        (void)doors.came(rings, Component::rtp, inside, proof(), now);
        EXPECT_TRUE(doors.on_time(now).empty()) << second;
    }
    EXPECT_EQ(doors.on_time(now).size(), 1U) << "ten minutes";
}

TEST_F(Lent, it_waits_half_a_minute_for_a_connection_that_ended) {
    const auto id = in_a_call(bob);
    doors.left(carol, now);
    doors.left(bob, now);
    now += 29s;
    EXPECT_EQ(passed(id, outside), inside);
    EXPECT_TRUE(doors.on_time(now).empty());
    doors.back(bob);
    now += 29s;
    EXPECT_EQ(passed(id, outside), inside);
    EXPECT_TRUE(doors.on_time(now).empty());
    doors.left(bob, now);
    now += 31s;
    EXPECT_EQ(doors.on_time(now).size(), 1U);
}

}  // namespace
}  // namespace node

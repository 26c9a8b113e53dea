// tests/overlay_time/resolver_test.cpp - lookups among friends, strangers and liars.
#include "overlay/resolver.hpp"

#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using Wire = std::vector<std::uint8_t>;

std::uint64_t refused(const overlay::Refusals& refusals, Errc reason) {
    return refusals[static_cast<std::size_t>(reason)];
}

/// Nodes that keep anything, among them one that puts what it should not.
class ResolverAmongLiars : public Village {
protected:
    void settle(unsigned knowing = 0, unsigned stock = 24) {
        build(knowing, stock);
        settle_bob_and_alice();
        const auto here = next_address();
        liar = std::make_unique<StockNode>(*world, here, network, meeting_point(here));
        bob.node->publish("bob", at_port(5062));
        ASSERT_TRUE(published());
        ASSERT_TRUE(world->run_until([&] { return liar->connected(); }, 10s));
    }
    void TearDown() override {
        liar.reset();
        Village::TearDown();
    }

    Wire noise(std::size_t size) {
        Wire wire(size);
        world->roll(wire);
        return wire;
    }
    Wire block_of(const crypto::Identity& signer, const crypto::Blinding& blinding, std::uint16_t seq,
                  overlay::UnixSeconds expires) {
        overlay::BlockParameters parameters;
        parameters.seq = seq;
        parameters.expires = expires;
        world->roll(parameters.nonce);
        return overlay::make_block(crypto::BlindedSigner(signer, blinding), blinding, at_port(6666),
                                   parameters)
            .value();
    }
    overlay::UnixSeconds in_two_hours() const { return (world->now().wall / 900 + 8) * 900; }

    /// At both of bob's locations.
    void put(const Wire& wire, std::uint16_t type = overlay::DhtNode::value_type) {
        std::uint64_t id = 0;
        world->roll({reinterpret_cast<std::uint8_t*>(&id), sizeof id});
        if (const auto block = overlay::parse_block(wire)) id = overlay::value_id(block->signature);
        for (std::uint8_t i = 0; i < 2; ++i)
            liar->put(overlay::location(bobs_today().blinded, i), type, id, wire);
    }
    /// Lets the puts arrive, then asks.
    int told_after_puts() {
        world->run_for(20s);
        return port_told();
    }
    std::uint64_t caller_refused(Errc reason) {
        return refused(alice.node->status().refused_as_caller, reason);
    }

    std::unique_ptr<StockNode> liar;
};

TEST_F(ResolverAmongLiars, junk_of_other_types_is_not_even_sent_to_a_caller) {
    settle();
    for (int i = 0; i < 300; ++i)
        put(noise(100), static_cast<std::uint16_t>(i % 7));
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_EQ(ask().values.size(), 2U);
}

TEST_F(ResolverAmongLiars, junk_of_our_type_is_refused_by_its_shape) {
    settle();
    for (int i = 0; i < 20; ++i)
        put(noise(300));
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::not_canonical), 0U);
}

TEST_F(ResolverAmongLiars, a_block_signed_by_another_key_is_refused) {
    settle();
    const auto stranger = identity_of(99);
    const auto blinding = crypto::blind(stranger.public_key(), {}, "bob", bobs_today().period).value();
    put(block_of(stranger, blinding, 1439, in_two_hours()));
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::wrong_key), 0U);
}

TEST_F(ResolverAmongLiars, a_block_whose_signature_was_changed_is_refused) {
    settle();
    auto wire = block_of(bob.identity, bobs_today(), 1439, in_two_hours());
    wire.back() ^= 1;
    put(wire);
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::bad_signature), 0U);
}

TEST_F(ResolverAmongLiars, a_truncated_block_is_refused) {
    settle();
    auto wire = block_of(bob.identity, bobs_today(), 1439, in_two_hours());
    wire.resize(wire.size() / 2);
    put(wire);
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::not_canonical), 0U);
}

TEST_F(ResolverAmongLiars, an_expired_block_is_refused_though_its_owner_signed_it) {
    settle();
    put(block_of(bob.identity, bobs_today(), 1439, world->now().wall / 900 * 900));
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::expired), 0U);
}

TEST_F(ResolverAmongLiars, an_older_seq_is_refused_though_its_owner_signed_it) {
    settle();
    // Without this the two may be met in either order, and the older one be taken first and then replaced.
    ASSERT_EQ(port_told(), 5062);
    put(block_of(bob.identity, bobs_today(), 1, in_two_hours()));
    EXPECT_EQ(told_after_puts(), 5062);
    EXPECT_GT(caller_refused(Errc::rolled_back), 0U);
}

TEST_F(ResolverAmongLiars, an_older_block_is_refused_even_where_it_is_all_that_is_left) {
    settle();
    ASSERT_EQ(port_told(), 5062);
    bob.node.reset();
    alice.node.reset();  // what lies in her own store stays for three hours
    move_in(alice, next_address());
    world->run_for(15min);  // nobody puts it again, and these nodes forget
    EXPECT_EQ(ask().outcome, Outcome::none);
    put(block_of(bob.identity, bobs_today(), 1, in_two_hours()));
    world->run_for(20s);
    EXPECT_EQ(ask().outcome, Outcome::none);
    EXPECT_GT(caller_refused(Errc::rolled_back), 0U);
}

TEST_F(ResolverAmongLiars, three_thousand_junk_values_neither_hide_nor_delay_a_record) {
    settle();
    for (int i = 0; i < 3000; ++i) {
        put(noise(64), 3);
        if (i % 100 == 99) world->run_for(1s);
    }
    world->run_for(20s);
    const auto before = world->packets();
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_LT(world->packets() - before, 400U);
}

TEST_F(ResolverAmongLiars, no_more_than_64_values_of_a_location_are_verified) {
    settle();
    bob.node.reset();
    alice.node.reset();  // what lies in her own store stays for three hours
    move_in(alice, next_address());
    world->run_for(15min);
    for (int i = 0; i < 100; ++i) {
        auto wire = block_of(bob.identity, bobs_today(), 1439, in_two_hours());
        wire.back() ^= 1;
        put(wire);
    }
    world->run_for(20s);
    const auto answer = ask();
    EXPECT_FALSE(answer.record);
    EXPECT_LE(caller_refused(Errc::bad_signature), 2 * 64U);
    EXPECT_GT(caller_refused(Errc::too_many_values), 0U);
    EXPECT_LE(answer.values.size(), 64U);
}

TEST_F(ResolverAmongLiars, storers_that_know_our_type_keep_none_of_it_and_count_why) {
    settle(24, 0);
    world->run_for(
        10min);  // put again, also to who was not yet known: an older one is refused by who has a newer
    auto forged = block_of(bob.identity, bobs_today(), 1439, in_two_hours());
    forged.back() ^= 1;
    const auto stranger = identity_of(99);
    put(noise(100), 3);
    put(noise(300));
    put(forged);
    put(block_of(stranger, crypto::blind(stranger.public_key(), {}, "bob", bobs_today().period).value(), 1439,
                 in_two_hours()));
    put(block_of(bob.identity, bobs_today(), 1439, world->now().wall / 900 * 900));
    put(block_of(bob.identity, bobs_today(), 1, in_two_hours()));
    put(block_of(bob.identity, bobs_today(), 1439, in_two_hours() + 2 * 3600));
    EXPECT_EQ(told_after_puts(), 5062);
    liar.reset();         // it keeps what it puts
    world->run_for(10s);  // and answers of it may be under way
    const auto left = ask();
    for (const auto& value : left.values)
        EXPECT_FALSE(value.refused) << value.refused.message() << " at " << int{value.location} << " seq "
                                    << value.seq;
    overlay::Refusals all{};
    for (const auto& neighbour : neighbours) {
        const auto counted = neighbour->node->status().refused_as_storer;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] += counted[i];
    }
    for (const auto reason : {Errc::wrong_type, Errc::not_canonical, Errc::bad_signature,
                              Errc::wrong_location, Errc::expired, Errc::rolled_back, Errc::bad_expiry})
        EXPECT_GT(refused(all, reason), 0U) << overlay::name(reason);
}

class ResolverOverTime : public Village {
protected:
    using Answers = std::vector<overlay::ResolveAnswer>;
    void ask_into(const std::shared_ptr<Answers>& answers, bool skip_cache = false) {
        alice.node->core().resolve(
            {{bob.key(), {}, "bob"}, skip_cache}, world->now(),
            [answers](overlay::ResolveAnswer answer) { answers->push_back(std::move(answer)); });
    }
};

TEST_F(ResolverOverTime, equal_questions_share_one_search) {
    build(16, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    auto before = world->packets();
    ask();
    world->run_for(5s);
    const auto of_one = world->packets() - before;
    before = world->packets();
    const auto answers = std::make_shared<Answers>();
    for (int i = 0; i < 50; ++i)
        ask_into(answers, true);
    ASSERT_TRUE(world->run_until([&] { return answers->size() == 50; }, 5s));
    world->run_for(5s);
    EXPECT_LT(world->packets() - before, 3 * of_one);
}

TEST_F(ResolverOverTime, a_found_record_is_kept_for_a_minute_and_an_absent_one_for_five_seconds) {
    build(16, 0);
    settle_bob_and_alice();
    const auto answers = std::make_shared<Answers>();
    const auto get = [&] {
        answers->clear();
        ask_into(answers);
        EXPECT_TRUE(world->run_until([&] { return !answers->empty(); }, 10s));
        return answers->at(0);
    };
    EXPECT_EQ(get().outcome, Outcome::none);
    world->run_for(4s);
    EXPECT_TRUE(get().from_cache);
    world->run_for(2s);
    EXPECT_FALSE(get().from_cache);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    world->run_for(6s);
    EXPECT_FALSE(get().from_cache);
    world->run_for(50s);
    EXPECT_TRUE(get().from_cache);
    world->run_for(15s);
    EXPECT_FALSE(get().from_cache);
}

TEST_F(ResolverOverTime, a_record_that_gives_no_address_is_kept_for_five_seconds) {
    build(16, 0);
    settle_bob_and_alice();
    overlay::InnerRecord at_home = at_port(5062);  // it is not known yet whether others can come in
    at_home.edges.at(0).addresses.clear();
    bob.node->publish("bob", at_home);
    ASSERT_TRUE(published());
    ASSERT_TRUE(ask().record);
    bob.node->publish("bob", at_port(5062));
    world->run_for(10s);
    const auto answers = std::make_shared<Answers>();
    ask_into(answers);
    ASSERT_TRUE(world->run_until([&] { return !answers->empty(); }, 10s));
    ASSERT_TRUE(answers->at(0).record);
    EXPECT_FALSE(answers->at(0).record->edges.at(0).addresses.empty());
}

TEST_F(ResolverOverTime, after_a_failed_call_what_is_remembered_counts_no_more) {
    build(16, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto port = [&](bool ask_anew) {
        const auto told = std::make_shared<Answers>();
        overlay::ResolveRequest request{bobs_name()};
        request.ask_anew = ask_anew;
        alice.node->ask(request,
                        [told](overlay::ResolveAnswer answer) { told->push_back(std::move(answer)); });
        EXPECT_TRUE(world->run_until([&] { return !told->empty(); }, 10s));
        return told->at(0).record->edges.at(0).addresses.at(0).port;
    };
    ASSERT_EQ(port(false), 5062);
    bob.node->publish("bob", at_port(5066));  // another address
    world->run_for(10s);
    EXPECT_EQ(port(false), 5062) << "remembered for a minute";
    EXPECT_EQ(port(true), 5066);
    EXPECT_EQ(port(false), 5066) << "and that is remembered now";
}

TEST_F(ResolverOverTime, when_everybody_has_died_the_deadline_answers) {
    build(16, 0);
    settle_bob_and_alice();
    world->run_for(60s);
    neighbours.clear();
    bob.node.reset();
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::deadline);
    EXPECT_LE(answer.elapsed, 4001ms);
}

TEST_F(ResolverOverTime, who_has_lost_all_others_finds_what_lies_in_its_own_store) {
    build(4, 0);
    settle_bob_and_alice();
    world->run_for(30s);  // alice is one of those who keep it
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    world->run_for(2min);
    ASSERT_GT(alice.node->status().stored_values, 0U);
    bob.node.reset();
    neighbours.clear();
    ASSERT_TRUE(world->run_until([&] { return alice.node->lonely(); }, 1h));
    const auto called = call();
    ASSERT_TRUE(called.record);
    EXPECT_LT(called.elapsed, 2s) << "a call does not wait for who cannot answer";
    EXPECT_EQ(port_told(), 5062) << "as `lookup` asks";
    EXPECT_EQ(alice.node->resolve(bob.key(), "nobody").outcome, Outcome::not_joined);
}

TEST_F(ResolverOverTime, who_knows_nobody_has_not_joined) {
    world = std::make_unique<World>(seed, noon);
    inhabitants = 1;  // nobody lives at the meeting point
    settle_bob_and_alice();
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_joined);
    EXPECT_LE(answer.elapsed, 6001ms);
}

TEST_F(ResolverOverTime, a_call_in_the_moment_of_the_start_finds_who_was_published) {
    build(16, 0);
    move_in(bob, next_address());
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    move_in(alice, next_address());
    const auto answers = std::make_shared<Answers>();
    ask_into(answers);
    world->run_for(6s);
    ASSERT_EQ(answers->size(), 1U);
    EXPECT_EQ(answers->at(0).outcome, Outcome::found);
}

TEST_F(ResolverOverTime, a_call_waits_for_the_network_that_comes_back_within_six_seconds) {
    build(16, 0);
    move_in(bob, next_address());
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto first = address(1);
    neighbours[0]->node.reset();  // whom alice would ask first
    move_in(alice, next_address());
    const auto answers = std::make_shared<Answers>();
    ask_into(answers);
    world->run_for(4500ms);
    EXPECT_TRUE(answers->empty()) << "it was 504 after 4 s";
    move_in(*neighbours[0], first);
    world->run_for(6s);
    ASSERT_EQ(answers->size(), 1U);
    EXPECT_EQ(answers->at(0).outcome, Outcome::found);
}

TEST_F(ResolverOverTime, the_highest_seq_seen_outlives_a_restart) {
    build(16, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    ask();
    ASSERT_FALSE(alice.memory.seen.empty());
    EXPECT_EQ(alice.memory.seen.back().blinded, bobs_today().blinded);
    EXPECT_EQ(alice.memory.seen.back().seq, bob.node->status().published.at(0).seq);
}

}  // namespace
}  // namespace overlay_time

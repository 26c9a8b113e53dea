// tests/overlay/village/store_test.cpp - what is kept of all that anybody on the link may bring.
#include "overlay/village/store.hpp"

#include <gtest/gtest.h>

#include "overlay/tombstone.hpp"
#include "tests/overlay/village/blocks.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;
using namespace testing_village;
using Taken = VillageStore::Taken;

class VillageStoreTest : public testing::Test {
protected:
    Taken take(crypto::ByteView wire, unsigned from = 1) {
        return store.take(wire, neighbour(from), now).how;
    }
    [[nodiscard]] bool holds(unsigned number) const {
        const auto key = parse_block(block_of(number))->blinded;
        return !store.of(key).empty();
    }

    static constexpr VillageStore::Limits small{{12, 100'000, 4}, {4, 10'000, 2}, 3, 64, 1};
    Now now{TimePoint(1h), wall};
    VillageStore store{small};
};

TEST_F(VillageStoreTest, a_good_block_is_kept_once_and_found_by_its_key) {
    const auto wire = block_of(1);
    EXPECT_EQ(take(wire), Taken::as_news);
    EXPECT_EQ(take(wire, 2), Taken::known);
    ASSERT_EQ(store.of(parse_block(wire)->blinded).size(), 1U);
    EXPECT_EQ(store.of(parse_block(wire)->blinded).front()->wire, wire);
    EXPECT_TRUE(store.of(parse_block(block_of(2))->blinded).empty());
}

TEST_F(VillageStoreTest, nothing_is_kept_that_is_not_signed_whole_and_in_time) {
    auto forged = block_of(1);
    forged.back() ^= 1U;
    EXPECT_EQ(take(forged), Taken::refused);
    auto cut = block_of(1);
    cut.pop_back();
    EXPECT_EQ(take(cut), Taken::refused);
    EXPECT_EQ(take(block_of(1, 720, wall)), Taken::refused) << "expired";
    EXPECT_EQ(take(block_of(1, 720, wall + 4 * 3600)), Taken::refused) << "too far ahead";
    EXPECT_TRUE(store.all().empty());
    EXPECT_EQ(store.counters().refused, 4U);
}

TEST_F(VillageStoreTest, records_that_end_with_an_epoch_as_tombstones_do_have_the_records_room_and_no_more) {
    const auto end = (wall / epoch_length + 1) * epoch_length;
    now.wall = end - 3600;
    for (unsigned number = 1; number <= 60; ++number)
        (void)take(block_of(number, 0, end, 1));
    EXPECT_EQ(store.all().size(), small.records.blocks);
    EXPECT_FALSE(store.has_tombstones());
}

TEST_F(VillageStoreTest, what_takes_another_ones_place_needs_room_for_what_it_is_more) {
    const auto epoch = static_cast<std::uint32_t>(wall / epoch_length);
    const auto after = [&](unsigned number) {  // a record at the tombstone's very place
        const auto identity = person(number);
        const auto blinding = revocation_blinding(identity.public_key(), epoch).value();
        return make_block(crypto::BlindedSigner(identity, blinding), blinding,
                          testing_records::two_contacts(),
                          {wall + 7200, 0, 720, testing_records::counting_from<24>(1)})
            .value();
    };
    for (unsigned number = 1; number <= 30; ++number) {
        const auto tombstone =
            make_tombstone(person(number), epoch, wall, testing_records::counting_from<24>(1)).value().block;
        (void)take(tombstone);
        (void)take(after(number));
    }
    EXPECT_LE(store.all().size(), small.records.blocks + small.tombstones.blocks);
    EXPECT_LE(store.bytes(), small.records.bytes + small.tombstones.bytes);
}

TEST_F(VillageStoreTest, larger_successors_stay_within_the_bytes_too) {
    InnerRecord large = testing_records::two_contacts();
    while (large.edges.size() < 8)
        large.edges.push_back(large.edges.front());
    const auto block = [](unsigned number, std::uint16_t seq, const InnerRecord& record) {
        const auto identity = person(number);
        const auto blinding =
            crypto::blind(identity.public_key(), {}, "home", testing_records::period).value();
        return make_block(crypto::BlindedSigner(identity, blinding), blinding, record,
                          {wall + 7200, 0, seq, testing_records::counting_from<24>(1)})
            .value();
    };
    ASSERT_GT(block(1, 721, large).size(), block_of(1).size());
    const VillageStore::Limits tight{{12, 12 * (block_of(1).size() + 160), 4}, {4, 10'000, 2}, 3, 64, 1};
    VillageStore narrow(tight);
    for (unsigned number = 1; number <= 12; ++number)
        ASSERT_EQ(narrow.take(block_of(number), neighbour(1), now).how, Taken::as_news);
    for (unsigned number = 1; number <= 12; ++number)
        (void)narrow.take(block(number, 721, large), neighbour(1), now);
    EXPECT_LE(narrow.bytes(), tight.records.bytes);
    EXPECT_FALSE(narrow.all().empty());
}

TEST_F(VillageStoreTest, a_newer_one_takes_the_older_ones_place_and_a_replay_is_refused_however_often) {
    ASSERT_EQ(take(block_of(1, 720)), Taken::as_news);
    EXPECT_EQ(take(block_of(1, 721)), Taken::as_news);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(take(block_of(1, 720), 2), Taken::stale);
    ASSERT_EQ(store.all().size(), 1U);
    EXPECT_EQ(store.all().begin()->second.seq, 721);
}

TEST_F(VillageStoreTest, of_one_name_so_many_writers_are_kept) {
    for (std::uint8_t slot = 0; slot < 3; ++slot)
        EXPECT_EQ(take(block_of(1, 720, wall + 7200, slot)), Taken::as_news);
    EXPECT_EQ(take(block_of(1, 720, wall + 7200, 3)), Taken::crowded);
    EXPECT_EQ(take(block_of(2)), Taken::as_news);
}

TEST_F(VillageStoreTest, a_flood_of_valid_blocks_of_made_up_keys_costs_nobody_else_his_place) {
    for (unsigned i = 1; i <= 3; ++i)
        ASSERT_EQ(take(block_of(i), 1), Taken::as_news);
    const auto own = block_of(4);
    ASSERT_EQ(store.take(own, std::nullopt, now).how, Taken::as_news);
    for (unsigned i = 100; i < 400; ++i) {
        now.steady += 100ms;
        (void)take(block_of(i), 66);
    }
    EXPECT_EQ(store.all().size(), 13U) << "12 of others, and our own";
    EXPECT_EQ(take(block_of(5), 2), Taken::as_news) << "the greediest makes room";
    EXPECT_EQ(take(block_of(6), 1), Taken::as_news);
    for (const unsigned honest : {1U, 2U, 3U, 4U, 5U, 6U})
        EXPECT_TRUE(holds(honest)) << honest;
    EXPECT_EQ(store.all().size(), 13U);
    EXPECT_GE(store.counters().crowded, 280U);
    EXPECT_EQ(store.counters().let_go, 2U);
}

TEST_F(VillageStoreTest,
       a_flood_from_many_made_up_addresses_takes_what_is_free_and_nothing_of_who_came_before) {
    for (unsigned i = 1; i <= 4; ++i)
        ASSERT_EQ(take(block_of(i), 1), Taken::as_news);
    for (unsigned i = 100; i < 300; ++i) {
        now.steady += 100ms;
        (void)take(block_of(i), i);
    }
    EXPECT_EQ(store.all().size(), 12U);
    for (unsigned i = 1; i <= 4; ++i)
        EXPECT_TRUE(holds(i)) << "four of a neighbour are spared";
}

TEST_F(VillageStoreTest, so_many_signatures_a_second_are_looked_at_and_no_more) {
    auto forged = block_of(1);
    forged.back() ^= 1U;
    unsigned looked_at = 0;
    for (int i = 0; i < 1000; ++i)
        looked_at += take(forged) == Taken::refused ? 1 : 0;
    EXPECT_EQ(looked_at, 64U);
    EXPECT_EQ(take(block_of(2)), Taken::crowded);
    now.steady += 1s;
    EXPECT_EQ(take(block_of(2)), Taken::as_news);
}

TEST_F(VillageStoreTest, what_has_expired_is_let_go_and_makes_another_digest) {
    ASSERT_EQ(take(block_of(1, 720, wall + 900)), Taken::as_news);
    ASSERT_EQ(take(block_of(2)), Taken::as_news);
    const auto before = store.digest();
    now.wall += 900;
    EXPECT_TRUE(store.step(now));
    EXPECT_FALSE(store.step(now));
    EXPECT_EQ(store.all().size(), 1U);
    EXPECT_NE(store.digest(), before);
}

TEST_F(VillageStoreTest, the_same_set_has_the_same_digest_whoever_brought_it_in_whatever_order) {
    VillageStore other{small};
    const auto empty = store.digest();
    for (const unsigned i : {1U, 2U, 3U})
        (void)store.take(block_of(i), neighbour(1), now);
    for (const unsigned i : {3U, 1U, 2U})
        (void)other.take(block_of(i), std::nullopt, now);
    EXPECT_EQ(store.digest(), other.digest());
    EXPECT_NE(store.digest(), empty);
    EXPECT_NE(empty.all, (crypto::Bytes<16>{})) << "zeros say nothing at all";
    (void)other.take(block_of(2, 721), neighbour(1), now);
    EXPECT_NE(store.digest(), other.digest());
    const auto part = VillageStore::part_of({parse_block(block_of(2))->blinded, 0});
    for (std::size_t i = 0; i < SetDigest::part_count; ++i)
        EXPECT_EQ(store.digest().parts[i] == other.digest().parts[i], i != part);
}

TEST_F(VillageStoreTest, tombstones_have_a_shelf_of_their_own_which_others_cannot_fill_for_all) {
    const auto epoch = epoch_of(wall);
    const auto tombstone = [&](unsigned number) {
        return make_tombstone(person(number), epoch, wall, testing_records::counting_from<24>(1))
            .value()
            .block;
    };
    for (unsigned i = 100; i < 200; ++i) {
        now.steady += 100ms;
        (void)take(tombstone(i), 66);
    }
    EXPECT_EQ(store.all().size(), 4U);
    EXPECT_EQ(take(tombstone(1), 1), Taken::as_news);
    EXPECT_EQ(take(block_of(1), 66), Taken::as_news) << "records have room all the same";
    now.wall += 4 * 3600;
    (void)store.step(now);
    EXPECT_TRUE(store.has_tombstones());
    EXPECT_EQ(store.all().size(), 4U) << "a tombstone stays to the end of its epoch";
}

TEST_F(VillageStoreTest, in_another_place_only_our_own_are_left) {
    ASSERT_EQ(take(block_of(1)), Taken::as_news);
    ASSERT_EQ(store.take(block_of(2), std::nullopt, now).how, Taken::as_news);
    store.forget_others();
    EXPECT_FALSE(holds(1));
    EXPECT_TRUE(holds(2));
    EXPECT_EQ(store.bytes(), 0U);
}

}  // namespace
}  // namespace overlay

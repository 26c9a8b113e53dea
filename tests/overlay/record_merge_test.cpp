// tests/overlay/record_merge_test.cpp - rollbacks are refused, slots are united, memory stays bounded.
#include "overlay/record_merge.hpp"

#include <gtest/gtest.h>

#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

// Through real blocks: made, signed, opened.
OpenedBlock opened(const InnerRecord& record, std::uint8_t slot, std::uint16_t seq,
                   UnixSeconds expires = start_of_period + 43200) {
    return open_block(block_of(record, parameters(slot, seq, expires)), alice(), now).value();
}

InnerRecord edge_at(const char* address, UnixSeconds issued_at = 1) {
    InnerRecord record;
    record.issued_at = issued_at;
    record.edges = {{{}, {at(Transport::udp, address, 5060)}}};
    record.phones = {{0, 1000, 0, {}}};
    return record;
}

InnerRecord tombstone(UnixSeconds issued_at) {
    InnerRecord record;
    record.kind = Kind::tombstone;
    record.issued_at = issued_at;
    return record;
}

InnerRecord delegation(UnixSeconds issued_at) {
    InnerRecord record;
    record.kind = Kind::delegation;
    record.issued_at = issued_at;
    record.target = counting_from<32>(7);
    return record;
}

crypto::PublicKey key(std::uint16_t number) {
    crypto::PublicKey k{};
    k[0] = static_cast<std::uint8_t>(number);
    k[1] = static_cast<std::uint8_t>(number >> 8);
    return k;
}

TEST(RollbackMemory, admits_the_same_and_higher_seqs_and_refuses_lower_ones) {
    RollbackMemory memory;
    EXPECT_TRUE(memory.admit(key(1), 0, 10, period));
    EXPECT_TRUE(memory.admit(key(1), 0, 10, period));
    EXPECT_TRUE(memory.admit(key(1), 0, 11, period));
    EXPECT_FALSE(memory.admit(key(1), 0, 10, period));
    EXPECT_TRUE(memory.admit(key(1), 1, 0, period)) << "another slot";
    EXPECT_TRUE(memory.admit(key(2), 0, 0, period)) << "another key";
}

TEST(RollbackMemory, tells_only_of_higher_seqs) {
    RollbackMemory memory;
    std::vector<std::uint16_t> told;
    memory.on_change = [&](const RollbackMemory::Entry& entry) { told.push_back(entry.seq); };
    for (const std::uint16_t seq : std::initializer_list<std::uint16_t>{5, 5, 4, 7, 6, 7})
        memory.admit(key(1), 2, seq, period);
    EXPECT_EQ(told, (std::vector<std::uint16_t>{5, 7}));
}

TEST(RollbackMemory, restored_entries_still_refuse_after_a_restart) {
    std::vector<RollbackMemory::Entry> kept;
    RollbackMemory before;
    before.on_change = [&](const RollbackMemory::Entry& entry) { kept.push_back(entry); };
    before.admit(key(1), 2, 5, period);
    before.admit(key(1), 2, 9, period);
    RollbackMemory after;
    for (auto it = kept.rbegin(); it != kept.rend(); ++it)
        after.restore(*it);  // in any order
    EXPECT_EQ(after.size(), 1u);
    EXPECT_FALSE(after.admit(key(1), 2, 8, period));
    EXPECT_TRUE(after.admit(key(1), 2, 9, period));
}

TEST(RollbackMemory, stays_within_its_capacity_and_drops_what_was_longest_unused) {
    RollbackMemory memory(100);
    for (std::uint16_t i = 0; i < 100; ++i)
        memory.admit(key(i), 0, 10, period);
    memory.admit(key(0), 0, 10, period);  // used again
    for (std::uint16_t i = 100; i < 199; ++i)
        memory.admit(key(i), 0, 10, period);
    EXPECT_EQ(memory.size(), 100u);
    EXPECT_FALSE(memory.admit(key(0), 0, 9, period)) << "still remembered";
    EXPECT_TRUE(memory.admit(key(1), 0, 9, period)) << "forgotten";
    RollbackMemory none(0);
    EXPECT_TRUE(none.admit(key(1), 0, 9, period));
    EXPECT_EQ(none.size(), 0u);
}

TEST(RollbackMemory, forgets_periods_that_are_over) {
    RollbackMemory memory;
    memory.admit(key(1), 0, 10, period - 2);
    memory.admit(key(2), 0, 10, period - 1);
    memory.admit(key(3), 0, 10, period);
    memory.forget_before(period - 1);
    EXPECT_EQ(memory.size(), 2u);
}

TEST(RecordMerge, takes_the_newest_seq_of_a_slot_and_refuses_an_older_one) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    EXPECT_TRUE(merge.empty());
    EXPECT_TRUE(merge.add(opened(edge_at("192.0.2.1"), 0, 10), period));
    EXPECT_TRUE(merge.add(opened(edge_at("192.0.2.2"), 0, 11), period));
    const auto refused = merge.add(opened(edge_at("192.0.2.3"), 0, 9), period);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Errc::rolled_back);
    EXPECT_EQ(merge.united().record, edge_at("192.0.2.2"));
}

TEST(RecordMerge, refuses_what_an_earlier_lookup_has_seen_newer) {
    RollbackMemory memory;
    RecordMerge yesterday(memory);
    ASSERT_TRUE(yesterday.add(opened(edge_at("192.0.2.2"), 0, 11), period));
    RecordMerge merge(memory);
    EXPECT_EQ(merge.add(opened(edge_at("192.0.2.1"), 0, 10), period).error(), Errc::rolled_back);
    EXPECT_TRUE(merge.empty());
}

TEST(RecordMerge, refuses_an_older_block_of_its_own_even_when_the_memory_has_let_it_go) {
    RollbackMemory memory(0);
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.2"), 0, 11), period));
    EXPECT_EQ(merge.add(opened(edge_at("192.0.2.1"), 0, 10), period).error(), Errc::rolled_back);
}

TEST(RecordMerge, two_blocks_of_one_seq_give_the_same_answer_in_either_order) {
    const auto shorter = opened(edge_at("192.0.2.1"), 0, 10, start_of_period + 40500);
    const auto longer = opened(edge_at("192.0.2.2"), 0, 10, start_of_period + 43200);
    const auto other = opened(edge_at("192.0.2.3"), 0, 10, start_of_period + 43200);
    const auto merged = [](std::initializer_list<OpenedBlock> blocks) {
        RollbackMemory memory;
        RecordMerge merge(memory);
        for (const auto& block : blocks)
            EXPECT_TRUE(merge.add(block, period));
        return merge.united().record;
    };
    EXPECT_EQ(merged({shorter, longer}), edge_at("192.0.2.2"));
    EXPECT_EQ(merged({longer, shorter}), edge_at("192.0.2.2"));
    EXPECT_EQ(merged({longer, other}), merged({other, longer}));
}

TEST(RecordMerge, unites_edges_met_through_relays_each_with_the_ticket_key_of_its_slot) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    const auto relayed = [](std::uint8_t number, UnixSeconds issued_at) {
        InnerRecord record;
        record.issued_at = issued_at;
        record.ticket_key = counting_from<32>(number);
        record.through = {{asio::ip::make_address("198.51.100.7"), 5061, counting_from<16>(number),
                           counting_from<32>(number)}};
        return record;
    };
    ASSERT_TRUE(merge.add(opened(relayed(1, 1), 0, 5), period));
    ASSERT_TRUE(merge.add(opened(relayed(2, 2), 1, 5), period));
    const auto united = merge.united().record;
    ASSERT_EQ(united.through.size(), 2U);
    EXPECT_EQ(united.through[0].token, counting_from<16>(2)) << "the newer first";
    EXPECT_EQ(united.through[0].ticket_key, counting_from<32>(2));
    EXPECT_EQ(united.through[1].ticket_key, counting_from<32>(1));
}

TEST(RecordMerge, unites_slots_newest_first_and_rewrites_edge_indexes) {
    auto two_edges = edge_at("192.0.2.1", 10);
    two_edges.edges.push_back({{}, {at(Transport::tcp, "192.0.2.2", 5060)}});
    two_edges.phones = {{1, 700, 0, counting_from<8>(1)}, {0, 600, 0, counting_from<8>(2)}};
    auto newer = edge_at("192.0.2.3", 20);
    newer.phones = {{0, 900, 5, counting_from<8>(3)}};
    newer.ticket_key = counting_from<32>(4);
    two_edges.ticket_key = counting_from<32>(5);
    two_edges.next_key_commitment = counting_from<32>(6);

    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(two_edges, 0, 10), period));
    ASSERT_TRUE(merge.add(opened(newer, 7, 3), period));
    const auto all = merge.united().record;
    EXPECT_EQ(all.kind, Kind::contacts);
    EXPECT_EQ(all.issued_at, 20u);
    ASSERT_EQ(all.edges.size(), 3u);
    ASSERT_EQ(all.phones.size(), 3u);
    const auto address_of = [&](const Phone& phone) {
        return all.edges.at(phone.edge).addresses.at(0).address.to_string();
    };
    EXPECT_EQ(address_of(all.phones[0]), "192.0.2.3");
    EXPECT_EQ(address_of(all.phones[1]), "192.0.2.2");
    EXPECT_EQ(address_of(all.phones[2]), "192.0.2.1");
    EXPECT_EQ(all.ticket_key, newer.ticket_key) << "the newest that has one";
    EXPECT_EQ(all.edges[0].ticket_key, newer.ticket_key) << "each edge has its own node's";
    EXPECT_EQ(all.edges[2].ticket_key, two_edges.ticket_key);
    EXPECT_EQ(all.next_key_commitment, two_edges.next_key_commitment);
}

TEST(RecordMerge, a_phone_reached_directly_through_two_slots_comes_once_with_its_best_q) {
    InnerRecord one, two;
    one.direct = {{at(Transport::udp, "192.0.2.9", 5060), "alice", 500}};
    two.direct = {{at(Transport::udp, "192.0.2.9", 5060), "alice", 800},
                  {at(Transport::udp, "192.0.2.9", 5060), "desk", 100}};
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(one, 0, 1), period));
    ASSERT_TRUE(merge.add(opened(two, 1, 1), period));
    const auto all = merge.united().record;
    ASSERT_EQ(all.direct.size(), 2u);
    for (const auto& phone : all.direct)
        EXPECT_EQ(phone.q, phone.user == "alice" ? 800 : 100);
}

TEST(RecordMerge, the_newest_tombstone_or_delegation_wins_over_contacts) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.1", 100), 0, 10), period));
    ASSERT_TRUE(merge.add(opened(tombstone(50), 1, 10), period));
    EXPECT_EQ(merge.united().record, tombstone(50));
    ASSERT_TRUE(merge.add(opened(delegation(60), 2, 10), period));
    EXPECT_EQ(merge.united().record, delegation(60));
    ASSERT_TRUE(merge.add(opened(tombstone(70), 3, 10), period));
    EXPECT_EQ(merge.united().record, tombstone(70));
}

TEST(RecordMerge, a_slots_newer_contacts_replace_its_own_tombstone) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(tombstone(50), 1, 10), period));
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.1", 60), 1, 11), period));
    EXPECT_EQ(merge.united().record.kind, Kind::contacts);
}

TEST(RecordMerge, sixteen_full_slots_keep_every_index_right_and_the_size_bounded) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    for (std::uint8_t slot = 0; slot <= max_slot; ++slot) {
        InnerRecord record;
        for (std::uint16_t e = 0; e < 8; ++e) {
            const auto port = static_cast<std::uint16_t>(10000 + slot * 8 + e);
            record.edges.push_back({{}, {at(Transport::udp, "192.0.2.1", port)}});
            record.phones.push_back({static_cast<std::uint8_t>(e), 1000, port, {}});
        }
        ASSERT_TRUE(merge.add(opened(record, slot, 1), period));
    }
    const auto all = merge.united().record;
    ASSERT_EQ(all.edges.size(), 128u);
    ASSERT_EQ(all.phones.size(), 128u);
    for (const auto& phone : all.phones)
        EXPECT_EQ(all.edges.at(phone.edge).addresses.at(0).port, phone.capabilities);
}

OpenedBlock by_certified_node(const InnerRecord& record, std::uint8_t slot, std::uint16_t seq,
                              std::uint32_t day = period) {
    return open_block(by_stolen_node(record, parameters(slot, seq), day), alice(day), now).value();
}

TEST(RecordMerge, what_the_owner_signs_in_a_slot_stands_above_a_node_that_he_certified_for_it) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(by_certified_node(edge_at("192.0.2.66", 100), 1, max_seq), period));
    EXPECT_FALSE(merge.united().by_owner);
    EXPECT_EQ(merge.united().record, edge_at("192.0.2.66", 100)) << "alone it counts";
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.1", 50), 1, 10), period)) << "its seq binds the owner not";
    EXPECT_TRUE(merge.united().by_owner);
    EXPECT_EQ(merge.united().record, edge_at("192.0.2.1", 50));
    ASSERT_TRUE(merge.add(by_certified_node(edge_at("192.0.2.7", 100), 2, 5), period));
    EXPECT_EQ(merge.united().record.edges.size(), 2U) << "in a slot of its own";
}

TEST(RecordMerge, a_certified_node_changes_neither_the_owners_keys_nor_whom_callers_remember) {
    auto owners = edge_at("192.0.2.1", 50), nodes = edge_at("192.0.2.66", 100);
    owners.nodes = {{asio::ip::make_address("192.0.2.1"), 4222}};
    owners.next_key_commitment = counting_from<32>(1);
    nodes.nodes = {{asio::ip::make_address("192.0.2.66"), 4222}};
    nodes.next_key_commitment = counting_from<32>(2);
    nodes.target = counting_from<32>(3);
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(by_certified_node(nodes, 1, 20), period));
    EXPECT_TRUE(merge.united().owners_nodes.empty());
    EXPECT_FALSE(merge.united().record.next_key_commitment);
    EXPECT_FALSE(merge.united().record.target);
    ASSERT_TRUE(merge.add(opened(owners, 0, 10), period));
    const auto all = merge.united();
    EXPECT_EQ(all.owners_nodes, owners.nodes);
    ASSERT_EQ(all.record.nodes.size(), 2U);
    EXPECT_EQ(all.record.nodes.front(), owners.nodes.front()) << "asked first";
    EXPECT_EQ(all.record.next_key_commitment, owners.next_key_commitment);
    EXPECT_FALSE(all.record.target);
}

TEST(RecordMerge, a_certified_node_that_is_early_with_tomorrows_record_hides_nobody) {
    RollbackMemory memory;
    RecordMerge today(memory), tomorrow(memory);
    ASSERT_TRUE(today.add(opened(edge_at("192.0.2.1", 50), 0, 10), period));
    ASSERT_TRUE(today.add(by_certified_node(edge_at("192.0.2.7", 50), 1, 10), period));
    ASSERT_TRUE(tomorrow.add(by_certified_node(edge_at("192.0.2.66", 60), 1, 0, period + 1), period + 1));
    today.include(tomorrow);
    EXPECT_TRUE(today.united().by_owner);
    ASSERT_EQ(today.united().record.edges.size(), 2U);
    EXPECT_EQ(today.united().record.edges[0].addresses[0].address.to_string(), "192.0.2.66");
    EXPECT_EQ(today.united().record.edges[1].addresses[0].address.to_string(), "192.0.2.1");
}

TEST(RecordMerge, expires_with_its_first_block) {
    RollbackMemory memory;
    RecordMerge merge(memory);
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.1"), 0, 10, start_of_period + 43200), period));
    ASSERT_TRUE(merge.add(opened(edge_at("192.0.2.2"), 1, 10, start_of_period + 40500), period));
    EXPECT_EQ(merge.earliest_expiry(), start_of_period + 40500);
}

}  // namespace
}  // namespace overlay

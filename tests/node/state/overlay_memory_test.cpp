// tests/node/state/overlay_memory_test.cpp - the overlay's memory outlives the process, within its bounds.
#include "node/state/overlay_memory.hpp"

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

class MemoryOfTheOverlay : public StateTest {};

TEST_F(MemoryOfTheOverlay, the_overlays_memory_comes_back) {
    overlay::Memory::KnownNode node_v6;
    node_v6.id[0] = 9;
    node_v6.endpoint = {asio::ip::make_address("2001:db8::1"), 4222};
    overlay::RollbackMemory::Entry seen;
    seen.blinded[31] = 5;
    seen.slot = 3;
    seen.seq = 1000;
    seen.period = 20'000;
    overlay::Memory::PublishedSeq published;
    published.blinded[0] = 1;
    published.seq = 77;
    published.period = 20'000;
    {
        Database db = open();
        OverlayMemory memory(db);
        memory.save_nodes({{}, {}});
        memory.save_nodes({node_v6});
        memory.save_seen(seen);
        seen.seq = 1001;
        memory.save_seen(seen);
        memory.save_published(published);
    }
    Database db = open();
    OverlayMemory memory(db);
    ASSERT_EQ(memory.load_nodes().size(), 1U);
    EXPECT_EQ(memory.load_nodes().at(0).endpoint, node_v6.endpoint);
    EXPECT_EQ(memory.load_nodes().at(0).id, node_v6.id);
    ASSERT_EQ(memory.load_seen().size(), 1U);
    EXPECT_EQ(memory.load_seen().at(0).seq, 1001);
    EXPECT_EQ(memory.load_seen().at(0).slot, 3);
    EXPECT_EQ(memory.load_seen().at(0).blinded, seen.blinded);
    ASSERT_EQ(memory.load_published().size(), 1U);
    EXPECT_EQ(memory.load_published().at(0).seq, 77);
    EXPECT_EQ(memory.load_published().at(0).period, 20'000U);
}

TEST_F(MemoryOfTheOverlay, nodes_belong_to_the_network_in_which_they_were_met) {
    Database db = open();
    OverlayMemory(db, 0).save_nodes({{}});
    EXPECT_EQ(OverlayMemory(db, 0).load_nodes().size(), 1U);
    EXPECT_TRUE(OverlayMemory(db, 7).load_nodes().empty());
    OverlayMemory(db, 7).save_nodes({{}});
    EXPECT_EQ(OverlayMemory(db, 7).load_nodes().size(), 1U);
    EXPECT_TRUE(OverlayMemory(db, 0).load_nodes().empty());
}

TEST_F(MemoryOfTheOverlay, a_revoked_key_is_remembered_for_ever_and_once) {
    const overlay::Memory::RevokedKey revoked{{1, 2, 3}, 1'800'000'000};
    {
        Database db = open();
        OverlayMemory memory(db);
        memory.save_revoked(revoked);
        memory.save_revoked({{4}, 1'800'000'001});
        memory.save_revoked({revoked.key, 1'900'000'000});  // met again: known since the first time
    }
    Database db = open();
    OverlayMemory memory(db);
    auto known = memory.load_revoked();
    ASSERT_EQ(known.size(), 2U);
    EXPECT_EQ(known[0].key, revoked.key);
    EXPECT_EQ(known[0].seen, revoked.seen);
    EXPECT_EQ(known[1].key, crypto::PublicKey{4});
}

TEST_F(MemoryOfTheOverlay, the_nodes_of_the_last_4096_owners_are_remembered_and_the_latest_of_each) {
    {
        Database db = open();
        OverlayMemory memory(db);
        for (std::uint16_t i = 0; i < 4100; ++i) {
            overlay::Memory::OwnerNodes entry;
            entry.name[0] = static_cast<std::uint8_t>(i);
            entry.name[1] = static_cast<std::uint8_t>(i >> 8U);
            entry.nodes = {{asio::ip::make_address("192.0.2.1"), i},
                           {asio::ip::make_address("2001:db8::1"), 1}};
            memory.save_owner_nodes(entry);
        }
        memory.save_owner_nodes({{5}, {{asio::ip::make_address("192.0.2.2"), 7}}});
    }
    Database db = open();
    OverlayMemory memory(db);
    const auto known = memory.load_owner_nodes();
    ASSERT_EQ(known.size(), 4095U);  // from the sixth on, and what was the sixth is the last
    EXPECT_EQ(known.front().name[0], 6);
    ASSERT_EQ(known.front().nodes.size(), 2U);
    EXPECT_EQ(known.front().nodes[1].address, asio::ip::make_address("2001:db8::1"));
    EXPECT_EQ(known.back().name[0], 5);
    ASSERT_EQ(known.back().nodes.size(), 1U);
    EXPECT_EQ(known.back().nodes[0].port, 7);
}

TEST_F(MemoryOfTheOverlay, what_is_two_days_old_is_forgotten) {
    Database db = open();
    OverlayMemory memory(db);
    overlay::RollbackMemory::Entry entry;
    for (const std::uint32_t period : {100U, 101U, 102U}) {
        entry.blinded[0] = static_cast<std::uint8_t>(period);
        entry.period = period;
        memory.save_seen(entry);
    }
    EXPECT_EQ(memory.load_seen().size(), 2U);
}

}  // namespace
}  // namespace node

// tests/overlay/village/datagrams_test.cpp - lists, wants and gives, byte by byte.
#include "overlay/village/datagrams.hpp"

#include <gtest/gtest.h>

namespace overlay {
namespace {

constexpr std::uint32_t network = 0x01020304;

TEST(VillageDatagrams, are_read_as_they_were_written) {
    const BlockList list{{1}, {2, 9}, {{{{1, 1}, 3}, 720}, {{{2}, 0}, 0x1234}}};
    const auto wire = write_datagram(network, list);
    ASSERT_EQ(wire.size(), 9U + 16 + 2 * 11);
    EXPECT_EQ(wire[0], 'H');
    EXPECT_EQ(wire[3], 1) << "version";
    EXPECT_EQ(wire[7], 4) << "network order";
    EXPECT_EQ(wire[8], 1) << "a list";
    EXPECT_EQ(wire.back(), 0x34);
    const auto read = read_datagram(network, wire);
    ASSERT_TRUE(read);
    const auto& same = std::get<BlockList>(*read);
    EXPECT_EQ(same.first, list.first);
    EXPECT_EQ(same.last, list.last);
    EXPECT_EQ(same.blocks, list.blocks);

    const auto want = read_datagram(network, write_datagram(network, BlockWant{{{{7}, 16}}}));
    ASSERT_TRUE(want);
    EXPECT_EQ(std::get<BlockWant>(*want).blocks, (std::vector<BlockPlace>{{{7}, 16}}));

    const std::vector<std::uint8_t> block(411, 5);
    const auto given = write_datagram(network, BlockGive{{block, block}});
    EXPECT_EQ(given.size(), give_head + 2 * (2 + 411));
    const auto give = read_datagram(network, given);
    ASSERT_TRUE(give);
    ASSERT_EQ(std::get<BlockGive>(*give).blocks.size(), 2U);
    EXPECT_TRUE(std::ranges::equal(std::get<BlockGive>(*give).blocks[1], block));
}

TEST(VillageDatagrams, of_another_network_version_or_kind_or_cut_off_are_none) {
    const std::vector<std::uint8_t> block(40, 5);
    for (const auto& wire :
         {write_datagram(network, BlockList{{1}, {2}, {{{{1}, 3}, 720}}}),
          write_datagram(network, BlockWant{{{{7}, 16}}}), write_datagram(network, BlockGive{{block}})}) {
        ASSERT_TRUE(read_datagram(network, wire));
        EXPECT_FALSE(read_datagram(network + 1, wire));
        for (std::size_t size = 0; size < wire.size(); ++size) {
            const auto read = read_datagram(network, crypto::ByteView(wire).first(size));
            EXPECT_TRUE(!read || size == 9 || size == 25) << size;
        }
        for (const std::size_t i : {0U, 1U, 2U, 3U, 8U}) {
            auto other = wire;
            other[i] ^= 0x40U;
            EXPECT_FALSE(read_datagram(network, other)) << i;
        }
    }
}

TEST(VillageDatagrams, a_list_out_of_order_or_beyond_its_bounds_is_none) {
    const auto read = [](const BlockList& list) {
        return read_datagram(network, write_datagram(network, list)).has_value();
    };
    EXPECT_TRUE(read({{1}, {9}, {{{{1}, 0}, 1}, {{{1}, 1}, 1}, {{{9}, 0}, 1}}}));
    EXPECT_FALSE(read({{1}, {9}, {{{{2}, 0}, 1}, {{{1}, 0}, 1}}}));
    EXPECT_FALSE(read({{1}, {9}, {{{{2}, 0}, 1}, {{{2}, 0}, 1}}}));
    EXPECT_FALSE(read({{2}, {9}, {{{{1}, 0}, 1}}}));
    EXPECT_FALSE(read({{1}, {2}, {{{{3}, 0}, 1}}}));
}

TEST(VillageDatagrams, as_many_as_fit_stay_within_a_datagram) {
    BlockList list{{0}, {0xff}, {}};
    BlockWant want;
    for (std::size_t i = 0; i < most_listed; ++i)
        list.blocks.push_back({{{static_cast<std::uint8_t>(i)}, 0}, 1});
    want.blocks.resize(most_wanted);
    EXPECT_LE(write_datagram(network, list).size(), most_village_bytes);
    EXPECT_LE(write_datagram(network, want).size(), most_village_bytes);
}

}  // namespace
}  // namespace overlay

// tests/sip/transport/connection_ledger_test.cpp - who makes room for whom.
#include "sip/transport/connection_ledger.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

using Standing = ConnectionLedger::Standing;

asio::ip::address from(unsigned host) {
    return asio::ip::make_address_v4(0xc0000200U + host);
}

struct ConnectionLedgerTest : testing::Test {
    TransportLimits limits;
    ConnectionLedger ledger{limits};
    ConnectionLedger::Id next = 1;

    std::uint64_t come(unsigned host, Standing standing = Standing::unknown) {
        ledger.add(next, from(host), standing);
        return next++;
    }
    [[nodiscard]] std::optional<std::uint64_t> goes(unsigned host, bool handshake = false) const {
        const auto room = ledger.room_for(from(host), handshake);
        EXPECT_FALSE(room.there);
        return room.goes;
    }
};

TEST_F(ConnectionLedgerTest, a_source_at_its_bound_gives_up_what_has_ended_then_its_oldest_stranger) {
    limits.connections_per_source = 4;
    come(1, Standing::known);
    const auto old = come(1), ended = come(1, Standing::known), young = come(1);
    EXPECT_TRUE(ledger.room_for(from(2), false).there) << "others are not concerned";
    ledger.one_sided(ended);
    EXPECT_EQ(goes(1), ended);
    ledger.remove(ended);
    EXPECT_TRUE(ledger.room_for(from(1), false).there);
    come(1, Standing::known);
    EXPECT_EQ(goes(1), old);
    ledger.stands(old, Standing::known);
    EXPECT_EQ(goes(1), young) << "somebody has logged in on the older one";
    ledger.stands(young, Standing::known);
    EXPECT_EQ(goes(1), std::nullopt) << "nobody can go: the newcomer is refused";
}

TEST_F(ConnectionLedgerTest, at_the_bound_of_all_the_greediest_source_makes_room) {
    limits.connections = 6;
    const auto lone = come(1);
    come(2, Standing::known);
    come(2, Standing::known);
    const auto first = come(3);
    come(3);
    come(3);
    EXPECT_EQ(goes(9), first) << "2 has as many, but its phones have logged in";
    EXPECT_EQ(ledger.first_to_go(), first);
    ledger.remove(first);
    come(4);
    EXPECT_NE(goes(9), lone);
}

TEST_F(ConnectionLedgerTest, handshakes_are_bounded_for_a_source_and_in_all) {
    limits.handshakes = 5;
    limits.handshakes_per_source = 3;
    const auto first = come(1, Standing::securing);
    come(1, Standing::securing);
    come(1, Standing::securing);
    EXPECT_EQ(goes(1, true), first);
    EXPECT_TRUE(ledger.room_for(from(1), false).there) << "in clear none is begun";
    const auto others = come(2, Standing::securing);
    come(3, Standing::securing);
    EXPECT_EQ(goes(4, true), first) << "the greediest, not " << others;
    ledger.stands(first, Standing::unknown);
    EXPECT_TRUE(ledger.room_for(from(4), true).there) << "its handshake is over";
}

TEST_F(ConnectionLedgerTest, sixteen_sources_that_take_all_leave_room_for_every_newcomer) {
    limits.connections = 1024;
    for (unsigned host = 1; host <= 16; ++host) {
        for (int i = 0; i < 64; ++i)
            come(host);
    }
    for (unsigned host = 100; host < 200; ++host) {
        const auto room = ledger.room_for(from(host), true);
        ASSERT_TRUE(room.goes);
        ledger.remove(*room.goes);
        ledger.stands(come(host, Standing::securing), Standing::known);
    }
    for (unsigned host = 100; host < 200; ++host)
        EXPECT_TRUE(ledger.room_for(from(host), false).goes) << "at the bound, as before";
}

TEST_F(ConnectionLedgerTest, bytes_are_bounded_together_and_the_largest_of_the_greediest_goes) {
    limits.held_bytes = 1000;
    const auto modest = come(1), small = come(2), large = come(2);
    ledger.holds(modest, 300);
    ledger.holds(small, 250);
    ledger.holds(large, 450);
    EXPECT_EQ(ledger.bytes(), 1000U);
    EXPECT_EQ(ledger.too_large(), std::nullopt);
    ledger.holds(modest, 301);
    EXPECT_EQ(ledger.too_large(), large) << "who sent the last byte is not to blame";
    ledger.remove(large);
    EXPECT_EQ(ledger.too_large(), std::nullopt);
    ledger.holds(modest, 0);
    ledger.remove(modest);
    ledger.remove(small);
    EXPECT_EQ(ledger.bytes(), 0U);
    ledger.remove(small);  // twice is harmless
    ledger.holds(small, 10);
    EXPECT_EQ(ledger.bytes(), 0U);
}

}  // namespace
}  // namespace sip

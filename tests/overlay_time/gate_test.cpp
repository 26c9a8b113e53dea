// tests/overlay_time/gate_test.cpp - a node that is in a village and in the DHT puts the village's records
// there.
#include "overlay/village/gate.hpp"

#include "overlay/village/datagrams.hpp"
#include "tests/overlay/records.hpp"
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using overlay::LanAddress;

class GateTest : public Village {
protected:
    void SetUp() override {
        build(8, 0);
        move_in(alice, next_address());
        for (const auto number : {3U, 5U})
            gate(number).set_lan({{at(number)}, {}}, 4222, 0, world->now());
        world->run_for(10s);
    }
    overlay::Core& gate(unsigned number) { return neighbours[number]->node->core(); }
    [[nodiscard]] std::size_t put_by(unsigned number) const {
        return neighbours[number]->node->status().village.put_for_others;
    }
    static LanAddress at(unsigned number) {
        return {address(number, "192.168.7.0").address(), 24, 1, {5060, 5060, 5061}};
    }
    /// Of Bob, who is in no DHT.
    [[nodiscard]] std::vector<std::uint8_t> bobs_block(std::uint16_t port, std::uint16_t seq) const {
        const auto blinding = bobs_today();
        auto record = at_port(port);
        record.issued_at = world->now().wall;
        const auto expires = (world->now().wall + 7200) / 900 * 900;
        return overlay::make_block(crypto::BlindedSigner(bob.identity, blinding), blinding, record,
                                   {expires, 0, seq, overlay::testing_records::counting_from<24>(1)})
            .value();
    }
    void bring(unsigned number, crypto::ByteView block) {
        gate(number).heard(at(number), from, overlay::write_datagram(network, overlay::BlockGive{{block}}),
                           world->now());
    }
    const asio::ip::address from = address(77, "192.168.7.0").address();
};

TEST_F(GateTest, who_has_no_way_out_is_found_from_outside_under_his_own_signature) {
    EXPECT_EQ(port_told(), 0);
    bring(3, bobs_block(5060, 720));
    world->run_for(30s);
    EXPECT_EQ(port_told(), 5060);
    EXPECT_EQ(put_by(3), 1U);
    bring(3, bobs_block(5070, 721));
    world->run_for(30s);
    EXPECT_EQ(port_told(), 5070) << "the newer one";
    world->run_for(60min);
    EXPECT_EQ(port_told(), 5070) << "it is kept there";
    world->run_for(90min);
    EXPECT_EQ(port_told(), 0) << "until it expires";
    EXPECT_EQ(put_by(3), 0U);
}

TEST_F(GateTest, what_one_puts_another_does_not) {
    const auto block = bobs_block(5060, 720);
    bring(3, block);
    world->run_for(30s);
    bring(5, block);
    world->run_for(30min);
    EXPECT_EQ(put_by(3), 1U);
    EXPECT_EQ(put_by(5), 0U);
}

TEST_F(GateTest, a_neighbour_who_is_in_the_dht_himself_is_left_to_himself) {
    overlay::Beacon beacon{network, {7}, 4222, {5060, 5060, 5061}, {}, true};
    gate(3).heard(at(3), from, overlay::write_beacon(beacon, from, {}), world->now());
    bring(3, bobs_block(5060, 720));
    world->run_for(2min);
    EXPECT_EQ(put_by(3), 0U);
    beacon.in_dht = false;
    gate(3).heard(at(3), from, overlay::write_beacon(beacon, from, {}), world->now());
    world->run_for(30s);
    EXPECT_EQ(put_by(3), 1U);
}

TEST_F(GateTest, a_flood_of_valid_blocks_is_put_at_a_pace_and_not_beyond_its_bound) {
    for (unsigned i = 0; i < 400; ++i) {
        Person made_up(1);
        crypto::Bytes<32> number{};
        number[5] = static_cast<std::uint8_t>(i);
        number[6] = static_cast<std::uint8_t>(1 + (i >> 8U));
        made_up.identity = crypto::Identity::from_seed(crypto::Seed(number));
        const auto blinding = crypto::blind(made_up.key(), {}, "x", overlay::period_of(noon)).value();
        const auto block =
            overlay::make_block(crypto::BlindedSigner(made_up.identity, blinding), blinding, at_port(5060),
                                {noon + 7200, 0, 720, overlay::testing_records::counting_from<24>(1)})
                .value();
        bring(3, block);
        if (i % 100 == 99) world->run_for(1s);
    }
    world->run_for(60s);
    EXPECT_LE(put_by(3), 70U);
    world->run_for(14min);
    EXPECT_LE(put_by(3), overlay::Gate::most);
}

}  // namespace
}  // namespace overlay_time

// tests/overlay_time/names_test.cpp - unlisted names, several nodes of one owner, and nodes that write for an
// owner whose seed they do not hold.
#include <algorithm>

#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using overlay::CertifiedName;
using overlay::RecordName;

const std::vector<std::uint8_t> secret(16, 0x5e), another_secret(16, 0x5f);

std::vector<int> ports_of(const overlay::ResolveAnswer& answer) {
    std::vector<int> ports;
    if (answer.record)
        for (const auto& edge : answer.record->edges)
            for (const auto& address : edge.addresses)
                ports.push_back(address.port);
    std::ranges::sort(ports);
    return ports;
}

class Names : public Village {
protected:
    Person device{3};  // has a key of its own, and nobody else's

    void TearDown() override {
        device.node.reset();
        Village::TearDown();
    }
    std::uint32_t today() const { return overlay::period_of(world->now().wall); }
    CertifiedName certified(std::uint32_t days, std::uint8_t slot = 3) {
        return overlay::certify(bob.identity, bobs_name(), slot, device.key(), today(), days).value();
    }
    overlay::PublishedRecord of_device() { return device.node->status().published.at(0); }
    bool device_published() {
        return world->run_until([&] { return device.node->read_back() == 2; }, 30s);
    }
};

TEST_F(Names, an_unlisted_record_is_found_with_its_secret_alone) {
    build(24, 0);
    settle_bob_and_alice();
    bob.node->publish(RecordName{bob.key(), secret, "bob"}, at_port(5062));
    ASSERT_TRUE(published());
    EXPECT_EQ(ports_of(alice.node->resolve({bob.key(), secret, "bob"})), std::vector{5062});
    EXPECT_EQ(alice.node->resolve({bob.key(), {}, "bob"}).outcome, Outcome::none);
    EXPECT_EQ(alice.node->resolve({bob.key(), another_secret, "bob"}).outcome, Outcome::none);
    const auto shown = bob.node->status().published.at(0);
    EXPECT_TRUE(shown.unlisted);
    EXPECT_EQ(shown.label, "bob");
}

TEST_F(Names, an_unlisted_record_cannot_be_read_without_its_secret_by_who_holds_it) {
    build(24, 0);
    settle_bob_and_alice();
    bob.node->publish(RecordName{bob.key(), secret, "bob"}, at_port(5062));
    ASSERT_TRUE(published());
    const auto blinding = [&](const std::vector<std::uint8_t>& s) {
        return crypto::blind(bob.key(), s, "bob", today()).value();
    };
    const auto place = overlay::location(blinding(secret).blinded, 0);
    std::size_t copies = 0;
    for (const auto& neighbour : neighbours)
        for (const auto& [where, packed] : neighbour->node->core().stored()) {
            if (where != place) continue;
            // Our block is in OpenDHT's packing somewhere: where its head is.
            const std::array<std::uint8_t, 4> head{0x98, 0x01, 0xc4, 0x20};
            const auto start = std::search(packed.begin(), packed.end(), head.begin(), head.end());
            const auto wire =
                crypto::ByteView(packed).subspan(static_cast<std::size_t>(start - packed.begin()));
            // Its end is not marked: the length is that of a block without a certificate.
            const auto block = wire.first(std::min(wire.size(), std::size_t{411}));
            std::size_t size = block.size();
            while (size > 0 && !overlay::parse_block(block.first(size)))
                --size;
            ASSERT_GT(size, 0U);
            ++copies;
            EXPECT_TRUE(overlay::open_block(block.first(size), blinding(secret), world->now().wall));
            for (const auto& other : {std::vector<std::uint8_t>{}, another_secret}) {
                EXPECT_EQ(overlay::open_block(block.first(size), blinding(other), world->now().wall).error(),
                          Errc::wrong_key);
                auto forced = blinding(other);  // the right A', and the key that the name alone gives
                forced.blinded = blinding(secret).blinded;
                EXPECT_EQ(overlay::open_block(block.first(size), forced, world->now().wall).error(),
                          Errc::cannot_open);
            }
        }
    EXPECT_GE(copies, 4U);
}

TEST_F(Names, a_user_may_be_listed_and_have_invites_and_each_is_withdrawn_by_itself) {
    build(24, 0);
    settle_bob_and_alice();
    bob.node->publish(bobs_name(), at_port(5062));
    bob.node->publish(RecordName{bob.key(), secret, "bob"}, at_port(5062));
    bob.node->publish(RecordName{bob.key(), another_secret, "bob"}, at_port(5062));
    world->run_for(15s);
    for (const auto& s : {std::vector<std::uint8_t>{}, secret, another_secret})
        EXPECT_EQ(ports_of(alice.node->resolve({bob.key(), s, "bob"})), std::vector{5062});
    bob.node->withdraw(RecordName{bob.key(), secret, "bob"});
    world->run_for(15s);
    EXPECT_TRUE(ports_of(alice.node->resolve({bob.key(), secret, "bob"})).empty());
    EXPECT_EQ(ports_of(alice.node->resolve({bob.key(), another_secret, "bob"})), std::vector{5062});
    EXPECT_EQ(ports_of(ask()), std::vector{5062});
}

TEST_F(Names, of_two_nodes_the_one_that_dies_ages_out_and_the_other_stays) {
    build(24, 0);
    settle_bob_and_alice();
    Person second{1};  // the same seed
    move_in(second, next_address(), true, 1);
    bob.node->publish("bob", at_port(5062));
    second.node->publish("bob", at_port(5064));
    ASSERT_TRUE(published());
    ASSERT_TRUE(world->run_until([&] { return second.node->read_back() == 2; }, 30s));
    EXPECT_EQ(ports_of(ask()), (std::vector{5062, 5064}));
    second.node.reset();  // without a word
    world->run_for(1h);
    EXPECT_EQ(ports_of(ask()), (std::vector{5062, 5064})) << "within its two hours nobody can know";
    world->run_for(75min);
    EXPECT_EQ(ports_of(ask()), std::vector{5062});
}

TEST_F(Names, a_certified_node_publishes_without_the_seed_beside_the_owners) {
    build(24, 0);  // storers that check
    settle_bob_and_alice();
    move_in(device, next_address());
    device.node->core().set_certificates({certified(30)}, world->now());
    device.node->publish(bobs_name(), at_port(5066));
    ASSERT_TRUE(device_published());
    const auto answer = ask();
    EXPECT_EQ(ports_of(answer), std::vector{5066});
    ASSERT_FALSE(answer.values.empty());
    EXPECT_TRUE(answer.values[0].certified);
    EXPECT_EQ(answer.values[0].slot, 3);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    EXPECT_EQ(ports_of(ask()), (std::vector{5062, 5066}));
    EXPECT_EQ(of_device().owner, bob.key());
    EXPECT_EQ(of_device().certified_until, (overlay::UnixSeconds{today()} + 30) * day);
    EXPECT_TRUE(of_device().problem.empty());
    std::uint64_t refused = 0;
    for (const auto& neighbour : neighbours)
        for (const auto count : neighbour->node->status().refused_as_storer)
            refused += count;
    EXPECT_EQ(refused, 0U);
}

TEST_F(Names, a_certified_node_goes_on_over_midnight_with_the_next_days_certificate) {
    build(16, 0, midnight + day - 3 * 3600);
    settle_bob_and_alice();
    move_in(device, next_address());
    device.node->core().set_certificates({certified(2)}, world->now());
    device.node->publish(bobs_name(), at_port(5066));
    for (int i = 0; i < 24; ++i) {
        world->run_for(15min);
        EXPECT_EQ(ports_of(ask()), std::vector{5066}) << i;
    }
}

TEST_F(Names, when_its_certificates_run_out_a_node_publishes_no_more_and_says_so) {
    build(16, 0, midnight + day - 3 * 3600);
    settle_bob_and_alice();
    move_in(device, next_address());
    device.node->core().set_certificates({certified(1)}, world->now());
    device.node->publish(bobs_name(), at_port(5066));
    ASSERT_TRUE(device_published());
    run_to(midnight + day + 60);
    EXPECT_EQ(of_device().problem, "the certificates of its owner have run out");
    EXPECT_EQ(of_device().read_back, 0U);
    run_to(midnight + day + 2 * 3600);
    EXPECT_EQ(ask().outcome, Outcome::none);
    device.node->core().set_certificates({certified(30)}, world->now());  // issued anew
    ASSERT_TRUE(device_published());
    EXPECT_TRUE(of_device().problem.empty());
    EXPECT_EQ(ports_of(ask()), std::vector{5066});
}

TEST_F(Names, without_a_certificate_or_with_one_that_is_not_its_own_a_node_publishes_nothing) {
    build(16, 0);
    settle_bob_and_alice();
    move_in(device, next_address());
    device.node->publish(bobs_name(), at_port(5066));
    world->run_for(10s);
    EXPECT_EQ(of_device().problem, "its owner has not certified this node");
    const auto expect_refused = [&](CertifiedName wrong) {
        device.node->core().set_certificates({std::move(wrong)}, world->now());
        world->run_for(10s);
        EXPECT_EQ(of_device().read_back, 0U);
        EXPECT_FALSE(of_device().problem.empty());
        EXPECT_EQ(ask().outcome, Outcome::none);
    };
    auto other_slot = certified(30);
    other_slot.slot = 4;
    expect_refused(other_slot);
    auto yesterdays = certified(1);
    yesterdays.by_period = {
        {today(), overlay::certify(bob.identity, bobs_name(), 3, device.key(), today() - 1, 1)
                      ->by_period.begin()
                      ->second}};
    expect_refused(yesterdays);
    auto by_another =
        overlay::certify(alice.identity, {alice.key(), {}, "bob"}, 3, device.key(), today(), 30).value();
    by_another.name = bobs_name();
    expect_refused(by_another);
    expect_refused(overlay::certify(bob.identity, bobs_name(), 3, alice.key(), today(), 30).value());
    device.node->core().set_certificates({certified(30)}, world->now());
    EXPECT_TRUE(device_published()) << "after all of them the right one";
}

TEST_F(Names, an_unlisted_name_can_be_certified_too) {
    build(16, 0);
    settle_bob_and_alice();
    move_in(device, next_address());
    const RecordName unlisted{bob.key(), secret, "bob"};
    device.node->core().set_certificates(
        {overlay::certify(bob.identity, unlisted, 3, device.key(), today(), 2).value()}, world->now());
    device.node->publish(unlisted, at_port(5066));
    ASSERT_TRUE(device_published());
    EXPECT_EQ(ports_of(alice.node->resolve(unlisted)), std::vector{5066});
    EXPECT_EQ(ask().outcome, Outcome::none);
}

TEST_F(Names, a_delegation_is_refreshed_for_a_day_and_outlives_its_nodes_departure) {
    build(24, 0);
    settle_bob_and_alice();
    overlay::InnerRecord delegation;
    delegation.kind = overlay::Kind::delegation;
    delegation.target = device.key();
    bob.node->publish(bobs_name(), delegation);
    ASSERT_TRUE(published());
    for (int i = 0; i < 24; ++i) {
        world->run_for(1h);
        const auto answer = ask();
        ASSERT_TRUE(answer.record);
        EXPECT_EQ(answer.record->kind, overlay::Kind::delegation);
        EXPECT_EQ(answer.record->target, device.key());
    }
    bob.node->core().leave(world->now());
    world->run_for(10s);
    bob.node.reset();
    world->run_for(30min);
    const auto answer = ask();
    ASSERT_TRUE(answer.record);
    EXPECT_EQ(answer.record->kind, overlay::Kind::delegation);
}

TEST_F(Names, another_delegate_takes_the_place_of_the_first_at_once) {
    build(24, 0);
    settle_bob_and_alice();
    overlay::InnerRecord delegation;
    delegation.kind = overlay::Kind::delegation;
    delegation.target = device.key();
    bob.node->publish(bobs_name(), delegation);
    ASSERT_TRUE(published());
    EXPECT_EQ(ask().record->target, device.key());
    delegation.target = alice.key();
    bob.node->publish(bobs_name(), delegation);
    world->run_for(15s);
    EXPECT_EQ(ask().record->target, alice.key());
    bob.node->withdraw("bob");
    world->run_for(15s);
    const auto revoked = ask();
    ASSERT_TRUE(revoked.record);
    EXPECT_EQ(revoked.record->kind, overlay::Kind::contacts);
    EXPECT_TRUE(revoked.record->edges.empty());
}

}  // namespace
}  // namespace overlay_time

// tests/node/reach/witnesses_test.cpp - who is asked to call us back, and when they are looked for.
#include "node/reach/witnesses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const crypto::PublicKey own{1}, mum{2}, bob{3};
const Witnesses::Time start{1h};
const AddressJudge anything = [](const overlay::TransportAddress&) { return std::string(); };

overlay::RecordName name(const crypto::PublicKey& owner, const char* label) {
    return {owner, {}, label};
}

overlay::InnerRecord record(std::initializer_list<const char*> addresses) {
    overlay::InnerRecord record;
    record.edges.emplace_back();
    for (const auto* address : addresses)
        record.edges.back().addresses.push_back(*parse_transport_address(address));
    return record;
}

TEST(Witnesses, the_first_contacts_are_asked_for_and_nobody_of_our_own_key) {
    Witnesses witnesses;
    EXPECT_THAT(witnesses.ask({name(own, "me"), name(mum, "mum"), name(bob, "bob")}, own, start),
                ElementsAre(name(mum, "mum"), name(bob, "bob")));
    std::vector<overlay::RecordName> many;
    for (std::uint8_t i = 10; i < 19; ++i)
        many.push_back(name(crypto::PublicKey{i}, "mum"));
    EXPECT_THAT(witnesses.ask(many, own, start), SizeIs(Witnesses::most_asked));
}

TEST(Witnesses, of_several_names_of_one_owner_the_first_is_asked_for) {
    Witnesses witnesses;
    EXPECT_THAT(
        witnesses.ask({name(mum, "dad"), name(mum, "kid"), name(mum, "mum"), name(bob, "bob")}, own, start),
        ElementsAre(name(mum, "dad"), name(bob, "bob")));
}

TEST(Witnesses, only_an_edge_in_the_open_that_listens_over_TCP_can_be_one) {
    Witnesses witnesses;
    witnesses.met(record({"udp:5.9.1.1:5060", "tcp:5.9.1.2:5060", "tls:5.9.1.3:5061", "tcp:10.0.0.7:5060",
                          "tcp:[2001:470::7]:5070"}),
                  anything);
    EXPECT_THAT(witnesses.edges(),
                ElementsAre(*parse_endpoint("5.9.1.2:5060"), *parse_endpoint("[2001:470::7]:5070")));
}

TEST(Witnesses, an_address_that_may_not_be_called_is_none) {
    Witnesses witnesses;
    const AddressJudge nothing = [](const overlay::TransportAddress&) { return std::string("our own"); };
    witnesses.met(record({"tcp:5.9.1.2:5060"}), nothing);
    EXPECT_THAT(witnesses.edges(), IsEmpty());
}

TEST(Witnesses, a_record_full_of_addresses_does_not_fill_the_memory) {
    Witnesses witnesses;
    for (int i = 0; i < 9; ++i)
        witnesses.met(record({"tcp:5.9.1.2:5060", "tcp:5.9.1.2:5061", "tcp:5.9.1.2:5062"}), anything);
    EXPECT_THAT(witnesses.edges(), SizeIs(Witnesses::most_known));
}

TEST(Witnesses, without_one_they_are_looked_for_soon_then_each_minute_and_else_twice_an_hour) {
    Witnesses witnesses;
    EXPECT_LE(witnesses.next_look(), start) << "at once";
    (void)witnesses.ask({name(mum, "mum")}, own, start);
    EXPECT_EQ(witnesses.next_look(), start + 5s) << "whoever started with us is there soon";
    witnesses.met(record({"tcp:5.9.1.2:5060"}), anything);
    EXPECT_EQ(witnesses.next_look(), start + 10s)
        << "she may have started as we did, and find out where she is";
    (void)witnesses.ask({name(mum, "mum")}, own, start + 30min);
    EXPECT_EQ(witnesses.next_look(), start + 31min) << "nobody has been met since";
    EXPECT_THAT(witnesses.edges(), SizeIs(1)) << "a call may need one meanwhile";
    (void)witnesses.ask({name(mum, "mum")}, own, start + 31min);
    EXPECT_THAT(witnesses.edges(), IsEmpty()) << "who is gone is not asked again";
    for (int i = 0; i < 5; ++i)
        (void)witnesses.ask({name(mum, "mum")}, own, start + 40min);
    EXPECT_EQ(witnesses.next_look(), start + 41min);
}

TEST(Witnesses, are_looked_for_again_soon_at_first_and_then_ever_more_seldom) {
    Witnesses witnesses;
    auto now = start;
    std::vector<std::chrono::seconds> pauses;
    for (int i = 0; i < 10; ++i) {
        (void)witnesses.ask({name(mum, "mum")}, own, now);
        witnesses.met(record({"tcp:5.9.1.2:5060"}), anything);
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(witnesses.next_look() - now));
        now = witnesses.next_look();
    }
    EXPECT_THAT(pauses, ElementsAre(10s, 20s, 40s, 80s, 160s, 320s, 640s, 1280s, 1800s, 1800s));
    witnesses.look_soon();
    (void)witnesses.ask({name(mum, "mum")}, own, now);
    witnesses.met(record({"tcp:5.9.1.2:5060"}), anything);
    EXPECT_EQ(witnesses.next_look(), now + 10s);
}

TEST(Witnesses, those_that_listen_over_UDP_answer_STUN) {
    Witnesses witnesses;
    witnesses.met(
        record({"udp:5.9.1.1:5060", "tcp:5.9.1.2:5060", "udp:10.0.0.7:5060", "udp:[2001:470::7]:5070"}),
        anything);
    EXPECT_THAT(witnesses.stun_servers(),
                ElementsAre(*parse_endpoint("5.9.1.1:5060"), *parse_endpoint("[2001:470::7]:5070")));
    (void)witnesses.ask({name(mum, "mum")}, own, start);
    EXPECT_THAT(witnesses.stun_servers(), SizeIs(2));
    witnesses.met(record({"udp:5.9.1.9:5060"}), anything);
    EXPECT_THAT(witnesses.stun_servers(), ElementsAre(*parse_endpoint("5.9.1.9:5060")));
}

}  // namespace
}  // namespace node

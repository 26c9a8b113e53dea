// tests/node/reach/port_mapper_test.cpp - a router in literals: what it is asked, when, and what follows.
#include "node/reach/port_mapper.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address_v4;
using State = PortMapper::State;

const Gateway home{make_address_v4("192.168.1.1"), make_address_v4("192.168.1.20")};
const InnerPort sip_udp{false, 5060}, sip_tcp{true, 5060};
constexpr auto nat_pmp = GatewayProtocol::nat_pmp, upnp = GatewayProtocol::upnp;

class Keeper : public testing::Test {
protected:
    void SetUp() override {
        mapper.set_ports({sip_udp, sip_tcp}, now);
        mapper.set_gateway(home, now);
    }
    MappingRequest round() {
        const auto r = mapper.next_request(now);
        EXPECT_TRUE(r);
        return r.value_or(MappingRequest{});
    }
    MappingAnswer granting(const MappingRequest& r, const char* outer, std::uint32_t epoch = 1000) {
        MappingAnswer answer{r.id, r.protocol, true, make_address_v4(outer), {}, {}, {}};
        if (r.protocol == nat_pmp) answer.epoch = epoch;
        for (const auto& wish : r.wishes)
            answer.grants.push_back({wish.inner, wish.outer, r.lease, {}, wish.held});
        return answer;
    }
    void grant(const char* outer = "203.0.113.5", std::uint32_t epoch = 1000) {
        mapper.answered(granting(round(), outer, epoch), now);
    }
    void silence() {
        const auto r = round();
        mapper.answered({r.id, r.protocol, false, {}, {}, {}, {}}, now);
    }
    void pass(std::chrono::seconds time) {
        now += time;
        mapper.on_time(now);
    }
    PortMapper mapper{{true, true, 7200s}};
    PortMapper::Time now{1000h};
};

TEST_F(Keeper, NAT_PMP_is_asked_first_for_each_port_as_it_is) {
    const auto r = round();
    EXPECT_EQ(r.protocol, nat_pmp);
    EXPECT_EQ(r.gateway, home);
    ASSERT_EQ(r.wishes.size(), 2U);
    EXPECT_EQ(r.wishes[0].inner, sip_udp);
    EXPECT_EQ(r.wishes[0].outer, 5060);
    EXPECT_EQ(r.lease, 7200s);
    EXPECT_FALSE(mapper.next_request(now)) << "one round at a time";
}

TEST_F(Keeper, a_grant_is_kept_with_the_port_that_the_router_chose) {
    auto answer = granting(round(), "203.0.113.5");
    answer.grants[0].outer = 40001;
    mapper.answered(answer, now);
    EXPECT_EQ(mapper.outer_address(), make_address_v4("203.0.113.5"));
    EXPECT_EQ(mapper.granted_by(), nat_pmp);
    EXPECT_EQ(mapper.mappings().at(sip_udp).outer, 40001);
    EXPECT_EQ(mapper.mappings().at(sip_tcp).outer, 5060);
    EXPECT_FALSE(mapper.next_request(now));
}

TEST_F(Keeper, without_ports_or_without_a_router_nobody_is_asked) {
    mapper.set_gateway({}, now);
    EXPECT_FALSE(mapper.next_request(now));
    EXPECT_FALSE(mapper.next_wake());
    mapper.set_gateway(home, now);
    mapper.set_ports({}, now);
    EXPECT_FALSE(mapper.next_request(now));
    EXPECT_FALSE(mapper.next_wake());
}

TEST_F(Keeper, UPnP_is_asked_at_once_when_NAT_PMP_is_silent) {
    silence();
    EXPECT_EQ(mapper.state(nat_pmp), State::silent);
    const auto r = round();
    EXPECT_EQ(r.protocol, upnp);
    mapper.answered(granting(r, "203.0.113.5"), now);
    EXPECT_EQ(mapper.granted_by(), upnp);
    // Whoever has granted is the one who is asked from now on.
    pass(60s);
    EXPECT_EQ(round().protocol, upnp);
}

TEST_F(Keeper, UPnP_is_asked_when_NAT_PMP_refuses_and_both_reasons_are_known) {
    const auto r = round();
    mapper.answered({r.id,
                     nat_pmp,
                     true,
                     make_address_v4("203.0.113.5"),
                     7U,
                     {{sip_udp, 0, {}, "it may not"}, {sip_tcp, 0, {}, "it may not"}},
                     {}},
                    now);
    EXPECT_EQ(mapper.state(nat_pmp), State::refuses);
    EXPECT_EQ(mapper.fault(nat_pmp), "it may not");
    EXPECT_EQ(round().protocol, upnp);
}

TEST_F(Keeper, what_is_switched_off_is_never_asked) {
    PortMapper only({false, true, 7200s});
    only.set_ports({sip_udp}, now);
    only.set_gateway(home, now);
    EXPECT_EQ(only.next_request(now)->protocol, upnp);
    PortMapper none({false, false, 7200s});
    none.set_ports({sip_udp}, now);
    none.set_gateway(home, now);
    EXPECT_FALSE(none.next_request(now));
    EXPECT_EQ(none.state(nat_pmp), State::off);
}

TEST_F(Keeper, a_lease_is_renewed_at_half_of_its_life_and_not_before) {
    grant();
    // In between only the address is asked, every 30 s.
    for (std::uint32_t t = 30; t < 3600; t += 30) {
        pass(30s);
        const auto r = round();
        EXPECT_TRUE(r.wishes.empty()) << t;
        mapper.answered(granting(r, "203.0.113.5", 1000 + t), now);
    }
    pass(30s);
    const auto r = round();
    EXPECT_EQ(r.wishes.size(), 2U);
    mapper.answered(granting(r, "203.0.113.5", 4600), now);
    EXPECT_EQ(mapper.mappings().at(sip_udp).until, now + 7200s);
}

TEST_F(Keeper, a_lease_that_cannot_be_renewed_ends_and_the_mapping_with_it) {
    grant();
    pass(7199s);
    EXPECT_EQ(mapper.mappings().size(), 2U);
    pass(1s);
    EXPECT_TRUE(mapper.mappings().empty());
    EXPECT_FALSE(mapper.granted_by());
}

TEST_F(Keeper, a_router_that_lost_its_table_is_asked_for_everything_at_once) {
    grant("203.0.113.5", 5000);
    pass(30s);
    auto r = round();
    EXPECT_TRUE(r.wishes.empty());
    mapper.answered(granting(r, "203.0.113.5", 12), now);  // it has been up for 12 s
    r = round();
    EXPECT_EQ(r.wishes.size(), 2U);
    mapper.answered(granting(r, "203.0.113.5", 12), now);
    EXPECT_FALSE(mapper.next_request(now)) << "these are in the new table";
    EXPECT_EQ(mapper.mappings().at(sip_udp).renew_at, now + 3600s);
}

TEST_F(Keeper, a_clock_of_the_router_that_is_an_eighth_slow_is_no_lost_table) {
    grant("203.0.113.5", 5000);
    pass(30s);
    mapper.answered(granting(round(), "203.0.113.5", 5025), now);
    EXPECT_FALSE(mapper.next_request(now));
}

TEST_F(Keeper, another_address_of_the_router_renews_everything_at_once) {
    grant("203.0.113.5", 5000);
    pass(30s);
    mapper.answered(granting(round(), "203.0.113.77", 5030), now);
    EXPECT_EQ(mapper.outer_address(), make_address_v4("203.0.113.77"));
    EXPECT_EQ(round().wishes.size(), 2U);
}

TEST_F(Keeper, an_announcement_of_the_router_is_followed_by_a_question_within_two_seconds) {
    grant();
    mapper.router_announced(make_address_v4("192.168.1.66"), now);
    EXPECT_GT(mapper.next_wake(), now + 10s) << "somebody else on the network";
    mapper.router_announced(home.address, now);
    EXPECT_EQ(mapper.next_wake(), now + 2s);
    pass(2s);
    const auto renewed = round();
    EXPECT_EQ(renewed.wishes.size(), 2U) << "its table may be new, though its epoch does not show it";
    mapper.answered(granting(renewed, "203.0.113.5", 1002), now);
    // Announcements in a flood bring no more than one question in two seconds.
    int questions = 0;
    for (int i = 0; i < 1000; ++i, now += 10ms) {
        mapper.router_announced(home.address, now);
        if (const auto r = mapper.next_request(now)) {
            ++questions;
            mapper.answered(granting(*r, "203.0.113.5", 1004 + static_cast<std::uint32_t>(i / 100)), now);
        }
    }
    EXPECT_LE(questions, 5);
}

TEST_F(Keeper, a_router_that_restarts_is_asked_again_soon_and_its_mappings_count_until_their_lease_ends) {
    grant();
    pass(30s);
    silence();
    EXPECT_EQ(mapper.mappings().size(), 2U);
    EXPECT_EQ(mapper.next_wake(), now + 2s);
    pass(2s);
    silence();
    // Perhaps it speaks UPnP only, after an update.
    EXPECT_EQ(round().protocol, upnp);
}

TEST_F(Keeper, one_that_never_answers_is_asked_ever_more_seldom) {
    std::vector<std::chrono::seconds> pauses;
    for (int i = 0; i < 7; ++i) {
        const auto began = now;
        now = std::max(now, *mapper.next_wake());
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(now - began));
        silence();
        if (mapper.next_wake() == now) silence();  // UPnP
    }
    EXPECT_EQ(pauses, (std::vector<std::chrono::seconds>{0s, 10s, 30s, 60s, 300s, 600s, 600s}));
}

TEST_F(Keeper, an_answer_from_the_network_before_is_dropped) {
    const auto old = round();
    mapper.set_gateway(Gateway{make_address_v4("10.0.0.1"), make_address_v4("10.0.0.7")}, now);
    const auto r = round();
    mapper.answered(granting(old, "203.0.113.5"), now);
    EXPECT_FALSE(mapper.outer_address());
    mapper.answered(granting(r, "198.51.100.7"), now);
    EXPECT_EQ(mapper.outer_address(), make_address_v4("198.51.100.7"));
}

TEST_F(Keeper, a_mapping_that_UPnP_no_longer_finds_is_asked_for_anew_and_one_that_it_finds_runs_on) {
    silence();
    mapper.answered(granting(round(), "203.0.113.5"), now);
    const auto until = mapper.mappings().at(sip_udp).until;
    pass(60s);
    const auto r = round();
    ASSERT_EQ(r.wishes.size(), 2U);
    EXPECT_TRUE(r.wishes[0].held);
    auto answer = granting(r, "203.0.113.5");
    answer.grants[1] = {sip_tcp, 5060, 7200s, {}, false};  // was gone; made anew by this very round
    mapper.answered(answer, now);
    EXPECT_EQ(mapper.mappings().at(sip_udp).until, until);
    EXPECT_EQ(mapper.mappings().at(sip_tcp).until, now + 7200s);
}

TEST_F(Keeper, a_permanent_mapping_is_looked_after_all_the_same) {
    silence();
    auto answer = granting(round(), "203.0.113.5");
    for (auto& each : answer.grants)
        each.lease = 0s;
    mapper.answered(answer, now);
    EXPECT_TRUE(mapper.mappings().at(sip_udp).permanent);
    EXPECT_EQ(mapper.next_wake(), now + 60s);
    pass(24h * 30 / 1h * 1s);
    EXPECT_EQ(mapper.mappings().size(), 2U);
}

TEST_F(Keeper, a_router_without_a_link_has_no_address_and_so_have_we) {
    grant();
    pass(30s);
    const auto r = round();
    mapper.answered({r.id, nat_pmp, true, {}, 1030U, {}, "it has no address itself"}, now);
    EXPECT_FALSE(mapper.outer_address());
    EXPECT_EQ(mapper.fault(nat_pmp), "it has no address itself");
    pass(2s);
    mapper.answered(granting(round(), "203.0.113.5", 1032), now);
    EXPECT_EQ(mapper.outer_address(), make_address_v4("203.0.113.5"));
}

// --- PCP before NAT-PMP, ports that come and go

class WithPcp : public Keeper {
protected:
    void SetUp() override {
        mapper.set_ports({sip_udp}, now);
        mapper.set_gateway(home, now);
    }
    void silence_of(GatewayProtocol protocol) {
        const auto r = asked.next_request(now);
        ASSERT_TRUE(r);
        EXPECT_EQ(r->protocol, protocol);
        asked.answered({r->id, protocol, false, {}, {}, {}, {}}, now);
    }
    PortMapper asked{{true, true, 7200s, true}};
};

TEST_F(WithPcp, PCP_is_asked_first_then_NAT_PMP_then_UPnP) {
    asked.set_ports({sip_udp}, now);
    asked.set_gateway(home, now);
    silence_of(GatewayProtocol::pcp);
    silence_of(nat_pmp);
    silence_of(upnp);
    EXPECT_FALSE(asked.next_request(now));
}

TEST_F(WithPcp, who_has_granted_over_PCP_is_asked_for_a_mapping_when_the_address_may_be_another) {
    asked.set_ports({sip_udp}, now);
    asked.set_gateway(home, now);
    auto r = asked.next_request(now);
    ASSERT_TRUE(r);
    asked.answered(granting(*r, "203.0.113.5"), now);
    now += 5s;
    asked.ask_soon(now);
    r = asked.next_request(now);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->wishes.size(), 1U) << "its epoch alone would not tell";
    asked.answered(granting(*r, "203.0.113.88"), now);
    EXPECT_EQ(asked.outer_address(), asio::ip::make_address("203.0.113.88"));
}

TEST_F(WithPcp, who_has_granted_over_PCP_is_asked_for_its_epoch_alone) {
    asked.set_ports({sip_udp}, now);
    asked.set_gateway(home, now);
    auto r = asked.next_request(now);
    ASSERT_TRUE(r);
    EXPECT_FALSE(r->spoke);
    auto answer = granting(*r, "203.0.113.5");
    answer.epoch = 100;
    asked.answered(answer, now);
    EXPECT_EQ(asked.granted_by(), GatewayProtocol::pcp);
    now += 15s;
    r = asked.next_request(now);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->protocol, GatewayProtocol::pcp);
    EXPECT_TRUE(r->spoke);
    EXPECT_TRUE(r->wishes.empty());
    MappingAnswer epoch{r->id, r->protocol, true, {}, 115U, {}, {}};
    epoch.only_epoch = true;
    asked.answered(epoch, now);
    EXPECT_EQ(asked.outer_address(), asio::ip::make_address("203.0.113.5"));
    EXPECT_EQ(asked.mappings().size(), 1U);
    // RFC 6887 §8.5: it began anew.
    now += 15s;
    r = asked.next_request(now);
    ASSERT_TRUE(r);
    epoch.id = r->id;
    epoch.epoch = 3;
    asked.answered(epoch, now);
    r = asked.next_request(now);
    ASSERT_TRUE(r) << "at once";
    EXPECT_EQ(r->wishes.size(), 1U);
}

TEST_F(Keeper, a_port_that_is_wished_for_later_is_asked_for_at_once_and_alone) {
    grant();
    now += 1s;
    mapper.set_ports({sip_udp, sip_tcp, {false, 40010}}, now);
    const auto r = round();
    ASSERT_EQ(r.wishes.size(), 1U);
    EXPECT_EQ(r.wishes[0].inner, (InnerPort{false, 40010}));
    // Another one while that is asked.
    mapper.set_ports({sip_udp, sip_tcp, {false, 40010}, {false, 40012}}, now);
    mapper.answered(granting(r, "203.0.113.5"), now);
    const auto next = round();
    ASSERT_EQ(next.wishes.size(), 1U);
    EXPECT_EQ(next.wishes[0].inner, (InnerPort{false, 40012}));
}

TEST_F(Keeper, over_UPnP_too_what_is_held_is_not_looked_at_for_a_new_port) {
    silence();
    grant();
    ASSERT_EQ(mapper.granted_by(), upnp);
    now += 1s;
    mapper.set_ports({sip_udp, sip_tcp, {false, 40010}}, now);
    auto r = round();
    ASSERT_EQ(r.wishes.size(), 1U);
    mapper.answered(granting(r, "203.0.113.5"), now);
    pass(60s);
    r = round();
    EXPECT_EQ(r.wishes.size(), 3U) << "but once a minute";
}

TEST_F(Keeper, a_port_that_is_not_wanted_any_more_is_given_back) {
    mapper.set_ports({sip_udp, {false, 40010}}, now);
    grant();
    now += 1s;
    mapper.set_ports({sip_udp}, now);
    const auto r = round();
    EXPECT_TRUE(r.wishes.empty());
    EXPECT_EQ(r.ends, (std::vector<MappingEnd>{{{false, 40010}, 40010, home.own}}));
    mapper.answered(granting(r, "203.0.113.5"), now);
    EXPECT_FALSE(mapper.next_request(now));
    EXPECT_EQ(mapper.mappings().size(), 1U);
    // The last ones, too.
    mapper.set_ports({}, now);
    pass(0s);
    EXPECT_EQ(round().ends.size(), 1U);
}

TEST_F(Keeper, one_that_is_granted_after_it_was_given_up_is_given_back_too) {
    const auto r = round();
    mapper.set_ports({sip_udp}, now);
    mapper.answered(granting(r, "203.0.113.5"), now);
    EXPECT_EQ(mapper.mappings().size(), 1U);
    EXPECT_EQ(round().ends, (std::vector<MappingEnd>{{sip_tcp, 5060, home.own}}));
}

TEST_F(Keeper, what_nobody_comes_in_through_is_made_anew_once) {
    grant();
    now += 1s;
    EXPECT_TRUE(mapper.make_anew(sip_udp, now));
    const auto r = round();
    ASSERT_EQ(r.wishes.size(), 1U);
    EXPECT_TRUE(r.wishes[0].anew);
    mapper.answered(granting(r, "203.0.113.5"), now);
    EXPECT_FALSE(mapper.make_anew(sip_udp, now));
    EXPECT_FALSE(mapper.make_anew({false, 9999}, now));
    now += 3600s;
    mapper.on_time(now);
    for (const auto& wish : round().wishes)
        EXPECT_FALSE(wish.anew) << "renewed as always";
}

}  // namespace
}  // namespace node

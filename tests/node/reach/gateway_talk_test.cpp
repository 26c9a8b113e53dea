// tests/node/reach/gateway_talk_test.cpp - routers in literals, good and bad ones, over NAT-PMP and PCP: what
// they are asked, how often, and which of their datagrams is an answer. Over NAT-PMP through libnatpmp, on
// loopback.
#include "node/reach/gateway_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/reach/nat_pmp_router.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Bytes = std::vector<std::uint8_t>;

const Gateway home{make_address("192.168.1.1"), make_address("192.168.1.20")};
const Gateway home6{make_address("fe80::1"), make_address("2001:db8:1::20"), 2};
const InnerPort sip_udp{false, 5060}, sip_tcp{true, 5061};
const crypto::Bytes<16> secret{1, 2, 3};

class Talk : public testing::Test {
protected:
    void begin(GatewayProtocol protocol, std::vector<MappingWish> wishes, const Gateway& gateway = home) {
        MappingRequest request{7, protocol, gateway, std::move(wishes), 7200s};
        request.spoke = spoke;
        request.ends = ends;
        talk.emplace(std::move(request), secret, now);
    }
    /// What is to be sent now; over NAT-PMP as libnatpmp has written it.
    std::vector<Bytes> take() {
        std::vector<Bytes> all;
        for (const auto& question : talk->take()) {
            const auto* nat_pmp = std::get_if<NatPmpQuestion>(&question);
            all.push_back(nat_pmp != nullptr ? router.ask(*nat_pmp) : std::get<Bytes>(question));
        }
        return all;
    }
    Bytes sent() {
        auto all = take();
        EXPECT_LE(all.size(), 1U);
        return all.empty() ? Bytes() : all.back();
    }
    void hears(const Bytes& datagram) {
        if (talk->request().protocol == GatewayProtocol::pcp) return talk->received(datagram, now);
        (void)hear(*talk, router, datagram, now);
        EXPECT_TRUE(router.all_read());
    }
    /// What is sent while nobody answers, by the milliseconds since then.
    std::vector<int> silence(std::chrono::milliseconds most = 10s) {
        std::vector<int> when;
        const auto began = now;
        if (!take().empty()) when.push_back(0);
        while (!talk->ended() && now - began < most) {
            now = talk->next_wake();
            talk->on_time(now);
            if (!take().empty())
                when.push_back(static_cast<int>(
                    std::chrono::duration_cast<std::chrono::milliseconds>(now - began).count()));
        }
        return when;
    }

    GatewayTalk::Time now{1000h};
    bool spoke = true;
    std::vector<MappingEnd> ends;
    NatPmpRouter router;
    std::optional<GatewayTalk> talk;
};

// --- NAT-PMP (RFC 6886)

const Bytes address_answer{0, 128, 0, 0, 0, 0, 1, 0, 203, 0, 113, 5};

Bytes map_answer(std::uint8_t opcode, std::uint16_t inner, std::uint16_t outer, std::uint16_t result = 0) {
    const auto high = [](std::uint16_t n) { return static_cast<std::uint8_t>(n >> 8U); };
    const auto low = [](std::uint16_t n) { return static_cast<std::uint8_t>(n & 0xffU); };
    return {0,           static_cast<std::uint8_t>(128 + opcode),
            0,           low(result),
            0,           0,
            1,           0,
            high(inner), low(inner),
            high(outer), low(outer),
            0,           0,
            0x1c,        0x20};
}

class NatPmp : public Talk {
protected:
    void SetUp() override {
        begin(GatewayProtocol::nat_pmp, {{sip_udp, 5060}, {sip_tcp, 5062}});
        EXPECT_EQ(sent(), (Bytes{0, 0}));
    }
    /// The first wish is asked.
    void at_the_first_wish() {
        hears(address_answer);
        EXPECT_EQ(sent(), (Bytes{0, 1, 0, 0, 0x13, 0xc4, 0x13, 0xc4, 0, 0, 0x1c, 0x20}));
    }
};

TEST_F(NatPmp, the_address_is_asked_for_and_then_each_mapping) {
    at_the_first_wish();
    hears(map_answer(1, 5060, 5060));
    EXPECT_EQ(sent(), (Bytes{0, 2, 0, 0, 0x13, 0xc5, 0x13, 0xc6, 0, 0, 0x1c, 0x20}));
    hears(map_answer(2, 5061, 40001));
    ASSERT_TRUE(talk->ended());
    const auto& answer = talk->answer();
    EXPECT_EQ(answer.id, 7U);
    EXPECT_TRUE(answer.speaks);
    EXPECT_EQ(answer.outer_address, make_address("203.0.113.5"));
    EXPECT_EQ(answer.epoch, 256U);
    ASSERT_THAT(answer.grants, SizeIs(2));
    EXPECT_EQ(answer.grants[0].inner, sip_udp);
    EXPECT_EQ(answer.grants[0].outer, 5060);
    EXPECT_EQ(answer.grants[0].lease, 7200s);
    EXPECT_EQ(answer.grants[1].outer, 40001) << "what the router gives";
}

TEST_F(NatPmp, a_silent_router_hears_four_datagrams_and_is_given_up_after_3750_ms) {
    begin(GatewayProtocol::nat_pmp, {{sip_udp, 5060}});
    EXPECT_THAT(silence(), ElementsAre(0, 250, 750, 1750));
    EXPECT_TRUE(talk->ended());
    EXPECT_FALSE(talk->answer().speaks);
}

TEST_F(NatPmp, an_answer_with_another_inner_port_or_opcode_is_none_however_often_it_comes) {
    at_the_first_wish();
    int datagrams = 1;
    const auto began = now;
    while (!talk->ended()) {
        for (int i = 0; i < 100; ++i) {
            hears(map_answer(1, 5061, 5060));
            hears(map_answer(2, 5060, 5060));
            hears(address_answer);
            hears({0, 131, 0, 0, 0, 0, 1, 0, 0x13, 0xc4, 0x13, 0xc4, 0, 0, 0x1c, 0x20});
            hears({1, 129, 0, 0, 0, 0, 1, 0, 0x13, 0xc4, 0x13, 0xc4, 0, 0, 0x1c, 0x20});
            hears({0, 1, 0, 0, 0, 0, 1, 0, 0x13, 0xc4, 0x13, 0xc4, 0, 0, 0x1c, 0x20});
        }
        EXPECT_THAT(take(), IsEmpty()) << "none is a reason to ask again";
        now = talk->next_wake();
        talk->on_time(now);
        datagrams += static_cast<int>(take().size());
    }
    EXPECT_EQ(datagrams, 4);
    EXPECT_EQ(now - began, 3750ms);
    EXPECT_THAT(talk->answer().grants, IsEmpty());
    EXPECT_EQ(talk->answer().ignored, 4U * 600U);
}

TEST_F(NatPmp, answers_that_are_too_short_are_none_and_the_good_one_that_follows_counts) {
    for (std::size_t size = 0; size < address_answer.size(); ++size)
        hears(Bytes(address_answer.begin(), address_answer.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_THAT(take(), IsEmpty());
    at_the_first_wish();
    const auto good = map_answer(1, 5060, 5110);
    for (std::size_t size = 0; size < good.size(); ++size)
        hears(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_THAT(take(), IsEmpty());
    hears(good);
    EXPECT_THAT(take(), SizeIs(1));
    hears(map_answer(2, 5061, 5062));
    EXPECT_EQ(talk->answer().grants.at(0).outer, 5110);
    EXPECT_EQ(talk->answer().grants.at(0).lease, 7200s);
    EXPECT_EQ(talk->answer().ignored, 12U + 16U);
}

TEST_F(NatPmp, an_error_of_eight_bytes_is_an_answer_and_one_of_seven_is_none) {
    at_the_first_wish();
    hears({0, 129, 0, 2, 0, 0, 1});
    EXPECT_THAT(take(), IsEmpty());
    hears({0, 129, 0, 2, 0, 0, 1, 0});
    EXPECT_THAT(take(), SizeIs(1)) << "the next wish";
    hears(map_answer(2, 5061, 5062));
    EXPECT_EQ(talk->answer().grants.at(0).outer, 0);
    EXPECT_EQ(talk->answer().grants.at(0).fault, "it may not (NAT-PMP: not authorized)");
}

TEST_F(NatPmp, a_router_without_an_address_is_asked_for_no_mapping) {
    hears({0, 128, 0, 3, 0, 0, 1, 0});
    ASSERT_TRUE(talk->ended());
    EXPECT_TRUE(talk->answer().speaks);
    EXPECT_EQ(talk->answer().fault, "it has no address itself (NAT-PMP: network failure)");
    EXPECT_THAT(take(), IsEmpty());
    begin(GatewayProtocol::nat_pmp, {{sip_udp, 5060}});
    (void)take();
    hears({0, 128, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0});
    EXPECT_EQ(talk->answer().fault, "it has no address itself");
}

TEST_F(NatPmp, a_grant_without_port_or_lifetime_is_a_refusal) {
    at_the_first_wish();
    auto endless = map_answer(1, 5060, 5060);
    std::fill(endless.end() - 4, endless.end(), std::uint8_t{0});
    hears(endless);
    EXPECT_THAT(take(), SizeIs(1));
    hears(map_answer(2, 5061, 0));
    EXPECT_EQ(talk->answer().grants.at(0).fault, "it gave no port");
    EXPECT_EQ(talk->answer().grants.at(1).fault, "it gave no port");
}

TEST_F(NatPmp, what_nobody_comes_in_through_is_ended_before_it_is_asked_for_again) {
    MappingWish wish{sip_udp, 5060};
    wish.anew = true;
    begin(GatewayProtocol::nat_pmp, {wish});
    (void)take();
    hears(address_answer);
    EXPECT_EQ(sent(), (Bytes{0, 1, 0, 0, 0x13, 0xc4, 0, 0, 0, 0, 0, 0}));
    hears({0, 129, 0, 0, 0, 0, 1, 0, 0x13, 0xc4, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(sent(), (Bytes{0, 1, 0, 0, 0x13, 0xc4, 0x13, 0xc4, 0, 0, 0x1c, 0x20}));
}

TEST_F(NatPmp, what_is_given_back_is_told_without_waiting_for_an_answer) {
    ends = {{sip_udp, 5060, home.own}};
    begin(GatewayProtocol::nat_pmp, {});
    EXPECT_THAT(take(), ElementsAre(Bytes{0, 1, 0, 0, 0x13, 0xc4, 0, 0, 0, 0, 0, 0}, Bytes{0, 0}));
    hears(address_answer);
    EXPECT_TRUE(talk->ended());
}

TEST_F(NatPmp, an_answer_to_what_is_not_asked_yet_is_read_away) {
    hears(address_answer);
    hears(map_answer(1, 5060, 5110));
    EXPECT_THAT(talk->answer().grants, IsEmpty());
    EXPECT_EQ(talk->answer().ignored, 1U);
    EXPECT_THAT(take(), SizeIs(1));
    hears(map_answer(1, 5060, 5060));
    EXPECT_EQ(talk->answer().grants.at(0).outer, 5060);
}

TEST_F(NatPmp, nobody_listening_is_the_end) {
    talk->unreachable();
    EXPECT_TRUE(talk->ended());
    EXPECT_FALSE(talk->answer().speaks);
}

// --- PCP (RFC 6887)

/// What a router answers to a MAP that it heard.
Bytes granting(Bytes question, std::uint16_t outer, const char* address, std::uint8_t result = 0) {
    question[1] |= 0x80U;
    question[3] = result;
    std::fill(question.begin() + 8, question.begin() + 24, std::uint8_t{0});
    question[11] = 77;  // epoch
    question[42] = static_cast<std::uint8_t>(outer >> 8U);
    question[43] = static_cast<std::uint8_t>(outer & 0xffU);
    const auto at = make_address(address);
    const auto v6 = at.is_v6() ? at.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, at.to_v4());
    std::ranges::copy(v6.to_bytes(), question.begin() + 44);
    return question;
}

class Pcp : public Talk {};

TEST_F(Pcp, a_mapping_is_asked_for_as_section_11_1_says) {
    begin(GatewayProtocol::pcp, {{sip_tcp, 5062}});
    const Bytes question = sent();
    ASSERT_THAT(question, SizeIs(60));
    EXPECT_EQ(Bytes(question.begin(), question.begin() + 8), (Bytes{2, 1, 0, 0, 0, 0, 0x1c, 0x20}));
    EXPECT_EQ(Bytes(question.begin() + 8, question.begin() + 24),
              (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 20}));
    EXPECT_EQ(Bytes(question.begin() + 36, question.begin() + 44),
              (Bytes{6, 0, 0, 0, 0x13, 0xc5, 0x13, 0xc6}));
    EXPECT_EQ(Bytes(question.begin() + 44, question.end()),
              (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}));
    hears(granting(question, 40001, "203.0.113.5"));
    ASSERT_TRUE(talk->ended());
    EXPECT_EQ(talk->answer().outer_address, make_address("203.0.113.5"));
    EXPECT_EQ(talk->answer().epoch, 77U);
    EXPECT_EQ(talk->answer().grants.at(0).outer, 40001);
    EXPECT_EQ(talk->answer().grants.at(0).lease, 7200s);
}

TEST_F(Pcp, a_hole_in_an_IPv6_firewall_is_asked_for_the_same_way) {
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}}, home6);
    const Bytes question = sent();
    EXPECT_EQ(Bytes(question.begin() + 44, question.end()), Bytes(16, 0));
    hears(granting(question, 5060, "2001:db8:1::20"));
    EXPECT_EQ(talk->answer().outer_address, home6.own);
    EXPECT_EQ(talk->answer().grants.at(0).outer, 5060);
}

TEST_F(Pcp, each_mapping_has_a_nonce_of_its_own_which_is_the_same_the_next_time) {
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    const Bytes first = sent();
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    EXPECT_EQ(sent(), first);
    begin(GatewayProtocol::pcp, {{sip_tcp, 5060}});
    const Bytes other = sent();
    EXPECT_FALSE(std::equal(first.begin() + 24, first.begin() + 36, other.begin() + 24));
    EXPECT_NE(pcp_nonce(secret, home.own, sip_udp), pcp_nonce({9}, home.own, sip_udp));
}

TEST_F(Pcp, an_answer_with_another_nonce_port_protocol_or_opcode_is_none) {
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    const Bytes good = granting(sent(), 5060, "203.0.113.5");
    for (const std::size_t at : {0U, 1U, 24U, 35U, 36U, 40U, 41U}) {
        Bytes bad = good;
        bad[at] ^= 3U;
        hears(bad);
        EXPECT_FALSE(talk->ended()) << at;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        hears(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    Bytes longer = good;
    longer.resize(1104);
    hears(longer);
    EXPECT_FALSE(talk->ended());
    EXPECT_THAT(take(), IsEmpty());
    hears(good);
    EXPECT_TRUE(talk->ended());
}

TEST_F(Pcp, a_router_that_speaks_NAT_PMP_alone_says_so_at_once) {
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    hears({0, 129, 0, 1, 0, 0, 1, 0});
    EXPECT_TRUE(talk->ended());
    EXPECT_FALSE(talk->answer().speaks);
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    Bytes version_1(24, 0);
    version_1[0] = 1, version_1[1] = 0x81, version_1[3] = 1;
    hears(version_1);
    EXPECT_TRUE(talk->ended());
}

TEST_F(Pcp, one_that_never_spoke_it_has_750_ms_and_two_datagrams) {
    spoke = false;
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    const auto began = now;
    EXPECT_THAT(silence(), ElementsAre(0, 250));
    EXPECT_EQ(now - began, 750ms);
    spoke = true;
    begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
    EXPECT_THAT(silence(), ElementsAre(0, 250, 750, 1750));
}

TEST_F(Pcp, errors_are_told_in_words) {
    for (const auto& [code, words] : std::vector<std::pair<std::uint8_t, const char*>>{
             {2, "it may not (PCP: not authorized)"},
             {8, "it has no room for more (PCP: no resources)"},
             {12,
              "it sees this machine at another address, so that a second router is in between (PCP: address "
              "mismatch)"},
             {99, "it refused (PCP error 99)"}}) {
        begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
        hears(granting(sent(), 0, "0.0.0.0", code));
        ASSERT_TRUE(talk->ended());
        EXPECT_TRUE(talk->answer().speaks);
        EXPECT_FALSE(talk->answer().outer_address);
        EXPECT_EQ(talk->answer().grants.at(0).fault, words);
    }
}

TEST_F(Pcp, without_a_wish_the_epoch_is_asked_for) {
    begin(GatewayProtocol::pcp, {});
    const Bytes question = sent();
    ASSERT_THAT(question, SizeIs(24));
    EXPECT_EQ(question[1], 0);
    Bytes answer(24, 0);
    answer[0] = 2, answer[1] = 0x80, answer[11] = 9;
    hears(answer);
    ASSERT_TRUE(talk->ended());
    EXPECT_TRUE(talk->answer().only_epoch);
    EXPECT_EQ(talk->answer().epoch, 9U);
}

TEST_F(Pcp, an_address_of_another_family_or_none_is_a_refusal) {
    for (const char* address : {"0.0.0.0", "2001:db8::1"}) {
        begin(GatewayProtocol::pcp, {{sip_udp, 5060}});
        hears(granting(sent(), 5060, address));
        EXPECT_EQ(talk->answer().grants.at(0).outer, 0) << address;
        EXPECT_FALSE(talk->answer().outer_address);
    }
}

TEST(Announcement, of_either_protocol_is_known_and_nothing_else_is_one) {
    EXPECT_TRUE(is_announcement(address_answer));
    Bytes pcp(24, 0);
    pcp[0] = 2, pcp[1] = 0x80;
    EXPECT_TRUE(is_announcement(pcp));
    pcp[3] = 1;
    EXPECT_FALSE(is_announcement(pcp));
    EXPECT_FALSE(is_announcement(Bytes{0, 128, 0, 0, 0, 0, 1, 0, 203, 0, 113}));
    EXPECT_FALSE(is_announcement(map_answer(1, 5060, 5060)));
    EXPECT_FALSE(is_announcement(Bytes{}));
}

}  // namespace
}  // namespace node

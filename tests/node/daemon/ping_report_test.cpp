// tests/node/daemon/ping_report_test.cpp - which ways a ping takes, and its sentences.
#include "node/daemon/ping_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::HasSubstr;

const sip::Endpoint outside{asio::ip::make_address("192.0.2.1"), 5061};
const sip::Endpoint inside{asio::ip::make_address("192.168.1.21"), 5061};

sip::RouteContact pinned(const sip::Endpoint& at) {
    sip::RouteContact contact{"sip:bob@" + sip::to_string(at) + ";transport=tls", 1.0};
    contact.hop = sip::NextHop{sip::Transport::tls, at, {{}, sip::KeyHash{7}}};
    return contact;
}

Trace found(std::vector<sip::RouteContact> contacts, bool gives_tls) {
    Trace trace;
    trace.uri = "sip:bob";
    trace.answer.status = 302;
    trace.answer.contacts = std::move(contacts);
    trace.answer.gives_tls = gives_tls;
    return trace;
}

bool is_inside(const sip::Endpoint& at) {
    return at == inside;
}

const sip::RouteContact clear{"sip:bob@192.0.2.1:5060;transport=udp", 1.0};

TEST(WaysOf, are_those_by_TLS_where_the_record_gives_any_in_the_order_of_a_call) {
    const auto ways = ways_of(found({clear, pinned(inside), pinned(outside)}, true), is_inside);
    ASSERT_EQ(ways.size(), 2U);
    EXPECT_EQ(ways[0].kind, PingWay::Kind::beside);
    EXPECT_EQ(ways[1].kind, PingWay::Kind::direct);
    EXPECT_EQ(ways[1].uri, "sip:192.0.2.1:5061") << "no name of a user goes to who may be somebody else";
    ASSERT_EQ(ways_of(found({clear}, false), is_inside).size(), 1U);
}

TEST(WaysOf, lead_through_a_relay_where_nobody_can_call_and_tell_the_relay_nothing) {
    auto contact = pinned(outside);
    contact.hop->peer.through = "abcdefghijklmnopqrstuvwxyz";
    const auto trace = found({contact}, true);
    const auto ways = ways_of(trace, is_inside);
    ASSERT_EQ(ways.size(), 1U);
    EXPECT_EQ(ways[0].kind, PingWay::Kind::through);
    EXPECT_EQ(ways[0].uri, "sip:relay.alt");
    const std::vector<PingedWay> pinged = {{ways[0], true, 200, std::chrono::milliseconds(60), ""}};
    EXPECT_THAT(
        ping_report(trace, pinged, {}).says,
        HasSubstr("bob's node answers through the node at 192.0.2.1:5061, in 60 ms; it has the key of"));
}

const sip::Endpoint over_ipv6{asio::ip::make_address("2a0f::20"), 5061};

sip::RouteContact relayed(const sip::Endpoint& at) {
    auto contact = pinned(at);
    contact.hop->peer.through = "abcdefghijklmnopqrstuvwxyz";
    return contact;
}

TEST(WaySentence, names_where_a_call_goes_first_not_what_a_302_would_give) {
    const auto says = [](std::vector<sip::RouteContact> contacts, bool ipv6 = true) {
        const auto trace = found(std::move(contacts), true);
        return way_sentence(trace, ways_of(trace, is_inside),
                            [ipv6](const asio::ip::address& address) { return ipv6 || address.is_v4(); });
    };
    EXPECT_EQ(says({clear, pinned(outside)}),
              "A call to sip:bob goes to the other node over TLS, at 192.0.2.1:5061.");
    EXPECT_EQ(
        says({pinned(inside), pinned(outside)}),
        "A call to sip:bob goes to the other node on your own network, at 192.168.1.21:5061; there is one "
        "more way to try after it.");
    EXPECT_EQ(
        says({pinned(over_ipv6), relayed(outside), relayed(outside)}),
        "A call to sip:bob goes to the other node over TLS, at [2a0f::20]:5061; there are 2 more ways to "
        "try after it.");
    EXPECT_EQ(
        says({pinned(over_ipv6), relayed(outside)}, false),
        "A call to sip:bob goes through the node at 192.0.2.1:5061, which passes it on to the other node "
        "and reads nothing: it can be called over IPv6 alone, which this node has not.");
    EXPECT_EQ(says({relayed({asio::ip::make_address("127.0.0.1"), 5061})}),
              "A call to sip:bob goes over the connection that the other node keeps to this one: nobody can "
              "call it itself.");
    EXPECT_EQ(says({}), "");
}

TEST(WaySentence, says_what_to_do_where_one_has_only_IPv6_and_the_other_only_IPv4) {
    const auto trace = found({pinned(over_ipv6)}, true);
    const auto ways = ways_of(trace, is_inside);
    const std::string right =
        "bob's node can be called over IPv6 alone, which this node has not. Have IPv6 from your provider, or "
        "let "
        "bob take the invite of a friend whose node can be reached over IPv4: it then passes calls on.";
    EXPECT_EQ(way_sentence(trace, ways, [](const auto& address) { return address.is_v4(); }), right);
    MediaHome home;
    home.ipv6 = false;
    EXPECT_EQ(ping_report(trace, {{ways[0], false, 0, {}, "no connection"}}, home).says, right);
    EXPECT_THAT(ping_report(trace, {{ways[0], false, 0, {}, "no connection"}}, {}).says,
                HasSubstr("bob's node does not answer"));
}

TEST(PingReportText, says_who_answers_over_which_way_and_whether_there_would_be_sound) {
    const auto trace = found({pinned(inside), pinned(outside)}, true);
    std::vector<PingedWay> pinged;
    for (const auto& way : ways_of(trace, is_inside))
        pinged.push_back({way, false, 0, {}, "no answer in 4 s"});
    const auto silent = ping_report(trace, pinged, {});
    EXPECT_FALSE(silent.answers);
    EXPECT_EQ(silent.says,
              "bob's node does not answer (tls:192.168.1.21:5061: no answer in 4 s; tls:192.0.2.1:5061: no "
              "answer in 4 "
              "s). Is it running? `hedgewitch status` there says whether others can reach it.");
    EXPECT_TRUE(silent.media_says.empty());
    pinged[1] = {pinged[1].way, true, 200, std::chrono::milliseconds(31), ""};
    EXPECT_EQ(ping_report(trace, pinged, {}).says,
              "bob's node answers over TLS, at 192.0.2.1:5061, in 31 ms; it has the key of the record.");
    pinged[0] = {pinged[0].way, true, 200, std::chrono::milliseconds(2), ""};
    const auto beside = ping_report(trace, pinged, {});
    EXPECT_THAT(beside.says, HasSubstr("on your own network, at 192.168.1.21:5061, in 2 ms"));
    EXPECT_THAT(beside.media_says, HasSubstr("There will be sound"));
    EXPECT_EQ(beside.media, "yes");
}

TEST(PingReportText, says_why_nobody_was_found) {
    Trace trace;
    trace.uri = "sip:bob@example.org";
    trace.answer.status = 480;
    StepAnswer step;
    step.step = "dht";
    step.sentence = "The DHT holds no usable record for this name (no value was there).";
    trace.steps = {step};
    const auto report = ping_report(trace, {}, {});
    EXPECT_EQ(
        report.says,
        "bob@example.org cannot be found: The DHT holds no usable record for this name (no value was there). "
        "`hedgewitch explain bob@example.org` tells all that was asked.");
    EXPECT_EQ(report.status, 480);
}

}  // namespace
}  // namespace node

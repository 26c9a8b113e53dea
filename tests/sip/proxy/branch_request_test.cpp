// tests/sip/proxy/branch_request_test.cpp
#include "sip/proxy/branch_request.hpp"

#include <gtest/gtest.h>

#include "sip/syntax/uri.hpp"
#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

using Strings = std::vector<std::string>;

struct Host final : ProxyHost {
    [[nodiscard]] Endpoint own_address(const Flow&) const override {
        return {asio::ip::make_address("203.0.113.1"), 5060};
    }
};

struct BranchRequestTest : ::testing::Test {
    Sent sent;
    Host host;
    FlowTokens tokens{secret};
    const Flow caller = udp_flow("10.0.0.9", 5070), phone = udp_flow("10.0.0.5", 5062);

    static Hop hop(std::string uri, Strings route = {}) {
        Hop hop;
        hop.uri = std::move(uri);
        hop.route = std::move(route);
        return hop;
    }
    ForwardRequest forward(const std::string& contact = "<sip:alice@10.0.0.9:5070>") {
        Request request;
        request.more = "Contact: " + contact + "\r\n";
        ForwardRequest out;
        out.request = StoredRequest(*MessageView::parse(request.text()));
        out.flow = caller;
        return out;
    }
    Strings recorded(const ForwardRequest& request, const Hop& to) {
        return recorded_route(request, to, phone, tokens, host);
    }
};

TEST_F(BranchRequestTest, the_flow_that_a_phone_registered_on_is_used_while_it_lives) {
    Hop to = hop("sip:bob@10.0.0.77");
    to.flow = tcp_flow("10.0.0.5");
    EXPECT_EQ(flow_of(to, sent), to.flow);
    sent.dead.push_back(*to.flow);
    EXPECT_EQ(flow_of(to, sent), std::nullopt);
}

TEST_F(BranchRequestTest, else_the_next_hop_the_first_Route_or_the_uri_says_where) {
    const auto remote = [&](const Hop& to) { return to_string(flow_of(to, sent)->remote); };
    EXPECT_EQ(remote(hop("sip:bob@10.0.0.7:5080")), "10.0.0.7:5080");
    Hop to = hop("sip:bob@10.0.0.7:5080", {"<sip:10.0.0.8;lr>", "<sip:10.0.0.10;lr>"});
    EXPECT_EQ(remote(to), "10.0.0.8:5060");
    to.next = NextHop{Transport::udp, {asio::ip::make_address("10.0.0.11"), 5060}};
    EXPECT_EQ(remote(to), "10.0.0.11:5060");
    EXPECT_EQ(flow_of(hop("sip:bob@example.net"), sent), std::nullopt) << "the proxy looks no name up";
}

TEST_F(BranchRequestTest, our_Via_names_the_flow_and_asks_for_rport_over_udp_alone) {
    EXPECT_EQ(branch_request(hop("sip:b@h"), phone, "z9hG4bK1").via,
              "SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1;rport");
    EXPECT_EQ(branch_request(hop("sip:b@h"), tcp_flow(), "z9hG4bK1").via,
              "SIP/2.0/TCP 127.0.0.2:5060;branch=z9hG4bK1");
}

TEST_F(BranchRequestTest, a_strict_router_gets_itself_in_the_request_uri_and_the_target_last) {
    const auto loose = branch_request(hop("sip:b@h", {"<sip:r1;lr>", "<sip:r2>"}), phone, "x");
    EXPECT_EQ(loose.request_uri, "sip:b@h");
    EXPECT_EQ(loose.route, (Strings{"<sip:r1;lr>", "<sip:r2>"}));
    const auto strict = branch_request(hop("sip:b@h", {"<sip:r1>", "<sip:r2;lr>"}), phone, "x");
    EXPECT_EQ(strict.request_uri, "sip:r1");
    EXPECT_EQ(strict.route, (Strings{"<sip:r2;lr>", "<sip:b@h>"}));
}

TEST_F(BranchRequestTest, nothing_is_recorded_between_two_phones_that_can_talk_without_us) {
    EXPECT_TRUE(recorded(forward(), hop("sip:bob@10.0.0.5:5062")).empty());
}

TEST_F(BranchRequestTest, what_stays_is_recorded_twice_under_the_address_that_each_side_can_use) {
    auto request = forward();
    request.stays = true;
    const auto values = recorded(request, hop("sip:bob@10.0.0.5:5062"));
    ASSERT_EQ(values.size(), 2U);
    for (const auto& value : values)
        EXPECT_NE(value.find("@203.0.113.1:5060;lr>"), std::string::npos) << value;
    const auto user = [](const std::string& value) {
        return std::string(UriView::parse(uri_in(value))->user);
    };
    const DialogTags dialog{request.request.call_id(), request.request.from_tag()};
    const auto first = tokens.open(user(values[0]), Side::callee, dialog);
    const auto last = tokens.open(user(values[1]), Side::callee, dialog);
    ASSERT_TRUE(first && last);
    EXPECT_EQ(first->flow, phone) << "the callee's side stands on top";
    EXPECT_EQ(last->flow, caller);
}

TEST_F(BranchRequestTest, a_hop_with_a_path_or_of_an_outbound_phone_is_recorded_too) {
    EXPECT_EQ(recorded(forward(), hop("sip:bob@10.0.0.5:5062", {"<sip:10.0.0.5:5062;lr>"})).size(), 2U);
    Hop outbound = hop("sip:bob@10.0.0.5:5062");
    outbound.outbound = true;
    EXPECT_EQ(recorded(forward(), outbound).size(), 2U);
}

}  // namespace
}  // namespace sip::testing

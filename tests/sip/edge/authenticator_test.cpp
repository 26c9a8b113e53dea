// tests/sip/edge/authenticator_test.cpp - whose credentials, whom From claims to be, and what is said to
// whom.
#include "sip/edge/authenticator.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct ListeningHost : ScriptedHost {
    std::vector<std::pair<std::string, LoginFault>> failed;
    void login_failed(std::string_view user, const Flow&, LoginFault fault, Now) override {
        failed.emplace_back(user, fault);
    }
};

struct AuthenticatorTest : ::testing::Test {
    AuthenticatorTest() {
        config.secret = secret;
        config.forwards = true;
        users.users["alice"] = credentials_of("alice", config.realm, "wonderland");
    }
    Authenticator::Outcome outcome(const Flow& flow, const Request& request) {
        const std::string text = request.text();
        return authenticator.authenticate(*MessageView::parse(text), flow, now);
    }
    // The challenge to this request, as it would be read from the wire.
    std::string challenge(const Flow& flow, const Request& request) {
        const auto answer = std::get<Answer>(outcome(flow, request));
        std::string wire = "SIP/2.0 " + std::to_string(answer.status) + " -\r\n";
        for (const auto& [name, value] : answer.fields)
            wire += name + ": " + value + "\r\n";
        return wire + "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    }
    std::optional<std::optional<std::string>> claimed(const std::string& from, const Flow& flow) {
        Request request;
        request.from = from;
        const std::string text = request.text();
        return authenticator.claimed_user(*MessageView::parse(text), flow);
    }
    Authenticator::Outcome guess(const Flow& flow, const std::string& password, const std::string& nc) {
        const Request request;
        return outcome(flow, EdgeTest::authorized(request, challenge(flow, request), "alice", password,
                                                  DigestAlgorithm::sha256, nc));
    }

    EdgeConfig config;
    UserTable users;
    ListeningHost host;
    OwnHosts own{{"home.test"}, {{asio::ip::make_address("0.0.0.0"), 5060}}, &host};
    AnswerGate gate{60};
    Authenticator authenticator{config, users, own, gate, host};
    Now now{std::chrono::steady_clock::time_point{} + 1000h, std::chrono::sys_seconds{1'800'000'000s}};
};

TEST_F(AuthenticatorTest, a_call_is_asked_for_credentials_with_407_and_a_REGISTER_with_401) {
    EXPECT_EQ(std::get<Answer>(outcome(udp_flow(), Request{})).status, 407);
    Request registration;
    registration.method = "REGISTER";
    EXPECT_EQ(std::get<Answer>(outcome(udp_flow(), registration)).status, 401);
    EXPECT_EQ(authenticator.counters().challenged, 2U);
    EXPECT_TRUE(host.failed.empty()) << "who was not asked yet has failed nothing";
}

TEST_F(AuthenticatorTest, the_right_password_proves_its_user_and_a_home_is_told_once) {
    const auto first = guess(udp_flow(), "wonderland", "00000001");
    ASSERT_TRUE(std::holds_alternative<Authenticator::Proven>(first));
    EXPECT_EQ(std::get<Authenticator::Proven>(first).user, "alice");
    EXPECT_TRUE(std::holds_alternative<Authenticator::Proven>(guess(udp_flow(), "wonderland", "00000001")));
    ASSERT_EQ(host.homes.size(), 1U);
    EXPECT_EQ(host.homes[0].account, "alice");
}

TEST_F(AuthenticatorTest, a_wrong_password_is_told_to_the_host_and_challenged_anew) {
    EXPECT_EQ(std::get<Answer>(guess(udp_flow(), "guess", "00000001")).status, 407);
    EXPECT_EQ(authenticator.counters().credentials_refused, 1U);
    ASSERT_EQ(host.failed.size(), 1U);
    EXPECT_EQ(host.failed[0], std::pair(std::string("alice"), LoginFault::wrong_password));
}

TEST_F(AuthenticatorTest, after_twelve_wrong_ones_TCP_hears_when_to_come_again_and_UDP_hears_nothing) {
    for (int i = 0; i < 12; ++i) {
        (void)guess(tcp_flow(), "guess", "00000001");
        (void)guess(udp_flow("10.0.0.10"), "guess", "00000001");
    }
    const auto by_tcp = guess(tcp_flow(), "wonderland", "00000001");
    ASSERT_TRUE(std::holds_alternative<Answer>(by_tcp)) << "the right one is not looked at either";
    EXPECT_EQ(std::get<Answer>(by_tcp).status, 503);
    EXPECT_TRUE(std::holds_alternative<Authenticator::Silence>(
        guess(udp_flow("10.0.0.10"), "wonderland", "00000001")));
    EXPECT_EQ(host.failed.back().second, LoginFault::too_many);
    EXPECT_EQ(authenticator.counters().credentials_refused, 24U);
}

TEST_F(AuthenticatorTest, a_user_name_is_told_to_the_host_shortened) {
    Request request;
    request.more = "Proxy-Authorization: Digest username=\"" + std::string(300, 'a') +
                   "\", realm=\"hedgewitch\", nonce=\"made up\", uri=\"sip:bob@example.net\", "
                   "response=\"00\", cnonce=\"c\", qop=auth, nc=00000001\r\n";
    (void)outcome(udp_flow(), request);
    ASSERT_EQ(host.failed.size(), 1U);
    EXPECT_EQ(host.failed[0].first, std::string(64, 'a'));
}

TEST_F(AuthenticatorTest, From_claims_to_be_a_user_at_any_port_of_a_host_of_ours_and_nowhere_else) {
    const auto alice = std::optional<std::optional<std::string>>("alice");
    EXPECT_EQ(claimed("<sip:Alice@home.test>;tag=1", udp_flow()), alice);
    EXPECT_EQ(claimed("<sip:alice@home.test:9999>;tag=1", udp_flow()), alice);
    EXPECT_EQ(claimed("<sip:alice@elsewhere.test>;tag=1", udp_flow()), std::nullopt);
    EXPECT_EQ(claimed("<tel:123>;tag=1", udp_flow()), std::nullopt);
    const auto no_label = claimed("<sip:a%20b@home.test>;tag=1", udp_flow());
    ASSERT_TRUE(no_label.has_value());
    EXPECT_EQ(*no_label, std::nullopt);
}

TEST_F(AuthenticatorTest, a_caller_at_the_same_private_address_in_another_home_claims_nothing_but_our_names) {
    const auto claimed_from = [&](const char* user, const char* remote) {
        Flow flow = udp_flow(remote);
        flow.local.address = asio::ip::make_address("192.168.1.2");
        return claimed("<sip:" + std::string(user) + "@192.168.1.2>;tag=1", flow);
    };
    EXPECT_EQ(claimed_from("carol", "203.0.113.7"), std::nullopt) << "of his own home";
    EXPECT_NE(claimed_from("alice", "203.0.113.7"), std::nullopt) << "our alice needs her password";
    EXPECT_NE(claimed_from("carol", "192.168.1.9"), std::nullopt);
}

}  // namespace

}  // namespace sip::testing

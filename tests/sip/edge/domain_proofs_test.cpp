// tests/sip/edge/domain_proofs_test.cpp - who is given a proof with the 200 of an OPTIONS, and how often.
#include "sip/edge/domain_proofs.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct DomainProofsTest : EdgeTest {
    std::vector<std::string> asked;  // "host challenge"

    DomainProofsTest() {
        host.prover = [this](std::string_view name, std::string_view challenge) -> EdgeHost::Fields {
            asked.push_back(std::string(name) + " " + std::string(challenge));
            if (challenge == "nonsense") return {};
            return {{"Hedgewitch-Key", "key;sig=" + std::string(challenge)}};
        };
        start();
    }
    static Request options(const std::string& uri, const std::string& challenge = "abc") {
        Request request;
        request.method = "OPTIONS";
        request.uri = uri;
        request.from = "<sip:anonymous@anonymous.invalid>;tag=s";
        if (!challenge.empty()) request.more = "Hedgewitch-Challenge: " + challenge + "\r\n";
        return request;
    }
    std::string proof(const Request& request) {
        const auto answer = receive(request.text());
        EXPECT_EQ(status_of(answer), 200) << answer;
        return field(answer, "Hedgewitch-Key");
    }
};

TEST_F(DomainProofsTest, an_OPTIONS_to_one_of_our_domains_is_answered_with_the_proof_asked_for) {
    EXPECT_EQ(proof(options("sip:home.test")), "key;sig=abc");
    EXPECT_EQ(proof(options("sip:HOME.test.:5060")), "key;sig=abc");
    EXPECT_EQ(proof(options("sip:" + key_name)), "key;sig=abc");
    EXPECT_EQ(asked, (std::vector<std::string>{"home.test abc", "home.test abc", key_name + " abc"}));
    EXPECT_EQ(edge->counters().proofs_given, 3U);
    // What a redirect server says besides is still there.
    EXPECT_NE(field(sent.items.back().bytes, "Allow"), "");
}

TEST_F(DomainProofsTest, an_address_is_ours_and_yet_nothing_to_prove) {
    for (const char* uri : {"sip:127.0.0.2", "sip:127.0.0.2:5060", "sip:localhost", "sip:localhost."})
        EXPECT_EQ(proof(options(uri)), "") << uri;
    EXPECT_TRUE(asked.empty());
}

TEST_F(DomainProofsTest, only_the_node_itself_proves_not_a_user_nor_another_host) {
    EXPECT_EQ(proof(options("sip:alice@home.test")), "");
    const auto stranger = receive(options("sip:elsewhere.test").text());
    EXPECT_EQ(field(stranger, "Hedgewitch-Key"), "");
    Request call = options("sip:home.test");
    call.method = "INVITE";
    EXPECT_EQ(field(receive(call.text()), "Hedgewitch-Key"), "");
    EXPECT_TRUE(asked.empty());
}

TEST_F(DomainProofsTest, without_a_challenge_or_with_a_bad_one_the_200_is_an_ordinary_one) {
    EXPECT_EQ(proof(options("sip:home.test", "")), "");
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(proof(options("sip:home.test", "nonsense")), "");
    EXPECT_EQ(edge->counters().proofs_given, 0U);
}

TEST_F(DomainProofsTest, an_edge_that_cannot_prove_anything_says_so_by_silence) {
    host.prover = nullptr;
    EXPECT_EQ(proof(options("sip:home.test")), "");
}

TEST_F(DomainProofsTest, a_retransmission_gets_the_same_bytes) {
    const auto request = options("sip:home.test").text();
    EXPECT_EQ(receive(request), receive(request));
}

TEST_F(DomainProofsTest, at_most_200_proofs_a_second_are_given) {
    int proofs = 0;
    for (int i = 0; i < 500; ++i)
        proofs += proof(options("sip:home.test")).empty() ? 0 : 1;
    EXPECT_EQ(proofs, 200);
    EXPECT_EQ(edge->counters().proofs_withheld, 300U);
    EXPECT_EQ(asked.size(), 200U);
    pass(500ms);
    for (int i = 0; i < 500; ++i)
        proofs += proof(options("sip:home.test")).empty() ? 0 : 1;
    EXPECT_EQ(proofs, 300);
}

}  // namespace
}  // namespace sip::testing

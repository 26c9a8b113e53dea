// tests/sip/auth/digest_algorithms_test.cpp - which challenges a phone gets, by what it did with earlier
// ones.
#include "sip/auth/digest_algorithms.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

std::size_t challenges(const std::string& refusal) {
    std::size_t n = 0;
    while (!field(refusal, "WWW-Authenticate", n).empty())
        ++n;
    return n;
}

// baresip 1.0.0 on the wire: "reg: Register: Function not implemented" after any 401 that has SHA-256 in it.
TEST_F(EdgeTest, a_phone_that_stumbles_over_SHA_256_is_offered_MD5_alone) {
    Request request = registration("<sip:alice@10.0.0.9>");
    request.more += "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n";
    const auto refusal = receive(request.text());
    EXPECT_EQ(challenges(refusal), 1U);
    EXPECT_NE(field(refusal, "WWW-Authenticate").find("algorithm=MD5,"), std::string::npos);
    Request newer = registration("<sip:alice@10.0.0.9>");
    newer.more += "User-Agent: baresip v2.0.0 (x86_64/linux)\r\n";
    EXPECT_EQ(challenges(receive(newer.text())), 2U);
}

TEST_F(EdgeTest, a_phone_that_left_SHA_256_unanswered_gets_MD5_alone_when_it_comes_back) {
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())), 2U);
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())),
              2U);  // side by side: too soon to tell
    pass(30s);
    EXPECT_EQ(challenges(receive(udp_flow("10.0.0.8"), registration("<sip:alice@10.0.0.9>").text())),
              2U);  // another
    const Request again = registration("<sip:alice@10.0.0.9>");
    std::string refusal = receive(again.text());
    ASSERT_EQ(challenges(refusal), 1U);
    refusal.insert(refusal.find("WWW-Authenticate"),
                   "WWW-Authenticate: Digest x=y\r\n");  // authorized() takes the 2nd
    ASSERT_EQ(status(authorized(again, refusal, "alice", "wonderland", DigestAlgorithm::md5).text()), 200);
    pass(1h);
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())), 1U);  // remembered
}

TEST_F(EdgeTest, a_phone_that_answers_keeps_getting_both) {
    for (unsigned i = 1; i < 5; ++i) {
        const Request request = registration("<sip:alice@10.0.0.9>", 10 * i);
        const auto refusal = receive(request.text());
        ASSERT_EQ(challenges(refusal), 2U);
        ASSERT_EQ(status(authorized(request, refusal).text()), 200);
        pass(10min);
        Request stale = authorized(registration("<sip:alice@10.0.0.9>", 10 * i + 5), refusal);
        EXPECT_EQ(challenges(receive(stale.text())), 2U);
    }
}

struct DigestAlgorithmsTest : ::testing::Test {
    DigestAlgorithms algorithms;
    DigestAlgorithms::Time now{std::chrono::hours(1000)};
    const Flow flow{Transport::udp, {}, {asio::ip::make_address("192.0.2.7"), 5060}, 0};
    auto parsed(int phone) {
        wire =
            "REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa\r\n"
            "From: <sip:phone" +
            std::to_string(phone) +
            "@example.org>;tag=1\r\nTo: <sip:a@example.org>\r\n"
            "Call-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
        return MessageView::parse(wire);
    }
    bool md5_only(int phone, bool tried = false) {
        return algorithms.md5_only(*parsed(phone), flow, tried, now);
    }
    std::string wire;
};

TEST_F(DigestAlgorithmsTest, requests_sent_side_by_side_are_not_unanswered_ones) {
    EXPECT_FALSE(md5_only(1));
    now += std::chrono::seconds(1);
    EXPECT_FALSE(md5_only(1));
    now += std::chrono::seconds(1);
    EXPECT_TRUE(md5_only(1));
    EXPECT_FALSE(md5_only(1, true)) << "it could answer, though wrongly";
}

TEST_F(DigestAlgorithmsTest, phones_that_never_authenticated_do_not_displace_those_that_did) {
    EXPECT_FALSE(md5_only(0));
    now += DigestAlgorithms::patience;
    algorithms.accepted(*parsed(0), flow, false, now);
    for (int phone = 1; phone <= static_cast<int>(DigestAlgorithms::max_phones) + 1; ++phone)
        EXPECT_FALSE(md5_only(phone));
    now += DigestAlgorithms::patience;
    EXPECT_FALSE(md5_only(1)) << "of too many, the first is forgotten";
    EXPECT_TRUE(md5_only(3));
    EXPECT_TRUE(md5_only(0, true)) << "learnt";
}

}  // namespace

}  // namespace sip::testing

#include "node/probe/edge_proof.hpp"

#include <gtest/gtest.h>

#include "crypto/name.hpp"

namespace node {
namespace {

using crypto::Errc;

EdgeChallenge challenge_of(std::uint8_t first) {
    EdgeChallenge challenge{};
    for (std::size_t i = 0; i < challenge.size(); ++i)
        challenge[i] = static_cast<std::uint8_t>(first + i);
    return challenge;
}
const EdgeChallenge challenge = challenge_of(1);
const sip::Endpoint here{asio::ip::make_address("192.0.2.1"), 5060};
const auto only_here = [](const sip::Endpoint& at) { return at == here; };

crypto::Result<crypto::PublicKey> check(std::string_view proof) {
    return check_proof(proof, "example.org", challenge, here);
}

struct EdgeProofTest : ::testing::Test {
    crypto::Bytes<32> seed{7};
    crypto::Identity identity = crypto::Identity::from_seed(crypto::Seed(seed));
    std::string proof =
        make_proof(identity, "example.org", challenge_text(challenge, here), only_here).value();
};

TEST_F(EdgeProofTest, who_holds_the_key_proves_it_for_the_host_and_the_challenge) {
    EXPECT_EQ(challenge_text(challenge, here).size(), 56U + 4U + 14U);
    EXPECT_EQ(proof.size(), 56U + 5U + 104U);
    EXPECT_EQ(proof.substr(0, 61), crypto::encode_name(identity.public_key()) + ";sig=");
    EXPECT_EQ(check(proof), identity.public_key());
    EXPECT_EQ(check_proof(proof, "EXAMPLE.org", challenge, here), identity.public_key());
    EXPECT_EQ(make_proof(identity, "Example.ORG", challenge_text(challenge, here), only_here), proof);
}

TEST_F(EdgeProofTest, it_proves_nothing_for_another_host_or_challenge) {
    EXPECT_EQ(check_proof(proof, "example.com", challenge, here).error(), Errc::bad_signature);
    EXPECT_EQ(check_proof(proof, "example.org", challenge_of(2), here).error(), Errc::bad_signature);
    EXPECT_EQ(check_proof(proof, "", challenge, here).error(), Errc::bad_signature);
}

TEST_F(EdgeProofTest, a_proof_passed_on_by_somebody_else_shows_that_it_is_not_his) {
    // Mallory is asked at his own address, and passes the question on: the true edge does not sign for it ...
    const sip::Endpoint mallory{asio::ip::make_address("192.0.2.66"), 5060};
    EXPECT_EQ(make_proof(identity, "example.org", challenge_text(challenge, mallory), only_here).error(),
              Errc::bad_parameters);
    EXPECT_FALSE(
        make_proof(identity, "example.org", challenge_text(challenge, here).substr(0, 56), only_here));
    // ... and what it signs for its own address is no answer to what he was asked.
    EXPECT_EQ(check_proof(proof, "example.org", challenge, mallory).error(), Errc::bad_signature);
    EXPECT_EQ(check_proof(proof, "example.org", challenge, {here.address, 5061}).error(),
              Errc::bad_signature);
}

TEST_F(EdgeProofTest, another_key_cannot_take_the_signature_for_its_own) {
    const auto other = crypto::Identity::generate();
    const std::string stolen = crypto::encode_name(other.public_key()) + proof.substr(56);
    EXPECT_EQ(check(stolen).error(), Errc::bad_signature);
}

TEST_F(EdgeProofTest, every_changed_or_missing_character_is_refused) {
    for (std::size_t i = 0; i < proof.size(); ++i) {
        std::string changed = proof;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(check_proof(changed, "example.org", challenge, here)) << i;
        EXPECT_FALSE(check_proof(proof.substr(0, i), "example.org", challenge, here)) << i;
    }
    for (const std::string tail : {"a", "aaaaaaaa", ";x", " "})
        EXPECT_FALSE(check_proof(proof + tail, "example.org", challenge, here)) << tail;
    EXPECT_EQ(check_proof("", "example.org", challenge, here).error(), Errc::bad_length);
}

TEST_F(EdgeProofTest, a_later_kind_of_proof_is_told_apart) {
    // The last group is four bytes of the signature and the version.
    std::string later = proof;
    ASSERT_EQ(later.back(), 'b');  // 0x01 ends in 00001
    later.back() = 'c';
    EXPECT_EQ(check_proof(later, "example.org", challenge, here).error(), Errc::unknown_version);
}

TEST_F(EdgeProofTest, a_challenge_that_is_none_is_not_signed) {
    const std::string text = challenge_text(challenge, here);
    for (const std::string& bad :
         {std::string(), text.substr(0, 48), text + "aaaaaaaa", text.substr(0, 55) + "1"})
        EXPECT_FALSE(make_proof(identity, "example.org", bad, only_here)) << bad;
}

}  // namespace
}  // namespace node

#include "node/edge_proof.hpp"

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

struct EdgeProofTest : ::testing::Test {
    crypto::Bytes<32> seed{7};
    crypto::Identity identity = crypto::Identity::from_seed(crypto::Seed(seed));
    std::string proof = make_proof(identity, "example.org", challenge_text(challenge)).value();
};

TEST_F(EdgeProofTest, who_holds_the_key_proves_it_for_the_host_and_the_challenge) {
    EXPECT_EQ(challenge_text(challenge).size(), 56U);
    EXPECT_EQ(proof.size(), 56U + 5U + 104U);
    EXPECT_EQ(proof.substr(0, 61), crypto::encode_name(identity.public_key()) + ";sig=");
    EXPECT_EQ(check_proof(proof, "example.org", challenge), identity.public_key());
    EXPECT_EQ(check_proof(proof, "EXAMPLE.org", challenge), identity.public_key());
    EXPECT_EQ(make_proof(identity, "Example.ORG", challenge_text(challenge)), proof);
}

TEST_F(EdgeProofTest, it_proves_nothing_for_another_host_or_challenge) {
    EXPECT_EQ(check_proof(proof, "example.com", challenge).error(), Errc::bad_signature);
    EXPECT_EQ(check_proof(proof, "example.org", challenge_of(2)).error(), Errc::bad_signature);
    EXPECT_EQ(check_proof(proof, "", challenge).error(), Errc::bad_signature);
}

TEST_F(EdgeProofTest, another_key_cannot_take_the_signature_for_its_own) {
    const auto other = crypto::Identity::generate();
    const std::string stolen = crypto::encode_name(other.public_key()) + proof.substr(56);
    EXPECT_EQ(check_proof(stolen, "example.org", challenge).error(), Errc::bad_signature);
}

TEST_F(EdgeProofTest, every_changed_or_missing_character_is_refused) {
    for (std::size_t i = 0; i < proof.size(); ++i) {
        std::string changed = proof;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(check_proof(changed, "example.org", challenge)) << i;
        EXPECT_FALSE(check_proof(proof.substr(0, i), "example.org", challenge)) << i;
    }
    for (const std::string tail : {"a", "aaaaaaaa", ";x", " "})
        EXPECT_FALSE(check_proof(proof + tail, "example.org", challenge)) << tail;
    EXPECT_EQ(check_proof("", "example.org", challenge).error(), Errc::bad_length);
}

TEST_F(EdgeProofTest, a_later_kind_of_proof_is_told_apart) {
    // The last group is four bytes of the signature and the version.
    std::string later = proof;
    ASSERT_EQ(later.back(), 'b');  // 0x01 ends in 00001
    later.back() = 'c';
    EXPECT_EQ(check_proof(later, "example.org", challenge).error(), Errc::unknown_version);
}

TEST_F(EdgeProofTest, a_challenge_that_is_none_is_not_signed) {
    const std::string text = challenge_text(challenge);
    for (const std::string& bad :
         {std::string(), text.substr(0, 48), text + "aaaaaaaa", text.substr(0, 55) + "1"})
        EXPECT_FALSE(make_proof(identity, "example.org", bad)) << bad;
}

}  // namespace
}  // namespace node

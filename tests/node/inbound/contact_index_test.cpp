// tests/node/inbound/contact_index_test.cpp - which contact a caller is, and whose address is shown.
#include "node/inbound/contact_index.hpp"

#include <gtest/gtest.h>

#include "crypto/name.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

const std::chrono::sys_seconds noon{1'800'000'000s};

crypto::PublicKey key(std::uint8_t seed) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed})).public_key();
}

struct ContactIndexTest : ::testing::Test {
    std::map<std::string, crypto::PublicKey> bound;
    ContactIndex index{
        [this](const std::string& name, std::chrono::sys_seconds) -> std::optional<crypto::PublicKey> {
            const auto found = bound.find(name);
            return found == bound.end() ? std::nullopt : std::optional(found->second);
        }};
    void know(const std::vector<std::pair<std::string, std::string>>& contacts) {
        std::vector<Contact> rows;
        for (const auto& [name, uri] : contacts)
            rows.push_back(make_contact(name, std::nullopt, uri, noon));
        index.reload(rows);
    }
    static std::string host(std::uint8_t seed) { return crypto::encode_name(key(seed)) + ".hedge.alt"; }
};

TEST_F(ContactIndexTest, a_contact_is_known_by_key_and_label) {
    know({{"mum", "sip:alice@" + host(1)}});
    EXPECT_EQ(index.contact_of({key(1), "alice"}, noon), "mum");
    EXPECT_FALSE(index.contact_of({key(1), "bob"}, noon));
    EXPECT_FALSE(index.contact_of({key(2), "alice"}, noon));
}

TEST_F(ContactIndexTest, a_contact_at_a_domain_is_known_by_the_key_that_is_bound_to_it) {
    know({{"carol", "sip:carol@example.org"}, {"dave", "sip:dave@riverside"}});
    EXPECT_FALSE(index.contact_of({key(1), "carol"}, noon)) << "no key is bound";
    bound["example.org"] = key(1);
    bound["riverside"] = key(2);
    EXPECT_EQ(index.contact_of({key(1), "carol"}, noon), "carol");
    EXPECT_FALSE(index.contact_of({key(2), "carol"}, noon));
    EXPECT_EQ(index.contact_of({key(2), "dave"}, noon), "dave");
    bound["dave@riverside"] = key(3);  // the zone has delegated his name
    EXPECT_EQ(index.contact_of({key(3), "dave"}, noon), "dave");
    EXPECT_FALSE(index.contact_of({key(2), "dave"}, noon));
}

TEST_F(ContactIndexTest, key_names_and_addresses_of_contacts_are_not_shown_unverified) {
    know({{"carol", "sip:carol@example.org"}});
    EXPECT_TRUE(index.is_reserved("alice", host(7)));
    EXPECT_TRUE(index.is_reserved("alice", "nonsense.hedge.alt"));
    EXPECT_TRUE(index.is_reserved("Carol", "EXAMPLE.org"));
    EXPECT_TRUE(index.is_reserved("%63arol", "example.org"));
    for (const char* user :
         {"carol;x=1", "carol%3bx=1", "car%C2%ADol", "caro%E3%85%A4l", "c%E1%A0%8Earol", "%E2%80%8Bcarol"})
        EXPECT_TRUE(index.is_reserved(user, "example.org")) << user;
    EXPECT_TRUE(index.is_reserved("carol", "example.org."));
    EXPECT_TRUE(index.is_reserved("carol", "nonsense.HEDGE.alt."));
    EXPECT_FALSE(index.is_reserved("dave", "example.org"));
    EXPECT_FALSE(index.is_reserved("carol", "192.0.2.1"));
}

TEST_F(ContactIndexTest, an_address_in_numbers_that_only_some_can_read_is_shown_to_nobody) {
    for (const char* host : {"2132672513", "127.30.1", "0x7f.30.1", "0177.30.0.1", "127.30.1."})
        EXPECT_TRUE(index.is_reserved("dad", host)) << host;
    for (const char* host : {"127.30.0.1", "127.30.0.1.", "2001:db8::1", "12ab.example"})
        EXPECT_FALSE(index.is_reserved("dad", host)) << host;
}

}  // namespace
}  // namespace node

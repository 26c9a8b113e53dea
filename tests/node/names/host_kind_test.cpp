// tests/node/names/host_kind_test.cpp - which names are whose.
#include "node/names/host_kind.hpp"

#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

const crypto::PublicKey key = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1})).public_key();

template <typename T>
bool is(std::string_view host) {
    return std::holds_alternative<T>(classify(host));
}

TEST(Names, a_key_name_gives_its_key_in_any_case_and_with_a_dot_at_the_end) {
    const std::string name = crypto::encode_name(key);
    std::string upper = name;
    for (char& c : upper)
        c = static_cast<char>(std::toupper(c));
    for (const std::string& host : {name + ".hedge.alt", upper + ".HEDGE.Alt", name + ".hedge.alt."}) {
        const auto found = classify(host);
        ASSERT_TRUE(std::holds_alternative<KeyName>(found)) << host;
        EXPECT_EQ(std::get<KeyName>(found).key, key);
    }
}

TEST(Names, what_is_below_hedge_alt_and_no_key_is_a_bad_key_name) {
    const std::string name = crypto::encode_name(key);
    for (const std::string& host :
         {std::string("hedge.alt"), std::string("x.hedge.alt"), "a." + name + ".hedge.alt",
          name.substr(1) + ".hedge.alt", name.substr(0, 55) + (name[55] == 'a' ? "b" : "a") + ".hedge.alt",
          std::string(".hedge.alt")}) {
        EXPECT_TRUE(is<BadKeyName>(host)) << host;
    }
}

TEST(Names, other_alt_names_are_neither_ours_nor_DNSs) {
    EXPECT_TRUE(is<OtherAlt>("alt"));
    EXPECT_TRUE(is<OtherAlt>("something.alt"));
    EXPECT_TRUE(is<OtherAlt>("xhedge.ALT."));
    EXPECT_TRUE(is<Domain>("hedge.alt.example"));
    EXPECT_TRUE(is<Domain>("salt"));
}

TEST(Names, addresses_are_literals_and_the_rest_are_domains) {
    EXPECT_TRUE(is<Literal>("192.0.2.1"));
    EXPECT_TRUE(is<Literal>("2001:db8::1"));
    EXPECT_TRUE(is<Domain>("192.0.2"));
    EXPECT_EQ(std::get<Domain>(classify("Example.ORG.")).name, "example.org");
}

TEST(Names, one_host_has_one_spelling) {
    for (const char* text :
         {"127.30.0.1", "2132672513", "127.30.1", "0x7f.30.1", "0177.30.0.1", "127.30.0.1."})
        EXPECT_EQ(canonical_host(text), "127.30.0.1") << text;
    for (const char* text : {"2001:DB8::1", "2001:db8:0::1"})
        EXPECT_EQ(canonical_host(text), "2001:db8::1") << text;
    EXPECT_EQ(canonical_host("Example.ORG."), "example.org");
    for (const char* text : {"", ".", "1.2.3.4.5", "256.1.1.1.", "12ab.example", "99999999999"})
        EXPECT_EQ(canonical_host(text),
                  std::string(text).substr(0, std::string(text).find_last_not_of('.') + 1));
}

}  // namespace
}  // namespace node

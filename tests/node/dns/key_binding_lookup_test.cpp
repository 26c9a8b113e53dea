// tests/node/dns/key_binding_lookup_test.cpp - the key of a domain, asked of signed and unsigned zones behind
// nsd.
#include "node/dns/key_binding_lookup.hpp"

#include "crypto/name.hpp"
#include "tests/node/dns_fixture.hpp"
#include "tests/node/zone_signer.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using State = KeyBinding::State;

crypto::PublicKey key_of(std::uint8_t n) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{n})).public_key();
}
std::string txt(std::uint8_t n, std::chrono::seconds age = default_key_binding_age) {
    return "TXT \"" + key_binding_text(key_of(n), age) + "\"\n";
}
std::string head(const std::string& zone) {
    return "$ORIGIN " + zone + ".\n$TTL 60\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n";
}
const std::string records =
    "_hedgewitch " + txt(1, 1h) + "_hedgewitch TXT \"v=spf1 -all\"\n" + "_hedgewitch.two " + txt(1) +
    "_hedgewitch.two " + txt(2) + "_hedgewitch.torn TXT \"v=1;k=x\"\n_hedgewitch.other TXT \"hello\"\n" +
    "_hedgewitch.alias CNAME _hedgewitch\n" + "_hedgewitch.forged " + txt(3) + "bare A 192.0.2.1\n";

class KeyBindingOfDomain : public DnsFixtureWithNsd {
protected:
    void SetUp() override {
        if (!test::ZoneSigner::available()) GTEST_SKIP() << "ldnsutils";
        signer = std::make_unique<test::ZoneSigner>("example.test");
        const auto zone = test::forge(signer->sign(head("example.test") + records),
                                      crypto::encode_name(key_of(3)), crypto::encode_name(key_of(4)));
        if (!serve({{"example.test", zone}, {"plain.test", head("plain.test") + records}}))
            GTEST_SKIP() << "nsd";
        config.rules.dnssec = Dnssec::automatic;
        config.trust_anchor = signer->anchor_file();
    }
    KeyBinding lookup(const std::string& domain, std::chrono::milliseconds deadline = 4s) {
        if (!dns || config.locator.deadline != deadline) {
            config.locator.deadline = deadline;
            start();
        }
        std::optional<KeyBinding> binding;
        dns->lookup(domain, [&](KeyBinding given) { binding = std::move(given); });
        EXPECT_FALSE(binding) << "never before lookup() returns";
        run_until([&] { return binding.has_value(); });
        EXPECT_TRUE(binding);
        const auto found = binding.value_or(KeyBinding{});
        EXPECT_EQ(found.key.has_value(), found.state == State::bound) << found.text;
        EXPECT_NE(found.text, "");
        return found;
    }
    std::unique_ptr<test::ZoneSigner> signer;
};

TEST_F(KeyBindingOfDomain, a_secure_record_binds) {
    const auto binding = lookup("example.test");
    EXPECT_EQ(binding.state, State::bound) << binding.text;
    EXPECT_EQ(binding.key, key_of(1));
    EXPECT_EQ(binding.max_age, 1h);
    EXPECT_EQ(binding.step.question, "_hedgewitch.example.test TXT");
    EXPECT_THAT(binding.step.result, HasSubstr("v=1;k=" + crypto::encode_name(key_of(1))));
    EXPECT_EQ(binding.step.security, DnsSecurity::secure);
    EXPECT_EQ(lookup("alias.example.test").key, key_of(1)) << "through a CNAME within the zone";
}

TEST_F(KeyBindingOfDomain, the_same_record_without_DNSSEC_does_not_count) {
    EXPECT_EQ(lookup("plain.test").state, State::insecure);
    config.rules.dnssec = Dnssec::off;
    start();
    EXPECT_EQ(lookup("example.test").state, State::insecure);
}

TEST_F(KeyBindingOfDomain, a_forged_record_is_bogus) {
    const auto binding = lookup("forged.example.test");
    EXPECT_EQ(binding.state, State::bogus);
    EXPECT_THAT(binding.text, HasSubstr("forged"));
}

TEST_F(KeyBindingOfDomain, what_is_not_there_is_absent) {
    for (const char* domain :
         {"bare.example.test", "nobody.example.test", "other.example.test", "plainer.plain.test"})
        EXPECT_EQ(lookup(domain).state, State::absent) << domain;
    EXPECT_EQ(lookup("nobody.example.test").step.result, "NXDOMAIN");
}

TEST_F(KeyBindingOfDomain, two_keys_or_a_torn_record_are_malformed) {
    EXPECT_EQ(lookup("two.example.test").state, State::malformed);
    EXPECT_THAT(lookup("two.example.test").text, HasSubstr("two keys"));
    EXPECT_EQ(lookup("torn.example.test").state, State::malformed);
    EXPECT_EQ(lookup("torn.plain.test").state, State::insecure) << "who knows who tore it";
}

TEST_F(KeyBindingOfDomain, names_that_are_never_asked_are_absent) {
    for (const std::string& domain : {"bob.hedge.alt"s, "mum"s, ""s,
                                      std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                          std::string(63, 'c') + "." + std::string(55, 'd')})
        EXPECT_EQ(lookup(domain).state, State::absent) << domain;
}

TEST_F(KeyBindingOfDomain, silence_is_a_failure_at_the_deadline) {
    BareDnsServer silent(loop);
    forward_to(silent.endpoint());
    config.rules.dnssec = Dnssec::off;
    start();
    const auto began = std::chrono::steady_clock::now();
    const auto binding = lookup("example.test", 300ms);
    EXPECT_EQ(binding.state, State::failed);
    EXPECT_EQ(binding.step.result, "no answer");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 290ms);
    silent.rcode = 2;
    silent.answer = [](const BareDnsServer::Question&) { return std::vector<BareDnsServer::Record>{}; };
    const auto failed = lookup("other.test");
    EXPECT_EQ(failed.state, State::failed);
    EXPECT_THAT(failed.text, HasSubstr("SERVFAIL"));
}

TEST_F(KeyBindingOfDomain, a_lookup_may_be_forgotten_with_its_asker) {
    start();
    dns->lookup("example.test", [](const KeyBinding&) { FAIL() << "answered"; });
    dns->lookup("bob.alt", [](const KeyBinding&) { FAIL() << "answered"; });
    dns.reset();
    loop.run_for(300ms);
}

}  // namespace
}  // namespace node

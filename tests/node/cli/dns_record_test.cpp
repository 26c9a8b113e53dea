// tests/node/cli/dns_record_test.cpp - `hedgewitch dns-record`: what it prints is a zone file, and does bind.
#include "crypto/name.hpp"
#include "node/dns/key_binding_lookup.hpp"
#include "tests/node/dns_fixture.hpp"
#include "tests/node/process.hpp"
#include "tests/node/zone_signer.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* zone_head =
    "$TTL 60\n@ SOA ns.example.test. admin 1 3600 600 86400 60\n@ NS ns.example.test.\n"
    "ns.example.test. A 127.0.0.1\n";

class DnsRecord : public DnsFixtureWithNsd {
protected:
    static std::string configuration() {
        return "[sip]\nlisten = [\"udp:0.0.0.0:5070\", \"tcp:0.0.0.0:5072\", \"tcp:[::]:5073\"]\n"
               "domains = [\"example.test\"]\nadvertise = [\"udp:198.51.100.7:5070\"]\n";
    }
    void SetUp() override {
        const auto made = node.command({"init"});
        ASSERT_EQ(made.code, 0) << made.err;
        const auto address = node.command({"address"}).out;
        key_name = address.substr(0, address.find('.'));
    }
    TestNode node{configuration()};
    std::string key_name;
};

TEST_F(DnsRecord, the_lines_stand_ready_for_a_zone_file) {
    const auto printed = node.command({"dns-record"});
    EXPECT_EQ(printed.code, 0) << printed.err;
    EXPECT_THAT(printed.out,
                AllOf(HasSubstr("\n_hedgewitch.example.test. 3600 IN TXT \"v=1;k=" + key_name + "\"\n"),
                      HasSubstr("\n_sip._udp.example.test. 3600 IN SRV 0 0 5070 sip.example.test.\n"),
                      HasSubstr("\nsip.example.test. 3600 IN A 198.51.100.7\n"), Not(HasSubstr("SIPS"))));
    EXPECT_THAT(printed.out, Not(HasSubstr("sip.domains"))) << "it is configured already";
    const auto other = node.command({"dns-record", "--domain", "Bücher.example", "--max-age", "3600"});
    EXPECT_THAT(other.out, AllOf(HasSubstr("_hedgewitch.xn--bcher-kva.example. 3600 IN TXT \"v=1;k=" +
                                           key_name + ";max-age=3600\"\n"),
                                 HasSubstr("sip.domains = [\"xn--bcher-kva.example\"]")));
}

TEST_F(DnsRecord, pasted_into_a_signed_zone_they_bind_the_domain_and_lead_to_the_node) {
    if (!test::ZoneSigner::available()) GTEST_SKIP() << "ldnsutils";
    test::ZoneSigner signer("example.test");
    if (!serve({{"example.test", signer.sign(zone_head + node.command({"dns-record"}).out)}}))
        GTEST_SKIP() << "nsd";
    config.rules.dnssec = Dnssec::require;
    config.trust_anchor = signer.anchor_file();
    const auto answer = locate("example.test");
    EXPECT_EQ(texts(answer), (Texts{"udp 198.51.100.7:5070", "tcp 198.51.100.7:5072"}));
    EXPECT_THAT(result_of(answer, "example.test NAPTR"), HasSubstr("SIP+D2U"));
    std::optional<KeyBinding> binding;
    dns->lookup("example.test", [&](KeyBinding given) { binding = std::move(given); });
    run_until([&] { return binding.has_value(); });
    ASSERT_TRUE(binding);
    ASSERT_EQ(binding->state, KeyBinding::State::bound) << binding->text;
    EXPECT_EQ(crypto::encode_name(*binding->key), key_name);
}

TEST_F(DnsRecord, what_is_no_domain_is_refused) {
    for (const char* domain : {"bob.alt", "riverside", "192.0.2.1", "a..b", "a b.test"}) {
        const auto refused = node.command({"dns-record", "--domain", domain});
        EXPECT_EQ(refused.code, 1) << domain;
        EXPECT_EQ(refused.out, "") << domain;
        EXPECT_THAT(refused.err, HasSubstr(domain));
    }
    EXPECT_EQ(node.command({"dns-record", "--max-age", "-1"}).code, 2);
    TestNode nameless{""};
    ASSERT_EQ(nameless.command({"init"}).code, 0);
    EXPECT_THAT(nameless.command({"dns-record"}).err, HasSubstr("--domain"));
}

}  // namespace
}  // namespace node

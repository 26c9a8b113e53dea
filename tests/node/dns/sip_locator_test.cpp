// tests/node/dns/sip_locator_test.cpp - RFC 3263 with SRV and addresses, against nsd.
#include <map>
#include <random>

#include "tests/node/dns_fixture.hpp"

namespace node {
namespace {

constexpr const char* zone = R"($ORIGIN example.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
@ A 192.0.2.99
_sip._udp SRV 20 0 5064 c
_sip._udp SRV 10 60 5060 a
_sip._udp SRV 10 40 5062 b
_sip._tcp SRV 1 0 5070 b
_sips._tcp SRV 1 0 5061 a
a A 192.0.2.1
a AAAA 2001:db8::1
b A 192.0.2.2
c A 192.0.2.3
nosrv A 192.0.2.10
nosrv AAAA 2001:db8::10
nodata TXT "here, but without an address"
dot A 192.0.2.11
_sip._udp.dot SRV 0 0 0 .
_sip._tcp.dot SRV 0 0 0 .
_sip._udp.half SRV 0 0 0 .
_sip._tcp.half SRV 0 0 5060 b
half A 192.0.2.12
_sip._udp.hollow SRV 0 0 5060 nowhere
hollow A 192.0.2.13
_sip._udp.partly SRV 0 0 5060 nowhere
_sip._udp.partly SRV 1 0 5060 c
_sip._udp.alias CNAME _sip._udp
host-alias CNAME nosrv
_sip._udp.leak SRV 0 0 5060 bob.hedge.alt.
)";

std::string crowded_zone() {
    std::string text = zone;
    for (int i = 0; i < 20; ++i) {
        text += "_sip._udp.many SRV " + std::to_string(i) + " 0 5060 crowd\n";
        text += "crowd A 192.0.2." + std::to_string(100 + i) + "\n";
        text += "crowd AAAA 2001:db8::" + std::to_string(100 + i) + "\n";
    }
    return text;
}

class DnsLocatorWithNsd : public DnsFixtureWithNsd {
protected:
    void SetUp() override {
        if (!serve({{"example.test", crowded_zone()}})) GTEST_SKIP() << "nsd";
    }
};

TEST_F(DnsLocatorWithNsd, srv_records_of_udp_and_tcp_are_found_with_their_addresses) {
    const auto answer = locate("Example.TEST.");
    EXPECT_EQ(answer.outcome, DnsOutcome::found);
    // The highest draw takes the last of its priority; RRsets come in any order.
    const auto found = texts(answer);
    ASSERT_EQ(found.size(), 7U);
    EXPECT_TRUE((found[0] == "udp 192.0.2.1:5060" && found[1] == "udp [2001:db8::1]:5060" &&
                 found[2] == "udp 192.0.2.2:5062") ||
                (found[0] == "udp 192.0.2.2:5062" && found[1] == "udp 192.0.2.1:5060" &&
                 found[2] == "udp [2001:db8::1]:5060"))
        << testing::PrintToString(found);
    EXPECT_EQ(found[3], "udp 192.0.2.3:5064");
    EXPECT_EQ(found[4], "tcp 192.0.2.2:5070");
    EXPECT_EQ(found[5], "tls 192.0.2.1:5061");
    EXPECT_EQ(found[6], "tls [2001:db8::1]:5061");
    EXPECT_EQ(answer.targets[4].host, "b.example.test");
    EXPECT_EQ(answer.targets[3].priority, 20);
    EXPECT_EQ(result_of(answer, "_sip._tcp.example.test SRV"), "1 0 5070 b.example.test");
    EXPECT_EQ(result_of(answer, "c.example.test A"), "192.0.2.3");
    EXPECT_EQ(result_of(answer, "c.example.test AAAA"), "no records");
    EXPECT_EQ(result_of(answer, "example.test A"), "(not asked)");
}

TEST_F(DnsLocatorWithNsd, over_a_thousand_draws_weights_decide_who_comes_first) {
    std::mt19937 engine(4);
    random = [&engine](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound)(engine);
    };
    std::map<std::string, int> first;
    for (int i = 0; i < 1000; ++i) {
        const auto answer = locate({"example.test", {}, Transport::udp, false, {}});
        ASSERT_EQ(answer.targets.size(), 4U);
        ++first[answer.targets.front().host];
        ASSERT_EQ(answer.targets.back().host, "c.example.test");
    }
    EXPECT_NEAR(first["a.example.test"], 600, 50);  // 5 % of all draws
    EXPECT_NEAR(first["b.example.test"], 400, 50);
}

TEST_F(DnsLocatorWithNsd, an_explicit_transport_asks_for_that_service_only) {
    const auto answer = locate({"example.test", {}, Transport::tcp, false, {}});
    EXPECT_EQ(texts(answer), Texts{"tcp 192.0.2.2:5070"});
    EXPECT_EQ(result_of(answer, "_sip._udp.example.test SRV"), "(not asked)");
}

TEST_F(DnsLocatorWithNsd, sips_asks_for_the_secure_service_only) {
    const auto answer = locate({"example.test", {}, {}, true, {}});
    EXPECT_EQ(texts(answer), (Texts{"tls 192.0.2.1:5061", "tls [2001:db8::1]:5061"}));
}

TEST_F(DnsLocatorWithNsd, a_port_asks_for_addresses_only) {
    const auto answer = locate({"example.test", 5099, {}, false, {}});
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.99:5099"});
    EXPECT_EQ(answer.trace.size(), 2U);
    EXPECT_EQ(texts(locate({"nosrv.example.test", 5098, Transport::tcp, false, {}})),
              (Texts{"tcp 192.0.2.10:5098", "tcp [2001:db8::10]:5098"}));
}

TEST_F(DnsLocatorWithNsd, a_host_without_srv_is_called_at_the_default_port) {
    EXPECT_EQ(texts(locate("nosrv.example.test")), (Texts{"udp 192.0.2.10:5060", "udp [2001:db8::10]:5060"}));
    EXPECT_EQ(texts(locate({"nosrv.example.test", {}, {}, true, {}})),
              (Texts{"tls 192.0.2.10:5061", "tls [2001:db8::10]:5061"}));
}

TEST_F(DnsLocatorWithNsd, cname_chains_are_followed_for_services_and_hosts) {
    EXPECT_EQ(locate({"alias.example.test", {}, Transport::udp, false, {}}).targets.size(), 4U);
    EXPECT_EQ(texts(locate("host-alias.example.test")),
              (Texts{"udp 192.0.2.10:5060", "udp [2001:db8::10]:5060"}));
}

TEST_F(DnsLocatorWithNsd, a_name_that_does_not_exist_is_missing) {
    const auto answer = locate("nobody.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "_sip._udp.nobody.example.test SRV"), "NXDOMAIN");
    EXPECT_EQ(result_of(answer, "nobody.example.test AAAA"), "NXDOMAIN");
    EXPECT_TRUE(answer.targets.empty());
}

TEST_F(DnsLocatorWithNsd, a_name_without_any_usable_record_is_missing) {
    const auto answer = locate("nodata.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "nodata.example.test A"), "no records");
}

TEST_F(DnsLocatorWithNsd, a_service_that_says_it_is_not_there_is_believed) {
    const auto answer = locate("dot.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "_sip._udp.dot.example.test SRV"), "0 0 0 .");
    EXPECT_EQ(result_of(answer, "dot.example.test A"), "(not asked)");
    EXPECT_EQ(texts(locate("half.example.test")), Texts{"tcp 192.0.2.2:5060"});
}

TEST_F(DnsLocatorWithNsd, a_target_without_an_address_is_passed_over) {
    EXPECT_EQ(locate("hollow.example.test").outcome, DnsOutcome::missing);
    EXPECT_EQ(texts(locate("partly.example.test")), Texts{"udp 192.0.2.3:5060"});
}

TEST_F(DnsLocatorWithNsd, eight_services_and_eight_addresses_a_family_are_enough) {
    const auto answer = locate("many.example.test");
    EXPECT_EQ(answer.targets.size(), 8U * 16U);
    EXPECT_EQ(answer.targets.back().priority, 7);
}

TEST_F(DnsLocatorWithNsd, a_target_below_alt_is_never_asked_for) {
    const auto answer = locate("leak.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_TRUE(notes(answer, "bob.hedge.alt: not asked: .alt is outside DNS (RFC 9476)"));
    EXPECT_EQ(result_of(answer, "bob.hedge.alt A"), "(not asked)");
}

}  // namespace
}  // namespace node

// tests/node/dns/dns_naptr_test.cpp - RFC 3263 §4.1 against nsd: which transport, and who says so.
#include "tests/node/dns_fixture.hpp"

namespace node {
namespace {

constexpr const char* zone = R"($ORIGIN example.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
a A 192.0.2.1
a AAAA 2001:db8::1
b A 192.0.2.2

full NAPTR 20 0 "s" "SIP+D2U" "" _sip._udp.full
full NAPTR 10 20 "S" "sip+d2t" "" _sip._tcp.full
full NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.full
full NAPTR 5 0 "s" "SIPS+D2W" "" _sips._ws.full
full NAPTR 6 0 "s" "SIP+D2W" "" _sip._ws.full
full NAPTR 1 0 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
_sip._udp.full SRV 0 0 5060 b
_sip._tcp.full SRV 0 0 5060 b
_sips._tcp.full SRV 0 0 5061 b
_sip._ws.full SRV 0 0 8080 b
_sips._ws.full SRV 0 0 8443 b

hosted NAPTR 10 0 "s" "SIP+D2T" "" _sip._tcp.provider
hosted NAPTR 20 0 "s" "SIP+D2U" "" provider-udp
_sip._udp.hosted SRV 0 0 5060 a
_sip._tcp.provider SRV 0 0 5070 b
_sip._tcp.provider SRV 1 0 5071 a
provider-udp SRV 0 0 5072 b

tlsonly NAPTR 10 0 "s" "SIPS+D2T" "" _sips._tcp.tlsonly
_sips._tcp.tlsonly SRV 0 0 5061 b
_sip._udp.tlsonly SRV 0 0 5060 a
tlsonly A 192.0.2.77

sctponly NAPTR 10 0 "s" "SIP+D2S" "" _sip._sctp.sctponly
_sip._sctp.sctponly SRV 0 0 5060 a
sctponly A 192.0.2.78

hollow NAPTR 10 0 "s" "SIP+D2T" "" _sip._tcp.nowhere
hollow A 192.0.2.79

enum NAPTR 10 0 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
_sip._udp.enum SRV 0 0 5060 a

aliased CNAME hosted
leak NAPTR 10 0 "s" "SIP+D2U" "" _sip._udp.bob.hedge.alt.
leak A 192.0.2.80
)";

class DnsNaptr : public DnsFixtureWithNsd {
protected:
    void SetUp() override {
        if (!serve({{"example.test", zone}})) GTEST_SKIP() << "nsd";
    }
    void speak(std::vector<Transport> transports) {
        config.locator.transports = std::move(transports);
        dns.reset();
    }
};

TEST_F(DnsNaptr, it_decides_which_services_count_and_in_which_order) {
    const auto answer = locate("full.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::found);
    EXPECT_EQ(texts(answer), (Texts{"tls 192.0.2.2:5061", "tcp 192.0.2.2:5060", "udp 192.0.2.2:5060"}));
    EXPECT_THAT(result_of(answer, "full.example.test NAPTR"),
                testing::HasSubstr(R"(10 10 "s" "SIPS+D2T" "" _sips._tcp.full.example.test)"));
}

TEST_F(DnsNaptr, WebSocket_services_are_for_those_who_speak_it) {
    speak({Transport::ws, Transport::wss});
    EXPECT_EQ(texts(locate("full.example.test")), (Texts{"wss 192.0.2.2:8443", "ws 192.0.2.2:8080"}));
    speak({Transport::udp});
    EXPECT_EQ(texts(locate("full.example.test")), Texts{"udp 192.0.2.2:5060"});
    // A question can say what its asker speaks.
    EXPECT_EQ(texts(locate({"full.example.test", {}, {}, false, {Transport::ws}})),
              Texts{"ws 192.0.2.2:8080"});
}

TEST_F(DnsNaptr, sips_keeps_the_secure_services_only) {
    EXPECT_EQ(texts(locate({"full.example.test", {}, {}, true, {}})), Texts{"tls 192.0.2.2:5061"});
    speak({Transport::udp, Transport::tls, Transport::wss, Transport::ws});
    EXPECT_EQ(texts(locate({"full.example.test", {}, {}, true, {}})),
              (Texts{"wss 192.0.2.2:8443", "tls 192.0.2.2:5061"}));
}

TEST_F(DnsNaptr, services_elsewhere_take_the_place_of_the_usual_names) {
    const auto answer = locate("hosted.example.test");
    EXPECT_EQ(texts(answer), (Texts{"tcp 192.0.2.2:5070", "tcp 192.0.2.1:5071", "tcp [2001:db8::1]:5071",
                                    "udp 192.0.2.2:5072"}));
    EXPECT_THAT(result_of(answer, "_sip._tcp.provider.example.test SRV"),
                testing::HasSubstr("0 0 5070 b.example.test"));
    EXPECT_EQ(texts(locate("aliased.example.test")), texts(answer)) << "through a CNAME";
}

TEST_F(DnsNaptr, an_explicit_transport_or_port_asks_for_none) {
    const auto tcp = locate({"hosted.example.test", {}, Transport::udp, false, {}});
    EXPECT_EQ(texts(tcp), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
    EXPECT_EQ(result_of(tcp, "hosted.example.test NAPTR"), "(not asked)");
    const auto port = locate({"tlsonly.example.test", 5099, {}, false, {}});
    EXPECT_EQ(texts(port), Texts{"udp 192.0.2.77:5099"});
    EXPECT_EQ(result_of(port, "tlsonly.example.test NAPTR"), "(not asked)");
}

TEST_F(DnsNaptr, explicit_transports_under_sips_are_the_secure_ones) {
    const auto ask = [&](Transport transport) {
        return texts(locate({"full.example.test", {}, transport, true, {}}));
    };
    EXPECT_EQ(ask(Transport::udp), Texts{"tls 192.0.2.2:5061"});
    EXPECT_EQ(ask(Transport::tcp), Texts{"tls 192.0.2.2:5061"});
    EXPECT_EQ(ask(Transport::ws), Texts{"wss 192.0.2.2:8443"});
    EXPECT_EQ(texts(locate({"full.example.test", {}, Transport::ws, false, {}})), Texts{"ws 192.0.2.2:8080"});
    EXPECT_EQ(texts(locate({"tlsonly.example.test", 5099, Transport::tcp, true, {}})),
              Texts{"tls 192.0.2.77:5099"});
}

TEST_F(DnsNaptr, a_domain_that_names_tls_only_is_not_called_otherwise) {
    EXPECT_EQ(texts(locate("tlsonly.example.test")), Texts{"tls 192.0.2.2:5061"});
}

TEST_F(DnsNaptr, where_no_service_is_spoken_SRV_still_counts_and_the_bare_host_does_not) {
    speak({Transport::udp, Transport::tcp});
    EXPECT_EQ(texts(locate("tlsonly.example.test")), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
    const auto sctp = locate("sctponly.example.test");
    EXPECT_EQ(sctp.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(sctp, "sctponly.example.test A"), "(not asked)");
}

TEST_F(DnsNaptr, a_service_without_SRV_leads_to_the_host_itself_by_that_transport) {
    EXPECT_EQ(texts(locate("hollow.example.test")), Texts{"tcp 192.0.2.79:5060"});
}

TEST_F(DnsNaptr, records_of_ENUM_are_none) {
    EXPECT_EQ(texts(locate("enum.example.test")), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
}

TEST_F(DnsNaptr, a_replacement_below_alt_is_never_asked_for) {
    const auto answer = locate("leak.example.test");
    EXPECT_TRUE(notes(answer, "_sip._udp.bob.hedge.alt: not asked: .alt is outside DNS (RFC 9476)"));
    EXPECT_EQ(result_of(answer, "_sip._udp.bob.hedge.alt SRV"), "(not asked)");
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
}

TEST_F(DnsNaptr, default_ports_are_those_of_the_transport) {
    const auto ask = [&](Transport transport) {
        return texts(locate({"b.example.test", {}, transport, false, {}}));
    };
    EXPECT_EQ(ask(Transport::udp), Texts{"udp 192.0.2.2:5060"});
    EXPECT_EQ(ask(Transport::tls), Texts{"tls 192.0.2.2:5061"});
    EXPECT_EQ(ask(Transport::ws), Texts{"ws 192.0.2.2:80"});
    EXPECT_EQ(ask(Transport::wss), Texts{"wss 192.0.2.2:443"});
    EXPECT_EQ(texts(locate({"b.example.test", {}, {}, false, {Transport::wss, Transport::ws}})),
              Texts{"wss 192.0.2.2:443"});
}

}  // namespace
}  // namespace node

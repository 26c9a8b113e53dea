// tests/node/dns/dns_alt_test.cpp - no packet for a name below .alt reaches a DNS server, whoever leads there
// (RFC 9476). What passes is written down between libunbound and nsd.
#include <algorithm>

#include "node/dns/key_binding_lookup.hpp"
#include "tests/node/dns_fixture.hpp"
#include "tests/node/dns_recorder.hpp"
#include "tests/node/zone_signer.hpp"

namespace node {
namespace {

constexpr const char* leading = R"(
host.leak.test. CNAME bob.hedge.alt.
deep.leak.test. CNAME host.leak.test.
tree.leak.test. DNAME hedge.alt.
srv.leak.test. A 192.0.2.1
_sip._udp.srv.leak.test. SRV 0 0 5060 bob.hedge.alt.
_sip._tcp.srv.leak.test. SRV 0 0 5060 host.leak.test.
_sips._tcp.srv.leak.test. CNAME _sips._tcp.hedge.alt.
naptr.leak.test. NAPTR 0 0 "s" "SIP+D2U" "" _sip._udp.hedge.alt.
naptr.leak.test. NAPTR 1 0 "s" "SIP+D2T" "" toalt.leak.test.
toalt.leak.test. CNAME _sip._tcp.hedge.alt.
_hedgewitch.host.leak.test. CNAME _hedgewitch.bob.hedge.alt.
good.leak.test. A 192.0.2.2
)";
constexpr const char* soa = "$TTL 60\n@ SOA ns.test. admin.test. 1 3600 600 86400 60\n@ NS ns.test.\n";

class DnsAlt : public DnsFixtureWithNsd {
protected:
    void put_recorder_before(const std::vector<test::Zone>& zones) {
        if (!serve(zones)) GTEST_SKIP() << "nsd";
        recorder = std::make_unique<test::DnsRecorder>(server->port());
        forward_to(recorder->endpoint());
    }
    void ask_everything() {
        for (const char* host :
             {"alt", "bob.alt", "bob.hedge.alt", "BOB.HEDGE.ALT.", "host.leak.test", "deep.leak.test",
              "bob.tree.leak.test", "srv.leak.test", "naptr.leak.test"}) {
            for (const std::optional<std::uint16_t> port : {std::optional<std::uint16_t>(), {5060}})
                for (const bool sips : {false, true})
                    locate({host, port, {}, sips, {}});
        }
        for (const char* domain : {"bob.hedge.alt", "alt", "host.leak.test"}) {
            std::optional<KeyBinding> binding;
            dns->lookup(domain, [&](KeyBinding given) { binding = std::move(given); });
            run_until([&] { return binding.has_value(); });
            EXPECT_TRUE(binding) << domain;
        }
        for (const auto type : {DnsType::a, DnsType::aaaa, DnsType::srv, DnsType::txt, DnsType::naptr})
            EXPECT_EQ(ask("bob.hedge.alt", type).status, DnsStatus::error);
    }
    void nothing_below_alt_was_asked() {
        const auto names = recorder->names();
        for (const auto& name : names)
            EXPECT_FALSE(name == "alt" || name.ends_with(".alt")) << name;
        EXPECT_EQ(recorder->tcp_connections(), 0);
        for (const char* seen : {"host.leak.test", "bob.tree.leak.test", "_sip._udp.srv.leak.test",
                                 "toalt.leak.test", "_hedgewitch.host.leak.test"})
            EXPECT_NE(std::find(names.begin(), names.end(), seen), names.end())
                << seen << ": not written down";
    }
    std::unique_ptr<test::DnsRecorder> recorder;
};

TEST_F(DnsAlt, no_packet_leaves_by_CNAME_DNAME_SRV_or_NAPTR) {
    put_recorder_before({{"test", std::string("$ORIGIN test.\n") + soa + "ns A 127.0.0.1\n" + leading}});
    ask_everything();
    nothing_below_alt_was_asked();
    EXPECT_EQ(texts(locate({"good.leak.test", 5060, {}, false, {}})), Texts{"udp 192.0.2.2:5060"});
}

TEST_F(DnsAlt, no_packet_leaves_when_the_root_is_validated) {
    if (!test::ZoneSigner::available()) GTEST_SKIP() << "ldnsutils";
    test::ZoneSigner key(".");
    const auto root = key.sign(std::string("$ORIGIN .\n") + soa + "ns.test. A 127.0.0.1\n" + leading);
    put_recorder_before({{".", root}});
    config.rules.dnssec = Dnssec::require;
    config.trust_anchor = key.anchor_file();
    ask_everything();
    nothing_below_alt_was_asked();
    run_until([&] { return dns->state() == DnssecState::validating; });
    EXPECT_EQ(dns->trouble(), "");
    EXPECT_TRUE(locate({"good.leak.test", 5060, {}, false, {}}).targets.at(0).secure);
}

TEST_F(DnsAlt, a_name_that_leads_below_alt_fails_and_is_no_answer) {
    put_recorder_before({{"test", std::string("$ORIGIN test.\n") + soa + "ns A 127.0.0.1\n" + leading}});
    for (const char* host : {"host.leak.test", "bob.tree.leak.test"}) {
        const auto answer = locate({host, 5060, {}, false, {}});
        EXPECT_TRUE(answer.targets.empty());
        EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    }
}

}  // namespace
}  // namespace node

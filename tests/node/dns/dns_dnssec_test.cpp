// tests/node/dns/dns_dnssec_test.cpp - validation of zones that ldns signed and nsd serves: what is secure,
// what is merely unsigned, and what is forged.
#include "tests/node/dns_fixture.hpp"
#include "tests/node/dns_recorder.hpp"
#include "tests/node/zone_signer.hpp"

namespace node {
namespace {

using testing::HasSubstr;

constexpr const char* signed_zone = R"($ORIGIN example.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
@ NAPTR 10 0 "s" "SIP+D2U" "" _sip._udp
_sip._udp SRV 0 0 5060 a
a A 192.0.2.1
a AAAA 2001:db8::1
bare A 192.0.2.2
_sip._udp.elsewhere SRV 0 0 5060 a.plain.test.
_sip._udp.twofold SRV 0 0 5060 a
_sip._udp.twofold SRV 1 0 5060 a.plain.test.
alias CNAME a
stray CNAME a.plain.test.
forged A 192.0.2.66
_sip._udp.toforged SRV 0 0 5060 forged
_sip._udp.half SRV 0 0 5060 forged
_sip._udp.half SRV 1 0 5060 a
nforged NAPTR 10 0 "s" "SIPS+D2T" "" forgedreplacement.example.test.
_sip._udp.nforged SRV 0 0 5060 a
sub NS ns
late NS ns
)";
constexpr const char* plain_zone = R"($ORIGIN plain.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
a A 192.0.2.10
_sip._udp SRV 0 0 5060 a
)";
constexpr const char* sub_zone = R"($ORIGIN sub.example.test.
$TTL 60
@ SOA ns.example.test. admin 1 3600 600 86400 60
@ NS ns.example.test.
a A 192.0.2.20
)";
constexpr const char* late_zone = R"($ORIGIN late.example.test.
$TTL 60
@ SOA ns.example.test. admin 1 3600 600 86400 60
@ NS ns.example.test.
a A 192.0.2.30
)";

class DnsSec : public DnsFixtureWithNsd {
protected:
    void SetUp() override {
        if (!test::ZoneSigner::available()) GTEST_SKIP() << "ldnsutils";
        key = std::make_unique<test::ZoneSigner>("example.test");
        test::ZoneSigner late_key("late.example.test");
        auto zone = key->sign(std::string(signed_zone) + late_key.ds());
        zone = test::forge(std::move(zone), "192.0.2.66", "192.0.2.67");
        zone = test::forge(std::move(zone), "forgedreplacement", "_sips._tcp.evil");
        if (!serve({{"example.test", zone},
                    {"plain.test", plain_zone},
                    {"sub.example.test", sub_zone},
                    {"late.example.test", late_key.sign_expired(late_zone)}}))
            GTEST_SKIP() << "nsd";
        config.rules.dnssec = Dnssec::automatic;
        config.trust_anchor = key->anchor_file();
    }
    /// The same names, from a server that strips all signatures.
    std::unique_ptr<test::NsdServer> stripping() {
        auto other = std::make_unique<test::NsdServer>(
            std::vector<test::Zone>{{"example.test", signed_zone}, {"plain.test", plain_zone}});
        EXPECT_TRUE(other->ok()) << other->log();
        return other;
    }
    std::unique_ptr<test::ZoneSigner> key;
};

TEST_F(DnsSec, a_signed_chain_from_NAPTR_to_the_address_is_secure) {
    const auto answer = locate("example.test");
    EXPECT_EQ(dns->state(), DnssecState::validating) << dns->trouble();
    EXPECT_EQ(dns->trouble(), "");
    EXPECT_EQ(texts(answer), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
    for (const auto& target : answer.targets)
        EXPECT_TRUE(target.secure) << target.address;
    ASSERT_NE(step_of(answer, "example.test NAPTR"), nullptr);
    EXPECT_EQ(step_of(answer, "example.test NAPTR")->security, DnsSecurity::secure);
}

TEST_F(DnsSec, a_bare_host_is_secure_when_the_absence_of_services_is_proven_too) {
    const auto answer = locate("bare.example.test");
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.2:5060"});
    EXPECT_TRUE(answer.targets.front().secure);
    EXPECT_TRUE(locate({"bare.example.test", 5070, {}, false, {}}).targets.at(0).secure);
    EXPECT_TRUE(locate("alias.example.test").targets.at(0).secure) << "a CNAME within the zone";
}

TEST_F(DnsSec, an_unsigned_zone_is_used_and_is_not_secure) {
    const auto answer = locate("plain.test");
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.10:5060"});
    EXPECT_FALSE(answer.targets.front().secure);
    EXPECT_EQ(ask("a.sub.example.test", DnsType::a).security, DnsSecurity::insecure)
        << "delegated without DS";
}

TEST_F(DnsSec, one_link_that_is_not_signed_makes_the_target_insecure) {
    const auto answer = locate("elsewhere.example.test");
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.10:5060"});
    EXPECT_EQ(step_of(answer, "_sip._udp.elsewhere.example.test SRV")->security, DnsSecurity::secure);
    EXPECT_FALSE(answer.targets.front().secure);
    EXPECT_FALSE(locate("stray.example.test").targets.at(0).secure) << "a CNAME out of the zone";
    const auto both = locate("twofold.example.test");
    ASSERT_EQ(both.targets.size(), 3U);
    EXPECT_TRUE(both.targets[0].secure && both.targets[1].secure);
    EXPECT_FALSE(both.targets[2].secure);
}

TEST_F(DnsSec, denials_are_proven_by_NSEC) {
    const auto nxdomain = ask("nobody.example.test", DnsType::a);
    EXPECT_EQ(nxdomain.status, DnsStatus::nxdomain);
    EXPECT_EQ(nxdomain.security, DnsSecurity::secure);
    const auto nodata = ask("a.example.test", DnsType::txt);
    EXPECT_EQ(nodata.status, DnsStatus::nodata);
    EXPECT_EQ(nodata.security, DnsSecurity::secure);
    EXPECT_EQ(ask("nobody.plain.test", DnsType::a).security, DnsSecurity::insecure);
    EXPECT_EQ(locate("nobody.example.test").cause, DnsStatus::nxdomain);
}

TEST_F(DnsSec, a_forged_record_is_a_failure_and_never_data) {
    const auto reply = ask("forged.example.test", DnsType::a);
    EXPECT_EQ(reply.status, DnsStatus::bogus);
    EXPECT_TRUE(reply.records.empty());
    for (const char* host : {"forged.example.test", "toforged.example.test"}) {
        const auto answer = locate(host);
        EXPECT_EQ(answer.outcome, DnsOutcome::failed) << host;
        EXPECT_EQ(answer.cause, DnsStatus::bogus) << host;
    }
    // What is not forged beside it may be used.
    EXPECT_EQ(texts(locate("half.example.test")), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
}

TEST_F(DnsSec, a_forged_NAPTR_answer_ends_the_lookup_since_it_may_hide_that_only_tls_is_offered) {
    const auto answer = locate("nforged.example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::bogus);
    EXPECT_TRUE(answer.targets.empty());
}

TEST_F(DnsSec, signatures_out_of_date_are_bogus) {
    const auto reply = ask("a.late.example.test", DnsType::a);
    EXPECT_EQ(reply.status, DnsStatus::bogus);
    EXPECT_THAT(reply.error, HasSubstr("expired"));
}

TEST_F(DnsSec, auto_uses_plain_DNS_where_the_server_strips_signatures_and_says_so) {
    const auto other = stripping();
    forward_to({make_address("127.0.0.1"), other->port()});
    const auto answer = locate("example.test");
    EXPECT_EQ(texts(answer), (Texts{"udp 192.0.2.1:5060", "udp [2001:db8::1]:5060"}));
    EXPECT_FALSE(answer.targets.front().secure);
    EXPECT_EQ(dns->state(), DnssecState::unavailable);
    EXPECT_THAT(dns->trouble(), HasSubstr("Your DNS server strips DNSSEC"));
}

TEST_F(DnsSec, require_fails_where_the_server_strips_signatures) {
    const auto other = stripping();
    forward_to({make_address("127.0.0.1"), other->port()});
    config.rules.dnssec = Dnssec::require;
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::bogus);
    run_until([&] { return dns->state() == DnssecState::unavailable; });
    EXPECT_THAT(dns->trouble(), HasSubstr("every signed domain fails"));
    EXPECT_EQ(locate("example.test").cause, DnsStatus::bogus);
    EXPECT_EQ(locate("nobody.example.test").cause, DnsStatus::bogus) << "and not \"no such name\"";
    EXPECT_EQ(texts(locate("plain.test")), Texts{"udp 192.0.2.10:5060"}) << "below no trust anchor";
}

TEST_F(DnsSec, require_validates_where_signatures_pass) {
    config.rules.dnssec = Dnssec::require;
    EXPECT_TRUE(locate("example.test").targets.at(0).secure);
    run_until([&] { return dns->state() == DnssecState::validating; });
    EXPECT_EQ(dns->trouble(), "");
    EXPECT_EQ(locate("forged.example.test").cause, DnsStatus::bogus);
}

TEST_F(DnsSec, off_validates_nothing) {
    config.rules.dnssec = Dnssec::off;
    EXPECT_FALSE(locate("example.test").targets.at(0).secure);
    EXPECT_EQ(texts(locate("forged.example.test")), Texts{"udp 192.0.2.67:5060"});
    EXPECT_EQ(dns->state(), DnssecState::off);
    EXPECT_EQ(dns->trouble(), "");
}

TEST_F(DnsSec, a_network_that_begins_to_strip_is_noticed_by_what_turns_bogus_and_left_again) {
    const auto other = stripping();
    test::DnsRecorder between(server->port());
    forward_to(between.endpoint());
    config.rules.check_again = 0s;
    EXPECT_TRUE(locate("example.test").targets.at(0).secure);
    between.pass_to(other->port());
    // Not in the cache: bogus, and reason to doubt. The fresh check finds no signatures.
    EXPECT_EQ(ask("bare.example.test", DnsType::a).status, DnsStatus::bogus);
    run_until([&] { return dns->state() == DnssecState::unavailable; });
    EXPECT_EQ(ask("bare.example.test", DnsType::a).status, DnsStatus::found);
    between.pass_to(server->port());
    run_until([&] {
        ask("bare.example.test", DnsType::a);  // starts the next check, unless one is under way
        return dns->state() == DnssecState::validating;
    });
    EXPECT_EQ(ask("bare.example.test", DnsType::a).security, DnsSecurity::secure);
}

TEST_F(DnsSec, one_forged_name_does_not_talk_validation_down) {
    config.rules.check_again = 0s;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask("forged.example.test", DnsType::a).status, DnsStatus::bogus);
        loop.run_for(200ms);
        loop.restart();
        EXPECT_EQ(dns->state(), DnssecState::validating) << dns->trouble();
    }
}

TEST_F(DnsSec, an_anchor_for_another_key_or_an_expired_zone_is_told_and_plain_DNS_used) {
    const test::ZoneSigner stranger("example.test");
    config.trust_anchor = stranger.anchor_file();
    EXPECT_FALSE(locate("example.test").targets.at(0).secure);
    EXPECT_THAT(dns->trouble(), HasSubstr("plain DNS is used"));

    test::ZoneSigner late_key("late.test");
    const auto late = late_key.sign_expired(
        "$ORIGIN late.test.\n$TTL 60\n@ SOA ns.late.test. a 1 1 1 1 60\n"
        "@ NS ns\nns A 127.0.0.1\na A 192.0.2.1\n");
    if (!serve({{"late.test", late}})) return;
    config.trust_anchor = late_key.anchor_file();
    start();
    EXPECT_EQ(texts(locate("a.late.test")), Texts{"udp 192.0.2.1:5060"});
    EXPECT_THAT(dns->trouble(), HasSubstr("out of date, or this clock is wrong"));
}

TEST_F(DnsSec, without_a_trust_anchor_auto_goes_on_and_require_does_not_start) {
    config.trust_anchor = "/nonexistent/root.key";
    EXPECT_FALSE(locate("example.test").targets.at(0).secure);
    EXPECT_THAT(dns->trouble(), HasSubstr("/nonexistent/root.key"));
    config.rules.dnssec = Dnssec::require;
    EXPECT_THROW(start(), std::runtime_error);
}

TEST_F(DnsSec, a_trust_anchor_that_libunbound_cannot_read_is_told) {
    const Scratch scratch;
    write_text(scratch.dir / "anchor", "example.test. IN DS this is not one\n");
    config.trust_anchor = scratch.dir / "anchor";
    EXPECT_EQ(texts(locate("bare.example.test")), Texts{"udp 192.0.2.2:5060"});
    EXPECT_EQ(dns->state(), DnssecState::unavailable);
    EXPECT_THAT(dns->trouble(), HasSubstr("plain DNS is used"));
}

TEST_F(DnsSec, domains_of_private_networks_may_be_unsigned_below_a_signed_zone) {
    const auto other = stripping();
    test::DnsRecorder between(server->port());
    forward_to(between.endpoint());
    config.servers.unsigned_domains = {"bare.example.test"};
    EXPECT_TRUE(locate("example.test").targets.at(0).secure);
    between.pass_to(other->port());
    EXPECT_EQ(ask("bare.example.test", DnsType::a).security, DnsSecurity::insecure);
    EXPECT_EQ(ask("forged.example.test", DnsType::a).status, DnsStatus::bogus);
}

class DnsSecSlow : public DnsFixture {};

TEST_F(DnsSecSlow, questions_wait_for_the_first_check_and_not_for_ever) {
    BareDnsServer server(loop);
    server.answer =
        [](const BareDnsServer::Question& question) -> std::optional<std::vector<BareDnsServer::Record>> {
        if (question.type == static_cast<int>(DnsType::dnskey)) return std::nullopt;
        return std::vector<BareDnsServer::Record>{{"", 0, "\xc0\0\2\1"s}};
    };
    forward_to(server.endpoint());
    const Scratch scratch;
    write_text(scratch.dir / "anchor", "example.test. IN DS 12345 13 2 " + std::string(64, 'a') + "\n");
    config.rules.dnssec = Dnssec::automatic;
    config.trust_anchor = scratch.dir / "anchor";
    config.rules.check_patience = 300ms;
    start();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(ask("a.example.test", DnsType::a).status, DnsStatus::found);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 290ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_EQ(dns->state(), DnssecState::checking);
}

}  // namespace
}  // namespace node

// tests/node/routing/dns_step_test.cpp - the DNS step in front of a real nsd: targets into Contacts, never
// back to ourselves.
#include "node/routing/dns_step_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/nsd_server.hpp"
#include "tests/node/zone_signer.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* zone = R"($ORIGIN example.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
_sip._udp SRV 10 0 5060 a
_sip._udp SRV 20 0 5062 b
_sip._tcp SRV 10 0 5060 a
a A 192.0.2.1
b A 192.0.2.2
_sip._udp.own SRV 0 0 5060 self
_sip._udp.both SRV 0 0 5060 self
_sip._udp.both SRV 1 0 5060 a
self A 192.0.2.200
)";
constexpr const char* signed_zone = R"($ORIGIN signed.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
@ NAPTR 10 0 "s" "SIPS+D2T" "" _sips._tcp
@ NAPTR 20 0 "s" "SIP+D2U" "" _sip._udp
@ NAPTR 30 0 "s" "SIPS+D2W" "" _sips._ws
@ NAPTR 40 0 "s" "SIP+D2W" "" _sip._ws
_sips._tcp SRV 0 0 5061 a
_sip._udp SRV 0 0 5060 a
_sips._ws SRV 0 0 8443 a
_sip._ws SRV 0 0 8080 a
a A 192.0.2.1
a AAAA 2001:db8::1
_sip._udp.mixed SRV 0 0 5060 a
_sip._udp.mixed SRV 1 0 5060 a.example.test.
forged A 192.0.2.66
)";

class DnsStepTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (test::NsdServer::binary().empty() || !test::ZoneSigner::available()) return;
        signer = std::make_unique<test::ZoneSigner>("signed.test");
        server = std::make_unique<test::NsdServer>(std::vector<test::Zone>{
            {"example.test", zone},
            {"signed.test", test::forge(signer->sign(signed_zone), "192.0.2.66", "192.0.2.67")}});
    }
    static void TearDownTestSuite() {
        server.reset();
        signer.reset();
    }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "nsd or ldnsutils are not installed";
        ASSERT_TRUE(server->ok()) << server->log();
        config.dns.servers = {{asio::ip::make_address("127.0.0.1"), server->port()}};
        config.dns.trust_anchor = signer->anchor_file();
        config.dns.probe = false;  // these addresses are nobody's
    }
    StepAnswer ask(const StepQuestion& target) const {
        asio::io_context loop;
        const auto step = make_dns_step(loop, config, [](const overlay::TransportAddress& address, bool) {
            return address.address.to_string() == "192.0.2.200" ? std::string("this node (sip.domains)")
                                                                : std::string();
        });
        std::optional<StepAnswer> answer;
        step->ask(target, [&](StepAnswer given) {
            answer = std::move(given);
            loop.stop();
        });
        loop.run_for(std::chrono::seconds(10));
        EXPECT_TRUE(answer);
        return answer.value_or(StepAnswer{});
    }
    static StepQuestion bob_at(const std::string& host) {
        StepQuestion target;
        target.dialled.user = "bob";
        target.dialled.host = host;
        return target;
    }
    StepAnswer ask(const std::string& user, const std::string& host,
                   std::optional<std::uint16_t> port = {}) const {
        StepQuestion target = bob_at(host);
        target.dialled.user = user;
        target.dialled.port = port;
        return ask(target);
    }
    static std::vector<std::string> uris(const StepAnswer& step) {
        std::vector<std::string> all;
        for (const auto& contact : step.answer.contacts)
            all.push_back(contact.uri);
        return all;
    }
    static std::string security_of(const StepAnswer& step, const std::string& question) {
        for (const auto& note : step.dns)
            if (note.question == question) return note.security;
        return "(not asked)";
    }
    Config config = Config::defaults();
    static inline std::unique_ptr<test::ZoneSigner> signer;
    static inline std::unique_ptr<test::NsdServer> server;
};

TEST_F(DnsStepTest, targets_become_contacts_in_the_order_of_RFC_3263_with_the_user_as_dialled) {
    const auto step = ask("Bob Builder", "example.test");
    EXPECT_EQ(step.verdict, Verdict::found);
    EXPECT_EQ(step.answer.status, 302);
    EXPECT_THAT(uris(step), ElementsAre("sip:Bob%20Builder@192.0.2.1:5060;transport=udp",
                                        "sip:Bob%20Builder@192.0.2.2:5062;transport=udp",
                                        "sip:Bob%20Builder@192.0.2.1:5060;transport=tcp"));
    EXPECT_GT(step.answer.contacts[0].q, step.answer.contacts[1].q);
    EXPECT_FALSE(step.dns.empty());
    EXPECT_FALSE(step.verified_by);
}

TEST_F(DnsStepTest, an_explicit_port_is_honoured) {
    EXPECT_EQ(uris(ask("bob", "a.example.test", 5099)).at(0), "sip:bob@192.0.2.1:5099;transport=udp");
}

TEST_F(DnsStepTest, a_name_that_DNS_does_not_know_is_missing) {
    const auto step = ask("bob", "nobody.example.test");
    EXPECT_EQ(step.verdict, Verdict::missing);
    EXPECT_THAT(step.sentence, HasSubstr("no SIP server"));
    EXPECT_EQ(step.answer.warning, "DNS knows no SIP server for nobody.example.test: it has no such name");
}

TEST_F(DnsStepTest, a_call_is_never_sent_back_to_this_node) {
    const auto own = ask("bob", "own.example.test");
    EXPECT_EQ(own.verdict, Verdict::refused);
    EXPECT_EQ(own.answer.status, 480);
    EXPECT_THAT(own.answer.warning, HasSubstr("sip.domains"));
    EXPECT_THAT(uris(ask("bob", "both.example.test")), ElementsAre("sip:bob@192.0.2.1:5060;transport=udp"));
}

TEST_F(DnsStepTest, contacts_for_tls_name_the_host_whose_certificate_is_shown) {
    const auto step = ask("bob", "signed.test");
    EXPECT_THAT(uris(step), ElementsAre("sip:bob@a.signed.test:5061;transport=tls",
                                        "sip:bob@192.0.2.1:5060;transport=udp",
                                        "sip:bob@[2001:db8::1]:5060;transport=udp"))
        << "one for both addresses of the host";
}

TEST_F(DnsStepTest, a_call_to_sips_stays_sips) {
    StepQuestion target = bob_at("signed.test");
    target.dialled.sips = true;
    EXPECT_THAT(uris(ask(target)), ElementsAre("sips:bob@a.signed.test:5061"));
}

TEST_F(DnsStepTest, a_phone_in_a_browser_gets_WebSocket_where_the_domain_offers_it) {
    StepQuestion target = bob_at("signed.test");
    target.flow.transport = sip::Transport::wss;
    EXPECT_THAT(
        uris(ask(target)),
        ElementsAre("sips:bob@a.signed.test:8443;transport=ws", "sip:bob@192.0.2.1:8080;transport=ws",
                    "sip:bob@[2001:db8::1]:8080;transport=ws", "sip:bob@a.signed.test:5061;transport=tls"))
        << "first, although the domain would rather have TLS";
    target.dialled.transport = "ws";
    EXPECT_THAT(uris(ask(target)), ElementsAre("sip:bob@192.0.2.1:8080;transport=ws",
                                               "sip:bob@[2001:db8::1]:8080;transport=ws"));
    target.dialled.sips = true;
    EXPECT_THAT(uris(ask(target)), ElementsAre("sips:bob@a.signed.test:8443;transport=ws"));
}

TEST_F(DnsStepTest, a_transport_that_nobody_here_speaks_is_not_replaced_by_another) {
    StepQuestion target = bob_at("example.test");
    target.dialled.transport = "sctp";
    const auto step = ask(target);
    EXPECT_EQ(step.verdict, Verdict::missing);
    EXPECT_THAT(step.sentence, HasSubstr("transport=sctp"));
    EXPECT_TRUE(step.dns.empty());
}

TEST_F(DnsStepTest, the_step_is_secure_when_every_contact_is) {
    const auto all = ask("bob", "signed.test");
    EXPECT_TRUE(all.secure);
    EXPECT_THAT(all.sentence, HasSubstr("DNSSEC"));
    EXPECT_EQ(security_of(all, "signed.test NAPTR"), "secure");
    EXPECT_FALSE(ask("bob", "mixed.signed.test").secure);
    const auto plain = ask("bob", "example.test");
    EXPECT_FALSE(plain.secure);
    EXPECT_EQ(security_of(plain, "_sip._udp.example.test SRV"), "insecure");
    config.dns.dnssec = Dnssec::off;
    EXPECT_FALSE(ask("bob", "signed.test").secure);
}

TEST_F(DnsStepTest, a_forged_answer_is_a_failure_that_says_so) {
    const auto step = ask("bob", "forged.signed.test", 5060);
    EXPECT_EQ(step.verdict, Verdict::failed);
    EXPECT_FALSE(step.secure);
    EXPECT_THAT(step.sentence, HasSubstr("forged"));
    EXPECT_EQ(security_of(step, "forged.signed.test A"), "bogus");
}

TEST_F(DnsStepTest, no_server_is_a_failure_that_says_so) {
    config.dns.servers = {{asio::ip::make_address("127.0.0.1"), 1}};
    const auto step = ask("bob", "example.test");
    EXPECT_EQ(step.verdict, Verdict::failed);
    EXPECT_THAT(step.sentence, HasSubstr("No DNS server can be reached"));
    EXPECT_EQ(security_of(step, "example.test NAPTR"), "");
}

TEST_F(DnsStepTest, both_questions_share_what_is_known_about_DNSSEC) {
    asio::io_context loop;
    const auto step = make_dns_step(loop, config, [](const auto&, bool) { return std::string(); });
    EXPECT_EQ(step->status().dnssec, "checking");
    std::optional<KeyBinding> binding;
    step->lookup("signed.test", [&](KeyBinding given) {
        binding = std::move(given);
        loop.stop();
    });
    loop.run_for(std::chrono::seconds(10));
    ASSERT_TRUE(binding);
    EXPECT_EQ(binding->state, KeyBinding::State::absent);
    EXPECT_EQ(binding->step.security, DnsSecurity::secure);
    EXPECT_EQ(step->status().dnssec, "validating");
    EXPECT_FALSE(step->status().trouble);
}

}  // namespace
}  // namespace node

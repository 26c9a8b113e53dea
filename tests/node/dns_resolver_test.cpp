// tests/node/dns_resolver_test.cpp - the DNS step in front of a real nsd: targets into Contacts, never back
// to ourselves.
#include "node/dns_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/nsd_server.hpp"

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

class DnsResolverStep : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!test::NsdServer::binary().empty())
            server = std::make_unique<test::NsdServer>("example.test", zone);
    }
    static void TearDownTestSuite() { server.reset(); }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "nsd is not installed";
        ASSERT_TRUE(server->ok()) << server->log();
    }
    static StepAnswer ask(const std::string& user, const std::string& host,
                          std::optional<std::uint16_t> port = {}) {
        asio::io_context loop;
        Config config = Config::defaults();
        config.dns_servers = {{asio::ip::make_address("127.0.0.1"), server->port()}};
        const auto resolver = make_dns_resolver(loop, config, [](const overlay::TransportAddress& address) {
            return address.address.to_string() == "192.0.2.200" ? std::string("this node itself")
                                                                : std::string();
        });
        Target target;
        target.user = user;
        target.host = host;
        target.port = port;
        std::optional<StepAnswer> answer;
        resolver->resolve(target, [&](StepAnswer step) {
            answer = std::move(step);
            loop.stop();
        });
        loop.run_for(std::chrono::seconds(10));
        EXPECT_TRUE(answer);
        return answer.value_or(StepAnswer{});
    }
    static std::vector<std::string> uris(const StepAnswer& step) {
        std::vector<std::string> all;
        for (const auto& contact : step.answer.contacts)
            all.push_back(contact.uri);
        return all;
    }
    static inline std::unique_ptr<test::NsdServer> server;
};

TEST_F(DnsResolverStep, targets_become_contacts_in_the_order_of_RFC_3263_with_the_user_as_dialled) {
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

TEST_F(DnsResolverStep, an_explicit_port_is_honoured) {
    EXPECT_EQ(uris(ask("bob", "a.example.test", 5099)).at(0), "sip:bob@192.0.2.1:5099;transport=udp");
}

TEST_F(DnsResolverStep, a_name_that_DNS_does_not_know_is_missing) {
    const auto step = ask("bob", "nobody.example.test");
    EXPECT_EQ(step.verdict, Verdict::missing);
    EXPECT_THAT(step.says, HasSubstr("no SIP server"));
}

TEST_F(DnsResolverStep, a_call_is_never_sent_back_to_this_node) {
    const auto own = ask("bob", "own.example.test");
    EXPECT_EQ(own.verdict, Verdict::refused);
    EXPECT_EQ(own.answer.status, 480);
    EXPECT_THAT(own.answer.warning, HasSubstr("sip.domains"));
    EXPECT_THAT(uris(ask("bob", "both.example.test")), ElementsAre("sip:bob@192.0.2.1:5060;transport=udp"));
}

}  // namespace
}  // namespace node

// tests/node/dns_locator_test.cpp - RFC 3263 against nsd, and against servers that are silent, broken or must
// not be asked.
#include "node/dns_locator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "tests/node/nsd_server.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using asio::ip::make_address;
using asio::ip::udp;
using sip::Transport;

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

// A DNS server on a bare socket: notes each question, and answers what `answer` makes of it, or nothing.
class BareServer {
public:
    struct Question {
        std::string name;
        int type = 0;
    };
    /// RDATA of one answer, "" for no records, nullopt for silence.
    std::function<std::optional<std::string>(const Question&)> answer;
    int rcode = 0;
    std::vector<Question> asked;

    explicit BareServer(asio::io_context& loop, const udp::endpoint& at = {make_address("127.0.0.1"), 0})
        : socket_(loop, at) {
        receive();
    }
    sip::Endpoint endpoint() const {
        return {socket_.local_endpoint().address(), socket_.local_endpoint().port()};
    }

private:
    void receive() {
        socket_.async_receive_from(asio::buffer(buffer_), from_,
                                   [this](std::error_code error, std::size_t size) {
                                       if (error) return;
                                       reply(std::string(buffer_.data(), size));
                                       receive();
                                   });
    }
    void reply(const std::string& query) {
        Question question;
        std::size_t at = 12;
        while (query.at(at) != 0) {
            const auto length = static_cast<std::size_t>(query[at]);
            question.name += query.substr(at + 1, length) + ".";
            at += length + 1;
        }
        question.type = query.at(at + 2);
        asked.push_back(question);
        const auto rdata = answer ? answer(question) : std::nullopt;
        if (!rdata) return;
        std::string wire = query.substr(0, 2) + "\x81"s + static_cast<char>(0x80 | rcode) + "\0\1\0"s +
                           (rdata->empty() ? "\0"s : "\1"s) + "\0\0\0\0"s + query.substr(12, at + 5 - 12);
        if (!rdata->empty()) {
            wire += "\xc0\x0c\0"s + static_cast<char>(question.type) + "\0\1\0\0\0\x3c\0"s +
                    static_cast<char>(rdata->size()) + *rdata;
        }
        socket_.send_to(asio::buffer(wire), from_);
    }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<char, 4096> buffer_{};
};

class DnsLocatorTest : public testing::Test {
protected:
    static Dice highest() {
        return [](std::uint32_t bound) { return bound; };
    }
    DnsLocatorConfig forward_to(const sip::Endpoint& server) {
        DnsLocatorConfig config;
        config.servers.forward = {server};
        return config;
    }
    DnsAnswer locate(DnsLocator& locator, const DnsQuestion& question) {
        std::optional<DnsAnswer> answer;
        locator.locate(question, [&](DnsAnswer given) { answer = std::move(given); });
        EXPECT_FALSE(answer) << "never before locate() returns";
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!answer && std::chrono::steady_clock::now() < end) {
            loop.run_one_for(100ms);
            loop.restart();
        }
        EXPECT_TRUE(answer) << "no answer for " << question.host;
        return answer.value_or(DnsAnswer{});
    }
    // "udp 192.0.2.1:5060", in order.
    static std::vector<std::string> texts(const DnsAnswer& answer) {
        std::vector<std::string> all;
        for (const auto& target : answer.targets)
            all.push_back(std::string(sip::uri_value(target.transport)) + " " +
                          sip::to_string(sip::Endpoint{target.address, target.port}));
        return all;
    }
    static std::string result_of(const DnsAnswer& answer, const std::string& question) {
        for (const auto& step : answer.trace)
            if (step.question == question) return step.result;
        return "(not asked)";
    }
    using Texts = std::vector<std::string>;

    asio::io_context loop;
};

// With nsd behind it. Each test is a process of its own under ctest, with a server of its own.
class DnsLocatorWithNsd : public DnsLocatorTest {
protected:
    void SetUp() override {
        if (test::NsdServer::binary().empty()) {
            if (std::getenv("CI") != nullptr) FAIL() << "nsd is missing on CI";
            GTEST_SKIP() << "nsd is not installed";
        }
        server = std::make_unique<test::NsdServer>("example.test", crowded_zone());
        ASSERT_TRUE(server->ok()) << server->log();
        start();
    }
    void start(Dice dice = highest()) {
        locator = std::make_unique<DnsLocator>(loop, forward_to({make_address("127.0.0.1"), server->port()}),
                                               std::move(dice));
    }
    DnsAnswer locate(const DnsQuestion& question) { return DnsLocatorTest::locate(*locator, question); }

    std::unique_ptr<test::NsdServer> server;
    std::unique_ptr<DnsLocator> locator;
};

TEST_F(DnsLocatorWithNsd, srv_records_of_udp_and_tcp_are_found_with_their_addresses) {
    const auto answer = locate({"Example.TEST.", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::found);
    // The highest draw takes the last of its priority; RRsets come in any order.
    const auto found = texts(answer);
    ASSERT_EQ(found.size(), 5U);
    EXPECT_TRUE((found[0] == "udp 192.0.2.1:5060" && found[1] == "udp [2001:db8::1]:5060" &&
                 found[2] == "udp 192.0.2.2:5062") ||
                (found[0] == "udp 192.0.2.2:5062" && found[1] == "udp 192.0.2.1:5060" &&
                 found[2] == "udp [2001:db8::1]:5060"))
        << testing::PrintToString(found);
    EXPECT_EQ(found[3], "udp 192.0.2.3:5064");
    EXPECT_EQ(found[4], "tcp 192.0.2.2:5070");
    EXPECT_EQ(answer.targets[4].host, "b.example.test");
    EXPECT_EQ(answer.targets[3].priority, 20);
    EXPECT_EQ(result_of(answer, "_sip._tcp.example.test SRV"), "1 0 5070 b.example.test");
    EXPECT_EQ(result_of(answer, "c.example.test A"), "192.0.2.3");
    EXPECT_EQ(result_of(answer, "c.example.test AAAA"), "no records");
    EXPECT_EQ(result_of(answer, "example.test A"), "(not asked)");
}

TEST_F(DnsLocatorWithNsd, over_a_thousand_draws_weights_decide_who_comes_first) {
    std::mt19937 engine(4);
    start([&engine](std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound)(engine);
    });
    std::map<std::string, int> first;
    for (int i = 0; i < 1000; ++i) {
        const auto answer = locate({"example.test", {}, Transport::udp, false});
        ASSERT_EQ(answer.targets.size(), 4U);
        ++first[answer.targets.front().host];
        ASSERT_EQ(answer.targets.back().host, "c.example.test");
    }
    EXPECT_NEAR(first["a.example.test"], 600, 80);
    EXPECT_NEAR(first["b.example.test"], 400, 80);
}

TEST_F(DnsLocatorWithNsd, an_explicit_transport_asks_for_that_service_only) {
    const auto answer = locate({"example.test", {}, Transport::tcp, false});
    EXPECT_EQ(texts(answer), Texts{"tcp 192.0.2.2:5070"});
    EXPECT_EQ(result_of(answer, "_sip._udp.example.test SRV"), "(not asked)");
}

TEST_F(DnsLocatorWithNsd, sips_asks_for_the_secure_service_only) {
    const auto answer = locate({"example.test", {}, {}, true});
    EXPECT_EQ(texts(answer), (Texts{"tls 192.0.2.1:5061", "tls [2001:db8::1]:5061"}));
}

TEST_F(DnsLocatorWithNsd, a_port_asks_for_addresses_only) {
    const auto answer = locate({"example.test", 5099, {}, false});
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.99:5099"});
    EXPECT_EQ(answer.trace.size(), 2U);
    EXPECT_EQ(texts(locate({"nosrv.example.test", 5098, Transport::tcp, false})),
              (Texts{"tcp 192.0.2.10:5098", "tcp [2001:db8::10]:5098"}));
}

TEST_F(DnsLocatorWithNsd, a_host_without_srv_is_called_at_the_default_port) {
    EXPECT_EQ(texts(locate({"nosrv.example.test", {}, {}, false})),
              (Texts{"udp 192.0.2.10:5060", "udp [2001:db8::10]:5060"}));
    EXPECT_EQ(texts(locate({"nosrv.example.test", {}, {}, true})),
              (Texts{"tls 192.0.2.10:5061", "tls [2001:db8::10]:5061"}));
}

TEST_F(DnsLocatorWithNsd, cname_chains_are_followed_for_services_and_hosts) {
    EXPECT_EQ(locate({"alias.example.test", {}, Transport::udp, false}).targets.size(), 4U);
    EXPECT_EQ(texts(locate({"host-alias.example.test", {}, {}, false})),
              (Texts{"udp 192.0.2.10:5060", "udp [2001:db8::10]:5060"}));
}

TEST_F(DnsLocatorWithNsd, a_name_that_does_not_exist_is_missing) {
    const auto answer = locate({"nobody.example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "_sip._udp.nobody.example.test SRV"), "NXDOMAIN");
    EXPECT_EQ(result_of(answer, "nobody.example.test AAAA"), "NXDOMAIN");
    EXPECT_TRUE(answer.targets.empty());
}

TEST_F(DnsLocatorWithNsd, a_name_without_any_usable_record_is_missing) {
    const auto answer = locate({"nodata.example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "nodata.example.test A"), "no records");
}

TEST_F(DnsLocatorWithNsd, a_service_that_says_it_is_not_there_is_believed) {
    const auto answer = locate({"dot.example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "_sip._udp.dot.example.test SRV"), "0 0 0 .");
    EXPECT_EQ(result_of(answer, "dot.example.test A"), "(not asked)");
    EXPECT_EQ(texts(locate({"half.example.test", {}, {}, false})), Texts{"tcp 192.0.2.2:5060"});
}

TEST_F(DnsLocatorWithNsd, a_target_without_an_address_is_passed_over) {
    EXPECT_EQ(locate({"hollow.example.test", {}, {}, false}).outcome, DnsOutcome::missing);
    EXPECT_EQ(texts(locate({"partly.example.test", {}, {}, false})), Texts{"udp 192.0.2.3:5060"});
}

TEST_F(DnsLocatorWithNsd, eight_services_and_eight_addresses_a_family_are_enough) {
    const auto answer = locate({"many.example.test", {}, {}, false});
    EXPECT_EQ(answer.targets.size(), 8U * 16U);
    EXPECT_EQ(answer.targets.back().priority, 7);
}

TEST_F(DnsLocatorWithNsd, a_target_below_alt_is_never_asked_for) {
    const auto answer = locate({"leak.example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::missing);
    EXPECT_EQ(result_of(answer, "bob.hedge.alt"), "not asked: .alt is outside DNS (RFC 9476)");
    EXPECT_EQ(result_of(answer, "bob.hedge.alt A"), "(not asked)");
}

TEST_F(DnsLocatorWithNsd, an_unsigned_answer_below_a_trust_anchor_is_bogus) {
    const auto directory =
        std::filesystem::temp_directory_path() / ("hedgewitch-anchor-" + std::to_string(getpid()));
    std::ofstream(directory) << "example.test. IN DS 12345 13 2 " << std::string(64, 'a') << "\n";
    auto config = forward_to({make_address("127.0.0.1"), server->port()});
    config.servers.trust_anchors = directory;
    DnsLocator strict(loop, config, highest());
    const auto answer = DnsLocatorTest::locate(strict, {"example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.trace.front().security, DnsSecurity::bogus) << answer.trace.front().result;
    std::filesystem::remove(directory);
}

TEST_F(DnsLocatorTest, addresses_need_no_server) {
    DnsLocatorConfig config;
    config.servers.resolv_conf = "/nonexistent";
    DnsLocator locator(loop, config, highest());
    EXPECT_EQ(texts(locate(locator, {"192.0.2.7", {}, {}, false})), Texts{"udp 192.0.2.7:5060"});
    EXPECT_EQ(texts(locate(locator, {"192.0.2.7", 5070, Transport::tcp, false})),
              Texts{"tcp 192.0.2.7:5070"});
    EXPECT_EQ(texts(locate(locator, {"[2001:db8::7]", {}, {}, true})), Texts{"tls [2001:db8::7]:5061"});
    EXPECT_EQ(texts(locate(locator, {"2001:db8::7", {}, {}, false})), Texts{"udp [2001:db8::7]:5060"});
}

TEST_F(DnsLocatorTest, a_missing_resolv_conf_is_a_failure_that_names_it) {
    DnsLocatorConfig config;
    config.servers.resolv_conf = "/nonexistent/resolv.conf";
    DnsLocator locator(loop, config, highest());
    const auto answer = locate(locator, {"example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    ASSERT_EQ(answer.trace.size(), 1U);
    EXPECT_NE(answer.trace.front().result.find("/nonexistent/resolv.conf"), std::string::npos)
        << answer.trace.front().result;
}

TEST_F(DnsLocatorTest, a_changed_resolv_conf_is_noticed) {
    // resolv.conf knows no ports: this needs port 53, on loopback addresses that nobody uses.
    std::unique_ptr<BareServer> silent, speaking;
    try {
        silent = std::make_unique<BareServer>(loop, udp::endpoint(make_address("127.77.53.1"), 53));
        speaking = std::make_unique<BareServer>(loop, udp::endpoint(make_address("127.77.53.2"), 53));
    } catch (const std::system_error& error) {
        GTEST_SKIP() << "port 53: " << error.what();
    }
    speaking->answer = [](const BareServer::Question& question) {
        return question.type == 1 ? "\xc0\0\2\1"s : ""s;
    };
    const auto file =
        std::filesystem::temp_directory_path() / ("hedgewitch-resolv-" + std::to_string(getpid()));
    const auto write = [&](const char* server, int age) {
        std::ofstream(file) << "nameserver " << server << "\n";
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age));
    };
    DnsLocatorConfig config;
    config.servers.resolv_conf = file;
    config.deadline = 300ms;
    DnsLocator locator(loop, config, highest());
    write("127.77.53.1", 20);
    EXPECT_EQ(locate(locator, {"example.test", 5060, {}, false}).outcome, DnsOutcome::timeout);
    EXPECT_FALSE(silent->asked.empty());
    write("127.77.53.2", 10);
    EXPECT_EQ(texts(locate(locator, {"example.test", 5060, {}, false})), Texts{"udp 192.0.2.1:5060"});
    std::filesystem::remove(file);
}

TEST_F(DnsLocatorTest, alt_and_single_labels_and_nonsense_never_reach_a_server) {
    BareServer server(loop);
    server.answer = [](const BareServer::Question&) { return "\x7f\0\0\1"s; };
    DnsLocator locator(loop, forward_to(server.endpoint()), highest());
    for (const char* host : {"alt", "bob.alt", "bob.ALT.", "abcdef.hedge.alt", "riverside", "localhost", "",
                             "a..b", "a b.test", "x\r\n.test"}) {
        for (const bool sips : {false, true}) {
            const auto answer = locate(locator, {host, {}, {}, sips});
            EXPECT_EQ(answer.outcome, DnsOutcome::missing) << host;
            ASSERT_EQ(answer.trace.size(), 1U);
            EXPECT_TRUE(answer.trace.front().result.starts_with("not asked")) << answer.trace.front().result;
        }
    }
    EXPECT_TRUE(server.asked.empty());
    locate(locator, {"asked.test", 5060, {}, false});  // the server does count
    EXPECT_EQ(server.asked.size(), 2U);
    EXPECT_EQ(server.asked.front().name, "asked.test.");
}

TEST_F(DnsLocatorTest, a_server_that_never_answers_is_a_timeout_at_the_deadline) {
    BareServer server(loop);
    auto config = forward_to(server.endpoint());
    config.deadline = 300ms;
    DnsLocator locator(loop, config, highest());
    const auto answer = locate(locator, {"example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::timeout);
    EXPECT_EQ(result_of(answer, "_sip._udp.example.test SRV"), "no answer");
    EXPECT_GE(answer.trace.front().elapsed, 290ms);
    EXPECT_FALSE(server.asked.empty());
}

TEST_F(DnsLocatorTest, a_server_that_fails_is_a_failure) {
    BareServer server(loop);
    server.rcode = 2;
    server.answer = [](const BareServer::Question&) { return ""s; };
    DnsLocator locator(loop, forward_to(server.endpoint()), highest());
    const auto answer = locate(locator, {"example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(result_of(answer, "_sip._udp.example.test SRV"), "SERVFAIL");
    EXPECT_EQ(result_of(answer, "example.test A"), "(not asked)");
}

TEST_F(DnsLocatorTest, what_is_known_is_used_when_the_rest_stays_unanswered) {
    BareServer server(loop);  // drops AAAA and everything about TCP, as some do
    server.answer = [](const BareServer::Question& question) -> std::optional<std::string> {
        if (question.name == "_sip._udp.example.test.") return "\0\1\0\1\x13\xc4\1a\7example\4test\0"s;
        if (question.name == "a.example.test." && question.type == 1) return "\xc0\0\2\1"s;
        return std::nullopt;
    };
    auto config = forward_to(server.endpoint());
    config.grace = 100ms;
    DnsLocator locator(loop, config, highest());
    const auto answer = locate(locator, {"example.test", {}, {}, false});
    EXPECT_EQ(answer.outcome, DnsOutcome::found);
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.1:5060"});
    EXPECT_EQ(result_of(answer, "a.example.test AAAA"), "no answer");
}

TEST_F(DnsLocatorTest, a_cancelled_lookup_is_not_answered) {
    BareServer server(loop);
    server.answer = [](const BareServer::Question&) { return ""s; };
    auto config = forward_to(server.endpoint());
    config.deadline = 200ms;
    DnsLocator locator(loop, config, highest());
    int answers = 0;
    const auto count = [&](const DnsAnswer&) { ++answers; };
    locator.cancel(locator.locate({"example.test", {}, {}, false}, count));
    locator.cancel(locator.locate({"192.0.2.1", {}, {}, false}, count));
    locator.locate({"192.0.2.2", {}, {}, false}, count);
    loop.run_for(400ms);
    EXPECT_EQ(answers, 1);
}

TEST_F(DnsLocatorTest, a_locator_may_be_destroyed_with_lookups_under_way_or_from_an_answer) {
    BareServer server(loop);
    auto locator = std::make_unique<DnsLocator>(loop, forward_to(server.endpoint()), highest());
    for (int i = 0; i < 20; ++i)
        locator->locate({"host" + std::to_string(i) + ".test", {}, {}, false},
                        [](const DnsAnswer&) { FAIL() << "answered"; });
    loop.run_for(50ms);
    locator.reset();
    loop.restart();
    loop.run_for(50ms);
    server.answer = [](const BareServer::Question&) { return ""s; };
    locator = std::make_unique<DnsLocator>(loop, forward_to(server.endpoint()), highest());
    bool answered = false;
    locator->locate({"again.test", {}, {}, false}, [&](const DnsAnswer&) {
        locator.reset();
        answered = true;
    });
    loop.restart();
    for (int i = 0; i < 100 && !answered; ++i)
        loop.run_one_for(100ms);
    EXPECT_TRUE(answered);
    loop.run_for(10ms);
}

TEST_F(DnsLocatorTest, lookups_beyond_the_bound_fail_and_the_others_go_on) {
    BareServer server(loop);
    auto config = forward_to(server.endpoint());
    config.deadline = 500ms;
    DnsLocator locator(loop, config, highest());
    std::map<DnsOutcome, int> outcomes;
    for (int i = 0; i < 1010; ++i)
        locator.locate({"same.test", 5060, {}, false},
                       [&](const DnsAnswer& answer) { ++outcomes[answer.outcome]; });
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (outcomes[DnsOutcome::timeout] < 1000 && std::chrono::steady_clock::now() < end)
        loop.run_one_for(100ms);
    EXPECT_EQ(outcomes[DnsOutcome::failed], 10);
    EXPECT_EQ(outcomes[DnsOutcome::timeout], 1000);
}

}  // namespace
}  // namespace node

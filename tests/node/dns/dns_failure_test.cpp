// tests/node/dns/dns_failure_test.cpp - servers that are silent, broken, not there, or must not be asked.
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/node/dns_fixture.hpp"

namespace node {
namespace {

using Records = std::vector<BareDnsServer::Record>;

class DnsFailure : public DnsFixture {};

TEST_F(DnsFailure, addresses_need_no_server) {
    config.servers.resolv_conf = "/nonexistent";
    EXPECT_EQ(texts(locate("192.0.2.7")), Texts{"udp 192.0.2.7:5060"});
    EXPECT_EQ(texts(locate({"192.0.2.7", 5070, Transport::tcp, false, {}})), Texts{"tcp 192.0.2.7:5070"});
    EXPECT_EQ(texts(locate({"[2001:db8::7]", {}, {}, true, {}})), Texts{"tls [2001:db8::7]:5061"});
    EXPECT_EQ(texts(locate("2001:db8::7")), Texts{"udp [2001:db8::7]:5060"});
}

TEST_F(DnsFailure, a_missing_resolv_conf_is_a_failure_that_names_it) {
    config.servers.resolv_conf = "/nonexistent/resolv.conf";
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::error);
    EXPECT_THAT(result_of(answer, "example.test NAPTR"), testing::HasSubstr("/nonexistent/resolv.conf"));
}

TEST_F(DnsFailure, a_changed_resolv_conf_is_noticed) {
    // resolv.conf knows no ports: this needs port 53, on loopback addresses that nobody uses.
    std::unique_ptr<BareDnsServer> silent, speaking;
    try {
        silent = std::make_unique<BareDnsServer>(loop, udp::endpoint(make_address("127.77.53.1"), 53));
        speaking = std::make_unique<BareDnsServer>(loop, udp::endpoint(make_address("127.77.53.2"), 53));
    } catch (const std::system_error& error) {
        GTEST_SKIP() << "port 53: " << error.what();
    }
    speaking->answer = [](const BareDnsServer::Question& question) {
        return question.type == 1 ? Records{{"", 0, "\xc0\0\2\1"s}} : Records{};
    };
    const auto file =
        std::filesystem::temp_directory_path() / ("hedgewitch-resolv-" + std::to_string(getpid()));
    const auto write = [&](const char* server, int age) {
        std::ofstream(file) << "nameserver " << server << "\n";
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age));
    };
    config.servers.resolv_conf = file;
    config.locator.deadline = 300ms;
    write("127.77.53.1", 20);
    EXPECT_EQ(locate({"example.test", 5060, {}, false, {}}).outcome, DnsOutcome::timeout);
    EXPECT_FALSE(silent->asked.empty());
    write("127.77.53.2", 10);
    EXPECT_EQ(texts(locate({"example.test", 5060, {}, false, {}})), Texts{"udp 192.0.2.1:5060"});
    std::filesystem::remove(file);
}

TEST_F(DnsFailure, alt_and_single_labels_and_nonsense_never_reach_a_server) {
    BareDnsServer server(loop);
    server.answer = [](const BareDnsServer::Question&) { return Records{{"", 0, "\x7f\0\0\1"s}}; };
    forward_to(server.endpoint());
    for (const char* host : {"alt", "bob.alt", "bob.ALT.", "abcdef.hedge.alt", "riverside", "localhost", "",
                             "300.1.2.3", "1.2.3", "a.test.0x7f", "a..b", "a b.test", "x\r\n.test"}) {
        for (const bool sips : {false, true}) {
            const auto answer = locate({host, {}, {}, sips, {}});
            EXPECT_EQ(answer.outcome, DnsOutcome::missing) << host;
            ASSERT_EQ(answer.trace.size(), 1U);
            EXPECT_TRUE(answer.trace.front().result.starts_with("not asked")) << answer.trace.front().result;
        }
    }
    EXPECT_TRUE(server.asked.empty());
    locate({"asked.test", 5060, {}, false, {}});  // the server does count
    EXPECT_EQ(server.asked.size(), 2U);
    EXPECT_EQ(server.asked.front().name, "asked.test.");
}

TEST_F(DnsFailure, a_server_that_never_answers_is_a_timeout_at_the_deadline) {
    BareDnsServer server(loop);
    forward_to(server.endpoint());
    config.locator.deadline = 300ms;
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::timeout);
    EXPECT_EQ(answer.cause, DnsStatus::silent);
    EXPECT_EQ(result_of(answer, "_sip._udp.example.test SRV"), "no answer");
    EXPECT_GE(answer.trace.front().elapsed, 290ms);
    EXPECT_FALSE(server.asked.empty());
}

TEST_F(DnsFailure, a_server_that_fails_is_a_failure) {
    BareDnsServer server(loop);
    server.rcode = 2;
    server.answer = [](const BareDnsServer::Question&) { return Records{}; };
    forward_to(server.endpoint());
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::servfail);
    EXPECT_EQ(result_of(answer, "example.test NAPTR"), "SERVFAIL");
    EXPECT_EQ(result_of(answer, "example.test A"), "(not asked)");
}

TEST_F(DnsFailure, a_server_that_refuses_is_told_apart_from_one_that_fails) {
    BareDnsServer server(loop);
    server.rcode = 5;
    server.answer = [](const BareDnsServer::Question&) { return Records{}; };
    forward_to(server.endpoint());
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::refused);
    EXPECT_EQ(result_of(answer, "example.test NAPTR"), "REFUSED");
}

TEST_F(DnsFailure, where_no_server_listens_nobody_waits_for_the_deadline) {
    sip::Endpoint closed;
    {
        BareDnsServer gone(loop);
        closed = gone.endpoint();
    }
    forward_to(closed);
    const auto began = std::chrono::steady_clock::now();
    const auto answer = locate("example.test");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_EQ(answer.outcome, DnsOutcome::failed);
    EXPECT_EQ(answer.cause, DnsStatus::unreachable);
    EXPECT_EQ(result_of(answer, "example.test NAPTR"), "no DNS server at " + sip::to_string(closed));
}

TEST_F(DnsFailure, one_server_that_is_not_there_does_not_end_the_wait_for_the_other) {
    BareDnsServer slow(loop);
    sip::Endpoint closed;
    {
        BareDnsServer gone(loop);
        closed = gone.endpoint();
    }
    config.servers.forward = {closed, slow.endpoint()};
    config.locator.deadline = 1500ms;
    EXPECT_EQ(locate("example.test").outcome, DnsOutcome::timeout);
    EXPECT_FALSE(slow.asked.empty());
}

TEST_F(DnsFailure, denials_of_the_name_and_of_the_type_are_told_apart) {
    BareDnsServer server(loop);
    server.answer = [](const BareDnsServer::Question&) { return Records{}; };
    forward_to(server.endpoint());
    const auto nodata = locate("example.test");
    EXPECT_EQ(nodata.outcome, DnsOutcome::missing);
    EXPECT_EQ(nodata.cause, DnsStatus::nodata);
    server.rcode = 3;
    const auto nxdomain = locate("other.test");
    EXPECT_EQ(nxdomain.outcome, DnsOutcome::missing);
    EXPECT_EQ(nxdomain.cause, DnsStatus::nxdomain);
}

TEST_F(DnsFailure, a_server_that_drops_or_fails_NAPTR_does_not_say_that_there_is_none) {
    BareDnsServer server(loop);
    bool drops = true;
    server.answer = [&](const BareDnsServer::Question& question) -> std::optional<Records> {
        const bool unknown = question.type == static_cast<int>(DnsType::naptr);
        server.rcode = unknown ? 2 : 0;
        if (unknown && drops) return std::nullopt;
        if (question.type == 1) return Records{{"", 0, "\xc0\0\2\1"s}};
        return Records{};
    };
    forward_to(server.endpoint());
    config.locator.deadline = 1s;
    EXPECT_EQ(locate("dropped.test").outcome, DnsOutcome::timeout);
    drops = false;
    const auto failed = locate("failed.test");
    EXPECT_EQ(failed.outcome, DnsOutcome::failed);
    EXPECT_EQ(failed.cause, DnsStatus::servfail);
    EXPECT_EQ(texts(locate({"known.test", {}, Transport::udp, false, {}})), Texts{"udp 192.0.2.1:5060"})
        << "who says which transport needs no NAPTR";
}

TEST_F(DnsFailure, all_first_questions_go_out_together_and_A_beside_AAAA) {
    BareDnsServer server(loop);  // silent
    forward_to(server.endpoint());
    config.locator.deadline = 300ms;
    locate("example.test");
    EXPECT_GE(server.asked_for("example.test", 35), 1U);
    EXPECT_GE(server.asked_for("_sip._udp.example.test", 33), 1U);
    EXPECT_GE(server.asked_for("_sip._tcp.example.test", 33), 1U);
    EXPECT_GE(server.asked_for("_sips._tcp.example.test", 33), 1U);
    locate({"ported.test", 5060, {}, false, {}});
    EXPECT_GE(server.asked_for("ported.test", 1), 1U);
    EXPECT_GE(server.asked_for("ported.test", 28), 1U);
}

TEST_F(DnsFailure, within_the_TTL_nothing_is_asked_again_and_after_it_all_is) {
    BareDnsServer server(loop);
    server.answer = [](const BareDnsServer::Question& question) -> std::optional<Records> {
        if (question.name == "_sip._udp.example.test.")
            return Records{{"", 0, "\0\1\0\1\x13\xc4"s + test::wire_name("a.example.test"), 2}};
        if (question.type == 1) return Records{{"", 0, "\xc0\0\2\1"s, 2}};
        return Records{};
    };
    forward_to(server.endpoint());
    const Question question{"example.test", {}, Transport::udp, false, {}};
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(texts(locate(question)), Texts{"udp 192.0.2.1:5060"});
    ASSERT_LT(std::chrono::steady_clock::now() - began, 2s) << "too slow a machine for this test";
    EXPECT_EQ(server.asked_for("_sip._udp.example.test", 33), 1U);
    EXPECT_EQ(server.asked_for("a.example.test", 1), 1U);
    loop.restart();
    loop.run_for(3s);
    ASSERT_EQ(texts(locate(question)), Texts{"udp 192.0.2.1:5060"});
    EXPECT_EQ(server.asked_for("_sip._udp.example.test", 33), 2U);
    EXPECT_EQ(server.asked_for("a.example.test", 1), 2U);
}

TEST_F(DnsFailure, what_is_known_is_used_when_the_rest_stays_unanswered) {
    BareDnsServer server(loop);  // drops AAAA and everything about TCP, as some do
    server.answer = [](const BareDnsServer::Question& question) -> std::optional<Records> {
        if (question.name == "_sip._udp.example.test.")
            return Records{{"", 0, "\0\1\0\1\x13\xc4"s + test::wire_name("a.example.test")}};
        if (question.name == "a.example.test." && question.type == 1) return Records{{"", 0, "\xc0\0\2\1"s}};
        if (question.type == static_cast<int>(DnsType::naptr)) return Records{};
        return std::nullopt;
    };
    forward_to(server.endpoint());
    config.locator.grace = 100ms;
    const auto answer = locate("example.test");
    EXPECT_EQ(answer.outcome, DnsOutcome::found);
    EXPECT_EQ(texts(answer), Texts{"udp 192.0.2.1:5060"});
    EXPECT_EQ(result_of(answer, "a.example.test AAAA"), "no answer");
}

TEST_F(DnsFailure, a_cancelled_lookup_is_not_answered) {
    BareDnsServer server(loop);
    server.answer = [](const BareDnsServer::Question&) { return Records{}; };
    forward_to(server.endpoint());
    config.locator.deadline = 200ms;
    int answers = 0;
    const auto count = [&](const DnsAnswer&) { ++answers; };
    start();
    dns->cancel(dns->locate(Question{"example.test", {}, {}, false, {}}, count));
    dns->cancel(dns->locate(Question{"192.0.2.1", {}, {}, false, {}}, count));
    dns->locate(Question{"192.0.2.2", {}, {}, false, {}}, count);
    loop.run_for(400ms);
    EXPECT_EQ(answers, 1);
}

TEST_F(DnsFailure, a_locator_may_be_destroyed_with_lookups_under_way_or_from_an_answer) {
    BareDnsServer server(loop);
    forward_to(server.endpoint());
    start();
    for (int i = 0; i < 20; ++i)
        dns->locate(Question{"host" + std::to_string(i) + ".test", {}, {}, false, {}},
                    [](const DnsAnswer&) { FAIL() << "answered"; });
    loop.run_for(50ms);
    dns.reset();
    loop.restart();
    loop.run_for(50ms);
    server.answer = [](const BareDnsServer::Question&) { return Records{}; };
    start();
    bool answered = false;
    dns->locate(Question{"again.test", {}, {}, false, {}}, [&](const DnsAnswer&) {
        dns.reset();
        answered = true;
    });
    loop.restart();
    for (int i = 0; i < 100 && !answered; ++i)
        loop.run_one_for(100ms);
    EXPECT_TRUE(answered);
    loop.run_for(10ms);
}

TEST_F(DnsFailure, lookups_beyond_the_bound_fail_and_the_others_go_on) {
    BareDnsServer server(loop);
    forward_to(server.endpoint());
    config.locator.deadline = 500ms;
    start();
    std::map<DnsOutcome, int> outcomes;
    for (int i = 0; i < 1010; ++i)
        dns->locate(Question{"same.test", 5060, {}, false, {}},
                    [&](const DnsAnswer& answer) { ++outcomes[answer.outcome]; });
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (outcomes[DnsOutcome::timeout] < 1000 && std::chrono::steady_clock::now() < end)
        loop.run_one_for(100ms);
    EXPECT_EQ(outcomes[DnsOutcome::failed], 10);
    EXPECT_EQ(outcomes[DnsOutcome::timeout], 1000);
}

}  // namespace
}  // namespace node

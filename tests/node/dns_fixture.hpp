// tests/node/dns_fixture.hpp - a locator in front of a server of the test's choice, and its answers as text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "node/dns/dns_driver.hpp"
#include "tests/node/bare_dns_server.hpp"
#include "tests/node/nsd_server.hpp"

namespace node {

using namespace std::chrono_literals;
using namespace std::string_literals;
using asio::ip::make_address;
using asio::ip::udp;
using sip::Transport;
using test::BareDnsServer;
using Texts = std::vector<std::string>;

/// The last of its priority is taken.
inline RandomUpTo highest() {
    return [](std::uint32_t bound) { return bound; };
}

/// What is dialled, as the tests write it.
struct Question {
    std::string host;
    std::optional<std::uint16_t> port;
    std::optional<Transport> transport;
    bool sips = false;
    std::vector<Transport> usable;
    operator DnsQuestion() const {  // NOLINT: meant to be one
        DnsQuestion question{{{}, host, port, {}, sips}, usable};
        if (transport) question.dialled.transport = sip::uri_value(*transport);
        return question;
    }
};

// "udp 192.0.2.1:5060", in order.
inline Texts texts(const DnsAnswer& answer) {
    Texts all;
    for (const auto& target : answer.targets)
        all.push_back(std::string(sip::uri_value(target.transport)) + " " +
                      sip::to_string(sip::Endpoint{target.address, target.port}));
    return all;
}
inline const DnsAsked* step_of(const DnsAnswer& answer, const std::string& question) {
    for (const auto& step : answer.trace)
        if (step.question == question) return &step;
    return nullptr;
}
inline std::string result_of(const DnsAnswer& answer, const std::string& question) {
    const auto* step = step_of(answer, question);
    return step == nullptr ? "(not asked)" : step->result;
}
/// "host: not asked: ...", for names that an answer led to.
inline bool notes(const DnsAnswer& answer, const std::string& note) {
    for (const auto& step : answer.trace)
        if (step.question.empty() && step.result == note) return true;
    return false;
}

class DnsFixture : public testing::Test {
protected:
    /// As the test left it; start() makes `dns` of it.
    DnsDriverConfig config;
    RandomUpTo random = highest();

    void forward_to(const sip::Endpoint& server) { config.servers.forward = {server}; }
    void start() {
        dns.reset();
        dns = std::make_unique<DnsDriver>(loop, config, random);
    }
    DnsAnswer locate(const Question& question) {
        if (!dns) start();
        std::optional<DnsAnswer> answer;
        dns->locate(question, [&](DnsAnswer given) { answer = std::move(given); });
        EXPECT_FALSE(answer) << "never before locate() returns";
        run_until([&] { return answer.has_value(); });
        EXPECT_TRUE(answer) << "no answer for " << question.host;
        return answer.value_or(DnsAnswer{});
    }
    DnsAnswer locate(const std::string& host) { return locate(Question{host, {}, {}, false, {}}); }
    DnsReply ask(const std::string& name, DnsType type) {
        if (!dns) start();
        std::optional<DnsReply> reply;
        dns->ask(name, type, [&](const DnsReply& given) { reply = given; });
        EXPECT_FALSE(reply) << "never before ask() returns";
        run_until([&] { return reply.has_value(); });
        EXPECT_TRUE(reply) << "no answer for " << name;
        return reply.value_or(DnsReply{});
    }
    template <typename F>
    void run_until(F&& probe, std::chrono::milliseconds bound = 10s) {
        const auto end = std::chrono::steady_clock::now() + bound;
        while (!probe() && std::chrono::steady_clock::now() < end) {
            loop.run_one_for(100ms);
            loop.restart();
        }
    }

    asio::io_context loop;
    std::unique_ptr<DnsDriver> dns;
};

// With nsd behind it. Each test is a process of its own under ctest, with a server of its own.
class DnsFixtureWithNsd : public DnsFixture {
protected:
    /// False: skipped, or failed.
    bool serve(const std::vector<test::Zone>& zones) {
        if (test::NsdServer::binary().empty()) {
            EXPECT_EQ(std::getenv("CI"), nullptr) << "nsd is missing on CI";
            return false;
        }
        server = std::make_unique<test::NsdServer>(zones);
        EXPECT_TRUE(server->ok()) << server->log();
        forward_to({make_address("127.0.0.1"), server->port()});
        return server->ok();
    }
    std::unique_ptr<test::NsdServer> server;
};

}  // namespace node

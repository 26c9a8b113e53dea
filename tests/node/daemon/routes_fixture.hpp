// tests/node/daemon/routes_fixture.hpp - a node without sockets: tables, calls from outside and the routing
// chain, as a configuration wants them, on a loop that the test turns.
#pragma once

#include <gtest/gtest.h>

#include "node/clock.hpp"
#include "node/daemon/call_routes.hpp"
#include "sip/auth/digest.hpp"
#include "tests/node/bare_dns_server.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/scratch.hpp"
#include "tests/sip/loop.hpp"

namespace node {

/// The node of alice and bob, at home.test.
class RoutesTest : public testing::Test,
                   protected sip::Loop,
                   protected CallPolicyHost,
                   protected CallRoutes::Host {
protected:
    /// `settings`: sections of the configuration beside [sip].
    void start(const std::string& settings, std::optional<overlay::Client> overlay = {}) {
        config = Config::parse("[sip]\ndomains = [\"home.test\"]\n" + settings, "test.toml");
        tables = std::make_unique<StateTables>(config, StatePaths(scratch.dir), own_key(), now().wall);
        for (const char* user : {"alice", "bob"})
            tables->users.add(
                {user, config.sip.realm, sip::credentials_of(user, config.sip.realm, user), {}});
        inbound =
            std::make_unique<Inbound>(config, identity_, *tables, static_cast<CallPolicyHost&>(*this), now());
        routes = std::make_unique<CallRoutes>(
            loop, CallRoutes::Parts{config, *tables, own, *inbound, std::move(overlay)},
            static_cast<CallRoutes::Host&>(*this));
    }
    [[nodiscard]] std::string asking_dns() const {
        return "[dns]\nservers = [\"" + sip::to_string(dns.endpoint()) +
               "\"]\nprobe = false\ndnssec = \"off\"\n";
    }
    [[nodiscard]] crypto::PublicKey own_key() const { return identity_.public_key(); }

    bool is_own_host(const std::string& host, std::optional<std::uint16_t>, const sip::Flow&) const override {
        return host == "home.test" || host == "localhost";
    }
    bool is_user(const std::string& label) override { return tables->users.find(label) != nullptr; }
    crypto::PublicKey owner_of(const std::string&) const override { return own_key(); }
    std::string clock_fault() const override { return {}; }
    std::string why_too_often(const asio::ip::address&, const std::string&) override { return {}; }
    std::optional<crypto::PublicKey> zone_of(const sip::Flow&) const override { return std::nullopt; }
    std::optional<bool> is_revoked(const crypto::PublicKey&) override { return false; }
    void callers_wait() override {}

    const crypto::Identity identity_ = identity(1);
    Scratch scratch;
    test::BareDnsServer dns{loop};  // silent
    OwnAddresses own{{}};
    Config config;
    std::unique_ptr<StateTables> tables;
    std::unique_ptr<Inbound> inbound;
    std::unique_ptr<CallRoutes> routes;
};

inline constexpr const char* neither_dns_nor_dht = "[dns]\nenabled = false\n";

/// 192.0.2.7 for every name.
inline std::optional<std::vector<test::BareDnsServer::Record>> one_address(
    const test::BareDnsServer::Question& question) {
    using Records = std::vector<test::BareDnsServer::Record>;
    return question.type == 1 ? Records{{"", 0, std::string("\xc0\0\2\7", 4)}} : Records{};
}

}  // namespace node

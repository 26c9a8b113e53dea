// tests/node/identity/tls_identity_test.cpp - the key out of the seed, and the certificates of it.
#include "node/identity/tls_identity.hpp"

#include <gmock/gmock.h>
#include <gnutls/x509.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <asio/io_context.hpp>
#include <sstream>

#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/home_addresses.hpp"
#include "node/state/paths.hpp"
#include "sip/transport/transports.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::chrono::sys_seconds today() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

TEST(TlsIdentity, the_key_comes_from_the_seed_and_is_the_same_at_each_start) {
    const std::string key = tls_key(identity(1));
    EXPECT_EQ(tls_key(identity(1)), key);
    EXPECT_NE(tls_key(identity(2)), key);
    // A later Hedgewitch must derive the same, or every caller's pin would be wrong.
    const auto hash = sip::key_hash_of(server_certificate(key, {}, today()));
    std::string hex;
    for (const auto byte : hash) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    EXPECT_EQ(hex, "8ab7ca86b605fa70df82365d43e645d6e38c9016176eba6bfb9d2a4abf58e67c");
}

TEST(TlsIdentity, the_servers_certificate_names_hosts_and_addresses_and_never_the_zone) {
    const auto own = identity(1);
    const std::string key = tls_key(own);
    const std::string pem = server_certificate(key, {"example.org", "192.0.2.1", "2001:db8::1"}, today());
    EXPECT_TRUE(still_good(pem, key, {"example.org", "192.0.2.1", "2001:db8::1"}, today()));
    EXPECT_FALSE(still_good(pem, key, {"example.net"}, today()));
    EXPECT_FALSE(still_good(pem, key, {"192.0.2.2"}, today()));
    EXPECT_FALSE(still_good(pem, tls_key(identity(2)), {"example.org"}, today()));
    EXPECT_FALSE(still_good(pem, key, {"example.org"}, today() + std::chrono::days(780)));
    EXPECT_FALSE(still_good("no certificate", key, {}, today()));
    gnutls_x509_crt_t certificate{};
    gnutls_x509_crt_init(&certificate);
    const gnutls_datum_t data{reinterpret_cast<unsigned char*>(const_cast<char*>(pem.data())),
                              static_cast<unsigned>(pem.size())};
    ASSERT_GE(gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_PEM), 0);
    gnutls_datum_t der{};
    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der);
    const std::string bytes(reinterpret_cast<char*>(der.data), der.size);
    const std::string zone(own.public_key().begin(), own.public_key().end());
    EXPECT_EQ(bytes.find(zone), std::string::npos);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(certificate);
}

struct TlsFiles : testing::Test {
    Scratch scratch;
    StatePaths paths{scratch.dir};
    Config config = Config::parse("[sip]\nlisten = [\"tls:127.0.0.1:5061\"]\ndomains = [\"example.org\"]\n",
                                  scratch.dir / "hedgewitch.toml");
    auto load(std::chrono::sys_seconds at = today()) {
        return tls_credentials(config, paths, identity(1), at);
    }
    [[nodiscard]] std::string kept() const { return read_text(scratch.dir / "tls.crt"); }
};

TEST_F(TlsFiles, the_certificate_is_kept_and_made_anew_when_it_no_longer_fits) {
    const auto hash = load()->key_hash();
    const std::string first = kept();
    EXPECT_TRUE(still_good(first, tls_key(identity(1)), {"example.org", "127.0.0.1"}, today()));
    load();
    EXPECT_EQ(kept(), first) << "a person who trusted it is not asked again";
    config.sip.domains.emplace_back("example.net");
    EXPECT_EQ(load()->key_hash(), hash) << "the key stays, and so do the pins";
    const std::string second = kept();
    EXPECT_NE(second, first);
    load(today() + std::chrono::days(790));
    EXPECT_NE(kept(), second);
}

TEST_F(TlsFiles, a_first_start_in_1970_makes_one_that_is_good_once_the_clock_is_set) {
    load(std::chrono::sys_seconds(100s));
    const std::string first = kept();
    EXPECT_TRUE(still_good(first, tls_key(identity(1)), {}, build_time() + 1h));
    load(std::chrono::sys_seconds(200s));
    EXPECT_EQ(kept(), first) << "and it is not made at each start meanwhile";
}

TEST_F(TlsFiles, a_clock_that_cannot_be_right_throws_away_nothing_that_a_person_has_trusted) {
    load(build_time() + std::chrono::days(40));
    const std::string first = kept();
    load(std::chrono::sys_seconds(100s));
    EXPECT_EQ(kept(), first);
}

TEST_F(TlsFiles, one_that_was_made_400_days_ahead_is_made_anew_when_the_clock_is_set) {
    load(today() + std::chrono::days(400));
    const std::string first = kept();
    EXPECT_FALSE(still_good(first, tls_key(identity(1)), {}, today())) << "not yet";
    load();
    EXPECT_NE(kept(), first);
    EXPECT_TRUE(still_good(kept(), tls_key(identity(1)), {}, today()));
}

TEST(TlsIdentity, what_was_made_is_stale_when_the_clock_was_set_since_and_after_a_day) {
    const sip::Now made{std::chrono::steady_clock::time_point(1000s), today()};
    const auto later = [&](std::chrono::seconds steady, std::chrono::seconds wall) {
        return sip::Now{made.steady + steady, made.wall + wall};
    };
    EXPECT_FALSE(is_stale(made, made));
    EXPECT_FALSE(is_stale(made, later(23h, 23h + 59min)));
    EXPECT_TRUE(is_stale(made, later(24h, 24h)));
    EXPECT_TRUE(is_stale(made, later(1min, 2h))) << "set ahead";
    EXPECT_TRUE(is_stale(made, later(1min, -2h))) << "set back";
    EXPECT_TRUE(is_stale(made, later(1min, -std::chrono::days(400))));
    EXPECT_TRUE(is_stale(made, later(1min, std::chrono::days(20'000)))) << "from 1970";
}

TEST_F(TlsFiles, a_certificate_of_the_persons_own_is_used_and_faults_in_it_name_key_and_file) {
    const std::string key = tls_key(identity(7));
    write_text(scratch.dir / "a.crt", server_certificate(key, {"example.org"}, today()));
    write_text(scratch.dir / "a.key", key);
    config.sip.tls_certificate = scratch.dir / "a.crt";
    const auto complaint = [&] {
        try {
            load();
        } catch (const ConfigError& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    EXPECT_THAT(complaint(), HasSubstr("sip.tls_key"));
    config.sip.tls_key = scratch.dir / "a.key";
    EXPECT_EQ(load()->key_hash(), sip::key_hash_of(read_text(scratch.dir / "a.crt")));
    EXPECT_NE(load()->key_hash(), sip::key_hash_of(server_certificate(tls_key(identity(1)), {}, today())));
    write_text(scratch.dir / "a.key", tls_key(identity(8)));
    EXPECT_THAT(complaint(), HasSubstr("a.key"));
    EXPECT_EQ(complaint().find("PRIVATE"), std::string::npos);
    config.sip.tls_key = scratch.dir / "nowhere";
    EXPECT_THAT(complaint(), testing::AllOf(HasSubstr("sip.tls_key"), HasSubstr("nowhere")));
}

TEST_F(TlsFiles, a_node_that_is_called_learns_which_zone_calls) {
    asio::io_context loop;
    const auto ours = tls_credentials(config, paths, identity(1), today());
    const Scratch other;
    const auto theirs = tls_credentials(config, StatePaths(other.dir), identity(2), today());
    struct Ear final : sip::Transports::Listener {
        std::optional<sip::Flow> came;
        void on_message(const sip::Flow& flow, std::string_view) override { came = flow; }
    } ear, other_ear;
    const auto& came = ear.came;
    const sip::Endpoint any{asio::ip::make_address("127.0.0.1"), 0};
    sip::Transports callee(loop, {{sip::Transport::tls, any}}, ear, {}, {theirs, {}});
    sip::Transports caller(loop, {{sip::Transport::tls, any}}, other_ear, {}, {ours, {}});
    const auto flow = caller.reach(sip::Transport::tls, callee.bound()[0].endpoint, {{}, theirs->key_hash()});
    ASSERT_TRUE(flow);
    caller.send(*flow, "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 500 && !came; ++i) {
        loop.run_one_for(10ms);
        loop.restart();
    }
    ASSERT_TRUE(came);
    const auto peer = callee.peer(*came);
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->zone_key, identity(1).public_key());
    EXPECT_EQ(peer->key_hash, ours->key_hash());
}

TEST_F(TlsFiles, whoever_connects_reads_no_address_of_a_VPN_or_of_containers) {
    config = Config::parse("[sip]\nlisten = [\"tls:0.0.0.0:5061\"]\n", scratch.dir / "hedgewitch.toml");
    (void)load();
    const auto named = [&](const asio::ip::address& address) {
        return still_good(kept(), tls_key(identity(1)), {address.to_string()}, today());
    };
    const auto homes = home_addresses();
    for (const auto& address : interface_addresses())
        EXPECT_EQ(named(address), std::find(homes.begin(), homes.end(), address) != homes.end()) << address;
    EXPECT_TRUE(still_good(kept(), tls_key(identity(1)), {"localhost"}, today()));
    EXPECT_LE(homes.size(), 2U) << "one of each family";
}

TEST_F(TlsFiles, a_key_of_the_persons_own_that_everybody_may_read_is_used_and_warned_about) {
    std::ostringstream log;
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(log)));
    const std::string key = tls_key(identity(7));
    config.sip.tls_certificate = scratch.dir / "a.crt";
    config.sip.tls_key = scratch.dir / "a.key";
    write_text(config.sip.tls_certificate, server_certificate(key, {"example.org"}, today()));
    write_text(config.sip.tls_key, key);
    std::filesystem::permissions(config.sip.tls_key, std::filesystem::perms(0640));
    (void)load();
    EXPECT_EQ(log.str(), "") << "a group may: that of who renews it";
    std::filesystem::permissions(config.sip.tls_key, std::filesystem::perms(0644));
    (void)load();
    EXPECT_THAT(log.str(), HasSubstr("chmod o-rwx " + config.sip.tls_key.string()));
    spdlog::set_default_logger(before);
}

}  // namespace
}  // namespace node

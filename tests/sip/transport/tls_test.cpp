// tests/sip/transport/tls_test.cpp - two ends that speak TLS over loopback, one that speaks it badly, and
// openssl.
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <fstream>

#include "sip/transport/transports.hpp"
#include "tests/sip/certificates.hpp"
#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using asio::ip::tcp;

const std::string question = "OPTIONS sip:a@example.test SIP/2.0\r\nContent-Length: 0\r\n\r\n";

struct End final : Transports::Listener {
    std::unique_ptr<Transports> transports;
    std::vector<std::pair<Flow, std::string>> messages;
    std::vector<Flow> failed;

    void listen(asio::io_context& loop, std::shared_ptr<const TlsCredentials> credentials,
                TransportLimits limits = {}, Transport transport = Transport::tls) {
        transports = std::make_unique<Transports>(
            loop, std::vector<Listen>{{transport, {make_address("127.0.0.1"), 0}}}, *this, limits,
            Transports::Security{std::move(credentials), {}});
    }
    void on_message(const Flow& flow, std::string_view bytes) override { messages.emplace_back(flow, bytes); }
    void on_flow_failed(const Flow& flow) override { failed.push_back(flow); }
    [[nodiscard]] Endpoint at() const { return transports->bound().front().endpoint; }
};

struct TlsTest : testing::Test, Loop {
    made::Node here{"here.test"}, there{"there.test"};
    End us, them;

    void listen(TransportLimits limits = {}) {
        us.listen(loop, here.credentials(), limits);
        them.listen(loop, there.credentials(), limits);
    }
    static PeerExpectation pin(const KeyHash& hash) { return {{}, hash}; }
};

TEST_F(TlsTest, with_the_pinned_key_both_ends_know_each_other) {
    listen();
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    ASSERT_TRUE(flow);
    EXPECT_EQ(flow->local, us.at()) << "where we listen for TLS: what Via names";
    us.transports->send(*flow, question);
    ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
    EXPECT_EQ(them.messages[0].second, question);
    const auto seen_there = them.transports->peer(them.messages[0].first);
    ASSERT_TRUE(seen_there);
    EXPECT_EQ(seen_there->key_hash, here.hash());
    EXPECT_EQ(seen_there->zone_key, here.zone.ed25519());
    const auto seen_here = us.transports->peer(*flow);
    ASSERT_TRUE(seen_here);
    EXPECT_EQ(seen_here->key_hash, there.hash());
    EXPECT_FALSE(seen_here->zone_key) << "the server's certificate does not tell its zone";
    EXPECT_EQ(them.transports->connection_to(here.hash()), them.messages[0].first);
    EXPECT_EQ(us.transports->connection_to(there.hash()), flow);
    EXPECT_EQ(us.transports->connection_to(here.hash()), std::nullopt);
    them.transports->send(them.messages[0].first, question);
    ASSERT_TRUE(run_until([&] { return !us.messages.empty(); }));
    EXPECT_EQ(us.messages[0].first, *flow);
    EXPECT_EQ(us.transports->counters().tls_pinned, 1U);
    EXPECT_EQ(them.transports->counters().tls_edges, 1U);
}

TEST_F(TlsTest, another_key_than_the_pinned_one_gets_nothing_of_what_was_sent) {
    listen();
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(here.hash()));
    ASSERT_TRUE(flow);
    us.transports->send(*flow, question);
    ASSERT_TRUE(run_until([&] { return !us.failed.empty(); }));
    EXPECT_EQ(us.failed[0], *flow);
    ASSERT_TRUE(run_until([&] { return them.transports->counters().connections_open == 0; }));
    EXPECT_TRUE(them.messages.empty());
    EXPECT_EQ(them.transports->counters().tls_edges, 0U) << "nor did it see who we are";
    EXPECT_EQ(us.transports->counters().tls_failed, 1U);
}

TEST_F(TlsTest, without_a_pin_our_certificate_is_not_shown) {
    listen();
    const auto flow = us.transports->reach(Transport::tls, them.at());
    ASSERT_TRUE(flow);
    us.transports->send(*flow, question);
    ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
    EXPECT_FALSE(them.transports->peer(them.messages[0].first));
    EXPECT_TRUE(us.transports->peer(*flow));
}

TEST_F(TlsTest, what_was_met_at_an_endpoint_is_expected_there_again) {
    listen();
    const auto first = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    us.transports->send(*first, question);
    ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
    EXPECT_EQ(us.transports->reach(Transport::tls, them.at()), first) << "in the dialog: the same connection";
    const Endpoint where = them.at();
    them = {};
    // Somebody else sits there now.
    End thief;
    const made::Node stranger;
    thief.transports =
        std::make_unique<Transports>(loop, std::vector<Listen>{{Transport::tls, where}}, thief,
                                     TransportLimits{}, Transports::Security{stranger.credentials(), {}});
    std::optional<Flow> again;
    ASSERT_TRUE(run_until([&] {
        again = us.transports->reach(Transport::tls, where);
        return again != first;
    }));
    ASSERT_TRUE(again);
    us.transports->send(*again, question);
    ASSERT_TRUE(run_until([&] { return !us.failed.empty() && us.failed.back() == *again; }));
    EXPECT_TRUE(thief.messages.empty());
}

TEST_F(TlsTest, a_name_wants_a_certificate_for_it_from_a_trusted_authority) {
    listen();
    const auto flow = us.transports->reach(Transport::tls, them.at(), {"there.test", {}});
    ASSERT_TRUE(flow);
    ASSERT_TRUE(run_until([&] { return !us.failed.empty(); })) << "it vouches for itself only";
    EXPECT_TRUE(them.messages.empty());
}

TEST_F(TlsTest, a_connection_to_another_peer_is_not_used) {
    listen();
    const auto any = us.transports->reach(Transport::tls, them.at());
    const auto pinned = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    ASSERT_TRUE(any && pinned);
    EXPECT_NE(any->connection, pinned->connection);
    EXPECT_EQ(us.transports->reach(Transport::tls, them.at(), pin(there.hash())), pinned);
}

TEST_F(TlsTest, an_expired_or_foreign_root_proves_no_zone) {
    const made::Key key, zone(GNUTLS_PK_EDDSA_ED25519), other(GNUTLS_PK_EDDSA_ED25519);
    const made::Certificate server(key, "x"), root(zone, "zone", nullptr, nullptr, true);
    const made::Certificate other_root(other, "zone", nullptr, nullptr, true);
    const made::Certificate expired(key, "edge", &root, &zone, false, -7200, -3600);
    const made::Certificate good(key, "edge", &root, &zone);
    const made::Certificate no_authority(zone, "zone");
    const TlsIdentity shown{server.pem(), key.pem()};
    them.listen(loop, there.credentials());
    const std::vector<std::pair<std::string, bool>> chains = {
        {good.pem() + root.pem(), true},
        {expired.pem() + root.pem(), false},
        {good.pem() + no_authority.pem(), false},
        {good.pem(), false},
    };
    for (const auto& [chain, proves] : chains) {
        us = {};
        us.listen(loop, std::make_shared<const TlsCredentials>(shown, TlsIdentity{chain, key.pem()}));
        const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
        them.messages.clear();
        us.transports->send(*flow, question);
        ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
        const auto peer = them.transports->peer(them.messages[0].first);
        ASSERT_TRUE(peer);
        EXPECT_EQ(peer->zone_key.has_value(), proves);
    }
    // GnuTLS may refuse to send a chain that is none; if it does not, it proves nothing.
    us = {};
    try {
        us.listen(loop, std::make_shared<const TlsCredentials>(
                            shown, TlsIdentity{good.pem() + other_root.pem(), key.pem()}));
    } catch (const TlsError&) {
        return;
    }
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    them.messages.clear();
    us.transports->send(*flow, question);
    ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
    const auto peer = them.transports->peer(them.messages[0].first);
    EXPECT_FALSE(peer && peer->zone_key);
}

TEST_F(TlsTest, much_goes_both_ways_and_nothing_is_lost) {
    listen();
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    const std::string body(50'000, 'x');
    const std::string large = "MESSAGE sip:a@example.test SIP/2.0\r\nContent-Length: 50000\r\n\r\n" + body;
    for (int i = 0; i < 4; ++i)
        us.transports->send(*flow, large);
    ASSERT_TRUE(run_until([&] { return them.messages.size() == 4; }));
    for (const auto& [came_on, bytes] : them.messages) {
        EXPECT_EQ(bytes, large);
        them.transports->send(came_on, bytes);
    }
    ASSERT_TRUE(run_until([&] { return us.messages.size() == 4; }));
    EXPECT_EQ(us.messages[3].second, large);
}

TEST_F(TlsTest, a_peer_that_does_not_read_is_closed_at_its_bound) {
    TransportLimits limits;
    limits.unsent_bytes = 64 * 1024;
    them.listen(loop, there.credentials(), limits);
    const std::string at = "127.0.0.1:" + std::to_string(them.at().port);
    // A client that sends one message and reads no more after that.
    const std::string command =
        "(printf '" + std::string("OPTIONS sip:a@b SIP/2.0\\r\\nContent-Length: 0\\r\\n\\r\\n") +
        "'; sleep 20) | openssl s_client -quiet -connect " + at + " 2>/dev/null | sleep 20";
    FILE* client = popen(("timeout 10 sh -c \"" + command + "\"").c_str(), "w");
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(run_until([&] { return !them.messages.empty(); }));
    for (int i = 0; i < 4000 && them.transports->counters().connections_open == 1; ++i) {
        them.transports->send(them.messages[0].first, std::string(16 * 1024, 'x'));
        loop.poll();
        loop.restart();
    }
    EXPECT_EQ(them.transports->counters().connections_closed_bad, 1U);
    pclose(client);
}

TEST_F(TlsTest, a_handshake_that_does_not_end_is_ended) {
    TransportLimits limits;
    limits.handshake = 80ms;
    them.listen(loop, there.credentials(), limits);
    tcp::socket silent(loop), slow(loop);
    silent.connect({make_address("127.0.0.1"), them.at().port});
    slow.connect({make_address("127.0.0.1"), them.at().port});
    asio::write(slow, asio::buffer("\x16\x03\x01\x02", 4));
    ASSERT_TRUE(run_until([&] { return them.transports->counters().tls_failed == 2; }));
    EXPECT_EQ(them.transports->counters().connections_open, 0U);
    EXPECT_EQ(them.transports->counters().connections_closed_bad, 2U);
}

TEST_F(TlsTest, no_more_handshakes_are_begun_than_the_bound) {
    TransportLimits limits;
    limits.handshakes = 3;
    them.listen(loop, there.credentials(), limits);
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 5; ++i) {
        sockets.emplace_back(loop);
        sockets.back().connect({make_address("127.0.0.1"), them.at().port});
    }
    ASSERT_TRUE(run_until([&] { return them.transports->counters().connections_made_room == 2; }));
    EXPECT_EQ(them.transports->counters().connections_open, 3U);
    us.listen(loop, here.credentials());
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    us.transports->send(*flow, question);
    EXPECT_TRUE(run_until([&] { return !them.messages.empty(); })) << "the silent ones make room";
}

TEST_F(TlsTest, half_open_handshakes_of_a_few_sources_leave_everybody_else_his_own) {
    TransportLimits limits;
    limits.handshakes = 20;
    limits.handshakes_per_source = 8;
    them.listen(loop, there.credentials(), limits);
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 60; ++i) {
        const auto from = make_address("127.0.1." + std::to_string(1 + i % 5));
        sockets.emplace_back(loop, tcp::endpoint(from, 0));
        sockets.back().connect({make_address("127.0.0.1"), them.at().port});
        asio::write(sockets.back(), asio::buffer("\x16\x03\x01\x02", 4));
    }
    ASSERT_TRUE(run_until([&] { return them.transports->counters().connections_made_room == 40; }));
    us.listen(loop, here.credentials());
    const auto flow = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    us.transports->send(*flow, question);
    EXPECT_TRUE(run_until([&] { return !them.messages.empty(); }));
    EXPECT_EQ(them.transports->counters().connections_refused, 0U);
}

TEST_F(TlsTest, what_is_not_TLS_is_closed) {
    them.listen(loop, there.credentials());
    tcp::socket peer(loop);
    peer.connect({make_address("127.0.0.1"), them.at().port});
    asio::write(peer, asio::buffer(question));
    ASSERT_TRUE(run_until([&] { return them.transports->counters().tls_failed == 1; }));
    EXPECT_TRUE(them.messages.empty());
}

TEST_F(TlsTest, old_versions_are_refused_and_new_ones_taken) {
    if (std::system("command -v openssl >/dev/null") != 0) GTEST_SKIP() << "openssl is not installed";
    them.listen(loop, there.credentials());
    const std::string at = "127.0.0.1:" + std::to_string(them.at().port);
    const auto run = [&](const std::string& version) {
        const auto before = them.transports->counters();
        const std::string command = "timeout 5 openssl s_client -connect " + at + " " + version +
                                    " -cipher ALL:@SECLEVEL=0 </dev/null >/dev/null 2>&1 &";
        EXPECT_EQ(std::system(command.c_str()), 0);
        EXPECT_TRUE(run_until([&] {
            const auto now = them.transports->counters();
            return now.tls_accepted + now.tls_failed > before.tls_accepted + before.tls_failed;
        })) << version;
        return them.transports->counters().tls_accepted > before.tls_accepted;
    };
    EXPECT_FALSE(run("-tls1"));
    EXPECT_FALSE(run("-tls1_1"));
    EXPECT_TRUE(run("-tls1_2"));
    EXPECT_TRUE(run("-tls1_3"));
}

// linphonec 5.1 hands the question on to its user, at a prompt, and stands still.
TEST_F(TlsTest, only_who_says_that_it_speaks_SIP_is_asked_for_a_certificate) {
    if (std::system("command -v openssl >/dev/null") != 0) GTEST_SKIP() << "openssl is not installed";
    them.listen(loop, there.credentials());
    const std::string at = "127.0.0.1:" + std::to_string(them.at().port);
    const std::string path = testing::TempDir() + "hedgewitch-s_client-" + std::to_string(getpid());
    const auto asked = [&](const std::string& how) {
        const std::string command = "(timeout 5 openssl s_client -connect " + at + " " + how +
                                    " </dev/null 2>&1; echo ended) >" + path + " &";
        std::remove(path.c_str());  // what was said before ends like what is waited for
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::string said;
        EXPECT_TRUE(run_until([&] {
            std::ifstream file(path);
            said.assign(std::istreambuf_iterator<char>(file), {});
            return said.ends_with("ended\n");
        })) << how;
        EXPECT_NE(said.find("BEGIN CERTIFICATE"), std::string::npos) << said;
        return said.find("Requested Signature Algorithms") != std::string::npos;
    };
    for (const std::string version : {"-tls1_2", "-tls1_3"}) {
        EXPECT_FALSE(asked(version)) << version;
        EXPECT_TRUE(asked(version + " -alpn sip/2")) << version;
    }
    std::remove(path.c_str());
}

TEST_F(TlsTest, many_connections_from_one_source_are_bounded) {
    TransportLimits limits;
    limits.connections_per_source = 4;
    them.listen(loop, there.credentials(), limits);
    std::vector<End> many(6);
    for (End& end : many) {
        end.listen(loop, here.credentials());
        const auto flow = end.transports->reach(Transport::tls, them.at(), pin(there.hash()));
        end.transports->send(*flow, question);
    }
    ASSERT_TRUE(run_until([&] { return them.transports->counters().connections_made_room == 2; }));
    EXPECT_EQ(them.transports->counters().connections_open, 4U);
}

TEST_F(TlsTest, new_credentials_are_for_new_connections) {
    listen();
    const auto first = us.transports->reach(Transport::tls, them.at(), pin(there.hash()));
    us.transports->send(*first, question);
    ASSERT_TRUE(run_until([&] { return them.messages.size() == 1; }));
    const made::Node renewed;
    them.transports->use(renewed.credentials());
    us.transports->send(*first, question);
    ASSERT_TRUE(run_until([&] { return them.messages.size() == 2; }));
    const auto second = us.transports->reach(Transport::tls, them.at(), pin(renewed.hash()));
    us.transports->send(*second, question);
    ASSERT_TRUE(run_until([&] { return them.messages.size() == 3; }));
    EXPECT_EQ(us.transports->peer(*second)->key_hash, renewed.hash());
}

TEST(TlsCredentials, a_key_that_is_not_of_the_certificate_is_refused_at_start) {
    const made::Node one, other;
    EXPECT_THROW(
        TlsCredentials({one.server_certificate.pem(), other.key.pem()}, {one.leaf.pem(), one.key.pem()}),
        TlsError);
    EXPECT_THROW(TlsCredentials({"", ""}, {one.leaf.pem(), one.key.pem()}), TlsError);
}

}  // namespace
}  // namespace sip

// tests/overlay/overlay_test.cpp - the whole overlay over real UDP on loopback, in real time.
#include "overlay/overlay.hpp"

#include <gtest/gtest.h>

#include <asio.hpp>
#include <optional>

#include "tests/overlay/memory_in_memory.hpp"

namespace {

using namespace std::chrono_literals;
using asio::ip::udp;
using overlay::Outcome;

constexpr std::uint32_t network = 777;

udp::endpoint loopback(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

overlay::InnerRecord at_port(std::uint16_t port) {
    overlay::InnerRecord record;
    record.edges.push_back({{}, {{overlay::Transport::udp, asio::ip::make_address("192.0.2.7"), port}}});
    return record;
}

/// Three overlays on one loop; the second and third know the first.
class OverlayOverUdp : public testing::Test {
protected:
    struct Peer {
        crypto::Identity identity = crypto::Identity::generate();
        MemoryInMemory memory;
        std::unique_ptr<overlay::Overlay> overlay;
    };

    void start(Peer& peer, const std::vector<std::string>& bootstrap, const char* address = "127.0.0.1") {
        overlay::OverlayConfig config;
        config.network = network;
        config.bootstrap = bootstrap;
        config.listen = {loopback(address, 0)};
        peer.overlay = std::make_unique<overlay::Overlay>(loop, config, peer.identity, peer.memory);
        peer.overlay->start();
    }

    static std::string address_of(const Peer& peer) {
        const auto endpoint = peer.overlay->status().listening.at(0);
        const auto host = endpoint.address().to_string();
        return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
    }

    template <typename Condition>
    bool run_until(Condition condition, std::chrono::seconds bound = 20s) {
        const auto end = std::chrono::steady_clock::now() + bound;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop.restart();
            loop.run_one_for(50ms);
        }
        return true;
    }

    std::optional<overlay::ResolveAnswer> resolve(Peer& asker, const crypto::PublicKey& owner,
                                                  bool skip_cache = true) {
        std::optional<overlay::ResolveAnswer> answer;
        asker.overlay->resolve({{owner, {}, "bob"}, skip_cache},
                               [&](overlay::ResolveAnswer a) { answer = std::move(a); });
        run_until([&] { return answer.has_value(); });
        return answer;
    }

    [[nodiscard]] overlay::RecordName bobs_name() const {
        return {publisher.identity.public_key(), {}, "bob"};
    }
    static unsigned read_back(const Peer& peer) {
        const auto published = peer.overlay->status().published;
        return published.empty() ? 0 : published[0].read_back;
    }

    asio::io_context loop;
    Peer first, publisher, caller;
};

TEST_F(OverlayOverUdp, a_published_record_is_read_back_and_resolved_by_another_node) {
    start(first, {});
    start(publisher, {address_of(first)});
    start(caller, {address_of(first)});
    publisher.overlay->publish(bobs_name(), at_port(5062));
    ASSERT_TRUE(run_until([&] { return read_back(publisher) == 8; }));
    const auto answer = resolve(caller, publisher.identity.public_key());
    ASSERT_TRUE(answer && answer->record);
    EXPECT_EQ(answer->outcome, Outcome::found);
    EXPECT_EQ(answer->record->edges, at_port(5062).edges);
    EXPECT_GT(answer->record->issued_at, 0U);
    EXPECT_FALSE(answer->from_cache);
    EXPECT_TRUE(resolve(caller, publisher.identity.public_key(), false)->from_cache);
}

TEST_F(OverlayOverUdp, a_withdrawn_record_is_found_without_contacts) {
    start(first, {});
    start(publisher, {address_of(first)});
    start(caller, {address_of(first)});
    publisher.overlay->publish(bobs_name(), at_port(5062));
    ASSERT_TRUE(run_until([&] { return read_back(publisher) == 8; }));
    bool gone = false;
    publisher.overlay->shutdown(1500ms, [&] { gone = true; });
    ASSERT_TRUE(run_until([&] { return gone; }));
    publisher.overlay.reset();
    const auto answer = resolve(caller, publisher.identity.public_key());
    ASSERT_TRUE(answer && answer->record) << static_cast<int>(answer->outcome);
    EXPECT_TRUE(answer->record->edges.empty());
}

TEST_F(OverlayOverUdp, after_a_restart_a_higher_seq_is_signed_and_the_record_is_back) {
    start(first, {});
    start(publisher, {address_of(first)});
    start(caller, {address_of(first)});
    publisher.overlay->publish(bobs_name(), at_port(5062));
    ASSERT_TRUE(run_until([&] { return read_back(publisher) == 8; }));
    const auto before = publisher.overlay->status().published.at(0).seq;
    publisher.overlay.reset();  // no shutdown, as after kill -9
    start(publisher, {address_of(first)});
    publisher.overlay->publish(bobs_name(), at_port(5064));
    ASSERT_TRUE(run_until([&] { return read_back(publisher) == 8; }));
    EXPECT_GT(publisher.overlay->status().published.at(0).seq, before);
    EXPECT_EQ(resolve(caller, publisher.identity.public_key())->record->edges, at_port(5064).edges);
}

TEST_F(OverlayOverUdp, known_nodes_replace_the_bootstrap_host_after_a_restart) {
    start(first, {});
    start(caller, {address_of(first)});
    const auto joined = [&] {
        return caller.overlay->status().connectivity == overlay::Connectivity::connected;
    };
    ASSERT_TRUE(run_until(joined));
    bool gone = false;
    caller.overlay->shutdown(100ms, [&] { gone = true; });
    ASSERT_TRUE(run_until([&] { return gone; }));
    ASSERT_FALSE(caller.memory.nodes.empty());
    caller.overlay.reset();
    start(caller, {});
    EXPECT_TRUE(run_until(joined));
}

TEST_F(OverlayOverUdp, a_node_that_knows_nobody_says_so_at_the_deadline) {
    start(caller, {});
    EXPECT_EQ(resolve(caller, first.identity.public_key())->outcome, Outcome::not_joined);
}

TEST_F(OverlayOverUdp, a_name_that_nobody_published_is_none) {
    start(first, {});
    start(caller, {address_of(first)});
    EXPECT_EQ(resolve(caller, publisher.identity.public_key())->outcome, Outcome::none);
}

TEST_F(OverlayOverUdp, works_over_ipv6_too) {
    udp::socket probe(loop, udp::v6());
    asio::error_code no_ipv6;
    probe.bind(loopback("::1", 0), no_ipv6);
    if (no_ipv6) GTEST_SKIP() << "this machine has no ::1";
    start(first, {}, "::1");
    start(publisher, {address_of(first)}, "::1");
    start(caller, {address_of(first)}, "::1");
    publisher.overlay->publish(bobs_name(), at_port(5062));
    ASSERT_TRUE(run_until([&] { return read_back(publisher) == 8; }));
    EXPECT_EQ(resolve(caller, publisher.identity.public_key())->outcome, Outcome::found);
}

}  // namespace

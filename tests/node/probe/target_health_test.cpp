#include "node/probe/target_health.hpp"

#include <gtest/gtest.h>

#include "node/dns/sip_locator.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Time = TargetHealth::Time;

constexpr Time start{1000s};

overlay::TransportAddress target(const std::string& address, std::uint16_t port = 5060,
                                 overlay::Transport transport = overlay::Transport::udp) {
    return {transport, asio::ip::make_address(address), port};
}

TEST(TargetHealth, a_target_that_failed_is_dead_for_a_minute) {
    TargetHealth health;
    const auto t = target("192.0.2.1");
    EXPECT_FALSE(health.is_dead(t, start));
    health.failed(t, start);
    EXPECT_TRUE(health.is_dead(t, start + 59s));
    EXPECT_FALSE(health.is_dead(t, start + 60s));
}

TEST(TargetHealth, another_port_or_transport_is_another_target) {
    TargetHealth health;
    health.failed(target("192.0.2.1"), start);
    EXPECT_FALSE(health.is_dead(target("192.0.2.1", 5061), start));
    EXPECT_FALSE(health.is_dead(target("192.0.2.1", 5060, overlay::Transport::tcp), start));
}

TEST(TargetHealth, each_further_failure_doubles_the_pause_up_to_10_minutes) {
    TargetHealth health;
    const auto t = target("192.0.2.1");
    auto now = start;
    for (const auto pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
        health.failed(t, now);
        EXPECT_TRUE(health.is_dead(t, now + pause - 1s)) << pause.count();
        EXPECT_FALSE(health.is_dead(t, now + pause)) << pause.count();
        now += pause + 5s;
    }
}

TEST(TargetHealth, several_calls_into_one_outage_count_once) {
    TargetHealth health;
    const auto t = target("192.0.2.1");
    for (int i = 0; i < 50; ++i)
        health.failed(t, start + std::chrono::seconds(i));
    EXPECT_FALSE(health.is_dead(t, start + 60s));
    health.failed(t, start + 60s);
    EXPECT_FALSE(health.is_dead(t, start + 180s));
}

TEST(TargetHealth, after_an_answer_or_a_long_quiet_it_begins_anew) {
    TargetHealth health;
    const auto t = target("192.0.2.1");
    health.failed(t, start);
    health.failed(t, start + 60s);
    health.answered(t);
    EXPECT_FALSE(health.is_dead(t, start + 61s));
    health.failed(t, start + 62s);
    EXPECT_FALSE(health.is_dead(t, start + 62s + 60s));

    health.failed(t, start + 122s + 600s);  // 10 min after it was thought alive again
    EXPECT_FALSE(health.is_dead(t, start + 722s + 60s));
}

TEST(TargetHealth, reorder_puts_the_dead_last_and_keeps_the_order_otherwise) {
    TargetHealth health;
    const auto dns = [](const char* address, std::uint16_t priority) {
        return DnsTarget{sip::Transport::tcp, asio::ip::make_address(address), 5060, priority, 0, "h"};
    };
    std::vector<DnsTarget> targets = {dns("192.0.2.1", 1), dns("192.0.2.2", 2), dns("192.0.2.3", 3),
                                      dns("192.0.2.4", 4)};
    health.failed(target("192.0.2.3", 5060, overlay::Transport::tcp), start);
    health.failed(target("192.0.2.1", 5060, overlay::Transport::tcp), start);
    health.reorder(targets, start);
    const auto order = [&] {
        std::vector<int> all;
        for (const auto& t : targets)
            all.push_back(t.priority);
        return all;
    };
    EXPECT_EQ(order(), (std::vector<int>{2, 4, 1, 3}));

    std::vector<overlay::TransportAddress> plain = {target("192.0.2.1", 5060, overlay::Transport::tcp),
                                                    target("192.0.2.9")};
    health.reorder(plain, start);
    EXPECT_EQ(plain.front(), target("192.0.2.9"));
}

TEST(TargetHealth, remembers_1024_targets_and_lets_go_of_the_one_that_failed_longest_ago) {
    TargetHealth health;
    const auto numbered = [](unsigned i) {
        return overlay::TransportAddress{overlay::Transport::udp, asio::ip::address_v4(0xc0000200U + i),
                                         5060};
    };
    for (unsigned i = 0; i < 1024; ++i)
        health.failed(numbered(i), start);
    health.failed(numbered(0), start + 1s);  // so that number 1 is the oldest
    for (unsigned i = 5000; i < 5010; ++i)
        health.failed(numbered(i), start + 2s);
    EXPECT_EQ(health.size(), TargetHealth::max_entries);
    EXPECT_TRUE(health.is_dead(numbered(0), start + 3s));
    for (unsigned i = 1; i <= 10; ++i)
        EXPECT_FALSE(health.is_dead(numbered(i), start + 3s)) << i;
    EXPECT_TRUE(health.is_dead(numbered(11), start + 3s));
}

}  // namespace
}  // namespace node

// tests/node/reach/advertised_hosts_test.cpp - names of sip.advertise: when they are looked up, and what
// counts.
#include "node/reach/advertised_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/addresses.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using overlay::Transport;
using testing::ElementsAre;
using testing::IsEmpty;

class AdvertisedNames : public testing::Test {
protected:
    void is_at(const char* address) {
        hosts.answered("home.example.org", {{make_address(address)}, {}, false}, now);
    }
    void fails(bool denied) { hosts.answered("home.example.org", {{}, "no such name", denied}, now); }
    [[nodiscard]] std::vector<std::string> addresses() const {
        std::vector<std::string> all;
        for (const auto& each : hosts.addresses())
            all.push_back(to_text(each));
        return all;
    }
    AdvertisedHosts hosts{
        {{Transport::udp, "home.example.org", 5060}, {Transport::tls, "home.example.org", 5061}}};
    AdvertisedHosts::Time now{1000h};
};

TEST_F(AdvertisedNames, a_name_is_looked_up_once_for_all_its_ports_and_again_every_five_minutes) {
    EXPECT_THAT(hosts.due(now), ElementsAre("home.example.org"));
    EXPECT_THAT(hosts.due(now), IsEmpty());
    EXPECT_THAT(hosts.faults(), ElementsAre("home.example.org (it is being looked up)"));
    is_at("203.0.113.5");
    EXPECT_THAT(addresses(), ElementsAre("udp:203.0.113.5:5060", "tls:203.0.113.5:5061"));
    EXPECT_THAT(hosts.faults(), IsEmpty());
    EXPECT_EQ(hosts.next_wake(), now + 5min);
    now += 5min;
    EXPECT_THAT(hosts.due(now), ElementsAre("home.example.org"));
    is_at("203.0.113.77");
    EXPECT_THAT(addresses(), ElementsAre("udp:203.0.113.77:5060", "tls:203.0.113.77:5061"));
}

TEST_F(AdvertisedNames, one_that_does_not_resolve_is_told_and_looked_up_again_after_half_a_minute) {
    (void)hosts.due(now);
    fails(true);
    EXPECT_THAT(addresses(), IsEmpty());
    EXPECT_THAT(hosts.faults(), ElementsAre("home.example.org (no such name)"));
    EXPECT_EQ(hosts.next_wake(), now + 30s);
}

TEST_F(AdvertisedNames, while_DNS_is_silent_what_it_said_last_counts_and_what_it_denies_does_not) {
    (void)hosts.due(now);
    is_at("203.0.113.5");
    fails(false);
    EXPECT_EQ(addresses().size(), 2U);
    fails(true);
    EXPECT_THAT(addresses(), IsEmpty());
}

TEST_F(AdvertisedNames, a_question_without_an_answer_is_asked_again_after_a_minute) {
    (void)hosts.due(now);
    EXPECT_EQ(hosts.next_wake(), now + 60s);
}

TEST_F(AdvertisedNames, when_others_see_us_elsewhere_it_is_looked_up_soon_but_not_without_end) {
    (void)hosts.due(now);
    is_at("203.0.113.5");
    hosts.look_soon(now);
    EXPECT_THAT(hosts.due(now), IsEmpty());
    now += 10s;
    EXPECT_THAT(hosts.due(now), ElementsAre("home.example.org"));
}

}  // namespace
}  // namespace node

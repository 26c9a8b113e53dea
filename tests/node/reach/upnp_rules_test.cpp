// tests/node/reach/upnp_rules_test.cpp - routers in literals that speak UPnP: which connection is asked,
// which lease, and whose yes is believed.
#include "node/reach/upnp_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Gateway home{asio::ip::make_address("192.168.1.1"), asio::ip::make_address("192.168.1.20")};
const InnerPort sip{false, 5060};

struct Router final : WanConnection {
    int status(std::string& text) override {
        text = state;
        return state_code;
    }
    int external_address(std::string& text) override {
        text = address;
        return 0;
    }
    int add(const InnerPort& inner, std::uint16_t outer, const std::string& own,
            std::chrono::seconds lease) override {
        leases.push_back(static_cast<int>(lease.count()));
        if (const auto refused = refuses.find(static_cast<int>(lease.count())); refused != refuses.end())
            return refused->second;
        if (!forgets)
            entries[outer] = liar ? UpnpEntry{"192.168.1.66", inner.port} : UpnpEntry{own, inner.port};
        return 0;
    }
    int look(bool, std::uint16_t outer, UpnpEntry& entry) override {
        if (look_code != 0) return look_code;
        const auto found = entries.find(outer);
        if (found == entries.end()) return 714;
        entry = found->second;
        return 0;
    }
    int remove(bool, std::uint16_t outer) override {
        removed.push_back(outer);
        return entries.erase(outer) > 0 ? 0 : 714;
    }
    std::string state = "Connected", address = "203.0.113.5";
    int state_code = 0, look_code = 0;
    bool forgets = false, liar = false;
    std::map<int, int> refuses;  // lease -> code
    std::map<std::uint16_t, UpnpEntry> entries;
    std::vector<int> leases;
    std::vector<std::uint16_t> removed;
};

class Rules : public testing::Test {
protected:
    MappingGrant ask(bool held = false, bool anew = false) {
        return ask_for_port(router, {sip, 5060, held, anew}, {1, GatewayProtocol::upnp, home, {}, 7200s},
                            [this] { return next_port++; });
    }
    Router router;
    std::uint16_t next_port = 40000;
};

TEST(Connections, the_one_that_is_connected_is_asked_in_whatever_order_they_come) {
    Router up, down;
    down.state = "Disconnected";
    down.address = "0.0.0.0";
    EXPECT_EQ(connection_in_use({&down, &up}), 1U);
    EXPECT_EQ(connection_in_use({&up, &down}), 0U);
    EXPECT_EQ(connection_in_use({&down, &down, &up}), 2U);
}

TEST(Connections, of_those_that_do_not_say_the_one_with_an_address_is_asked) {
    Router up, down;
    up.state_code = down.state_code = 401;
    down.address = "0.0.0.0";
    EXPECT_EQ(connection_in_use({&down, &up}), 1U);
    EXPECT_EQ(connection_in_use({&down, &down}), 0U);
}

TEST_F(Rules, a_port_is_granted_for_the_lease_that_was_asked_for) {
    const auto grant = ask();
    EXPECT_EQ(grant.outer, 5060);
    EXPECT_EQ(grant.lease, 7200s);
    EXPECT_THAT(router.leases, ElementsAre(7200));
}

TEST_F(Rules, a_router_that_knows_no_lease_but_for_ever_is_asked_for_that) {
    for (const int code : {402, 501, 725}) {
        router = {};
        router.refuses = {{7200, code}};
        const auto grant = ask();
        EXPECT_EQ(grant.outer, 5060);
        EXPECT_EQ(grant.lease, 0s);
        EXPECT_THAT(router.leases, ElementsAre(7200, 0));
    }
}

TEST_F(Rules, one_that_knows_neither_is_asked_for_an_hour) {
    router.refuses = {{7200, 402}, {0, 402}};
    const auto grant = ask();
    EXPECT_EQ(grant.outer, 5060);
    EXPECT_EQ(grant.lease, 3600s);
    EXPECT_THAT(router.leases, ElementsAre(7200, 0, 3600));
    router = {};
    router.refuses = {{7200, 501}, {0, 501}, {3600, 501}};
    EXPECT_EQ(ask().outer, 0);
    EXPECT_THAT(router.leases, ElementsAre(7200, 0, 3600)) << "and not for ever";
    router = {};
    router.refuses = {{7200, 606}};
    EXPECT_THAT(ask().fault, HasSubstr("606"));
    EXPECT_THAT(router.leases, ElementsAre(7200)) << "that was no matter of the lease";
}

TEST_F(Rules, a_yes_that_the_router_does_not_show_is_none) {
    router.forgets = true;
    const auto grant = ask();
    EXPECT_EQ(grant.outer, 0);
    EXPECT_THAT(grant.fault, HasSubstr("714"));
}

TEST_F(Rules, a_yes_that_leads_to_another_machine_is_none) {
    router.liar = true;
    const auto grant = ask();
    EXPECT_EQ(grant.outer, 0);
    EXPECT_THAT(grant.fault, HasSubstr("another machine"));
    EXPECT_EQ(router.leases.size(), 4U) << "other ports were tried";
}

TEST_F(Rules, a_router_that_cannot_show_anything_is_believed) {
    router.look_code = 401;
    EXPECT_EQ(ask().outer, 5060);
}

TEST_F(Rules, what_another_machine_has_is_left_to_it_and_another_port_asked_for) {
    router.entries[5060] = {"192.168.1.30", 5060};
    EXPECT_EQ(ask().outer, 40000);
    EXPECT_EQ(router.entries[5060].client, "192.168.1.30");
    router.entries[5060] = {"192.168.1.20", 5070};
    EXPECT_NE(ask().outer, 5060) << "another program's on this machine";
}

TEST_F(Rules, what_is_held_is_looked_after_and_made_again_when_it_is_gone) {
    (void)ask();
    EXPECT_TRUE(ask(true).kept);
    EXPECT_EQ(router.leases.size(), 1U);
    router.entries.clear();
    EXPECT_FALSE(ask(true).kept);
    EXPECT_EQ(router.leases.size(), 2U);
}

TEST_F(Rules, what_nobody_comes_in_through_is_deleted_and_added) {
    (void)ask();
    const auto grant = ask(false, true);
    EXPECT_EQ(grant.outer, 5060);
    EXPECT_THAT(router.removed, ElementsAre(5060));
    EXPECT_EQ(router.leases.size(), 2U);
}

TEST_F(Rules, at_the_end_a_mapping_is_looked_at_and_left_alone_when_it_is_anothers) {
    const MappingEnd end{sip, 5060, home.own};
    router.entries[5060] = {"192.168.1.30", 5060};
    EXPECT_EQ(end_mapping(router, end), Ended::anothers);
    router.entries[5060] = {"192.168.1.20", 5070};
    EXPECT_EQ(end_mapping(router, end), Ended::anothers);
    EXPECT_THAT(router.removed, IsEmpty());
    router.entries[5060] = {"192.168.1.20", 5060};
    EXPECT_EQ(end_mapping(router, end), Ended::gone);
    EXPECT_THAT(router.removed, ElementsAre(5060));
    EXPECT_EQ(end_mapping(router, end), Ended::gone) << "already";
    router.look_code = -3;
    EXPECT_EQ(end_mapping(router, end), Ended::no_answer);
    router.look_code = 606;
    EXPECT_EQ(end_mapping(router, end), Ended::refused);
}

}  // namespace
}  // namespace node

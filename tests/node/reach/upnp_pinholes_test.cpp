// tests/node/reach/upnp_pinholes_test.cpp - IPv6 firewalls in literals that speak UPnP IGD 2: which hole is
// asked for, renewed, looked after and closed, and what is said when there is none.
#include "node/reach/upnp_pinholes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Gateway home{asio::ip::make_address("fe80::1"), asio::ip::make_address("2001:db8:1::20"), 2};
const InnerPort udp{false, 5060}, tcp{true, 5060};

struct Firewall final : FirewallControl {
    int status(bool& on, bool& opens) override {
        on = is_on;
        opens = may_open;
        return status_code;
    }
    int add(const InnerPort& inner, const std::string& own, std::chrono::seconds lease,
            std::string& name) override {
        said.push_back("add " + to_text(inner) + " " + own + " " + std::to_string(lease.count()));
        if (add_code != 0) return add_code;
        name = nameless ? "" : std::to_string(next);
        holes[next++] = inner;
        return 0;
    }
    int renew(const std::string& name, std::chrono::seconds lease) override {
        said.push_back("renew " + name + " " + std::to_string(lease.count()));
        return of(name);
    }
    int look(const std::string& name) override {
        said.push_back("look " + name);
        return look_code != 0 ? look_code : of(name);
    }
    int remove(const std::string& name) override {
        said.push_back("remove " + name);
        const int code = of(name);
        if (code == 0) holes.erase(std::stoi(name));
        return code;
    }
    /// As after a restart: the names begin anew.
    void restart() {
        holes.clear();
        next = 1;
    }
    std::vector<std::string> heard() { return std::exchange(said, {}); }

    bool is_on = true, may_open = true, nameless = false;
    int status_code = 0, add_code = 0, look_code = 0, gone_code = 704, next = 1;
    std::map<int, InnerPort> holes;
    std::vector<std::string> said;

private:
    int of(const std::string& name) const { return holes.contains(std::stoi(name)) ? 0 : gone_code; }
};

class Pinholes : public testing::Test {
protected:
    MappingAnswer ask(std::vector<MappingWish> wishes, std::vector<MappingEnd> ends = {}) {
        return pinholes.answer(firewall,
                               {7, GatewayProtocol::upnp, home, std::move(wishes), 7200s, std::move(ends)});
    }
    Firewall firewall;
    UpnpPinholes pinholes;
};

TEST_F(Pinholes, each_port_gets_a_hole_of_its_own_for_this_address_and_with_an_end) {
    const auto answer = ask({{udp, 5060}, {tcp, 5060}});
    EXPECT_TRUE(answer.speaks);
    EXPECT_EQ(answer.id, 7U);
    EXPECT_EQ(answer.outer_address, home.own);
    EXPECT_THAT(firewall.heard(),
                ElementsAre("add UDP 5060 2001:db8:1::20 7200", "add TCP 5060 2001:db8:1::20 7200"));
    ASSERT_THAT(answer.grants, SizeIs(2));
    EXPECT_EQ(answer.grants[1].inner, tcp);
    EXPECT_EQ(answer.grants[1].outer, 5060);
    EXPECT_EQ(answer.grants[1].lease, 7200s);
}

TEST_F(Pinholes, what_is_due_is_renewed_by_its_name_and_what_is_held_is_looked_after) {
    (void)ask({{udp, 5060}, {tcp, 5060}});
    (void)firewall.heard();
    const auto answer = ask({{udp, 5060}, {tcp, 5060, true}});
    EXPECT_THAT(firewall.heard(), ElementsAre("renew 1 7200", "look 2"));
    EXPECT_FALSE(answer.grants.at(0).kept);
    EXPECT_TRUE(answer.grants.at(1).kept);
}

TEST_F(Pinholes, a_hole_that_is_gone_or_anothers_by_now_is_made_anew) {
    for (const int code : {704, 606}) {
        firewall.gone_code = code;
        for (const bool held : {false, true}) {
            (void)ask({{udp, 5060}});
            firewall.restart();
            firewall.next = 9;
            (void)firewall.heard();
            const auto answer = ask({{udp, 5060, held}});
            EXPECT_THAT(firewall.heard(), ElementsAre(testing::StartsWith(held ? "look" : "renew"),
                                                      "add UDP 5060 2001:db8:1::20 7200"));
            EXPECT_EQ(answer.grants.at(0).lease, 7200s);
            EXPECT_FALSE(answer.grants.at(0).kept);
        }
    }
}

TEST_F(Pinholes, a_router_that_cannot_tell_of_a_hole_is_believed) {
    (void)ask({{udp, 5060}});
    firewall.look_code = 401;
    (void)firewall.heard();
    EXPECT_TRUE(ask({{udp, 5060, true}}).grants.at(0).kept);
    EXPECT_THAT(firewall.heard(), ElementsAre("look 1"));
}

TEST_F(Pinholes, what_nobody_comes_in_through_is_closed_and_opened_anew) {
    (void)ask({{udp, 5060}});
    (void)firewall.heard();
    (void)ask({{udp, 5060, false, true}});
    EXPECT_THAT(firewall.heard(), ElementsAre("remove 1", "add UDP 5060 2001:db8:1::20 7200"));
}

TEST_F(Pinholes, what_is_not_wanted_is_closed_and_nothing_of_others) {
    (void)ask({{udp, 5060}, {tcp, 5060}});
    (void)firewall.heard();
    (void)ask({}, {{udp, 5060, home.own}, {{false, 40000}, 40000, home.own}});
    EXPECT_THAT(firewall.heard(), ElementsAre("remove 1"));
    EXPECT_THAT(pinholes.end(firewall, {{tcp, 5060, home.own}}), IsEmpty());
    EXPECT_THAT(firewall.holes, IsEmpty());
    EXPECT_THAT(pinholes.end(firewall, {{tcp, 5060, home.own}}), IsEmpty());
    EXPECT_THAT(firewall.heard(), ElementsAre("remove 2")) << "once";
}

TEST_F(Pinholes, a_firewall_that_is_off_or_opens_for_nobody_is_asked_for_nothing) {
    firewall.is_on = false;
    auto answer = ask({{udp, 5060}});
    EXPECT_TRUE(answer.speaks);
    EXPECT_FALSE(answer.outer_address);
    EXPECT_EQ(answer.fault, "its IPv6 firewall is off, so that it has nothing to open");
    firewall.is_on = true;
    firewall.may_open = false;
    EXPECT_EQ(ask({{udp, 5060}}).fault, "it lets nobody open its IPv6 firewall");
    EXPECT_THAT(firewall.heard(), IsEmpty());
    firewall.status_code = 401;
    EXPECT_EQ(ask({{udp, 5060}}).grants.at(0).outer, 5060) << "it does not know how to tell";
}

TEST_F(Pinholes, a_refusal_is_told_with_its_reason) {
    firewall.add_code = 606;
    const auto answer = ask({{udp, 5060}});
    EXPECT_EQ(answer.grants.at(0).outer, 0);
    EXPECT_THAT(answer.grants.at(0).fault, HasSubstr("UPnP 606"));
    firewall.add_code = 0;
    firewall.nameless = true;
    EXPECT_EQ(ask({{udp, 5060}}).grants.at(0).fault, "it says yes, and does not tell the name of the hole");
}

TEST_F(Pinholes, an_answer_that_does_not_come_is_silence_and_the_names_are_kept) {
    (void)ask({{udp, 5060}});
    (void)firewall.heard();
    firewall.status_code = -1;
    EXPECT_FALSE(ask({{udp, 5060}}).speaks);
    firewall.status_code = 0;
    firewall.gone_code = -3;
    const auto holes = std::exchange(firewall.holes, {});
    EXPECT_FALSE(ask({{udp, 5060}}).speaks);
    EXPECT_THAT(pinholes.end(firewall, {{udp, 5060, home.own}}), SizeIs(1));
    firewall.holes = holes;
    (void)firewall.heard();
    EXPECT_TRUE(ask({{udp, 5060}}).speaks);
    EXPECT_THAT(firewall.heard(), ElementsAre("renew 1 7200"));
    firewall.add_code = -1;
    EXPECT_FALSE(ask({{tcp, 5060}}).speaks);
}

}  // namespace
}  // namespace node

// tests/node/reach/home_network_test.cpp - which address a phone in the house types.
#include "node/reach/home_network.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

asio::ip::address address(const char* text) {
    return asio::ip::make_address(text);
}

constexpr unsigned lo = 1, eth0 = 2, docker0 = 3, tun0 = 4;

/// docker0 stands first, as it may, and a tunnel has the better default route.
NetworkView a_house() {
    NetworkView view;
    view.addresses = {{address("127.0.0.1"), 8, lo},
                      {address("::1"), 128, lo},
                      {address("172.17.0.1"), 16, docker0},
                      {address("10.8.0.2"), 24, tun0},
                      {address("192.168.1.20"), 24, eth0}};
    view.routes = {{address("10.8.0.1"), tun0, 50}, {address("192.168.1.1"), eth0, 600}};
    view.links = {
        {lo, "lo", false}, {docker0, "docker0", false}, {tun0, "tun0", true}, {eth0, "eth0", false}};
    return view;
}

const std::vector<overlay::TransportAddress> everywhere = {
    {overlay::Transport::wss, address("0.0.0.0"), 8443},
    {overlay::Transport::tls, address("0.0.0.0"), 5061},
    {overlay::Transport::udp, address("0.0.0.0"), 5060},
    {overlay::Transport::udp, address("::"), 5060}};

TEST(PhonesServer, is_at_the_default_route_and_never_a_containers_or_a_tunnels) {
    EXPECT_EQ(phones_server(everywhere, a_house()), "192.168.1.20");
    auto view = a_house();
    view.routes.clear();  // a switch, and no router
    EXPECT_EQ(phones_server(everywhere, view), "192.168.1.20");
    EXPECT_EQ(home_interfaces(view), std::vector<unsigned>{eth0});
}

TEST(PageUrl, is_where_a_browser_in_the_house_finds_it_or_nothing) {
    EXPECT_EQ(page_url(everywhere, a_house()), "https://192.168.1.20:8443");
    EXPECT_EQ(page_url({{overlay::Transport::wss, address("127.0.0.2"), 443}}, a_house()),
              "https://127.0.0.2:443");
    EXPECT_EQ(page_url({{overlay::Transport::ws, address("0.0.0.0"), 8080}}, a_house()), "");
}

TEST(InTheHouse, are_this_machine_the_homes_network_and_the_mesh_and_nobody_else) {
    auto view = a_house();
    view.addresses.push_back({address("2001:db8:1::20"), 64, eth0});
    view.routes.push_back({address("fe80::1"), eth0, 100});
    const std::vector<overlay::Prefix> mesh = {*overlay::Prefix::parse("203.0.113.0/24")};
    for (const auto* peer : {"127.0.0.1", "::1", "192.168.1.30", "10.9.8.7", "172.17.0.5", "fd00::30",
                             "fe80::30", "2001:db8:1::77", "203.0.113.9"})
        EXPECT_TRUE(is_in_the_house(address(peer), view, mesh)) << peer;
    for (const auto* peer : {"198.51.100.7", "100.64.0.9", "2001:db8:2::77", "169.254.1.1"})
        EXPECT_FALSE(is_in_the_house(address(peer), view, mesh)) << peer;
    // A rented machine: its neighbours are strangers.
    view.addresses = {{address("198.51.100.20"), 24, eth0}, {address("2001:db8:1::20"), 64, eth0}};
    EXPECT_FALSE(is_in_the_house(address("2001:db8:1::77"), view, {}));
    EXPECT_FALSE(is_in_the_house(address("198.51.100.21"), view, {}));
}

TEST(PhonesServer, is_a_lasting_IPv6_address_in_a_house_without_IPv4) {
    auto view = a_house();
    view.addresses.pop_back();
    view.addresses.push_back({address("2001:db8::77"), 64, eth0, true});
    view.addresses.push_back({address("2001:db8::20"), 64, eth0});
    view.routes = {{address("fe80::1"), eth0, 100}};
    EXPECT_EQ(phones_server(everywhere, view), "[2001:db8::20]");
    view.addresses.push_back({address("fd00::20"), 64, eth0});
    EXPECT_EQ(phones_server(everywhere, view), "[fd00::20]")
        << "the provider may give another prefix tomorrow";
}

TEST(PhonesServer, tells_a_port_that_is_not_the_usual_one_and_where_SIP_listens_alone) {
    EXPECT_EQ(phones_server({{overlay::Transport::udp, address("0.0.0.0"), 5080}}, a_house()),
              "192.168.1.20:5080");
    EXPECT_EQ(phones_server({{overlay::Transport::tcp, address("127.0.0.2"), 5060}}, a_house()), "127.0.0.2");
    EXPECT_EQ(phones_server({}, a_house()), "");
}

TEST(PhonesServer, is_the_server_and_the_outbound_proxy) {
    const auto lines = server_lines("192.168.1.20");
    EXPECT_NE(lines.find("server          192.168.1.20\n"), std::string::npos);
    EXPECT_NE(lines.find("outbound proxy  192.168.1.20 "), std::string::npos);
}

std::vector<std::string> spoken_at(const NetworkView& view, const std::vector<overlay::Prefix>& mesh = {}) {
    std::vector<std::string> all;
    for (const auto& lan : lan_addresses(everywhere, view, mesh))
        all.push_back(lan.address.to_string());
    return all;
}

TEST(LanAddresses, are_those_of_the_home_and_not_of_containers_or_tunnels) {
    auto view = a_house();
    view.addresses.push_back({address("2001:db8::20"), 64, eth0});
    EXPECT_EQ(spoken_at(view), (std::vector<std::string>{"192.168.1.20", "2001:db8::20"}));
    view.addresses.push_back({address("fd00::20"), 64, eth0});
    EXPECT_EQ(spoken_at(view), (std::vector<std::string>{"192.168.1.20", "fd00::20"}));
    const auto lan = lan_addresses(everywhere, view, {});
    EXPECT_EQ(lan.at(0).sip, (overlay::SipPorts{5060, 0, 5061}));
    EXPECT_EQ(lan.at(1).sip, (overlay::SipPorts{5060, 0, 0}));
    EXPECT_EQ(lan.at(0).prefix_length, 24U);
}

TEST(LanAddresses, are_none_on_a_rented_machine_or_behind_a_carrier) {
    NetworkView view;
    view.addresses = {
        {address("127.0.0.1"), 8, lo}, {address("203.0.113.9"), 24, eth0}, {address("10.0.0.9"), 8, eth0}};
    view.routes = {{address("203.0.113.1"), eth0, 0}};
    EXPECT_TRUE(spoken_at(view).empty()) << "also where its provider has given it a private address as well";
    view.addresses = {{address("100.64.7.9"), 24, eth0}};
    view.routes = {{address("100.64.7.1"), eth0, 0}};
    EXPECT_TRUE(spoken_at(view).empty());
    view.addresses = {{address("2001:db8::20"), 64, eth0}};
    EXPECT_TRUE(spoken_at(view).empty());
}

TEST(LanAddresses, are_those_in_the_mesh_wherever_it_is_and_the_whole_mesh_is_beside_us) {
    NetworkView view;
    view.addresses = {{address("203.0.113.9"), 24, eth0}, {address("10.77.0.3"), 32, tun0}};
    view.routes = {{address("203.0.113.1"), eth0, 0}};
    const std::vector<overlay::Prefix> mesh = {{address("10.77.0.0"), 16}};
    EXPECT_EQ(spoken_at(view, mesh), std::vector<std::string>{"10.77.0.3"});
    EXPECT_EQ(lan_addresses(everywhere, view, mesh).at(0).prefix_length, 16U);
}

TEST(LanAddresses, without_a_port_of_ours_are_none) {
    EXPECT_TRUE(
        lan_addresses({{overlay::Transport::udp, address("127.0.0.1"), 5060}}, a_house(), {}).empty());
}

}  // namespace
}  // namespace node

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

}  // namespace
}  // namespace node

// tests/sip/edge/home_network_test.cpp - the whole edge behind a router: the router's address is ours as
// well, and the private network at home is one that half of all homes have.
#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct Home : EdgeTest {
    // This machine is 192.168.1.20; its router sends 203.0.113.5:40001 on to it.
    Home() {
        host.our_addresses = [](const asio::ip::address& address, std::optional<std::uint16_t> port) {
            return address == asio::ip::make_address("203.0.113.5") && (!port || *port == 40001);
        };
        start();
        register_bob("<sip:bob@10.0.0.5>");
        host.at_once = redirect_to("sip:there@192.0.2.7:5060");
    }
    static Flow flow(const char* remote) {
        Flow f = udp_flow(remote);
        f.local = {asio::ip::make_address("192.168.1.20"), 5060};
        return f;
    }
    int call(const char* remote, const std::string& uri, const std::string& from) {
        Request request;
        request.uri = uri;
        request.from = from + ";tag=t";
        request.branch = "z9hG4bKhome" + std::to_string(++n);
        return status_of(receive(flow(remote), request.text()));
    }
    int n = 0;
};

TEST_F(Home, a_call_to_the_routers_address_and_port_is_for_us) {
    const std::string stranger = "<sip:carol@elsewhere.test>";
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", stranger), 302);
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5", stranger), 302);
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:5060", stranger), 407)
        << "another port is another machine's";
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.6:40001", stranger), 407);
}

TEST_F(Home, a_caller_from_another_home_with_the_same_private_network_is_no_user_of_ours) {
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", "<sip:carol@192.168.1.20>"), 302);
    EXPECT_EQ(call("192.168.1.30", "sip:bob@192.168.1.20", "<sip:carol@192.168.1.20>"), 407)
        << "at home it means us";
}

TEST_F(Home, nobody_outside_looks_like_one_of_our_users_without_the_password) {
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", "<sip:alice@192.168.1.20>"), 407);
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", "<sip:%61lice@192.168.1.20>"), 407);
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", "<sip:carol@home.test>"), 407);
    EXPECT_EQ(call("198.51.100.9", "sip:bob@203.0.113.5:40001", "<sip:carol@203.0.113.5>"), 407);
}

TEST_F(Home, and_nobody_outside_calls_others_through_us) {
    EXPECT_EQ(call("198.51.100.9", "sip:x@example.net", "<sip:carol@192.168.1.20>"), 407);
}

}  // namespace
}  // namespace sip::testing

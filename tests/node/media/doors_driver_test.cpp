// tests/node/media/doors_driver_test.cpp - doors with real sockets on loopback: what passes, what does not,
// what the router is asked for, and what nodes outside say.
#include "node/media/doors_driver.hpp"

#include <gtest/gtest.h>

#include <asio/ip/udp.hpp>
#include <thread>

#include "sip/transport/stun.hpp"
#include "tests/node/media/received.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

asio::ip::address ip(const char* text) {
    return asio::ip::make_address(text);
}

struct ScriptedHost : DoorsDriver::Host {
    std::set<std::uint16_t> ports;
    bool maps = false;
    const char* router = "203.0.113.7";
    std::vector<sip::Endpoint> servers;
    std::optional<asio::ip::address> outer;
    std::vector<sip::Doors::FaceId> closed;
    void set_door_ports(std::set<std::uint16_t> udp) override { ports = std::move(udp); }
    std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const override {
        if (!maps || !ports.contains(udp)) return std::nullopt;
        return sip::Endpoint{ip(router), static_cast<std::uint16_t>(udp ^ 0x100U)};
    }
    std::vector<sip::Endpoint> stun_servers() const override { return servers; }
    std::optional<asio::ip::address> outer_address() const override { return outer; }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
    void face_closed(sip::Doors::FaceId face) override { closed.push_back(face); }
    std::vector<sip::Doors::Face> moved;
    int looks = 0;
    void face_moved(const sip::Doors::Face& face) override { moved.push_back(face); }
    void look_at_address() override { ++looks; }
};

class DoorsDriverTest : public testing::Test {
protected:
    asio::io_context loop;
    ScriptedHost host;
    std::unique_ptr<DoorsDriver> doors = std::make_unique<DoorsDriver>(loop, host, 8);
    asio::ip::udp::socket phone{loop, {ip("127.0.0.30"), 0}}, far{loop, {ip("127.0.0.9"), 0}},
        elsewhere{loop, {ip("127.0.0.66"), 0}};
    const sip::Flow to_phone{sip::Transport::udp, {ip("127.0.0.20"), 5060}, {ip("127.0.0.30"), 5060}, 0};
    const sip::Flow to_far{sip::Transport::udp, {ip("127.0.0.21"), 5060}, {ip("127.0.0.9"), 5060}, 0};
    sip::Doors::Face inner, outer;

    static sip::Endpoint of(const asio::ip::udp::socket& socket) {
        const auto at = socket.local_endpoint();
        return {at.address(), at.port()};
    }
    static sip::Doors::Peer peer(const asio::ip::udp::socket& socket, bool outside) {
        return {of(socket), {}, {of(socket).address}, outside, false};
    }
    void open_door() {
        inner = doors->open(to_phone).value();
        outer = doors->open(to_far).value();
        doors->join(inner.id, outer.id);
    }
    void answered() {
        doors->aim(inner.id, peer(phone, false));
        doors->aim(outer.id, peer(far, false));
    }
    static void send(asio::ip::udp::socket& from, const sip::Endpoint& to, std::string_view text) {
        from.send_to(asio::buffer(text.data(), text.size()), {to.address, to.port});
    }
    /// What comes within a moment, and whence; empty: nothing.
    std::pair<std::string, sip::Endpoint> heard(asio::ip::udp::socket& at) {
        loop.restart();
        loop.run_for(50ms);
        return received(at);
    }
};

TEST_F(DoorsDriverTest, each_packet_goes_on_as_it_is_from_the_face_that_its_receiver_knows) {
    open_door();
    EXPECT_EQ(inner.rtp.address, ip("127.0.0.20"));
    EXPECT_EQ(inner.rtp.port % 2, 0);
    EXPECT_EQ(inner.rtcp.port, inner.rtp.port + 1);
    answered();
    send(phone, inner.rtp, "one");
    EXPECT_EQ(heard(far), std::pair(std::string("one"), outer.rtp));
    send(far, outer.rtp, "two");
    EXPECT_EQ(heard(phone), std::pair(std::string("two"), inner.rtp));
    EXPECT_EQ(doors->traffic(inner.id).packets, 1U);
    EXPECT_EQ(doors->counters().packets, 2U);
    EXPECT_EQ(doors->counters().bytes, 6U);
}

TEST_F(DoorsDriverTest, nothing_passes_before_it_is_answered_nor_after_it_is_closed) {
    open_door();
    send(phone, inner.rtp, "early");
    EXPECT_EQ(heard(far).first, "");
    answered();
    doors->close(outer.id);
    send(phone, inner.rtp, "late");
    EXPECT_EQ(heard(far).first, "");
    doors->close(inner.id);
    EXPECT_EQ(doors->counters().open, 0U);
    doors->close(inner.id);
}

TEST_F(DoorsDriverTest, what_comes_from_elsewhere_goes_nowhere_and_gets_no_answer) {
    open_door();
    answered();
    send(elsewhere, outer.rtp, "to the phone?");
    send(elsewhere, inner.rtp, "to the other?");
    EXPECT_EQ(heard(phone).first, "");
    EXPECT_EQ(heard(far).first, "");
    EXPECT_EQ(heard(elsewhere).first, "");
    EXPECT_EQ(doors->counters().strangers, 2U);
}

TEST_F(DoorsDriverTest, a_way_is_opened_outside_and_the_small_packets_end_at_the_other_door) {
    open_door();
    doors->aim(inner.id, peer(phone, false));
    doors->aim(outer.id, peer(far, true));
    const auto opening = heard(far);
    EXPECT_TRUE(is_stun_indication(opening.first));
    EXPECT_EQ(opening.second, outer.rtp);
    send(far, outer.rtp, opening.first);
    send(far, outer.rtp, "");
    EXPECT_EQ(heard(phone).first, "");
    EXPECT_EQ(doors->counters().strangers, 0U);
}

TEST_F(DoorsDriverTest, there_are_only_so_many) {
    for (int i = 0; i < 8; ++i)
        EXPECT_TRUE(doors->open(to_phone));
    EXPECT_FALSE(doors->open(to_phone));
    EXPECT_EQ(doors->why_not(), "too many doors are open");
}

TEST_F(DoorsDriverTest, the_router_is_asked_for_ports_ahead_and_they_are_used_again) {
    host.maps = true;
    doors->start({3478});
    EXPECT_EQ(host.ports.size(), 9U) << "four pairs and the one beside";
    EXPECT_TRUE(host.ports.contains(3478));
    const sip::Flow out{sip::Transport::udp, {ip("192.168.1.20"), 5060}, {ip("198.51.100.9"), 5060}, 0};
    const auto before = host.ports;
    const auto face = doors->open(out);
    ASSERT_TRUE(face);
    EXPECT_EQ(face->rtp.address, ip("203.0.113.7"));
    EXPECT_TRUE(before.contains(face->rtp.port ^ 0x100U));
    EXPECT_EQ(face->rtcp.port ^ 0x100U, (face->rtp.port ^ 0x100U) + 1U)
        << "two mappings, each as it was given";
    EXPECT_EQ(face->how, "a port that the router sends on");
    EXPECT_EQ(host.ports.size(), 11U) << "the pool is full again";
    doors->close(face->id);
    EXPECT_EQ(host.ports.size(), 9U);
}

TEST_F(DoorsDriverTest,
       a_door_whose_router_has_another_address_is_told_of_once_and_one_that_has_none_is_not) {
    host.maps = true;
    doors->start({});
    const sip::Flow out{sip::Transport::udp, {ip("192.168.1.20"), 5060}, {ip("198.51.100.9"), 5060}, 0};
    const auto face = doors->open(out).value();
    const auto wait = [&] {
        doors->look_soon();
        loop.restart();
        loop.run_for(30ms);
    };
    wait();
    EXPECT_TRUE(host.moved.empty());
    host.maps = false;
    wait();
    EXPECT_TRUE(host.moved.empty()) << "the router is asked anew, and it is not known yet";
    host.maps = true;
    host.router = "203.0.113.88";
    wait();
    wait();
    ASSERT_EQ(host.moved.size(), 1U);
    EXPECT_EQ(host.moved[0].id, face.id);
    EXPECT_EQ(host.moved[0].rtp, (sip::Endpoint{ip("203.0.113.88"), face.rtp.port}));
    EXPECT_EQ(host.moved[0].rtcp, (sip::Endpoint{ip("203.0.113.88"), face.rtcp.port}));
    EXPECT_EQ(host.looks, 0) << "nobody was heard, so nobody fell silent";
}

TEST_F(DoorsDriverTest, without_any_way_in_there_is_no_face_for_the_Internet) {
    doors->start({});
    const sip::Flow out{sip::Transport::udp, {ip("192.168.1.20"), 5060}, {ip("198.51.100.9"), 5060}, 0};
    EXPECT_FALSE(doors->open(out));
    EXPECT_EQ(doors->why_not(), "no port of this machine can be reached from outside");
    bool ready = false;
    doors->prepare([&] { ready = true; });
    EXPECT_TRUE(ready) << "there is nobody to ask, so nothing is waited for";
}

TEST_F(DoorsDriverTest, nodes_outside_say_where_they_see_the_pool_before_the_call_goes_out) {
    asio::ip::udp::socket one(loop, {ip("127.0.0.101"), 0}), other(loop, {ip("127.0.0.102"), 0});
    host.servers = {of(one), of(other)};
    doors->start({});
    bool ready = false;
    doors->prepare([&] { ready = true; });
    EXPECT_FALSE(ready);
    for (int round = 0; round < 20 && !ready; ++round) {
        for (auto* server : {&one, &other}) {
            for (auto [question, source] = heard(*server); !question.empty();
                 std::tie(question, source) = heard(*server)) {
                const auto answer = sip::stun_answer(question, {ip("203.0.113.7"), source.port});
                ASSERT_TRUE(answer);
                send(*server, source, *answer);
            }
        }
    }
    EXPECT_TRUE(ready);
    const auto face =
        doors->open({sip::Transport::udp, {ip("192.168.1.20"), 5060}, {ip("198.51.100.9"), 5060}, 0});
    ASSERT_TRUE(face);
    EXPECT_EQ(face->rtp.address, ip("203.0.113.7"));
    EXPECT_EQ(face->how, "where other nodes see it");
}

TEST_F(DoorsDriverTest, who_asks_and_hears_nothing_waits_for_half_a_second) {
    asio::ip::udp::socket silent(loop, {ip("127.0.0.101"), 0});
    host.servers = {of(silent)};
    doors->start({});
    bool ready = false;
    const auto began = std::chrono::steady_clock::now();
    doors->prepare([&] { ready = true; });
    while (!ready && std::chrono::steady_clock::now() - began < 5s) {
        loop.restart();
        loop.run_for(20ms);
    }
    EXPECT_TRUE(ready);
    EXPECT_GE(std::chrono::steady_clock::now() - began, 450ms);
    ready = false;
    doors->prepare([&] { ready = true; });
    EXPECT_TRUE(ready) << "the next call does not wait for who was silent";
}

TEST_F(DoorsDriverTest, what_is_said_of_the_way_in_tells_a_machine_of_its_own_from_a_router) {
    doors->start({});
    EXPECT_EQ(doors->outside_says(), "");
    host.outer = ip("203.0.113.7");
    EXPECT_EQ(doors->outside_says(), "the outer address, if the router keeps the port");
    host.outer = ip("127.0.0.1");
    EXPECT_EQ(doors->outside_says(), "this machine's own address");
    asio::ip::udp::socket server(loop, {ip("127.0.0.101"), 0});
    host.servers = {of(server)};
    bool ready = false;
    doors->prepare([&] { ready = true; });
    EXPECT_TRUE(ready) << "there is nothing to ask";
}

}  // namespace
}  // namespace node

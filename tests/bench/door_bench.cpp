// tests/bench/door_bench.cpp - what a door costs: packets a second that one core forwards, and the time that
// it adds to each, beside the plainest forwarder of datagrams there is (recvfrom, sendto) in the same run, in
// turns; and what a door costs that is lent to a friend.
//   build/release/tests/bench/door_bench [seconds a round, 2] [rounds, 5]
// The sender and the receiver run on the second core where there is one. Not Google Benchmark: sockets.
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "node/media/door_proof.hpp"
#include "node/media/doors_driver.hpp"
#include "node/media/lent_doors.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Socket = asio::ip::udp::socket;
constexpr std::size_t packet_size = 172;  // PCMU, 20 ms

asio::ip::udp::endpoint loopback(const char* address, std::uint16_t port = 0) {
    return {asio::ip::make_address(address), port};
}
void pin(unsigned core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core % std::max(1U, std::thread::hardware_concurrency()), &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

struct NoRouter : node::DoorsDriver::Host {
    void set_door_ports(std::set<std::uint16_t>) override {}
    std::optional<sip::Endpoint> door_outside(std::uint16_t) const override { return std::nullopt; }
    std::vector<sip::Endpoint> stun_servers() const override { return {}; }
    std::optional<asio::ip::address> outer_address() const override { return std::nullopt; }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
    void face_closed(sip::Doors::FaceId) override {}
    void face_moved(const sip::Doors::Face&) override {}
    void look_at_address() override {}
};

sip::Endpoint of(const Socket& socket) {
    return {socket.local_endpoint().address(), socket.local_endpoint().port()};
}

/// Runs `forward` on the first core until it is told to stop.
struct Result {
    double packets_a_second = 0;
    double p50_us = 0, p99_us = 0;
};

Result measure(const asio::ip::udp::endpoint& to, Socket& sender, Socket& receiver,
               std::chrono::milliseconds length) {
    Result result;
    std::vector<char> packet(packet_size, 'x');
    // One packet at a time: there and through, what each takes.
    std::vector<double> took;
    for (const auto end = Clock::now() + length / 2; Clock::now() < end;) {
        const auto began = Clock::now();
        sender.send_to(asio::buffer(packet), to);
        asio::ip::udp::endpoint source;
        (void)receiver.receive_from(asio::buffer(packet), source);
        took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    }
    std::sort(took.begin(), took.end());
    result.p50_us = took[took.size() / 2];
    result.p99_us = took[took.size() * 99 / 100];
    // As many as get through: 64 are under way.
    std::size_t through = 0;
    const auto began = Clock::now();
    for (int i = 0; i < 64; ++i)
        sender.send_to(asio::buffer(packet), to);
    while (Clock::now() < began + length) {
        asio::ip::udp::endpoint source;
        (void)receiver.receive_from(asio::buffer(packet), source);
        ++through;
        sender.send_to(asio::buffer(packet), to);
    }
    result.packets_a_second =
        static_cast<double>(through) / std::chrono::duration<double>(Clock::now() - began).count();
    receiver.non_blocking(true);  // what is still under way
    asio::error_code none;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (asio::ip::udp::endpoint source; !none;)
        (void)receiver.receive_from(asio::buffer(packet), source, 0, none);
    receiver.non_blocking(false);
    return result;
}

Result plain(Socket& sender, Socket& receiver, std::chrono::seconds length) {
    asio::io_context loop;
    Socket in(loop, loopback("127.0.0.20"));
    const auto at = in.local_endpoint();
    const auto to = receiver.local_endpoint();
    std::atomic<bool> stop = false;
    std::thread forwarder([&] {
        pin(0);
        std::vector<char> buffer(9216);
        while (!stop) {
            asio::ip::udp::endpoint source;
            const auto size = in.receive_from(asio::buffer(buffer), source);
            if (!stop) in.send_to(asio::buffer(buffer.data(), size), to);
        }
    });
    const auto result = measure(at, sender, receiver, length);
    stop = true;
    sender.send_to(asio::buffer("", 0), at);
    forwarder.join();
    return result;
}

Result door(Socket& sender, Socket& receiver, std::chrono::seconds length) {
    asio::io_context loop;
    NoRouter host;
    node::DoorsDriver doors(loop, host, 4);
    const auto towards = [](const Socket& socket) {
        return sip::Flow{sip::Transport::udp, {asio::ip::make_address("127.0.0.20"), 5060}, of(socket), 0};
    };
    const auto a = doors.open(towards(sender)).value(), b = doors.open(towards(receiver)).value();
    doors.join(a.id, b.id);
    doors.aim(a.id, {of(sender), {}, {of(sender).address}, false, false});
    doors.aim(b.id, {of(receiver), {}, {of(receiver).address}, false, false});
    std::thread forwarder([&] {
        pin(0);
        loop.run();
    });
    const auto result = measure({a.rtp.address, a.rtp.port}, sender, receiver, length);
    loop.stop();
    forwarder.join();
    return result;
}

/// LendingDriver's path of a packet. Doors are aimed at the Internet alone, and carry 100 kB/s: so the
/// receiver has an address there by name, and of time 20 ms pass with each packet.
struct Lending : node::DoorPair::User {
    Lending(const sip::Endpoint& from, const sip::Endpoint& to) : inside(from), receiver(to) {
        const node::DoorSecret secret{1};
        id = lent.lend({crypto::PublicKey{1}, 1}, secret, moment);
        const sip::Endpoint outside{asio::ip::make_address("11.2.0.2"), 50000};
        (void)lent.aim(id, {outside, {}, {outside.address}, true, false}, moment);
        (void)lent.came(id, node::Component::rtp, outside, "heard", moment);
        (void)lent.came(id, node::Component::rtp, inside,
                        node::to_bytes({node::DoorProof::Kind::shown, node::Component::rtp, 1}, secret),
                        moment);
    }
    void came(node::DoorPair& pair, node::Component component, const sip::Endpoint& source,
              std::string_view datagram) override {
        moment += std::chrono::milliseconds(20);
        if (lent.came(id, component, source, datagram, moment).to) pair.send(component, receiver, datagram);
    }
    const sip::Endpoint inside, receiver;
    node::LentDoors lent;
    node::LentDoors::Id id = 0;
    node::LentDoors::Time moment{std::chrono::hours(1)};
};

Result friends(Socket& sender, Socket& receiver, std::chrono::seconds length) {
    asio::io_context loop;
    node::DoorPair::Board board;
    Lending user(of(sender), of(receiver));
    const auto pair = node::DoorPair::bind(loop, board, user, asio::ip::make_address("127.0.0.20"));
    std::thread forwarder([&] {
        pin(0);
        loop.run();
    });
    const auto result = measure(loopback("127.0.0.20", pair->port()), sender, receiver, length);
    loop.stop();
    forwarder.join();
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    const std::chrono::seconds length(argc > 1 ? std::max(1, std::atoi(argv[1])) : 2);
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
    pin(1);
    asio::io_context none;
    Socket sender(none, loopback("127.0.0.30")), receiver(none, loopback("127.0.0.9"));
    timeval patience{2, 0};
    (void)::setsockopt(receiver.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::printf("%-10s %12s %10s %10s\n", "", "packets/s", "p50 us", "p99 us");
    for (int round = 0; round < rounds; ++round) {
        for (const auto& [name, run] :
             {std::pair("plain", &plain), std::pair("door", &door), std::pair("friend's", &friends)}) {
            const auto result = run(sender, receiver, length);
            std::printf("%-10s %12.0f %10.1f %10.1f\n", name, result.packets_a_second, result.p50_us,
                        result.p99_us);
        }
    }
}

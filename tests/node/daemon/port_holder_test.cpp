// tests/node/daemon/port_holder_test.cpp - who has a port, by tables as the kernel writes them and by its
// own.
#include "node/daemon/port_holder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto udp =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
    "pointer "
    "drops\n"
    "  123: 00000000:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000   105        0 34567 2 "
    "00000000 0\n"
    "  124: 0100007F:13C5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 34568 2 "
    "00000000 0\n";
constexpr auto tcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 777 1 0 100 "
    "0 0 10 0\n"
    "   1: 0100007F:13C4 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 778 1 0 20 4 "
    "30 10 -1\n";

TEST(PortHolder, sockets_are_found_by_their_port_and_tcp_only_where_it_listens) {
    EXPECT_THAT(sockets_at(udp, 5060, false), ElementsAre(SocketRow{34567, 105}));
    EXPECT_THAT(sockets_at(tcp, 5060, true), ElementsAre(SocketRow{777, 105}));
    EXPECT_THAT(sockets_at(tcp, 5061, true), IsEmpty());
    EXPECT_THAT(sockets_at("rubbish\n\n: : :\n", 5060, false), IsEmpty());
}

TEST(PortHolder, names_the_process_and_without_it_the_user) {
    const Scratch scratch;
    std::filesystem::create_directories(scratch.dir / "net");
    write_text(scratch.dir / "net/udp", udp);
    EXPECT_THAT(port_holder(5061, false, scratch.dir), HasSubstr("a program of user root"));
    std::filesystem::create_directories(scratch.dir / "812/fd");
    write_text(scratch.dir / "812/comm", "kamailio\n");
    std::filesystem::create_symlink("socket:[34568]", scratch.dir / "812/fd/7");
    EXPECT_EQ(port_holder(5061, false, scratch.dir), "kamailio (process 812, of user root)");
    EXPECT_EQ(port_holder_of("cannot listen on udp [::]:5061: Address already in use", scratch.dir),
              "kamailio (process 812, of user root)");
    EXPECT_EQ(port_holder_of("cannot listen on tls 0.0.0.0:5061: Address already in use", scratch.dir), "");
    EXPECT_EQ(port_holder_of("something else", scratch.dir), "");
    EXPECT_EQ(port_holder_of("cannot listen on udp", scratch.dir), "");
}

TEST(PortHolder, finds_this_very_process) {
    asio::io_context loop;
    const asio::ip::udp::socket socket(loop, {asio::ip::address_v4::loopback(), 0});
    const asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v6::loopback(), 0});
    const auto self = HasSubstr("(process " + std::to_string(getpid()) + ", of user ");
    EXPECT_THAT(port_holder(socket.local_endpoint().port(), false), self);
    EXPECT_THAT(port_holder(acceptor.local_endpoint().port(), true), self);
}

}  // namespace
}  // namespace node

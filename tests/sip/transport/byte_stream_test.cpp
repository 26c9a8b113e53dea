// tests/sip/transport/byte_stream_test.cpp - plain TCP over a pair of sockets: every way a read or write
// ends.
#include "sip/transport/byte_stream.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <asio/write.hpp>

namespace sip {
namespace {

using asio::ip::tcp;
using Kind = ByteStream::Io::Kind;

struct ByteStreamTest : testing::Test {
    ByteStreamTest() {
        tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
        peer.connect(acceptor.local_endpoint());
        acceptor.accept(socket);
        socket.non_blocking(true);
    }
    ByteStream::Io read() { return stream.read(buffer); }
    /// The kernel may take a moment, even on loopback.
    ByteStream::Io read_when_ready() {
        socket.wait(tcp::socket::wait_read);
        return read();
    }
    asio::io_context loop;
    tcp::socket socket{loop}, peer{loop};
    PlainStream stream{socket};
    std::array<char, 8> buffer{};
};

TEST_F(ByteStreamTest, a_read_gives_what_is_there_and_never_waits) {
    EXPECT_EQ(stream.open().kind, Kind::done) << "TCP has no handshake of its own";
    EXPECT_FALSE(stream.wants_write());
    EXPECT_EQ(read().kind, Kind::again);
    asio::write(peer, asio::buffer("0123456789", 10));
    const auto first = read_when_ready();
    EXPECT_EQ(first.kind, Kind::done);
    EXPECT_EQ(std::string(buffer.data(), first.bytes), "01234567");
    EXPECT_FALSE(stream.has_unread()) << "what is left is in the socket, which says so";
    const auto second = read();
    EXPECT_EQ(std::string(buffer.data(), second.bytes), "89");
    EXPECT_EQ(read().kind, Kind::again);
    EXPECT_FALSE(stream.peer()) << "in clear nobody proves anything";
}

TEST_F(ByteStreamTest, the_end_of_the_peers_side_is_no_failure) {
    peer.shutdown(tcp::socket::shutdown_send);
    EXPECT_EQ(read_when_ready().kind, Kind::ended);
    EXPECT_EQ(stream.write("still here").kind, Kind::done);
}

TEST_F(ByteStreamTest, a_reset_is_one) {
    peer.set_option(asio::socket_base::linger(true, 0));
    peer.close();
    EXPECT_EQ(read_when_ready().kind, Kind::failed);
    EXPECT_EQ(stream.write("x").kind, Kind::failed);
}

TEST_F(ByteStreamTest, a_write_that_the_kernel_takes_in_part_says_how_much_and_then_again) {
    const std::string much(64 * 1024, 'x');
    std::size_t written = 0;
    auto io = stream.write(much);
    for (int i = 0; i < 10'000 && io.kind == Kind::done; ++i) {
        EXPECT_GT(io.bytes, 0U);
        written += io.bytes;
        io = stream.write(much);
    }
    EXPECT_EQ(io.kind, Kind::again);
    EXPECT_EQ(io.bytes, 0U);
    EXPECT_GT(written, 0U);
}

TEST_F(ByteStreamTest, after_the_end_of_our_side_the_peer_reads_to_the_end) {
    ASSERT_EQ(stream.write("bye").bytes, 3U);
    stream.end_output();
    std::array<char, 16> got{};
    std::error_code error;
    std::size_t size = 0;
    while (!error)
        size += peer.read_some(asio::buffer(got.data() + size, got.size() - size), error);
    EXPECT_EQ(error, asio::error::eof);
    EXPECT_EQ(std::string(got.data(), size), "bye");
    EXPECT_EQ(stream.write("more").kind, Kind::failed);
}

}  // namespace
}  // namespace sip

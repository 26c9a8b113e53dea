// sip/transport/byte_stream.cpp - plain TCP.
#include "sip/transport/byte_stream.hpp"

#include <asio/buffer.hpp>

namespace sip {
namespace {

ByteStream::Io io_of(std::size_t bytes, const std::error_code& error) {
    using Kind = ByteStream::Io::Kind;
    if (!error) return {Kind::done, bytes};
    if (error == asio::error::would_block || error == asio::error::interrupted) return {Kind::again, 0};
    return {error == asio::error::eof ? Kind::ended : Kind::failed, 0};
}

}  // namespace

ByteStream::Io PlainStream::read(std::span<char> into) {
    std::error_code error;
    const auto bytes = socket_.read_some(asio::buffer(into.data(), into.size()), error);
    return io_of(bytes, error);
}

ByteStream::Io PlainStream::write(std::string_view bytes) {
    std::error_code error;
    const auto written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    return io_of(written, error);
}

void PlainStream::end_output() {
    std::error_code gone;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, gone);
}

}  // namespace sip

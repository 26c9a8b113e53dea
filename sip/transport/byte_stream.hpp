// sip/transport/byte_stream.hpp - the bytes under a stream connection: those of TCP, or those inside of TLS
// over it. Never blocks and never waits: says `again`, and StreamConnection waits for the socket. A part of
// StreamTransport; SIP loop only.
#pragma once

#include <asio/ip/tcp.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "sip/peer.hpp"
#include "sip/transport/first_bytes.hpp"

namespace sip {

class ByteStream {
public:
    struct Io {
        enum class Kind : std::uint8_t {
            done,   // `bytes` were read or written
            again,  // when the socket is ready
            ended,  // the peer will send no more
            failed,
            elsewhere,  // of open() alone: who connected does not want this node; relay_wish() says whom
        } kind = Kind::again;
        std::size_t bytes = 0;
    };
    virtual ~ByteStream() = default;

    /// What comes before the first byte: `done` until nothing is left to do.
    [[nodiscard]] virtual Io open() { return {Io::Kind::done, 0}; }
    /// After `again` of open(): it is for writing that the socket must be ready.
    [[nodiscard]] virtual bool wants_write() const { return false; }
    [[nodiscard]] virtual Io read(std::span<char> into) = 0;
    /// Bytes that were read from the socket already, so that waiting for it would be in vain.
    [[nodiscard]] virtual bool has_unread() const { return false; }
    /// After `again` the same bytes are given again, perhaps followed by more.
    [[nodiscard]] virtual Io write(std::string_view bytes) = 0;
    /// Says that no more will be written, as well as that can be said at once.
    virtual void end_output() = 0;
    [[nodiscard]] virtual std::optional<PeerIdentity> peer() const { return std::nullopt; }
    /// After `elsewhere`.
    [[nodiscard]] virtual FirstBytes relay_wish() const { return {}; }
    /// What is spoken inside is no SIP but a relay's frames. Known once open() is done.
    [[nodiscard]] virtual bool speaks_frames() const { return false; }
};

/// TCP itself. Borrows the socket.
class PlainStream final : public ByteStream {
public:
    explicit PlainStream(asio::ip::tcp::socket& socket) : socket_(socket) {}
    Io read(std::span<char> into) override;
    Io write(std::string_view bytes) override;
    void end_output() override;

private:
    asio::ip::tcp::socket& socket_;
};

}  // namespace sip

// sip/transport/relay_door.hpp - the bytes of a connection to a TLS listener of a relay: those of TLS with
// this node, unless who connects wants somebody behind it, or answers a caller who waits (first_bytes.hpp).
// They are looked at, and left where they are; only a pipe's name is taken. A part of StreamTransport.
#pragma once

#include <memory>

#include "sip/transport/tls_stream.hpp"

namespace sip {

class RelayDoor final : public ByteStream {
public:
    /// As TlsStream::accept().
    RelayDoor(asio::ip::tcp::socket& socket, std::shared_ptr<const TlsCredentials> credentials)
        : socket_(socket), credentials_(std::move(credentials)) {}

    Io open() override;
    bool wants_write() const override { return tls_ && tls_->wants_write(); }
    Io read(std::span<char> into) override { return tls_->read(into); }
    bool has_unread() const override { return tls_ && tls_->has_unread(); }
    Io write(std::string_view bytes) override { return tls_->write(bytes); }
    void end_output() override {
        if (tls_) tls_->end_output();
    }
    std::optional<PeerIdentity> peer() const override { return tls_ ? tls_->peer() : std::nullopt; }
    FirstBytes relay_wish() const override { return first_; }
    bool speaks_frames() const override { return tls_ && tls_->speaks_frames(); }

private:
    [[nodiscard]] bool wait_for(std::size_t bytes);

    asio::ip::tcp::socket& socket_;
    const std::shared_ptr<const TlsCredentials> credentials_;
    FirstBytes first_;
    std::unique_ptr<TlsStream> tls_;  // once it is known that this node is wanted
};

}  // namespace sip

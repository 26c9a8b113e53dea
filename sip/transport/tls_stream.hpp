// sip/transport/tls_stream.hpp - the bytes inside of TLS.
#pragma once

#include <gnutls/gnutls.h>

#include <memory>

#include "sip/transport/byte_stream.hpp"
#include "sip/transport/tls_credentials.hpp"

namespace sip {

class TlsStream final : public ByteStream {
public:
    /// Borrows the socket, which must not block, and must be closed after this has gone.
    static std::unique_ptr<TlsStream> accept(asio::ip::tcp::socket& socket,
                                             std::shared_ptr<const TlsCredentials> credentials,
                                             Transport transport,
                                             TlsCaller caller = TlsCaller::phone_or_edge);
    static std::unique_ptr<TlsStream> connect(asio::ip::tcp::socket& socket,
                                              std::shared_ptr<const TlsCredentials> credentials,
                                              PeerExpectation expected);
    ~TlsStream() override;
    TlsStream(const TlsStream&) = delete;  // the session points at `expected_`
    TlsStream& operator=(const TlsStream&) = delete;

    Io open() override;
    bool wants_write() const override;
    Io read(std::span<char> into) override;
    bool has_unread() const override;
    Io write(std::string_view bytes) override;
    void end_output() override;
    std::optional<PeerIdentity> peer() const override;
    bool speaks_frames() const override { return open_ && sip::speaks_frames(session_); }

private:
    TlsStream(asio::ip::tcp::socket& socket, std::shared_ptr<const TlsCredentials> credentials,
              PeerExpectation expected)
        : socket_(socket), credentials_(std::move(credentials)), expected_(std::move(expected)) {}

    asio::ip::tcp::socket& socket_;
    std::shared_ptr<const TlsCredentials> credentials_;
    const PeerExpectation expected_;
    gnutls_session_t session_ = nullptr;
    bool open_ = false;
    std::size_t held_ = 0;  // bytes of a record that GnuTLS has taken, and the socket not yet
};

}  // namespace sip

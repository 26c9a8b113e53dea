// sip/transport/tls_stream.cpp - a GnuTLS session over a socket that does not block.
#include "sip/transport/tls_stream.hpp"

#include <algorithm>
#include <utility>

namespace sip {
namespace {

constexpr std::size_t max_record = 16384;  // RFC 8446 §5.1

bool again(ssize_t code) {
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

}  // namespace

std::unique_ptr<TlsStream> TlsStream::accept(asio::ip::tcp::socket& socket,
                                             std::shared_ptr<const TlsCredentials> credentials,
                                             Transport transport, TlsCaller caller) {
    std::unique_ptr<TlsStream> stream(new TlsStream(socket, std::move(credentials), {}));
    stream->session_ = stream->credentials_->accept(socket.native_handle(), transport, caller);
    if (stream->session_ == nullptr) return nullptr;
    return stream;
}

std::unique_ptr<TlsStream> TlsStream::connect(asio::ip::tcp::socket& socket,
                                              std::shared_ptr<const TlsCredentials> credentials,
                                              PeerExpectation expected) {
    std::unique_ptr<TlsStream> stream(new TlsStream(socket, std::move(credentials), std::move(expected)));
    stream->session_ = stream->credentials_->connect(socket.native_handle(), stream->expected_);
    if (stream->session_ == nullptr) return nullptr;
    return stream;
}

TlsStream::~TlsStream() {
    if (session_ != nullptr) gnutls_deinit(session_);
}

ByteStream::Io TlsStream::open() {
    if (open_) return {Io::Kind::done, 0};
    int code = 0;
    do {
        code = gnutls_handshake(session_);
        if (again(code)) return {Io::Kind::again, 0};
    } while (code < 0 && gnutls_error_is_fatal(code) == 0);  // a warning alert
    if (code < 0) {
        gnutls_alert_send_appropriate(session_, code);
        return {Io::Kind::failed, 0};
    }
    // Who relays for nobody would take what follows for SIP.
    if (expected_.held && !sip::speaks_frames(session_)) return {Io::Kind::failed, 0};
    open_ = true;
    return {Io::Kind::done, 0};
}

bool TlsStream::wants_write() const {
    return gnutls_record_get_direction(session_) == 1;
}

ByteStream::Io TlsStream::read(std::span<char> into) {
    const ssize_t got = gnutls_record_recv(session_, into.data(), into.size());
    if (got > 0) return {Io::Kind::done, static_cast<std::size_t>(got)};
    // A peer that hangs up without close_notify cuts nothing off: each SIP message tells its own length.
    if (got == 0 || got == GNUTLS_E_PREMATURE_TERMINATION) return {Io::Kind::ended, 0};
    if (again(got)) return {Io::Kind::again, 0};
    // Renegotiation (TLS 1.2) is refused: it could change who the peer is, and is what most attacks on TLS
    // went through. All else that is not fatal is a warning.
    if (got == GNUTLS_E_REHANDSHAKE) return {Io::Kind::failed, 0};
    return {gnutls_error_is_fatal(static_cast<int>(got)) != 0 ? Io::Kind::failed : Io::Kind::again, 0};
}

bool TlsStream::has_unread() const {
    return gnutls_record_check_pending(session_) > 0;
}

ByteStream::Io TlsStream::write(std::string_view bytes) {
    // After `again` GnuTLS holds the record, and wants no data until that is out.
    const std::size_t size = held_ > 0 ? held_ : std::min(bytes.size(), max_record);
    const ssize_t sent = held_ > 0 ? gnutls_record_send(session_, nullptr, 0)
                                   : gnutls_record_send(session_, bytes.data(), size);
    held_ = again(sent) ? size : 0;
    if (again(sent)) return {Io::Kind::again, 0};
    if (sent < 0) return {Io::Kind::failed, 0};
    return {Io::Kind::done, size};
}

void TlsStream::end_output() {
    if (open_) gnutls_bye(session_, GNUTLS_SHUT_WR);  // does not wait
    std::error_code gone;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, gone);
}

std::optional<PeerIdentity> TlsStream::peer() const {
    return open_ ? peer_of(session_, expected_.name) : std::nullopt;
}

}  // namespace sip

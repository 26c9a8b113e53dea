// sip/transport/relay_door.cpp - peeks, and waits until there is enough.
#include "sip/transport/relay_door.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace sip {

/// The socket is then ready when so many are there, or no more will come.
bool RelayDoor::wait_for(std::size_t bytes) {
    const int least = static_cast<int>(bytes);
    return ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) == 0;
}

ByteStream::Io RelayDoor::open() {
    if (tls_) return tls_->open();
    std::array<char, most_first_bytes> bytes{};
    const int fd = socket_.native_handle();
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) return {errno == EAGAIN || errno == EINTR ? Io::Kind::again : Io::Kind::failed, 0};
    if (got == 0) return {Io::Kind::ended, 0};
    const auto before = first_.wanted;
    first_ = read_first_bytes({bytes.data(), static_cast<std::size_t>(got)});
    if (first_.kind == FirstBytes::Kind::more) {
        // Ready, and yet not enough: the peer has ended its side.
        if (first_.wanted == before || !wait_for(first_.wanted)) return {Io::Kind::ended, 0};
        return {Io::Kind::again, 0};
    }
    if (!wait_for(1)) return {Io::Kind::failed, 0};
    switch (first_.kind) {
        case FirstBytes::Kind::more:
        case FirstBytes::Kind::own: break;
        case FirstBytes::Kind::pipe: {
            std::array<char, pipe_header_size> header{};
            if (::recv(fd, header.data(), header.size(), MSG_DONTWAIT) != pipe_header_size)
                return {Io::Kind::failed, 0};
            return {Io::Kind::elsewhere, 0};
        }
        case FirstBytes::Kind::through: return {Io::Kind::elsewhere, 0};
    }
    tls_ = TlsStream::accept(socket_, credentials_, Transport::tls, TlsCaller::relayed_too);
    return tls_ ? tls_->open() : Io{Io::Kind::failed, 0};
}

}  // namespace sip

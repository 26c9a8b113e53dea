// sip/transports.cpp - finds the socket for a flow.
#include "sip/transports.hpp"

#include <system_error>
#include <utility>

#include "sip/tcp_transport.hpp"
#include "sip/udp_transport.hpp"

namespace sip {

namespace {

/// "All IPv6 addresses" of a kernel without IPv6 are none; the defaults must start there too.
bool means_no_ipv6(const Endpoint& wanted, const std::error_code& error) {
    return wanted.address.is_v6() && wanted.address.is_unspecified() &&
           error == std::errc::address_family_not_supported;
}

}  // namespace

struct Transports::Impl {
    Impl(asio::io_context& loop, Handler given, TransportLimits bounds)
        : handler(std::move(given)), limits(bounds), tcp(loop, handler, limits, counters) {}

    UdpTransport* socket_for(const Flow& flow);

    Handler handler;
    TransportLimits limits;
    TransportCounters counters;
    std::vector<Listen> bound;
    std::vector<std::unique_ptr<UdpTransport>> udp;
    TcpTransport tcp;
};

Transports::Transports(asio::io_context& loop, const std::vector<Listen>& listen, Handler handler,
                       TransportLimits limits)
    : impl_(std::make_unique<Impl>(loop, std::move(handler), limits)) {
    for (const Listen& wanted : listen) {
        const std::string where = std::string(name(wanted.transport)) + " " + to_string(wanted.endpoint);
        try {
            if (wanted.transport == Transport::udp) {
                impl_->udp.push_back(std::make_unique<UdpTransport>(loop, wanted.endpoint, impl_->handler,
                                                                    impl_->limits, impl_->counters));
                impl_->bound.push_back({Transport::udp, impl_->udp.back()->bound()});
            } else if (wanted.transport == Transport::tcp) {
                impl_->bound.push_back({Transport::tcp, impl_->tcp.listen(wanted.endpoint)});
            } else {
                throw std::system_error(std::make_error_code(std::errc::protocol_not_supported));
            }
        } catch (const std::system_error& error) {
            if (means_no_ipv6(wanted.endpoint, error.code()) && !impl_->bound.empty()) continue;
            throw std::system_error(error.code(), "cannot listen on " + where);
        }
    }
}

Transports::~Transports() = default;

/// The socket bound to the very address, or else the one bound to all addresses of that port.
UdpTransport* Transports::Impl::socket_for(const Flow& flow) {
    UdpTransport* wildcard = nullptr;
    for (const auto& socket : udp) {
        const Endpoint& at = socket->bound();
        if (at.port != flow.local.port || at.address.is_v4() != flow.remote.address.is_v4()) continue;
        if (at.address == flow.local.address) return socket.get();
        if (at.address.is_unspecified() && flow.local.address.is_v4() == at.address.is_v4())
            wildcard = socket.get();
    }
    return wildcard;
}

void Transports::send(const Flow& flow, std::string bytes) {
    switch (flow.transport) {
        case Transport::udp:
            if (UdpTransport* socket = impl_->socket_for(flow)) return socket->send(flow, std::move(bytes));
            break;
        case Transport::tcp: return impl_->tcp.send(flow, bytes);
        case Transport::tls:
        case Transport::ws:
        case Transport::wss: break;
    }
    ++impl_->counters.sends_dropped;
}

void Transports::close(const Flow& flow) {
    if (flow.transport == Transport::tcp) impl_->tcp.close(flow);
}

std::vector<Listen> Transports::bound() const {
    return impl_->bound;
}

TransportCounters Transports::counters() const {
    return impl_->counters;
}

}  // namespace sip

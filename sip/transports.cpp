// sip/transports.cpp - finds the socket for a flow.
#include "sip/transports.hpp"

#include <system_error>
#include <utility>

#include "sip/source_address.hpp"
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

    [[nodiscard]] UdpTransport* socket_for(const Flow& flow) const;
    [[nodiscard]] std::optional<Flow> reach_udp(const Endpoint& remote) const;

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
UdpTransport* Transports::Impl::socket_for(const Flow& flow) const {
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

/// The socket from which the kernel would send to `remote`, else any of the family.
std::optional<Flow> Transports::Impl::reach_udp(const Endpoint& remote) const {
    const auto source = source_address(remote);
    if (!source) return std::nullopt;
    std::optional<Flow> found;
    for (const auto& socket : udp) {
        const Endpoint& at = socket->bound();
        if (at.address.is_v4() != remote.address.is_v4()) continue;
        const bool suits = at.address.is_unspecified() || at.address == *source;
        if (!found || suits)
            found = {
                Transport::udp, {at.address.is_unspecified() ? *source : at.address, at.port}, remote, 0};
        if (suits) break;
    }
    return found;
}

std::optional<Flow> Transports::reach(Transport transport, const Endpoint& remote) {
    switch (transport) {
        case Transport::udp: return impl_->reach_udp(remote);
        case Transport::tcp: return impl_->tcp.reach(remote);
        case Transport::tls:
        case Transport::ws:
        case Transport::wss: break;
    }
    return std::nullopt;
}

bool Transports::alive(const Flow& flow) const {
    switch (flow.transport) {
        case Transport::udp: return impl_->socket_for(flow) != nullptr;
        case Transport::tcp: return impl_->tcp.alive(flow);
        case Transport::tls:
        case Transport::ws:
        case Transport::wss: break;
    }
    return false;
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

// sip/transport/transports.cpp - finds the socket for a flow.
#include "sip/transport/transports.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "sip/transport/source_address.hpp"
#include "sip/transport/stream_transport.hpp"
#include "sip/transport/udp_transport.hpp"

namespace sip {

namespace {

/// "All IPv6 addresses" of a kernel without IPv6 are none; the defaults must start there too.
bool means_no_ipv6(const Endpoint& wanted, const std::error_code& error) {
    return wanted.address.is_v6() && wanted.address.is_unspecified() &&
           // As numbers: asio's category knows no std::errc of the first.
           (error.value() == EAFNOSUPPORT || error.value() == EADDRNOTAVAIL);  // socket(2), bind(2)
}

}  // namespace

struct Transports::Impl {
    Impl(asio::io_context& loop, Listener& listener, TransportLimits bounds, Security security)
        : limits(bounds), streams(loop, listener, limits, counters, std::move(security)) {
        counters.connections_most = limits.connections;
    }

    [[nodiscard]] UdpTransport* socket_for(const Flow& flow) const;
    [[nodiscard]] std::optional<Flow> reach_udp(const Endpoint& remote) const;

    TransportLimits limits;
    TransportCounters counters;
    std::vector<Listen> bound, passed_over;
    std::vector<std::unique_ptr<UdpTransport>> udp;
    StreamTransport streams;
};

Transports::Transports(asio::io_context& loop, const std::vector<Listen>& listen, Listener& listener,
                       TransportLimits limits, Security security)
    : impl_(std::make_unique<Impl>(loop, listener, limits, std::move(security))) {
    for (const Listen& wanted : listen) {
        const std::string where = std::string(name(wanted.transport)) + " " + to_string(wanted.endpoint);
        try {
            if (wanted.transport == Transport::udp) {
                impl_->udp.push_back(std::make_unique<UdpTransport>(loop, wanted.endpoint, listener,
                                                                    impl_->limits, impl_->counters));
                impl_->bound.push_back({Transport::udp, impl_->udp.back()->bound()});
            } else {
                impl_->bound.push_back(
                    {wanted.transport, impl_->streams.listen(wanted.transport, wanted.endpoint)});
            }
        } catch (const std::system_error& error) {
            if (!means_no_ipv6(wanted.endpoint, error.code()))
                throw std::system_error(error.code(), "cannot listen on " + where);
            impl_->passed_over.push_back(wanted);
        }
    }
    if (!impl_->bound.empty() || impl_->passed_over.empty()) return;
    const Listen& first = impl_->passed_over.front();
    throw std::system_error(std::make_error_code(std::errc::address_family_not_supported),
                            "cannot listen on " + std::string(name(first.transport)) + " " +
                                to_string(first.endpoint) + ", nor on anything else");
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
    if (flow.transport != Transport::udp) return impl_->streams.send(flow, bytes);
    if (UdpTransport* socket = impl_->socket_for(flow)) return socket->send(flow, std::move(bytes));
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

std::optional<Flow> Transports::reach(Transport transport, const Endpoint& remote,
                                      const PeerExpectation& peer) {
    switch (transport) {
        case Transport::udp: return peer.key_hash ? std::nullopt : impl_->reach_udp(remote);
        case Transport::tcp:
            return peer.key_hash ? std::nullopt : impl_->streams.reach(transport, remote, {});
        case Transport::tls: return impl_->streams.reach(transport, remote, peer);
        case Transport::ws:
        case Transport::wss: break;
    }
    return std::nullopt;
}

std::optional<Flow> Transports::again(const Flow& flow) {
    return impl_->streams.again(flow);
}

std::string Transports::token(const Flow& flow) const {
    return impl_->streams.token(flow);
}

bool Transports::answer(const Endpoint& relay, std::string header) {
    return impl_->streams.answer(relay, std::move(header));
}

bool Transports::relayed(const Flow& flow) const {
    return impl_->streams.relayed(flow);
}

bool Transports::alive(const Flow& flow) const {
    return flow.transport == Transport::udp ? impl_->socket_for(flow) != nullptr : impl_->streams.alive(flow);
}

std::optional<PeerIdentity> Transports::peer(const Flow& flow) const {
    return impl_->streams.peer(flow);
}

void Transports::ping(const Flow& flow) {
    impl_->streams.ping(flow);
}

std::optional<Flow> Transports::connection_to(const KeyHash& key) const {
    return impl_->streams.connection_to(key);
}

void Transports::use(std::shared_ptr<const TlsCredentials> credentials) {
    impl_->streams.use(std::move(credentials));
}

void Transports::close(const Flow& flow) {
    impl_->streams.close(flow);
}

void Transports::keep(const Flow& flow) {
    impl_->streams.keep(flow);
}

std::vector<Listen> Transports::bound() const {
    return impl_->bound;
}

std::vector<Listen> Transports::passed_over() const {
    return impl_->passed_over;
}

TransportCounters Transports::counters() const {
    return impl_->counters;
}

}  // namespace sip

// sip/transport/udp_transport.cpp - recvmmsg and sendmmsg on Linux.
#include "sip/transport/udp_transport.hpp"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sip/transport/stun.hpp"

namespace sip {
namespace {

constexpr std::size_t batch_size = 32;
constexpr int batches_per_turn = 4;  // then the loop's other work has its turn
// Where so many came at once, others have come while they were answered: another look costs less than to wait
// for the kernel to say so (epoll_ctl and epoll_wait).
constexpr std::size_t busy_batch = 4;
constexpr int socket_buffer = 4 * 1024 * 1024;  // 2 s of 2,000 messages/s while the loop is elsewhere
constexpr std::size_t datagram_size = 65535;    // RFC 3261 §18.1.1: MUST handle the largest datagram
constexpr int errors_per_turn = 64;
constexpr auto error_pause = std::chrono::milliseconds(100);

// A cmsghdr and the larger of the two packet infos; and what is said of an error, with who said it.
struct alignas(cmsghdr) Control {
    std::array<char,
               CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6))>
        bytes;
};

// What the kernel makes of ICMP's kinds of "unreachable". Not of "fragmentation needed": the next one is sent
// smaller.
bool is_unreachable(int error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == ENOPROTOOPT ||
           error == EACCES || error == EHOSTDOWN;
}

/// What ICMP said; 0: it was not ICMP.
int icmp_error(msghdr& message) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        const bool tells = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                           (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
        if (!tells) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(c), sizeof error);
        const bool icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
        return icmp ? static_cast<int>(error.ee_errno) : 0;
    }
    return 0;
}

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void set_option(int fd, int level, int name, int value, const char* what) {
    if (::setsockopt(fd, level, name, &value, sizeof value) != 0) throw_errno(what);
}

// The kernel's limit (rmem_max) is small by default; the forced form needs CAP_NET_ADMIN. Less is no error.
void enlarge(int fd, int forced, int plain) {
    const int size = socket_buffer;
    if (::setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0)
        (void)::setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
}

Endpoint endpoint_of(const asio::ip::udp::endpoint& e) {
    return {e.address(), e.port()};
}

socklen_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& storage) {
    const asio::ip::udp::endpoint e(endpoint.address, endpoint.port);
    std::memcpy(&storage, e.data(), e.size());
    return static_cast<socklen_t>(e.size());
}

Endpoint from_sockaddr(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &storage, sizeof in);
        return {asio::ip::address_v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &storage, sizeof in);
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return {asio::ip::address_v6(bytes, in.sin6_scope_id), ntohs(in.sin6_port)};
    }
    return {};
}

/// The address of ours that the datagram (or what ICMP says of one) came to; unspecified when the kernel did
/// not say.
asio::ip::address local_address(msghdr& message, bool icmp = false) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            // Ours, also for a broadcast; of ICMP the kernel tells the destination alone.
            return asio::ip::address_v4(ntohl((icmp ? info.ipi_addr : info.ipi_spec_dst).s_addr));
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
            asio::ip::address_v6 address(bytes);
            if (address.is_link_local()) address.scope_id(info.ipi6_ifindex);
            return address;
        }
    }
    return {};
}

template <typename Info>
void put_control(msghdr& message, Control& control, int level, int type, const Info& info) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(sizeof info);
    control.bytes.fill(0);
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(c), &info, sizeof info);
}

void set_source(msghdr& message, Control& control, const asio::ip::address& local) {
    if (local.is_v4()) {
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(local.to_v4().to_uint());
        put_control(message, control, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        const auto v6 = local.to_v6();
        const auto bytes = v6.to_bytes();
        std::memcpy(&info.ipi6_addr, bytes.data(), bytes.size());
        info.ipi6_ifindex = static_cast<unsigned>(v6.scope_id());
        put_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

// What phones send through NATs to keep them open: CRLF CRLF, CRLF, NUL, nothing.
bool is_keepalive(std::string_view bytes) {
    return bytes.find_first_not_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

// The arrays that one system call fills or empties.
struct UdpTransport::Batch {
    std::array<mmsghdr, batch_size> headers{};
    std::array<iovec, batch_size> vectors{};
    std::array<sockaddr_storage, batch_size> addresses{};
    std::array<Control, batch_size> controls{};
    std::unique_ptr<char[]>
        bytes;  // receiving only: batch_size times datagram_size, touched as far as datagrams reach

    Batch() {
        for (std::size_t i = 0; i < batch_size; ++i) {
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            headers[i].msg_hdr.msg_name = &addresses[i];
        }
    }
    [[nodiscard]] char* slot(std::size_t i) { return bytes.get() + i * datagram_size; }
};

UdpTransport::UdpTransport(asio::io_context& loop, const Endpoint& endpoint, Transports::Listener& listener,
                           const TransportLimits& limits, TransportCounters& counters)
    : socket_(loop),
      pause_(loop),
      listener_(listener),
      limits_(limits),
      counters_(counters),
      in_(std::make_unique<Batch>()),
      out_(std::make_unique<Batch>()) {
    const asio::ip::udp::endpoint wanted(endpoint.address, endpoint.port);
    socket_.open(wanted.protocol());
    const int fd = socket_.native_handle();
    if (endpoint.address.is_v6()) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
        set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
    } else {
        set_option(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
        set_option(fd, IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR");
    }
    enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    socket_.bind(wanted);  // no SO_REUSEADDR: two nodes on one port would each get some of the datagrams
    socket_.native_non_blocking(true);
    bound_ = endpoint_of(socket_.local_endpoint());
    in_->bytes = std::make_unique_for_overwrite<char[]>(batch_size * datagram_size);
    await_readable();
}

UdpTransport::~UdpTransport() = default;

void UdpTransport::await_readable() {
    socket_.async_wait(asio::ip::udp::socket::wait_read, alive_.guard([this](const std::error_code& error) {
        if (error == asio::error::operation_aborted) return;
        error ? pause_reading() : on_readable();
    }));
}

// An error of the socket itself, which may come again at once: without a pause that would be a spin.
void UdpTransport::pause_reading() {
    pause_.expires_after(error_pause);
    pause_.async_wait(alive_.guard([this](const std::error_code& error) {
        if (!error) await_readable();
    }));
}

/// RFC 3261 §18.4: what ICMP says of a datagram of ours (its port is shut, its host or network cannot be
/// reached) is an error of the transport, and the next way is tried at once. Whoever forges it stops a call
/// only before anybody was heard there (client_transactions.hpp).
std::size_t UdpTransport::read_errors() {
    std::size_t said = 0;
    for (int read = 0; read < errors_per_turn; ++read) {
        Control control;
        std::array<char, 512> quoted;
        sockaddr_storage peer{};
        iovec vector{quoted.data(), quoted.size()};
        msghdr message{};
        message.msg_name = &peer;
        message.msg_namelen = sizeof peer;
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        if (::recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
        const int error = icmp_error(message);
        said += error != 0 ? 1 : 0;
        if (!is_unreachable(error)) continue;
        ++counters_.unreachable;
        Flow failed{Transport::udp, {local_address(message, true), bound_.port}, from_sockaddr(peer), 0};
        if (failed.local.address.is_unspecified()) failed.local.address = bound_.address;
        listener_.on_flow_failed(failed);
    }
    return said;
}

/// The kernel also says at the next call, whichever that is, what ICMP said of an earlier datagram. `errno`
/// stays as it was.
bool UdpTransport::was_of_another() {
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return false;
    const bool of_another = read_errors() > 0;
    errno = error;
    return of_another;
}

// What ICMP said is told by the next call, whichever that is (was_of_another()), or else wakes us without a
// datagram (EPOLLERR): so it need not be asked for at each.
void UdpTransport::on_readable() {
    const bool scheduled = std::exchange(flush_scheduled_, true);  // answers wait for the end of the batch
    bool healthy = true;
    for (int batch = 0; batch < batches_per_turn; ++batch) {
        errno = 0;
        const bool more = receive_batch();
        const bool nothing = !more && (errno == EAGAIN || errno == EWOULDBLOCK);
        healthy = more || nothing || errno == 0 || errno == EINTR;
        if (nothing && batch == 0) (void)read_errors();
        flush();
        if (!more) break;
    }
    flush_scheduled_ = scheduled;
    healthy ? await_readable() : pause_reading();
}

bool UdpTransport::receive_batch() {
    for (std::size_t i = 0; i < batch_size; ++i) {
        msghdr& message = in_->headers[i].msg_hdr;
        in_->vectors[i] = {in_->slot(i), datagram_size};
        message.msg_namelen = sizeof(sockaddr_storage);
        message.msg_control = in_->controls[i].bytes.data();
        message.msg_controllen = in_->controls[i].bytes.size();
        message.msg_flags = 0;
    }
    const int got =
        ::recvmmsg(socket_.native_handle(), in_->headers.data(), batch_size, MSG_DONTWAIT, nullptr);
    if (got <= 0) return got < 0 && was_of_another();
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i)
        deliver(i);
    errno = 0;  // a handler's, not the socket's
    return static_cast<std::size_t>(got) >= busy_batch;
}

void UdpTransport::deliver(std::size_t slot) {
    ++counters_.datagrams_in;
    msghdr& message = in_->headers[slot].msg_hdr;
    const std::string_view bytes(in_->slot(slot), in_->headers[slot].msg_len);
    Flow flow;
    flow.transport = Transport::udp;
    flow.local = {local_address(message), bound_.port};
    flow.remote = from_sockaddr(in_->addresses[slot]);
    const bool truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    if (truncated || flow.remote.port == 0 || flow.local.address.is_unspecified()) {
        ++counters_.datagrams_dropped;
    } else if (is_stun(bytes)) {
        answer_stun(flow, bytes);
    } else if (is_keepalive(bytes)) {
        ++counters_.keepalives;
    } else {
        listener_.on_message(flow, bytes);
    }
}

void UdpTransport::answer_stun(const Flow& flow, std::string_view request) {
    auto answer = stun_answer(request, flow.remote);
    if (!answer || !listener_.may_answer(flow)) {
        ++counters_.datagrams_dropped;
        return;
    }
    ++counters_.stun_answers;
    send(flow, std::move(*answer));
}

void UdpTransport::send(const Flow& flow, std::string bytes) {
    const bool full = unsent_.size() >= limits_.unsent_datagrams ||
                      unsent_bytes_ + bytes.size() > limits_.unsent_datagram_bytes;
    if (full) {
        ++counters_.sends_dropped;
        return;
    }
    unsent_bytes_ += bytes.size();
    unsent_.push_back({flow.local, flow.remote, std::move(bytes)});
    schedule_flush();
}

void UdpTransport::schedule_flush() {
    if (flush_scheduled_ || awaiting_writable_) return;
    flush_scheduled_ = true;
    asio::post(socket_.get_executor(), alive_.guard([this] {
        flush_scheduled_ = false;
        flush();
    }));
}

std::size_t UdpTransport::fill_batch() {
    const std::size_t count = std::min(batch_size, unsent_.size());
    for (std::size_t i = 0; i < count; ++i) {
        Outgoing& next = unsent_[i];
        msghdr& message = out_->headers[i].msg_hdr;
        out_->vectors[i] = {next.bytes.data(), next.bytes.size()};
        message.msg_namelen = to_sockaddr(next.remote, out_->addresses[i]);
        message.msg_control = nullptr;
        message.msg_controllen = 0;
        if (bound_.address.is_unspecified() && !next.local.address.is_unspecified())
            set_source(message, out_->controls[i], next.local.address);
    }
    return count;
}

void UdpTransport::flush() {
    int retries = 8;
    if (!unsent_.empty() && !awaiting_writable_) listener_.before_sending();
    while (!unsent_.empty() && !awaiting_writable_) {
        const std::size_t count = fill_batch();
        int sent = ::sendmmsg(socket_.native_handle(), out_->headers.data(), static_cast<unsigned>(count),
                              MSG_DONTWAIT);
        if (sent > 0) {
            counters_.datagrams_out += static_cast<std::uint64_t>(sent);
            for (; sent > 0; --sent) {
                unsent_bytes_ -= unsent_.front().bytes.size();
                unsent_.pop_front();
            }
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            awaiting_writable_ = true;
            socket_.async_wait(asio::ip::udp::socket::wait_write,
                               alive_.guard([this](const std::error_code& error) {
                                   if (error == asio::error::operation_aborted) return;
                                   awaiting_writable_ = false;
                                   flush();
                               }));
            return;
        }
        if (retries-- > 0 && was_of_another()) continue;
        // The first of the batch is at fault: unreachable, forbidden,
        // too large. The others must not wait for it.
        ++counters_.send_errors;
        const Flow failed{Transport::udp, unsent_.front().local, unsent_.front().remote, 0};
        unsent_bytes_ -= unsent_.front().bytes.size();
        unsent_.pop_front();
        asio::post(socket_.get_executor(),
                   alive_.guard([this, failed] { listener_.on_flow_failed(failed); }));
    }
}

}  // namespace sip

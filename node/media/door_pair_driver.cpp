// node/media/door_pair_driver.cpp - binds, reads in batches, sends.
#include "node/media/door_pair_driver.hpp"

#include <sys/socket.h>

namespace node {
namespace {

constexpr std::size_t batch_size = 16;
constexpr std::size_t datagram_size = 9216;  // media fit into an Ethernet frame, or a jumbo one
constexpr int batches_per_turn = 8;          // then the loop's other work has its turn
constexpr int bind_attempts = 32;            // until two ports, an even and the next, are free

}  // namespace

DoorPair::Board::Board() : buffer(batch_size * datagram_size) {}

std::unique_ptr<DoorPair> DoorPair::bind(asio::io_context& loop, Board& board, User& user,
                                         const asio::ip::address& local) {
    const auto protocol = local.is_v4() ? asio::ip::udp::v4() : asio::ip::udp::v6();
    for (int attempt = 0; attempt < bind_attempts; ++attempt) {
        asio::ip::udp::socket rtp(loop), rtcp(loop);
        asio::error_code error;
        rtp.open(protocol, error);
        if (!error) rtcp.open(protocol, error);
        if (error) return nullptr;  // no descriptors
        rtp.bind({local, 0}, error);
        if (error) return nullptr;  // not our address any more
        const auto port = rtp.local_endpoint(error).port();
        if (error || port % 2 != 0) continue;
        rtcp.bind({local, static_cast<std::uint16_t>(port + 1)}, error);
        if (error) continue;
        rtp.native_non_blocking(true, error);
        rtcp.native_non_blocking(true, error);
        return std::make_unique<DoorPair>(
            board, user, std::array<asio::ip::udp::socket, 2>{std::move(rtp), std::move(rtcp)}, port);
    }
    return nullptr;
}

DoorPair::DoorPair(Board& board, User& user, std::array<asio::ip::udp::socket, 2> sockets, std::uint16_t port)
    : board_(board), user_(&user), sockets_(std::move(sockets)), port_(port) {
    for (const Component component : components)
        await(component);
}

DoorPair::~DoorPair() {
    show(std::nullopt);
}

void DoorPair::show(const std::optional<std::array<sip::Endpoint, 2>>& at) {
    for (const auto& place : shown_.value_or(std::array<sip::Endpoint, 2>{})) {
        const auto known = board_.shown.find(place);
        if (known != board_.shown.end() && known->second.first == this) board_.shown.erase(known);
    }
    shown_ = at;
    if (!shown_) return;
    for (const Component component : components)
        board_.shown[(*shown_)[static_cast<std::size_t>(component)]] = {this, component};
}

bool DoorPair::passed(Component component, const sip::Endpoint& to, std::string_view bytes) {
    if (!shown_ || board_.passing) return false;
    const auto there = board_.shown.find(to);
    if (there == board_.shown.end()) return false;
    const auto [pair, its_component] = there->second;
    board_.passing = true;
    pair->user_->came(*pair, its_component, (*shown_)[static_cast<std::size_t>(component)], bytes);
    board_.passing = false;
    return true;
}

void DoorPair::send(Component component, const sip::Endpoint& to, std::string_view bytes) {
    if (passed(component, to, bytes)) return;
    asio::error_code unsaid;  // as of any datagram that is lost
    socket(component).send_to(asio::buffer(bytes.data(), bytes.size()), {to.address, to.port}, 0, unsaid);
}

void DoorPair::await(Component component) {
    socket(component).async_wait(asio::ip::udp::socket::wait_read,
                                 alive_.guard([this, component](const asio::error_code& error) {
                                     if (error) return;
                                     const auto here = alive_.watch();
                                     for (int turn = 0; turn < batches_per_turn; ++turn) {
                                         if (!receive(component) || !here) break;
                                     }
                                     if (here) await(component);
                                 }));
}

bool DoorPair::receive(Component component) {
    std::array<mmsghdr, batch_size> headers{};
    std::array<iovec, batch_size> vectors{};
    std::array<asio::ip::udp::endpoint, batch_size> sources;
    for (std::size_t i = 0; i < batch_size; ++i) {
        vectors[i] = {board_.buffer.data() + i * datagram_size, datagram_size};
        headers[i].msg_hdr.msg_iov = &vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_name = sources[i].data();
        headers[i].msg_hdr.msg_namelen = static_cast<socklen_t>(sources[i].capacity());
    }
    // An error that ICMP tells of an earlier datagram is read and passed over.
    const int got =
        ::recvmmsg(socket(component).native_handle(), headers.data(), batch_size, MSG_DONTWAIT, nullptr);
    if (got <= 0) return false;
    const auto here = alive_.watch();
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) && here; ++i) {
        if ((headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
        sources[i].resize(headers[i].msg_hdr.msg_namelen);
        user_->came(*this, component, {sources[i].address(), sources[i].port()},
                    {board_.buffer.data() + i * datagram_size, headers[i].msg_len});
    }
    return static_cast<std::size_t>(got) == batch_size;
}

}  // namespace node

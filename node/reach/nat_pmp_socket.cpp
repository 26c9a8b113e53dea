// node/reach/nat_pmp_socket.cpp - look, then let libnatpmp read.
#include "node/reach/nat_pmp_socket.hpp"

#include <arpa/inet.h>

#include <array>
#include <cerrno>

namespace node {
namespace {

// What the look needs is in the first 16 bytes, and libnatpmp reads no more; the rest of a longer one is
// nobody's.
using Head = std::array<std::uint8_t, 16>;

}  // namespace

// Not by initnatpmp(): its socket is bound to no address of ours, and a mapping leads to where it was asked
// from.
NatPmpSocket::NatPmpSocket(asio::ip::udp::socket& socket, const asio::ip::address_v4& router)
    : socket_(socket) {
    library_.s = socket.native_handle();
    library_.gateway = htonl(router.to_uint());
}

bool NatPmpSocket::send(const NatPmpQuestion& question) {
    errno = 0;
    int sent = 0;
    switch (question.about) {
        case NatPmpQuestion::About::address: sent = sendpublicaddressrequest(&library_); break;
        case NatPmpQuestion::About::udp:
        case NatPmpQuestion::About::tcp:
            sent = sendnewportmappingrequest(
                &library_,
                question.about == NatPmpQuestion::About::tcp ? NATPMP_PROTOCOL_TCP : NATPMP_PROTOCOL_UDP,
                question.inner, question.outer, static_cast<std::uint32_t>(question.lifetime.count()));
            break;
    }
    return sent > 0 || errno != ECONNREFUSED;
}

NatPmpArrival NatPmpSocket::receive(const NatPmpQuestion& asked) {
    Head head{};
    asio::error_code error;
    const auto size = socket_.receive(asio::buffer(head), asio::socket_base::message_peek, error);
    if (error == asio::error::connection_refused) return {NatPmpArrival::What::nobody, {}};
    if (error) return {};
    if (!answers({head.data(), size}, asked)) {
        (void)socket_.receive(asio::buffer(head), 0, error);
        return {NatPmpArrival::What::other, {}};
    }
    natpmpresp_t said{};
    const int code = readnatpmpresponseorretry(&library_, &said);
    if (code == NATPMP_ERR_NOPENDINGREQ) (void)socket_.receive(asio::buffer(head), 0, error);  // not read
    // It has an opinion of its own of nothing that was looked at; whatever it may be, that was no answer.
    if (code != 0 && said.resultcode == 0) return {NatPmpArrival::What::other, {}};
    NatPmpArrival came{NatPmpArrival::What::answer, {said.resultcode, said.epoch, {}, 0, {}}};
    if (code != 0) return came;
    if (asked.about == NatPmpQuestion::About::address) {
        came.answer.address = asio::ip::address_v4(ntohl(said.pnu.publicaddress.addr.s_addr));
    } else {
        came.answer.outer = said.pnu.newportmapping.mappedpublicport;
        came.answer.lifetime = std::chrono::seconds(said.pnu.newportmapping.lifetime);
    }
    return came;
}

}  // namespace node

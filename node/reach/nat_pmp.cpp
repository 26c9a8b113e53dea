// node/reach/nat_pmp.cpp - libnatpmp on an asio loop: send, wait for its socket or its timer, read.
#include "node/reach/nat_pmp.hpp"

#include <arpa/inet.h>
#include <natpmp.h>
#include <poll.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

namespace node {
namespace {

constexpr std::uint16_t announcement_port = 5350;  // RFC 6886 §3.2.1, to 224.0.0.1

in_addr_t to_wire(const asio::ip::address_v4& address) {
    return htonl(address.to_uint());
}

std::string fault_of(int code) {
    switch (code) {
        case NATPMP_ERR_NOTAUTHORIZED: return "it may not (NAT-PMP: not authorized)";
        case NATPMP_ERR_NETWORKFAILURE: return "it has no address itself (NAT-PMP: network failure)";
        case NATPMP_ERR_OUTOFRESOURCES: return "it has no room for more (NAT-PMP: out of resources)";
        case NATPMP_ERR_UNSUPPORTEDOPCODE: return "it does not know how (NAT-PMP: unsupported opcode)";
        case NATPMP_ERR_UNSUPPORTEDVERSION: return "it speaks another version of NAT-PMP";
        default: return "NAT-PMP error " + std::to_string(code);
    }
}

int ask_mapping(natpmp_t& natpmp, const InnerPort& inner, std::uint16_t outer, std::chrono::seconds lease) {
    return sendnewportmappingrequest(&natpmp, inner.tcp ? NATPMP_PROTOCOL_TCP : NATPMP_PROTOCOL_UDP,
                                     inner.port, outer, static_cast<std::uint32_t>(lease.count()));
}

}  // namespace

/// One request to the router: the outer address, then each wish, one after the other.
class NatPmp::Conversation {
public:
    Conversation(asio::io_context& loop, MappingRequest request, std::function<void(MappingAnswer)> done)
        : request_(std::move(request)), done_(std::move(done)), socket_(loop), timer_(loop) {
        answer_.id = request_.id;
        answer_.protocol = GatewayProtocol::nat_pmp;
    }
    ~Conversation() {
        if (!open_) return;
        socket_.release();  // libnatpmp closes it
        closenatpmp(&natpmp_);
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    void start() {
        open_ = initnatpmp(&natpmp_, 1, to_wire(request_.gateway.address)) == 0;
        if (!open_) return finish_soon();
        socket_.assign(natpmp_.s);
        ask();
    }

private:
    void ask() {
        until_ = std::chrono::steady_clock::now() + patience;
        int sent = 0;
        if (next_ == 0) {
            sent = sendpublicaddressrequest(&natpmp_);
        } else {
            const auto& wish = request_.wishes[next_ - 1];
            sent = ask_mapping(natpmp_, wish.inner, wish.outer, request_.lease);
        }
        if (sent < 0) return finish_soon();
        wait();
    }

    // The socket or the timer, whichever is first, and only one of them: a new wait ends both.
    void wait() {
        const auto turn = ++turn_;
        auto wake = alive_.guard([this, turn](asio::error_code error) {
            if (!error && turn == turn_) read();
        });
        timeval left{};
        const bool again = getnatpmprequesttimeout(&natpmp_, &left) == 0;
        const auto pause = again ? std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec)
                                 : std::chrono::microseconds(0);
        timer_.expires_after(std::max(pause, std::chrono::microseconds(1000)));
        timer_.async_wait(wake);
        socket_.async_wait(asio::posix::stream_descriptor::wait_read, wake);
    }

    void read() {
        socket_.cancel();
        natpmpresp_t response{};
        const int code = readnatpmpresponseorretry(&natpmp_, &response);
        const bool nothing = code == NATPMP_TRYAGAIN || code == NATPMP_ERR_WRONGPACKETSOURCE;
        if (nothing && std::chrono::steady_clock::now() < until_) return wait();
        // Nobody listens there (ICMP), or nobody answers: a router that has answered before has only lost
        // this.
        if (nothing || code == NATPMP_ERR_NOGATEWAYSUPPORT || code == NATPMP_ERR_RECVFROM ||
            code == NATPMP_ERR_SENDERR || code == NATPMP_ERR_NOPENDINGREQ)
            return finish();
        answer_.speaks = true;
        if (code == 0) answer_.epoch = response.epoch;
        if (next_ == 0) {
            take_address(code, response);
        } else if (!take_mapping(code, response)) {
            return ask();  // an answer to an earlier question of ours: libnatpmp does not look at the port
        }
        if (next_++ == request_.wishes.size() || !answer_.fault.empty()) return finish();
        ask();
    }

    void take_address(int code, const natpmpresp_t& response) {
        if (code == 0 && response.type == NATPMP_RESPTYPE_PUBLICADDRESS) {
            answer_.outer_address = asio::ip::address_v4(ntohl(response.pnu.publicaddress.addr.s_addr));
            if (answer_.outer_address->is_unspecified()) answer_.outer_address.reset();  // §3.2: no link
        }
        if (!answer_.outer_address) answer_.fault = code == 0 ? "it has no address itself" : fault_of(code);
    }

    bool take_mapping(int code, const natpmpresp_t& response) {
        const auto& wish = request_.wishes[next_ - 1];
        if (code != 0) {
            answer_.grants.push_back({wish.inner, 0, {}, fault_of(code)});
            return true;
        }
        const auto& given = response.pnu.newportmapping;
        const bool tcp = response.type == NATPMP_RESPTYPE_TCPPORTMAPPING;
        if (response.type == NATPMP_RESPTYPE_PUBLICADDRESS || tcp != wish.inner.tcp ||
            given.privateport != wish.inner.port)
            return std::chrono::steady_clock::now() >= until_;
        // §3.3: a lifetime of 0 would be the end of the mapping.
        const bool granted = given.mappedpublicport != 0 && given.lifetime != 0;
        answer_.grants.push_back({wish.inner, granted ? given.mappedpublicport : std::uint16_t{0},
                                  std::chrono::seconds(given.lifetime),
                                  granted ? std::string() : "it gave no port"});
        return true;
    }

    void finish_soon() {
        timer_.expires_after(std::chrono::milliseconds(0));
        timer_.async_wait(alive_.guard([this](asio::error_code error) {
            if (!error) finish();
        }));
    }

    void finish() {
        ++turn_;
        timer_.cancel();
        const auto done = std::move(done_);
        done(std::move(answer_));  // may destroy this
    }

    const MappingRequest request_;
    std::function<void(MappingAnswer)> done_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer timer_;
    natpmp_t natpmp_{};
    bool open_ = false;
    std::size_t next_ = 0;  // 0: the address; else the wish before
    std::uint64_t turn_ = 0;
    std::chrono::steady_clock::time_point until_{};
    MappingAnswer answer_;
    sip::Alive alive_;
};

NatPmp::NatPmp(asio::io_context& loop, std::function<void(asio::ip::address_v4)> announced)
    : loop_(loop), announced_(std::move(announced)), announcements_(loop) {
    listen();
}

NatPmp::~NatPmp() = default;

// Without it (another program has the port for itself) a new address is noticed when the router is next
// asked.
void NatPmp::listen() {
    asio::error_code error;
    announcements_.open(asio::ip::udp::v4(), error);
    if (!error) announcements_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) announcements_.bind({asio::ip::address_v4::any(), announcement_port}, error);
    if (!error) announcements_.non_blocking(true, error);
    if (!error) hear();
}

void NatPmp::hear() {
    announcements_.async_wait(asio::ip::udp::socket::wait_read, alive_.guard([this](asio::error_code error) {
        if (error) return;
        std::array<char, 64> packet{};
        asio::error_code none;
        const auto size = announcements_.receive_from(asio::buffer(packet), from_, 0, none);
        // Version 0, opcode 128: an answer to "what is our address".
        if (!none && size >= 12 && packet[0] == 0 && static_cast<unsigned char>(packet[1]) == 128)
            announced_(from_.address().to_v4());
        hear();
    }));
}

void NatPmp::start(MappingRequest request, std::function<void(MappingAnswer)> done) {
    conversation_ = std::make_unique<Conversation>(loop_, std::move(request), std::move(done));
    conversation_->start();
}

void NatPmp::end_mappings(const Gateway& gateway, const std::vector<InnerPort>& ports) {
    for (const auto& port : ports) {
        natpmp_t natpmp{};
        if (initnatpmp(&natpmp, 1, to_wire(gateway.address)) != 0) return;
        if (ask_mapping(natpmp, port, 0, std::chrono::seconds(0)) > 0) {
            pollfd answered{natpmp.s, POLLIN, 0};
            (void)::poll(&answered, 1, 100);
        }
        closenatpmp(&natpmp);
    }
}

}  // namespace node

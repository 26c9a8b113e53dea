// node/reach/dial_back_sockets.cpp - the sockets of both sides.
#include "node/reach/dial_back_sockets.hpp"

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "crypto/base32.hpp"
#include "crypto/identity.hpp"
#include "node/addresses.hpp"
#include "node/probe/options_request.hpp"
#include "node/version.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"

namespace node {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

template <std::size_t N>
crypto::Bytes<N> dice() {
    crypto::Bytes<N> bytes{};
    crypto::random_bytes(bytes);
    return bytes;
}

std::string new_id() {
    return crypto::base32_encode(dice<15>());  // 24 characters
}

/// OPTIONS with one header of ours.
std::string options(const sip::Endpoint& to, sip::Transport transport, const sip::Endpoint& local,
                    std::string_view header, std::string_view value) {
    const std::string random = crypto::base32_encode(dice<30>());
    const std::string uri =
        "sip:" + sip::to_string(to) + ";transport=" + std::string(sip::uri_value(transport));
    return sip::RequestBuilder(sip::Method::options, uri)
        .add(sip::Header::via, "SIP/2.0/" + std::string(sip::name(transport)) + " " + sip::to_string(local) +
                                   ";branch=z9hG4bK" + random.substr(0, 16) + ";rport")
        .add(sip::Header::max_forwards, "1")
        .add(sip::Header::from, "<sip:anonymous@anonymous.invalid>;tag=" + random.substr(16, 16))
        .add(sip::Header::to, "<" + uri + ">")
        .add(sip::Header::call_id, random.substr(32))
        .add(sip::Header::cseq, "1 OPTIONS")
        .add(header, value)
        .finish();
}

template <typename Endpoint>
sip::Endpoint to_sip_endpoint(const Endpoint& endpoint) {
    return {endpoint.address(), endpoint.port()};
}

}  // namespace

/// We ask: a TCP connection to the witness, its answer, and then a while for what should come in elsewhere.
class CallBackSide::Question : public std::enable_shared_from_this<Question> {
public:
    Question(CallBackSide& side, const overlay::TransportAddress& address)
        : wish{new_id(), address}, side_(&side), socket_(side.loop_), timer_(side.loop_) {}

    void start(const sip::Endpoint& witness) {
        const tcp::endpoint to(witness.address, witness.port);
        asio::error_code error;
        socket_.open(to.protocol(), error);
        // The witness calls back where the question came from: of IPv6 that must not be a temporary address.
        // Of IPv4 it is the router's, whichever of ours we send from.
        if (!error && wish.to.address.is_v6()) socket_.bind({wish.to.address, 0}, error);
        if (error) return end();
        timer_.expires_after(patience);
        timer_.async_wait([self = shared_from_this()](asio::error_code cancelled) {
            if (!cancelled) self->conclude(false);
        });
        socket_.async_connect(to, [self = shared_from_this(), witness](asio::error_code failed) {
            if (failed || self->ended) return self->end();
            self->write(witness);
        });
    }

    void came() { conclude(true); }
    void end() {
        ended = true;
        side_ = nullptr;
        asio::error_code ignored;
        socket_.close(ignored);
        timer_.cancel();
    }

    const CallBackWish wish;
    bool ended = false;

private:
    void write(const sip::Endpoint& witness) {
        asio::error_code error;
        const auto local = to_sip_endpoint(socket_.local_endpoint(error));
        text_ = options(witness, sip::Transport::tcp, local, call_back_header, to_text(wish));
        asio::async_write(socket_, asio::buffer(text_),
                          [self = shared_from_this()](asio::error_code failed, std::size_t) {
                              if (failed || self->ended) return self->end();
                              self->text_.clear();
                              self->read();
                          });
    }

    void read() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](asio::error_code failed, std::size_t size) {
                                    if (failed || self->ended) return self->end();
                                    self->text_.append(self->buffer_.data(), size);
                                    if (self->text_.find("\r\n\r\n") == std::string::npos) {
                                        if (self->text_.size() > 4096) return self->end();
                                        return self->read();
                                    }
                                    self->answered();
                                });
    }

    void answered() {
        const auto message = sip::MessageView::parse(text_);
        if (!message || message->is_request() || message->status() / 100 != 2) return end();
        const auto promised = message->header(call_back_header);
        if (!promised || *promised != wish.id) return end();
        promised_ = true;  // the rest is the timer's, or came()'s
        asio::error_code ignored;
        socket_.close(ignored);
        timer_.expires_after(patience);
        timer_.async_wait([self = shared_from_this()](asio::error_code cancelled) {
            if (!cancelled) self->conclude(false);
        });
    }

    void conclude(bool it_came) {
        if (ended) return;
        CallBackSide* side = side_;
        const bool counts = it_came || promised_;
        end();
        if (side == nullptr || !counts) return;
        ++(it_came ? side->came_ : side->came_not_);
        side->world_.result(wish.to, it_came);
    }

    CallBackSide* side_;  // nullptr: ended
    tcp::socket socket_;
    asio::steady_timer timer_;
    std::string text_;
    std::array<char, 2048> buffer_{};
    bool promised_ = false;
};

/// We call back, from a socket of its own, and do not wait for an answer.
class CallBackSide::Call : public std::enable_shared_from_this<Call> {
public:
    Call(asio::io_context& loop, CallBackWish wish)
        : wish_(std::move(wish)), udp_(loop), tcp_(loop), timer_(loop), life_(loop) {}

    void start() {
        life_.expires_after(std::chrono::seconds(4));
        life_.async_wait([self = shared_from_this()](asio::error_code) { self->end(); });
        if (wish_.to.transport == overlay::Transport::udp) return by_udp(2);
        const tcp::endpoint to(wish_.to.address, wish_.to.port);
        tcp_.async_connect(to, [self = shared_from_this()](asio::error_code failed) {
            if (failed || self->ended) return self->end();
            asio::error_code error;
            self->text_ = self->request(to_sip_endpoint(self->tcp_.local_endpoint(error)));
            asio::async_write(self->tcp_, asio::buffer(self->text_),
                              [self](asio::error_code, std::size_t) {});
        });
    }
    void end() {
        ended = true;
        asio::error_code ignored;
        udp_.close(ignored);
        tcp_.close(ignored);
        timer_.cancel();
        life_.cancel();
    }
    bool ended = false;

private:
    std::string request(const sip::Endpoint& local) const {
        return options({wish_.to.address, wish_.to.port}, to_sip(wish_.to.transport), local,
                       called_back_header, wish_.id);
    }

    // One datagram may be lost.
    void by_udp(int times) {
        if (ended) return;
        const udp::endpoint to(wish_.to.address, wish_.to.port);
        asio::error_code error;
        if (!udp_.is_open()) {
            udp_.open(to.protocol(), error);
            udp_.connect(to, error);
            if (error) return end();
            text_ = request(to_sip_endpoint(udp_.local_endpoint(error)));
        }
        udp_.send(asio::buffer(text_), 0, error);
        if (times == 1) return;
        timer_.expires_after(std::chrono::milliseconds(500));
        timer_.async_wait([self = shared_from_this(), times](asio::error_code cancelled) {
            if (!cancelled) self->by_udp(times - 1);
        });
    }

    const CallBackWish wish_;
    udp::socket udp_;
    tcp::socket tcp_;
    asio::steady_timer timer_, life_;
    std::string text_;
};

CallBackSide::CallBackSide(asio::io_context& loop, World world) : loop_(loop), world_(std::move(world)) {}

CallBackSide::~CallBackSide() {
    for (const auto& question : questions_)
        question->end();
    for (const auto& call : calls_)
        call->end();
}

void CallBackSide::forget_ended() {
    std::erase_if(questions_, [](const auto& q) { return q->ended; });
    std::erase_if(calls_, [](const auto& c) { return c->ended; });
}

bool CallBackSide::took(const sip::Flow& flow, std::string_view message) {
    // Cheap for everything else, which is nearly everything.
    if (!message.starts_with("OPTIONS ") || message.find("Hedgewitch-Call") == std::string_view::npos)
        return false;
    const auto view = sip::MessageView::parse(message);
    if (!view || view->method() != sip::Method::options) return false;
    forget_ended();
    if (const auto id = view->header(called_back_header)) {
        for (const auto& question : questions_) {
            if (question->wish.id != *id || to_overlay(flow.transport) != question->wish.to.transport)
                continue;
            world_.send(flow, sip::ResponseBuilder(*view, flow, 200).finish());
            const auto kept = question;  // whatever follows from it
            kept->came();
            return true;
        }
        return false;  // nobody of ours has asked for it: as any other OPTIONS
    }
    const auto header = view->header(call_back_header);
    const auto wish = header ? parse_call_back(*header) : std::nullopt;
    if (!wish) return false;
    if (calls_.size() >= at_once || !desk_.admit(flow, *wish, std::chrono::steady_clock::now())) {
        world_.send(flow, sip::ResponseBuilder(*view, flow, 403).finish());
        return true;
    }
    world_.send(flow, sip::ResponseBuilder(*view, flow, 200).add(call_back_header, wish->id).finish());
    calls_.push_back(std::make_shared<Call>(loop_, *wish));
    calls_.back()->start();
    return true;
}

bool CallBackSide::ask(const sip::Endpoint& witness, const overlay::TransportAddress& address) {
    forget_ended();
    if (questions_.size() >= at_once) return false;
    ++asked_;
    questions_.push_back(std::make_shared<Question>(*this, address));
    questions_.back()->start(witness);
    return true;
}

nlohmann::ordered_json CallBackSide::status() const {
    const auto& counters = desk_.counters();
    return {{"asked", asked_},
            {"came", came_},
            {"came_not", came_not_},
            {"called_others", counters.called},
            {"refused_others", counters.refused + counters.too_often}};
}

}  // namespace node

// tests/node/reach/witness.hpp - another edge, asked over TCP to dial back: it hears one question, and says
// yes.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <string>
#include <utility>

#include "node/reach/dial_back.hpp"
#include "sip/flow.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"

namespace node {

class Witness {
public:
    explicit Witness(asio::io_context& loop)
        : acceptor_(loop, {asio::ip::address_v4::loopback(), 0}), peer_(loop) {
        acceptor_.async_accept(peer_, [this](asio::error_code error) {
            if (!error) read();
        });
    }
    [[nodiscard]] sip::Endpoint at() const {
        return {asio::ip::address_v4::loopback(), acceptor_.local_endpoint().port()};
    }

    DialBackWish asked;  // its id is empty until a question has come
    std::string heard;
    bool promises = true;

private:
    void read() {
        peer_.async_read_some(asio::buffer(buffer_), [this](asio::error_code error, std::size_t size) {
            if (error) return;
            heard.append(buffer_.data(), size);
            if (!heard.ends_with("\r\n\r\n")) return read();
            const auto request = sip::MessageView::parse(heard);
            const auto wish =
                request ? parse_dial_back(request->header(dial_back_header).value_or("")) : std::nullopt;
            if (!wish) return;  // whoever waits for `asked` waits in vain
            asked = *wish;
            sip::ResponseBuilder answer(*request, {}, 200);
            if (promises) answer.add(dial_back_header, asked.id);
            asio::write(peer_, asio::buffer(std::move(answer).finish()));
        });
    }

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket peer_;
    std::array<char, 2048> buffer_{};
};

}  // namespace node

// sip/transport/web_visit.hpp - a browser at a WebSocket listener that wants a page: bytes go back and forth
// between its connection (TLS taken off) and who answers pages, at the other end of a socket pair. Nothing of
// HTTP is read here.
// 1. Of each direction at most one read is held (`held`): who does not read is not read from.
// 2. The end of either side is told to the other; what was written before it still goes out.
// How long it may last is StreamConnection's business. A part of it; SIP loop only.
#pragma once

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <string>
#include <string_view>

#include "sip/alive.hpp"
#include "sip/transport/byte_stream.hpp"

namespace sip {

class WebVisit {
public:
    static constexpr std::size_t read_size = std::size_t{16} * 1024;
    static constexpr std::size_t held = 2 * read_size;

    class Host {
    public:
        /// The answerer has said all (well), or the browser has gone. Called once, and not from first(). Must
        /// not destroy the visit.
        virtual void visit_over(bool well) = 0;

    protected:
        ~Host() = default;
    };

    /// Borrows browser, bytes and host.
    WebVisit(asio::ip::tcp::socket& browser, ByteStream& bytes, asio::local::stream_protocol::socket answerer,
             Host& host)
        : browser_(browser), bytes_(bytes), answerer_(std::move(answerer)), host_(host) {}
    WebVisit(const WebVisit&) = delete;  // pending waits point back here
    WebVisit& operator=(const WebVisit&) = delete;

    /// What the browser has said already.
    void first(std::string_view bytes) { inward_ = bytes; }
    void start();

private:
    void read_browser();
    void read_answerer();
    [[nodiscard]] bool give_answerer();
    [[nodiscard]] bool give_browser();
    void over(bool well);

    asio::ip::tcp::socket& browser_;
    ByteStream& bytes_;
    asio::local::stream_protocol::socket answerer_;
    Host& host_;
    std::string inward_, outward_;  // not yet taken
    bool over_ = false;
    Alive alive_;  // last: handlers may come after the end
};

}  // namespace sip

// sip/transport/web_visit.cpp - one pump for each direction: read when all that was read before is gone.
#include "sip/transport/web_visit.hpp"

#include <asio/buffer.hpp>
#include <utility>

namespace sip {
namespace {

using Io = ByteStream::Io;

bool must_wait(const std::error_code& error) {
    return error == asio::error::would_block || error == asio::error::interrupted;
}

}  // namespace

void WebVisit::start() {
    read_browser();
    if (!over_) read_answerer();
}

void WebVisit::read_browser() {
    std::array<char, read_size> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
    do {
        if (!give_answerer()) return;
        const Io io = bytes_.read(buffer);
        switch (io.kind) {
            case Io::Kind::done: inward_.assign(buffer.data(), io.bytes); break;
            case Io::Kind::again: break;
            case Io::Kind::ended: {
                std::error_code gone;
                answerer_.shutdown(asio::local::stream_protocol::socket::shutdown_send, gone);
                return;  // what is answered may still be read
            }
            case Io::Kind::failed:
            case Io::Kind::elsewhere: return over(false);
        }
    } while (!inward_.empty() || bytes_.has_unread());
    browser_.async_wait(asio::ip::tcp::socket::wait_read, alive_.guard([this](const std::error_code& error) {
        if (error != asio::error::operation_aborted && !over_) read_browser();
    }));
}

/// False: it is waited for, or the end.
bool WebVisit::give_answerer() {
    while (!inward_.empty()) {
        std::error_code error;
        inward_.erase(0, answerer_.write_some(asio::buffer(inward_), error));
        if (!error) continue;
        if (!must_wait(error)) {
            inward_.clear();  // he has said all and reads no more; what he said is still on its way
            return false;
        }
        answerer_.async_wait(asio::local::stream_protocol::socket::wait_write,
                             alive_.guard([this](const std::error_code& waited) {
                                 if (waited != asio::error::operation_aborted && !over_) read_browser();
                             }));
        return false;
    }
    return true;
}

void WebVisit::read_answerer() {
    std::array<char, read_size> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
    if (!give_browser()) return;
    std::error_code error;
    const auto size = answerer_.read_some(asio::buffer(buffer), error);
    if (error && !must_wait(error)) return over(true);
    outward_.assign(buffer.data(), size);
    if (!give_browser()) return;
    answerer_.async_wait(asio::local::stream_protocol::socket::wait_read,
                         alive_.guard([this](const std::error_code& waited) {
                             if (waited != asio::error::operation_aborted && !over_) read_answerer();
                         }));
}

/// The same the other way.
bool WebVisit::give_browser() {
    while (!outward_.empty()) {
        const Io io = bytes_.write(outward_);
        outward_.erase(0, io.bytes);
        if (io.kind == Io::Kind::done) continue;
        if (io.kind != Io::Kind::again) {
            over(false);
            return false;
        }
        browser_.async_wait(asio::ip::tcp::socket::wait_write,
                            alive_.guard([this](const std::error_code& waited) {
                                if (waited != asio::error::operation_aborted && !over_) read_answerer();
                            }));
        return false;
    }
    return true;
}

void WebVisit::over(bool well) {
    if (std::exchange(over_, true)) return;
    std::error_code ignored;
    answerer_.close(ignored);
    host_.visit_over(well);
}

}  // namespace sip

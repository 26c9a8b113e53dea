// tests/fuzz/web_socket_fuzz.cpp - any stream of a browser: the upgrade and the frames after it, the same
// however the reads fall. Byte 0 is the size of the reads.
#include "sip/transport/websocket.hpp"

#include <string>
#include <vector>

#include "tests/fuzz/check.hpp"

namespace {

constexpr std::size_t limit = 512;

std::vector<std::string> messages(std::string_view stream, std::size_t step) {
    using Kind = sip::MessageStream::Item::Kind;
    sip::WebSocketStream web([](std::string_view origin) { return origin != "https://evil.test"; }, limit);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        web.append(stream.substr(at, step));
        for (;;) {
            const auto item = web.next();
            const std::string said = web.take_output();
            FUZZ_CHECK(said.size() <= stream.size() + 1024);  // no amplifier
            if (!item || item->kind == Kind::ended) {
                out.emplace_back(item ? "ended" : "error");
                std::string farewell;
                web.write("too late", farewell);
                web.write_farewell(true, farewell);
                return out;
            }
            if (item->kind == Kind::none) break;
            if (item->kind == Kind::visitor) {  // HTTP is read elsewhere, from the first byte on
                FUZZ_CHECK(stream.starts_with(item->bytes));
                out.emplace_back("visitor");
                return out;
            }
            FUZZ_CHECK(item->bytes.size() <= limit);
            out.emplace_back(item->bytes);
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    FUZZ_CHECK(messages(stream, 1 + std::size_t{data[0]}) == messages(stream, size));
    // What follows a good upgrade is looked at, too.
    const std::string opened =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
        "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n" +
        std::string(stream);
    FUZZ_CHECK(messages(opened, 1 + std::size_t{data[0]}) == messages(opened, opened.size()));
    return 0;
}

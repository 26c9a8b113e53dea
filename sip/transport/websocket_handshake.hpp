// sip/transport/websocket_handshake.hpp - the HTTP request that opens a WebSocket (RFC 6455 §4.2), and its
// answer. Of HTTP we speak this one request, so it is read here: a server library would bring a second event
// loop, and a parser that knows all of HTTP more to go wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sip {

/// May a page from there use this node? RFC 6454 §6.1: "https://example.org", "null". Clients that are no
/// browser name no origin, and are not asked about. Empty: pages of the host that they connect to.
using OriginPolicy = std::function<bool(std::string_view origin)>;

inline constexpr std::size_t max_upgrade_header = std::size_t{8} * 1024;  // browsers send about 700 bytes

struct Upgrade {
    bool accepted = false;
    bool is_page = false;  // HTTP, and no wish for a WebSocket: somebody looks at a page, if there is one
    std::string answer;    // to be sent, also when it was refused
};

/// `header` is all up to and including the first empty line. Whatever the bytes are, there is an answer.
[[nodiscard]] Upgrade answer_upgrade(std::string_view header, const OriginPolicy& allowed);

}  // namespace sip

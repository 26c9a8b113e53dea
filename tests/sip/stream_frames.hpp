// tests/sip/stream_frames.hpp - what the far end of a connection reads out of the bytes that it is sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/syntax/framer.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"

namespace sip::testing {

/// The messages, one by one. Nothing: it cannot tell where one ends, or waits for more than it was sent.
inline std::optional<std::vector<std::string>> frames(std::string_view bytes) {
    std::vector<std::string> messages;
    Framer framer;
    framer.append(bytes);
    while (true) {
        const auto item = framer.next();
        if (!item || item->kind == Framer::Item::Kind::ping) return std::nullopt;
        if (item->kind == Framer::Item::Kind::none) break;
        messages.emplace_back(item->bytes);
    }
    if (framer.buffered() != 0) return std::nullopt;
    return messages;
}

/// One message that nobody can read as another: no fault in it, and one length, which is that of its body.
inline bool well_formed(std::string_view wire) {
    const auto message = MessageView::parse(wire);
    if (!message || check(*message) || message->count(Header::content_length) != 1) return false;
    return message->wire().size() == wire.size();
}

}  // namespace sip::testing

// tests/fuzz/dialog_words.hpp - inputs of the targets that speak inside of dialogs: messages, divided by
// lines of "----", with words in them for what only the edge could have written.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sip/syntax/message.hpp"

namespace fuzz {

/// The lines of those fields, in the order of the message; nothing, where it is none.
inline std::string fields_of(const std::string& wire, std::initializer_list<sip::Header> wanted) {
    std::string text;
    const auto message = sip::MessageView::parse(wire);
    if (!message) return text;
    for (const auto& field : message->fields()) {
        for (const sip::Header header : wanted) {
            if (field.id == header)
                text += std::string(field.name) + ": " + std::string(field.value) + "\r\n";
        }
    }
    return text;
}

/// The route set that Record-Route gives its receiver; `reversed`: whoever sent the request has it the other
/// way.
inline std::string routes_of(const std::string& wire, bool reversed) {
    std::string text;
    const auto message = sip::MessageView::parse(wire);
    if (!message) return text;
    message->each_value(sip::Header::record_route, [&](std::string_view value) {
        const std::string line = "Route: " + std::string(value) + "\r\n";
        text = reversed ? line + text : text + line;
        return true;
    });
    return text;
}

/// A message as it goes out. Each line gets its CR; $V stands for the Via and Record-Route fields and $C for
/// To, From, Call-ID and CSeq of `last`, any other letter for what `word` gives for it.
template <typename Word>
std::string written(std::string_view text, const std::string& last, Word word) {
    std::string wire;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char what = text[i] == '$' && i + 1 < text.size() ? text[++i] : '\0';
        if (what == '\0') {
            if (text[i] == '\n' && (wire.empty() || wire.back() != '\r')) wire += '\r';
            wire += text[i];
        } else if (what == 'V') {
            wire += fields_of(last, {sip::Header::via, sip::Header::record_route});
        } else if (what == 'C') {
            wire += fields_of(last,
                              {sip::Header::from, sip::Header::to, sip::Header::call_id, sip::Header::cseq});
        } else {
            wire += word(what);
        }
    }
    return wire;
}

/// Calls `say` with each message of an input, at most `most` times.
template <typename Say>
void each_message(const std::uint8_t* data, std::size_t size, std::size_t most, Say say) {
    constexpr std::string_view between = "----\n";
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (std::size_t said = 0; !rest.empty() && said < most; ++said) {
        const auto end = rest.find(between);
        say(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + between.size());
    }
}

}  // namespace fuzz

// node/relay/relay_frame.cpp - writes and reads frames.
#include "node/relay/relay_frame.hpp"

#include <algorithm>

namespace node {
namespace {

using Type = RelayFrame::Type;

template <std::size_t N>
void append(std::string& out, const std::array<std::uint8_t, N>& bytes) {
    out.append(bytes.begin(), bytes.end());
}

template <std::size_t N>
void copy(std::array<std::uint8_t, N>& into, std::string_view from) {
    std::transform(from.begin(), from.begin() + N, into.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
}

std::string body_of(const RelayFrame& frame) {
    std::string body;
    switch (frame.type) {
        case Type::hello:
        case Type::refused: body += static_cast<char>(frame.number); break;
        case Type::token: append(body, frame.token); break;
        case Type::incoming: append(body, frame.pipe); break;
        case Type::ping:
        case Type::pong: break;
    }
    return body;
}

std::size_t least_body(Type type) {
    switch (type) {
        case Type::hello:
        case Type::refused: return 1;
        case Type::token:
        case Type::incoming: return 16;
        case Type::ping:
        case Type::pong: return 0;
    }
    return 256;  // of a type that we do not know
}

}  // namespace

std::string to_bytes(const RelayFrame& frame) {
    const std::string body = body_of(frame);
    std::string out{static_cast<char>(frame.type), static_cast<char>(body.size())};
    return out + body;
}

std::optional<RelayFrame> parse_relay_frame(std::string_view bytes) {
    if (bytes.size() < 2) return std::nullopt;
    RelayFrame frame;
    frame.type = static_cast<Type>(bytes[0]);
    const auto body = bytes.substr(2);
    if (body.size() < least_body(frame.type)) return std::nullopt;
    switch (frame.type) {
        case Type::hello:
        case Type::refused: frame.number = static_cast<std::uint8_t>(body[0]); break;
        case Type::token: copy(frame.token, body); break;
        case Type::incoming: copy(frame.pipe, body); break;
        case Type::ping:
        case Type::pong: break;
    }
    return frame;
}

}  // namespace node

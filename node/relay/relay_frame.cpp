// node/relay/relay_frame.cpp - writes and reads frames.
#include "node/relay/relay_frame.hpp"

#include <algorithm>

namespace node {
namespace {

using Type = RelayFrame::Type;

constexpr std::size_t ports_size = 8;

template <std::size_t N>
void append(std::string& out, const std::array<std::uint8_t, N>& bytes) {
    out.append(bytes.begin(), bytes.end());
}

void append(std::string& out, std::uint16_t number) {
    out += static_cast<char>(number >> 8U);
    out += static_cast<char>(number & 0xffU);
}

void append_ports(std::string& out, const RelayFrame& frame) {
    append(out, frame.rtp.port);
    append(out, frame.rtcp.port);
    append(out, frame.rtp.address.is_v4() ? frame.rtp.address.to_v4().to_bytes()
                                          : asio::ip::address_v4::bytes_type{});
}

template <std::size_t N>
void copy(std::array<std::uint8_t, N>& into, std::string_view from) {
    std::transform(from.begin(), from.begin() + N, into.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
}

std::uint16_t number_in(std::string_view from) {
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(from[0]) << 8U |
                                      static_cast<std::uint8_t>(from[1]));
}

void read_ports(RelayFrame& frame, std::string_view from) {
    asio::ip::address_v4::bytes_type address{};
    copy(address, from.substr(4));
    frame.rtp = {asio::ip::address_v4(address), number_in(from)};
    frame.rtcp = {frame.rtp.address, number_in(from.substr(2))};
}

std::string body_of(const RelayFrame& frame) {
    std::string body;
    switch (frame.type) {
        case Type::hello:
        case Type::refused:
        case Type::lends: body += static_cast<char>(frame.number); break;
        case Type::token: append(body, frame.token); break;
        case Type::incoming: append(body, frame.pipe); break;
        case Type::ping:
        case Type::pong: break;
        case Type::borrow:
        case Type::give_back:
        case Type::ended: append(body, frame.door); break;
        case Type::lent:
            append(body, frame.door);
            append_ports(body, frame);
            append(body, frame.secret);
            break;
        case Type::not_lent:
            append(body, frame.door);
            body += static_cast<char>(frame.number);
            break;
        case Type::aim:
            append(body, frame.door);
            body += static_cast<char>(frame.number);
            append_ports(body, frame);
            break;
    }
    return body;
}

std::size_t least_body(Type type) {
    switch (type) {
        case Type::hello:
        case Type::refused:
        case Type::lends: return 1;
        case Type::token:
        case Type::incoming: return 16;
        case Type::ping:
        case Type::pong: return 0;
        case Type::borrow:
        case Type::give_back:
        case Type::ended: return 2;
        case Type::lent: return 2 + ports_size + 16;
        case Type::not_lent: return 3;
        case Type::aim: return 3 + ports_size;
    }
    return 256;  // of a type that we do not know
}

}  // namespace

RelayFrame of_door(RelayFrame::Type type, std::uint16_t door) {
    RelayFrame frame;
    frame.type = type;
    frame.door = door;
    return frame;
}

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
        case Type::refused:
        case Type::lends: frame.number = static_cast<std::uint8_t>(body[0]); break;
        case Type::token: copy(frame.token, body); break;
        case Type::incoming: copy(frame.pipe, body); break;
        case Type::ping:
        case Type::pong: break;
        case Type::borrow:
        case Type::give_back:
        case Type::ended: frame.door = number_in(body); break;
        case Type::lent:
            frame.door = number_in(body);
            read_ports(frame, body.substr(2));
            copy(frame.secret, body.substr(2 + ports_size));
            break;
        case Type::not_lent:
            frame.door = number_in(body);
            frame.number = static_cast<std::uint8_t>(body[2]);
            break;
        case Type::aim:
            frame.door = number_in(body);
            frame.number = static_cast<std::uint8_t>(body[2]);
            read_ports(frame, body.substr(3));
            break;
    }
    return frame;
}

}  // namespace node

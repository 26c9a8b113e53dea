// sip/transport/stun.cpp - answers STUN Binding requests.
#include "sip/transport/stun.hpp"

#include <cstdint>
#include <vector>

namespace sip {

namespace {

constexpr std::size_t header_size = 20;
constexpr std::string_view magic("\x21\x12\xa4\x42", 4);
constexpr unsigned binding_request = 0x0001, binding_success = 0x0101, binding_error = 0x0111;
constexpr unsigned error_code = 0x0009, unknown_attributes = 0x000a, xor_mapped_address = 0x0020;
constexpr unsigned first_optional = 0x8000;  // RFC 5389 §15: from here on comprehension is optional
// Of those that must be understood: what a client may send with a Binding request and a server without
// credentials may leave unread.
constexpr unsigned username = 0x0006, message_integrity = 0x0008;
constexpr std::size_t max_unknown = 8;

unsigned number(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned>(static_cast<std::uint8_t>(bytes[at])) << 8U |
           static_cast<std::uint8_t>(bytes[at + 1]);
}

void put(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8U & 0xffU);
    out += static_cast<char>(value & 0xffU);
}

// False: the attributes do not fill the length that the header says.
bool read_attributes(std::string_view request, std::vector<unsigned>& unknown) {
    std::size_t at = header_size;
    while (at < request.size()) {
        if (request.size() - at < 4) return false;
        const unsigned type = number(request, at);
        const std::size_t padded = (number(request, at + 2) + 3U) & ~std::size_t{3};
        if (request.size() - at - 4 < padded) return false;
        const bool known = type >= first_optional || type == username || type == message_integrity;
        if (!known && unknown.size() < max_unknown) unknown.push_back(type);
        at += 4 + padded;
    }
    return true;
}

std::string mapped(const Endpoint& source, std::string_view transaction) {
    std::string value(1, '\0');
    const bool v6 = source.address.is_v6();
    value += v6 ? '\x02' : '\x01';
    put(value, source.port ^ 0x2112U);
    const std::string key = std::string(magic) + std::string(transaction);
    const auto add = [&](const auto& bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            value += static_cast<char>(bytes[i] ^ static_cast<std::uint8_t>(key[i]));
    };
    if (v6) {
        add(source.address.to_v6().to_bytes());
    } else {
        add(source.address.to_v4().to_bytes());
    }
    return value;
}

}  // namespace

bool is_stun(std::string_view datagram) noexcept {
    return datagram.size() >= header_size && (static_cast<std::uint8_t>(datagram[0]) & 0xc0U) == 0 &&
           datagram.substr(4, 4) == magic;
}

std::optional<std::string> stun_answer(std::string_view request, const Endpoint& source) {
    if (!is_stun(request) || number(request, 0) != binding_request) return std::nullopt;
    if (number(request, 2) != request.size() - header_size || request.size() % 4 != 0) return std::nullopt;
    std::vector<unsigned> unknown;
    if (!read_attributes(request, unknown)) return std::nullopt;
    const std::string_view transaction = request.substr(8, 12);
    std::string body;
    if (unknown.empty()) {
        const std::string value = mapped(source, transaction);
        put(body, xor_mapped_address);
        put(body, static_cast<unsigned>(value.size()));
        body += value;
    } else {
        put(body, error_code);
        put(body, 4);
        body += std::string("\0\0\x04\x14", 4);  // class 4, number 20, no phrase
        put(body, unknown_attributes);
        put(body, static_cast<unsigned>(2 * unknown.size()));
        for (const unsigned type : unknown)
            put(body, type);
        if (unknown.size() % 2 != 0) put(body, 0);  // padding
    }
    std::string answer;
    put(answer, unknown.empty() ? binding_success : binding_error);
    put(answer, static_cast<unsigned>(body.size()));
    answer += magic;
    answer += transaction;
    return answer += body;
}

}  // namespace sip

// sip/relay_token.cpp - tokens as text.
#include "sip/relay_token.hpp"

namespace sip {
namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr unsigned bits_of_last = 128 - 25 * 5;  // 3 of its 5 bits are the token's

std::optional<unsigned> value_of(char c) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto at = alphabet.find(lower);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

}  // namespace

asio::ip::address address_beyond_relay(const asio::ip::address& relay) {
    const bool here_over_ipv6 = relay.is_v6() && relay.is_loopback();
    return asio::ip::make_address(here_over_ipv6 ? "2001:db8::1" : "192.0.2.1");  // RFC 3849, RFC 5737
}

std::string token_text(const RelayToken& token) {
    std::string text;
    unsigned held = 0, bits = 0;
    for (const std::uint8_t byte : token) {
        held = (held << 8U) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += alphabet[(held >> bits) & 31U];
        }
        held &= (1U << bits) - 1;
    }
    text += alphabet[(held << (5 - bits)) & 31U];
    return text;
}

std::optional<RelayToken> token_of(std::string_view text) {
    if (text.size() != token_text_size) return std::nullopt;
    RelayToken token{};
    unsigned held = 0, bits = 0;
    std::size_t at = 0;
    for (const char c : text) {
        const auto value = value_of(c);
        if (!value) return std::nullopt;
        held = (held << 5U) | *value;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        if (at < token.size()) token[at++] = static_cast<std::uint8_t>(held >> bits);
        held &= (1U << bits) - 1;
    }
    static_assert(bits_of_last == 3);
    if (held != 0) return std::nullopt;  // a token has one text
    return token;
}

std::string server_name_of(std::string_view text) {
    return std::string(text) + "." + std::string(relayed_host);
}

std::optional<RelayToken> token_in_server_name(std::string_view name) {
    if (name.size() != token_text_size + 1 + relayed_host.size() || name[token_text_size] != '.')
        return std::nullopt;
    for (std::size_t i = 0; i < relayed_host.size(); ++i) {
        const char c = name[token_text_size + 1 + i];
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (lower != relayed_host[i]) return std::nullopt;
    }
    return token_of(name.substr(0, token_text_size));
}

}  // namespace sip

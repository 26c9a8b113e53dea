// sip/proxy/flow_tokens.cpp - packs a flow, signs it, and writes it in base64url.
#include "sip/proxy/flow_tokens.hpp"

#include <sodium.h>

#include <algorithm>
#include <span>
#include <vector>

namespace sip {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t mac_size = 10;  // RFC 5626 §5.2's example: HMAC-SHA1-80
constexpr int encoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t max_text = 128;

void put_number(Bytes& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_endpoint(Bytes& out, const Endpoint& e) {
    if (e.address.is_v4()) {
        const auto bytes = e.address.to_v4().to_bytes();
        out.insert(out.end(), bytes.begin(), bytes.end());
    } else {
        const auto bytes = e.address.to_v6().to_bytes();
        out.insert(out.end(), bytes.begin(), bytes.end());
        put_number(out, e.address.to_v6().scope_id(), 4);  // link-local: which interface
    }
    put_number(out, e.port, 2);
}

// Reads what put_...() wrote; `ok` turns false for good when the bytes run out.
struct Reader {
    std::span<const std::uint8_t> rest;
    bool ok = true;

    std::uint64_t number(std::size_t bytes) {
        if (rest.size() < bytes) ok = false;
        if (!ok) return 0;
        std::uint64_t value = 0;
        for (const std::uint8_t byte : rest.first(bytes))
            value = value << 8 | byte;
        rest = rest.subspan(bytes);
        return value;
    }
    Endpoint endpoint(bool v6) {
        Endpoint e;
        if (v6) {
            asio::ip::address_v6::bytes_type bytes{};
            for (auto& byte : bytes)
                byte = static_cast<unsigned char>(number(1));
            e.address = asio::ip::address_v6(bytes, static_cast<unsigned>(number(4)));
        } else {
            e.address = asio::ip::address_v4(static_cast<std::uint32_t>(number(4)));
        }
        e.port = static_cast<std::uint16_t>(number(2));
        return e;
    }
};

// First byte: transport in bits 0-2, then kind, the families of local and remote, and whether it is ours.
constexpr unsigned kind_bit = 3, local_bit = 4, remote_bit = 5, ours_bit = 6;

Bytes pack(const FlowToken& token) {
    Bytes out;
    const Flow& flow = token.flow;
    out.push_back(static_cast<std::uint8_t>(
        static_cast<unsigned>(flow.transport) | static_cast<unsigned>(token.kind) << kind_bit |
        (flow.local.address.is_v6() ? 1U : 0U) << local_bit |
        (flow.remote.address.is_v6() ? 1U : 0U) << remote_bit | (token.ours ? 1U : 0U) << ours_bit));
    put_endpoint(out, flow.local);
    put_endpoint(out, flow.remote);
    if (flow.connection != 0) put_number(out, flow.connection, 8);
    return out;
}

std::optional<FlowToken> unpack(std::span<const std::uint8_t> bytes) {
    Reader reader{bytes};
    const auto first = static_cast<unsigned>(reader.number(1));
    FlowToken token;
    if ((first & 7U) > static_cast<unsigned>(Transport::wss)) return std::nullopt;
    token.flow.transport = static_cast<Transport>(first & 7U);
    token.kind = static_cast<FlowToken::Kind>(first >> kind_bit & 1U);
    token.ours = (first >> ours_bit & 1U) != 0;
    token.flow.local = reader.endpoint((first >> local_bit & 1U) != 0);
    token.flow.remote = reader.endpoint((first >> remote_bit & 1U) != 0);
    if (!reader.rest.empty()) token.flow.connection = reader.number(8);
    if (!reader.ok || !reader.rest.empty()) return std::nullopt;
    return token;
}

std::array<std::uint8_t, mac_size> mac_of(std::span<const std::uint8_t> bytes, std::string_view call_id,
                                          const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> whole{};
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    const auto length = static_cast<std::uint8_t>(bytes.size());  // so that no byte changes sides
    crypto_auth_hmacsha256_update(&state, &length, 1);
    crypto_auth_hmacsha256_update(&state, bytes.data(), bytes.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(call_id.data()),
                                  call_id.size());
    crypto_auth_hmacsha256_final(&state, whole.data());
    std::array<std::uint8_t, mac_size> mac{};
    std::copy_n(whole.begin(), mac_size, mac.begin());
    return mac;
}

}  // namespace

FlowTokens::FlowTokens(const std::array<std::uint8_t, 32>& key) {
    constexpr std::string_view purpose = "hedgewitch/sip/flow-token";
    crypto_generichash(key_.data(), key_.size(), reinterpret_cast<const unsigned char*>(purpose.data()),
                       purpose.size(), key.data(), key.size());
}

std::string FlowTokens::seal(const FlowToken& token, std::string_view call_id) const {
    Bytes bytes = pack(token);
    const auto mac = mac_of(bytes, call_id, key_);
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    std::string text(sodium_base64_encoded_len(bytes.size(), encoding), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), encoding);
    text.pop_back();  // its NUL
    return text;
}

std::optional<FlowToken> FlowTokens::open(std::string_view text, std::string_view call_id) const {
    if (text.size() > max_text) return std::nullopt;
    std::array<std::uint8_t, max_text> bytes{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                          encoding) != 0 ||
        end != text.data() + text.size() || size <= mac_size) {
        return std::nullopt;
    }
    const std::span<const std::uint8_t> packed(bytes.data(), size - mac_size);
    const auto mac = mac_of(packed, call_id, key_);
    if (sodium_memcmp(mac.data(), bytes.data() + packed.size(), mac_size) != 0) return std::nullopt;
    return unpack(packed);
}

}  // namespace sip

// sip/proxy/flow_tokens.cpp - packs a flow, seals it for one side of a dialog, and writes it in base64url.
#include "sip/proxy/flow_tokens.hpp"

#include <sodium.h>

#include <algorithm>
#include <span>
#include <vector>

#include "sip/transaction/keyed_hash.hpp"

namespace sip {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t mac_size = 16;
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

constexpr unsigned kind_bit = 3, local_bit = 4, remote_bit = 5, ours_bit = 6, side_bit = 7, early_bit = 8;
constexpr unsigned known_bits = (1U << (early_bit + 1)) - 1;

Bytes pack(const FlowToken& token) {
    Bytes out;
    const Flow& flow = token.flow;
    put_number(out,
               static_cast<unsigned>(flow.transport) | static_cast<unsigned>(token.kind) << kind_bit |
                   (flow.local.address.is_v6() ? 1U : 0U) << local_bit |
                   (flow.remote.address.is_v6() ? 1U : 0U) << remote_bit |
                   (token.ours ? 1U : 0U) << ours_bit | static_cast<unsigned>(token.side) << side_bit |
                   (token.early ? 1U : 0U) << early_bit,
               2);
    put_number(out,
               static_cast<std::uint64_t>(
                   std::chrono::floor<std::chrono::minutes>(token.expires).time_since_epoch().count()),
               4);
    put_endpoint(out, flow.local);
    put_endpoint(out, flow.remote);
    if (flow.connection != 0) put_number(out, flow.connection, 8);
    return out;
}

std::optional<FlowToken> unpack(std::span<const std::uint8_t> bytes) {
    Reader reader{bytes};
    const auto flags = static_cast<unsigned>(reader.number(2));
    FlowToken token;
    if ((flags & 7U) > static_cast<unsigned>(Transport::wss) || (flags & ~known_bits) != 0)
        return std::nullopt;
    token.flow.transport = static_cast<Transport>(flags & 7U);
    token.kind = static_cast<FlowToken::Kind>(flags >> kind_bit & 1U);
    token.ours = (flags >> ours_bit & 1U) != 0;
    token.side = static_cast<Side>(flags >> side_bit & 1U);
    token.early = (flags >> early_bit & 1U) != 0;
    token.expires = std::chrono::sys_seconds(std::chrono::minutes(reader.number(4)));
    token.flow.local = reader.endpoint((flags >> local_bit & 1U) != 0);
    token.flow.remote = reader.endpoint((flags >> remote_bit & 1U) != 0);
    if (!reader.rest.empty()) token.flow.connection = reader.number(8);
    if (!reader.ok || !reader.rest.empty()) return std::nullopt;
    return token;
}

void put_text(Bytes& out, std::string_view text) {
    put_number(out, text.size(), 2);  // a message is shorter than 64 kB
    out.insert(out.end(), text.begin(), text.end());
}

Bytes about(Side holder, const DialogTags& dialog) {
    Bytes out{static_cast<std::uint8_t>(holder)};
    put_text(out, dialog.call_id);
    put_text(out, dialog.caller);
    put_text(out, dialog.callee);
    return out;
}

using Mac = std::array<std::uint8_t, mac_size>;

// Each text has its length before it, so no byte of `about` can pass for one of `packed`.
Mac mac_of(std::span<const std::uint8_t> packed, const Bytes& about,
           const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> whole{};
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    crypto_auth_hmacsha256_update(&state, about.data(), about.size());
    crypto_auth_hmacsha256_update(&state, packed.data(), packed.size());
    crypto_auth_hmacsha256_final(&state, whole.data());
    Mac mac{};
    std::copy_n(whole.begin(), mac_size, mac.begin());
    return mac;
}

void encrypt(std::span<std::uint8_t> bytes, const Mac& mac, const std::array<std::uint8_t, 32>& key) {
    std::array<std::uint8_t, crypto_stream_xchacha20_NONCEBYTES> nonce{};
    std::copy(mac.begin(), mac.end(), nonce.begin());
    crypto_stream_xchacha20_xor(bytes.data(), bytes.data(), bytes.size(), nonce.data(), key.data());
}

}  // namespace

FlowTokens::FlowTokens(const std::array<std::uint8_t, 32>& key)
    : mac_key_(derived_key<32>(key, "hedgewitch/sip/flow-token/mac")),
      seal_key_(derived_key<32>(key, "hedgewitch/sip/flow-token/seal")) {}

std::string FlowTokens::seal(const FlowToken& token, Side holder, const DialogTags& dialog) const {
    Bytes packed = pack(token);
    const Mac mac = mac_of(packed, about(holder, dialog), mac_key_);
    encrypt(packed, mac, seal_key_);
    Bytes bytes(mac.begin(), mac.end());
    bytes.insert(bytes.end(), packed.begin(), packed.end());
    std::string text(sodium_base64_encoded_len(bytes.size(), encoding), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), encoding);
    text.pop_back();  // its NUL
    return text;
}

std::optional<FlowToken> FlowTokens::open(std::string_view text, Side holder,
                                          const DialogTags& dialog) const {
    if (text.size() > max_text) return std::nullopt;
    std::array<std::uint8_t, max_text> bytes{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                          encoding) != 0 ||
        end != text.data() + text.size() || size <= mac_size) {
        return std::nullopt;
    }
    Mac mac{};
    std::copy_n(bytes.begin(), mac_size, mac.begin());
    const std::span<std::uint8_t> packed(bytes.data() + mac_size, size - mac_size);
    encrypt(packed, mac, seal_key_);
    const Mac wanted = mac_of(packed, about(holder, dialog), mac_key_);
    if (sodium_memcmp(mac.data(), wanted.data(), mac_size) != 0) return std::nullopt;
    return unpack(packed);
}

}  // namespace sip

// sip/relay_token.hpp - how an edge is named that nobody can call, to the relay through which it is met
// (node/relay/README.md): to the relay by a token in the server name of TLS, to the edge itself by one host
// that every edge takes for itself.
#pragma once

#include <array>
#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sip {

using RelayToken = std::array<std::uint8_t, 16>;

/// Host of a Request-URI through a relay. RFC 9476: below .alt there is no DNS.
inline constexpr std::string_view relayed_host = "relay.alt";
inline constexpr std::size_t token_text_size = 26;

/// Where whoever is met through `relay` is taken to be: somewhere in the Internet, at nobody's address. A
/// relay at ::1 is this very node, and he came to it over IPv6, which may be all that both have.
[[nodiscard]] asio::ip::address address_beyond_relay(const asio::ip::address& relay);

/// 26 characters of base32 (RFC 4648 §6, lowercase, no padding; the last two bits are zero).
[[nodiscard]] std::string token_text(const RelayToken& token);
/// Any case, as in host names. Nothing: it is none.
[[nodiscard]] std::optional<RelayToken> token_of(std::string_view text);

/// "<26 characters>.relay.alt", as it stands in a ClientHello.
[[nodiscard]] std::string server_name_of(std::string_view token_text);
/// Its token. Nothing: the name is another's.
[[nodiscard]] std::optional<RelayToken> token_in_server_name(std::string_view name);

}  // namespace sip

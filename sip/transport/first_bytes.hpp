// sip/transport/first_bytes.hpp - what whoever connects to a TLS listener of a relay wants, told by his first
// bytes: this node itself (TLS, as always), one who is behind it (a ClientHello whose server name is a
// token), or to answer a caller who waits for him (a pipe's name). No TLS is spoken here: of the record, the
// handshake and the extensions only the lengths are read, to find the server name (RFC 8446 §5.1, §4, §4.1.2,
// §4.2; RFC 6066 §3). What is not understood is TLS's business.
// 1. Never looks at more than `most_first_bytes`, and copies nothing but the name.
// 2. The same bytes give the same verdict however they are cut: a prefix of them gives `more`, or that one.
// Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/relay_token.hpp"

namespace sip {

inline constexpr std::size_t most_first_bytes = 4096;

/// A secret that one caller's connection is known by, made by the relay.
using PipeId = std::array<std::uint8_t, 16>;
inline constexpr std::string_view pipe_magic{"HWp\x01", 4};
inline constexpr std::size_t pipe_header_size = pipe_magic.size() + std::tuple_size_v<PipeId>;
/// Begins the connection of who answers; what follows it is the caller's TLS, ended by the sender.
[[nodiscard]] std::string pipe_header(const PipeId& pipe);

struct FirstBytes {
    enum class Kind : std::uint8_t {
        more,     // `wanted` bytes are needed, in all
        own,      // TLS with this node, or nothing that we know: TLS will tell
        through,  // `token`
        pipe,     // `pipe`; TLS comes after the header
    } kind = Kind::own;
    std::size_t wanted = 0;
    RelayToken token{};
    PipeId pipe{};
};
[[nodiscard]] FirstBytes read_first_bytes(std::string_view bytes);

/// The server name (host_name) of the ClientHello that one whole handshake message is. Nothing: it names
/// none, or is malformed.
[[nodiscard]] std::optional<std::string_view> server_name_in(std::string_view client_hello);

}  // namespace sip

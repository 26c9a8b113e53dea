// crypto/ticket.hpp - a caller's ticket: proves to one callee, once, whose call it is, and tells nobody else.
// It travels as a parameter of the Request-URI: ";tk=" and the bytes below in base64url (RFC 4648 §5, no
// padding), 160 characters, or 220 for a caller whose label is longer than 18. There are two kinds, for a
// call that a node passes on, and for one whose phone was told where to go and chooses the rest by itself.
//
//   T      the callee's ticket key, X25519, key 4 of the record that its edge wrote: for a day (UTC), of the
//          node, from the seed: t = HKDF-SHA512(salt "hedgewitch/v1/ticket-key", seed, u32be(P), 32)
//   B, lb  the key that signs for the callee, and its label
//   A, la  the caller's key and label; a its secret scalar (RFC 8032 §5.1.5), the same on both curves
//   E, e   X25519, fresh for each ticket
//   H      what it is for, a SHA-256 (sip/edge/ticket_calls.hpp). passed_on: Call-ID, From tag and body.
//   bearer:
//          the URI in From alone
//
//   bytes  0        version and kind: 2 bearer, 3 passed_on
//          1..32    E
//          33..     ChaCha20-Poly1305 (IETF), 16 bytes of tag at the end, of
//            0..3     when it was made, Unix seconds, u32be
//            4..35    A
//            36       length of la
//            37..     la, zeros up to 18 bytes, or up to 63 when it is longer than 18
//            last 16  proof
//   about  = byte 0 || E || T || B || u8(length of lb) || lb || H
//   key 32 || nonce 12 = HKDF-SHA512(salt "hedgewitch/v1/ticket", DH(E, T), about, 44)
//   proof  = HKDF-SHA512(salt "hedgewitch/v1/ticket-proof", DH(A, T), about || the plaintext before it, 16)
//
// What it promises:
// 1. Only who knows a (or t) can make the proof: this is Noise's pattern X, with A on the Edwards curve.
// 2. Only who knows t can read it. Two tickets share nothing but the version and, of two, the length.
// 3. It is no proof to third parties: the callee could have made it.
// 4. Whoever steals t can show its owner any caller, for that day. A lost seed loses more than that.
// 5. passed_on: it opens for the call that it was made for, and for no other body, as the way may have
//    written one. bearer: it opens for whoever brings it first, under that From.
// That it is fresh and used once is its reader's business (node/inbound/caller_tickets.hpp).
#pragma once

#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

inline constexpr std::size_t ticket_text_length = 160, long_ticket_text_length = 220;

using TicketKey = Bytes<32>;  // T

/// t, of one node and day.
[[nodiscard]] Secret<32> ticket_secret(const Seed& seed, std::uint32_t period);
[[nodiscard]] TicketKey ticket_key_of(const Secret<32>& secret);

enum class TicketKind : std::uint8_t { bearer = 2, passed_on = 3 };  // byte 0

/// For whom it is, and for what.
struct TicketCallee {
    PublicKey zone{};  // B
    std::string label;
    TicketKind kind = TicketKind::bearer;
    Bytes<32> call{};  // H
};

struct Ticket {
    PublicKey zone{};  // A
    std::string label;
    std::uint32_t made_at = 0;  // Unix seconds
    Bytes<32> once{};           // E: another for each ticket
};

/// `ephemeral`: 32 fresh random bytes. Errors: bad_label (either), bad_point (`key` is no point to be used).
[[nodiscard]] Result<std::string> seal_ticket(const Identity& caller, std::string_view label,
                                              std::uint32_t made_at, const TicketKey& key,
                                              const TicketCallee& callee, const Secret<32>& ephemeral);

/// What its first byte says, for whoever is to open it. Errors: bad_length, unknown_version.
[[nodiscard]] Result<TicketKind> ticket_kind(std::string_view text);

/// Errors: bad_length, bad_character, unknown_version (another kind, too); cannot_open (another day, node,
/// callee, label or call, or it was changed); bad_point, bad_label; bad_signature (the proof is not A's).
[[nodiscard]] Result<Ticket> open_ticket(const Secret<32>& secret, const TicketCallee& callee,
                                         std::string_view text);

}  // namespace crypto

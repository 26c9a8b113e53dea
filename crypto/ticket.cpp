// crypto/ticket.cpp - seals and opens tickets, byte by byte as in the header.
#include "crypto/ticket.hpp"

#include <sodium/crypto_aead_chacha20poly1305.h>
#include <sodium/crypto_scalarmult_curve25519.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "crypto/derived_key.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/name.hpp"
#include "crypto/sodium.hpp"

namespace crypto {
namespace {

constexpr std::string_view key_salt = "hedgewitch/v1/ticket-key";
constexpr std::string_view box_salt = "hedgewitch/v1/ticket";
constexpr std::string_view proof_salt = "hedgewitch/v1/ticket-proof";
constexpr std::size_t head_size = 1 + 32;
constexpr std::size_t short_label = 18, long_label = max_label_length;
constexpr std::size_t before_label = 4 + 32 + 1;
constexpr std::size_t proof_size = 16;
constexpr std::size_t tag_size = crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr std::size_t nonce_size = crypto_aead_chacha20poly1305_ietf_NPUBBYTES;

constexpr std::size_t plain_size(std::size_t label_field) {
    return before_label + label_field + proof_size;
}
constexpr std::size_t ticket_size(std::size_t label_field) {
    return head_size + plain_size(label_field) + tag_size;
}
// Whole groups of three bytes: no spare bits, so each ticket has one text.
static_assert(ticket_size(short_label) * 4 == ticket_text_length * 3);
static_assert(ticket_size(long_label) * 4 == long_ticket_text_length * 3);

using Bytes32 = Bytes<32>;

void append_u32(std::vector<std::uint8_t>& out, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append(std::vector<std::uint8_t>& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Fails for points of small order: their products are known to everybody.
std::optional<Secret<32>> diffie_hellman(const Secret<32>& scalar, const Bytes32& point) {
    Secret<32> shared;
    if (crypto_scalarmult_curve25519(shared.data(), scalar.data(), point.data()) != 0) return std::nullopt;
    return shared;
}

std::vector<std::uint8_t> about(const Bytes32& once, const TicketKey& key, const TicketCallee& callee) {
    std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(callee.kind)};
    append(bytes, once);
    append(bytes, key);
    append(bytes, callee.zone);
    bytes.push_back(static_cast<std::uint8_t>(callee.label.size()));
    append(bytes, bytes_of(callee.label));
    append(bytes, callee.call);
    return bytes;
}

struct BoxKey {
    Secret<32> key;
    Bytes<nonce_size> nonce{};
};

BoxKey box_key(const Secret<32>& shared, ByteView about_it) {
    Secret<32 + nonce_size> okm;
    hkdf_sha512(bytes_of(box_salt), shared.view(), about_it, {okm.data(), okm.size()});
    BoxKey box;
    std::copy_n(okm.data(), 32, box.key.data());
    std::copy_n(okm.data() + 32, nonce_size, box.nonce.data());
    return box;
}

Bytes<proof_size> proof_of(const Secret<32>& shared, ByteView about_it, ByteView plain_before) {
    std::vector<std::uint8_t> said(about_it.begin(), about_it.end());
    append(said, plain_before);
    Bytes<proof_size> proof{};
    hkdf_sha512(bytes_of(proof_salt), shared.view(), said, proof);
    return proof;
}

bool is_label(std::string_view label) {
    const auto canonical = canonical_label(label);
    return canonical && *canonical == label;
}

/// The length of its label field. Error: bad_length.
Result<std::size_t> label_field_of(std::string_view text) {
    if (text.size() == ticket_text_length) return short_label;
    if (text.size() == long_ticket_text_length) return long_label;
    return fail(Errc::bad_length);
}

/// Error: bad_label. What pads a label is zeros, and a short one has the short field.
Result<std::string> read_label(ByteView plain, std::size_t field) {
    const std::size_t length = plain[before_label - 1];
    if (length > field || (field == long_label && length <= short_label)) return fail(Errc::bad_label);
    const auto padded = plain.subspan(before_label, field);
    std::string label(padded.begin(), padded.begin() + static_cast<std::ptrdiff_t>(length));
    const bool zeros = std::all_of(padded.begin() + static_cast<std::ptrdiff_t>(length), padded.end(),
                                   [](std::uint8_t byte) { return byte == 0; });
    if (!zeros || !is_label(label)) return fail(Errc::bad_label);
    return label;
}

}  // namespace

Secret<32> ticket_secret(const Seed& seed, std::uint32_t period) {
    std::vector<std::uint8_t> info;
    append_u32(info, period);
    Secret<32> secret;
    hkdf_sha512(bytes_of(key_salt), seed.view(), info, {secret.data(), secret.size()});
    return secret;
}

TicketKey ticket_key_of(const Secret<32>& secret) {
    ensure_sodium();
    TicketKey key{};
    crypto_scalarmult_curve25519_base(key.data(), secret.data());
    return key;
}

Result<std::string> seal_ticket(const Identity& caller, std::string_view label, std::uint32_t made_at,
                                const TicketKey& key, const TicketCallee& callee,
                                const Secret<32>& ephemeral) {
    if (!is_label(label) || !is_label(callee.label)) return fail(Errc::bad_label);
    const TicketKey once = ticket_key_of(ephemeral);
    const auto with_once = diffie_hellman(ephemeral, key);
    const auto with_caller = diffie_hellman(expand_seed(caller.seed()).scalar, key);
    if (!with_once || !with_caller) return fail(Errc::bad_point);

    const std::size_t field = label.size() <= short_label ? short_label : long_label;
    const auto about_it = about(once, key, callee);
    std::vector<std::uint8_t> plain;
    plain.reserve(plain_size(field));
    append_u32(plain, made_at);
    append(plain, caller.public_key());
    plain.push_back(static_cast<std::uint8_t>(label.size()));
    append(plain, bytes_of(label));
    plain.resize(before_label + field);
    append(plain, proof_of(*with_caller, about_it, plain));

    std::vector<std::uint8_t> ticket{static_cast<std::uint8_t>(callee.kind)};
    append(ticket, once);
    ticket.resize(ticket_size(field));
    const BoxKey box = box_key(*with_once, about_it);
    crypto_aead_chacha20poly1305_ietf_encrypt(ticket.data() + head_size, nullptr, plain.data(), plain.size(),
                                              nullptr, 0, nullptr, box.nonce.data(), box.key.data());
    std::string text(ticket.size() * 4 / 3 + 1, '\0');  // libsodium ends it with a NUL
    sodium_bin2base64(text.data(), text.size(), ticket.data(), ticket.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back();
    return text;
}

Result<TicketKind> ticket_kind(std::string_view text) {
    if (const auto field = label_field_of(text); !field) return tl::unexpected(field.error());
    // Six bits a character: the first has those of byte 0 that are zeros, the second its last two.
    constexpr std::string_view with_two = "ghijklmnopqrstuv", with_three = "wxyz0123456789-_";
    if (text[0] != 'A') return fail(Errc::unknown_version);
    if (with_two.find(text[1]) != std::string_view::npos) return TicketKind::bearer;
    if (with_three.find(text[1]) != std::string_view::npos) return TicketKind::passed_on;
    return fail(Errc::unknown_version);
}

Result<Ticket> open_ticket(const Secret<32>& secret, const TicketCallee& callee, std::string_view text) {
    ensure_sodium();
    const auto field = label_field_of(text);
    if (!field) return tl::unexpected(field.error());
    std::vector<std::uint8_t> bytes(ticket_size(*field));
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, nullptr,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length != bytes.size())
        return fail(Errc::bad_character);
    if (bytes[0] != static_cast<std::uint8_t>(callee.kind)) return fail(Errc::unknown_version);

    Ticket ticket;
    std::copy_n(bytes.begin() + 1, 32, ticket.once.begin());
    const auto with_once = diffie_hellman(secret, ticket.once);
    if (!with_once) return fail(Errc::bad_point);
    const auto about_it = about(ticket.once, ticket_key_of(secret), callee);
    const BoxKey box = box_key(*with_once, about_it);
    std::vector<std::uint8_t> plain(plain_size(*field));
    if (crypto_aead_chacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, bytes.data() + head_size,
                                                  bytes.size() - head_size, nullptr, 0, box.nonce.data(),
                                                  box.key.data()) != 0)
        return fail(Errc::cannot_open);

    for (std::size_t i = 0; i < 4; ++i)
        ticket.made_at = ticket.made_at << 8 | plain[i];
    std::copy_n(plain.begin() + 4, 32, ticket.zone.begin());
    auto label = read_label(plain, *field);
    if (!label) return tl::unexpected(label.error());
    ticket.label = std::move(*label);

    Bytes32 on_montgomery{};
    if (crypto_sign_ed25519_pk_to_curve25519(on_montgomery.data(), ticket.zone.data()) != 0)
        return fail(Errc::bad_point);
    const auto with_caller = diffie_hellman(secret, on_montgomery);
    if (!with_caller) return fail(Errc::bad_point);
    const ByteView before(plain.data(), plain.size() - proof_size);
    const auto proof = proof_of(*with_caller, about_it, before);
    if (sodium_memcmp(proof.data(), plain.data() + before.size(), proof_size) != 0)
        return fail(Errc::bad_signature);
    return ticket;
}

}  // namespace crypto

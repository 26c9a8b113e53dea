// node/names/invite.cpp - writes and reads the text of an invite.
#include "node/names/invite.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <cassert>
#include <optional>

#include "crypto/base32.hpp"
#include "crypto/name.hpp"
#include "crypto/sodium.hpp"
#include "sip/syntax/grammar.hpp"

namespace node {
namespace {

constexpr std::string_view scheme = "hedgewitch:";
constexpr std::string_view check_domain = "hedgewitch/v1/invite";
constexpr std::size_t check_size = 4;
constexpr std::size_t packed_size = invite_secret_size + check_size;

using Error = tl::unexpected<std::string>;

crypto::Bytes<check_size> check_of(const Invite& invite) {
    crypto::ensure_sodium();
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const crypto::ByteView part : {crypto::bytes_of(check_domain), crypto::ByteView(invite.key),
                                        crypto::bytes_of(invite.label), crypto::ByteView(invite.secret)}) {
        crypto_hash_sha256_update(&state, crypto::start_of(part), part.size());
    }
    crypto::Secret<crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256_final(&state, digest.data());
    sodium_memzero(&state, sizeof state);
    crypto::Bytes<check_size> check;
    std::copy_n(digest.data(), check.size(), check.begin());
    return check;
}

std::string why_no_key(const std::error_code& error) {
    if (error == crypto::Errc::bad_length) return "the key in the invite is not 56 characters long";
    if (error == crypto::Errc::bad_character)
        return "the key in the invite has a character that no key has: letters and the digits 2 to 7 only";
    if (error == crypto::Errc::bad_checksum) return "the key in the invite is mistyped";
    if (error == crypto::Errc::unknown_version) return "the key in the invite is of a later Hedgewitch";
    return "the key in the invite is no key that anybody can have";
}

/// The value of s among "s=...&x=...". Errors: s stands there twice; something has no "=".
tl::expected<std::optional<std::string_view>, std::string> find_secret(std::string_view parameters) {
    std::optional<std::string_view> found;
    while (!parameters.empty()) {
        const auto one = parameters.substr(0, parameters.find('&'));
        parameters.remove_prefix(std::min(parameters.size(), one.size() + 1));
        if (one.empty()) continue;
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) return Error("the invite is damaged behind the ?");
        if (equals != 1 || sip::grammar::lower(one[0]) != 's') continue;
        if (found) return Error("the invite has two secrets; one of them is not meant for it");
        found = one.substr(2);
    }
    return found;
}

tl::expected<std::vector<std::uint8_t>, std::string> read_secret(const Invite& invite,
                                                                 std::string_view text) {
    crypto::Secret<packed_size> packed;
    if (const auto decoded = crypto::base32_decode(text, {packed.data(), packed.size()}); !decoded) {
        if (decoded.error() == crypto::Errc::bad_length)
            return Error("the secret of the invite (behind s=) is not 32 characters long");
        return Error(
            "the secret of the invite (behind s=) has a character that none has: letters and the digits 2 to "
            "7 only");
    }
    Invite whole = invite;
    whole.secret.assign(packed.data(), packed.data() + invite_secret_size);
    if (!std::ranges::equal(check_of(whole), packed.view().subspan(invite_secret_size)))
        return Error("the secret of the invite (behind s=) is mistyped, or belongs to another name or key");
    return std::move(whole.secret);
}

/// Is there a secret of this invite among the parameters, behind another letter than s? It is told, for an
/// invite that lost its secret finds nobody.
bool hides_a_secret(const Invite& invite, std::string_view parameters) {
    while (!parameters.empty()) {
        const auto one = parameters.substr(0, parameters.find('&'));
        parameters.remove_prefix(std::min(parameters.size(), one.size() + 1));
        const auto equals = one.find('=');
        if (equals != std::string_view::npos && read_secret(invite, one.substr(equals + 1))) return true;
    }
    return false;
}

}  // namespace

std::string format_invite(const Invite& invite) {
    assert(crypto::canonical_label(invite.label) == invite.label);
    std::string text = std::string(scheme) + crypto::encode_name(invite.key) + "/" + invite.label;
    if (invite.secret.empty()) return text;
    assert(invite.secret.size() == invite_secret_size);
    crypto::Secret<packed_size> packed;
    std::ranges::copy(invite.secret, packed.data());
    std::ranges::copy(check_of(invite), packed.data() + invite_secret_size);
    return text + "?s=" + crypto::base32_encode(packed.view());
}

bool looks_like_invite(std::string_view text) {
    text = sip::grammar::trim(text);
    return text.size() >= scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), text.begin(),
                      [](char a, char b) { return a == sip::grammar::lower(b); });
}

tl::expected<Invite, std::string> parse_invite(std::string_view text) {
    text = sip::grammar::trim(text);
    if (text.empty()) return Error("there is no invite here");
    if (text.size() > max_invite_size) return Error("this is longer than any invite");
    if (!looks_like_invite(text)) return Error("an invite begins with hedgewitch:");
    text.remove_prefix(scheme.size());
    if (text.starts_with("//")) text.remove_prefix(2);

    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return Error("the invite names nobody: a / and a name must follow the key");
    Invite invite;
    const auto key = crypto::decode_name(text.substr(0, slash));
    if (!key) return Error(why_no_key(key.error()));
    invite.key = *key;

    const auto behind = text.substr(slash + 1);
    const auto question = behind.find('?');
    const auto label = crypto::canonical_label(behind.substr(0, question));
    if (!label)
        return Error("the name in the invite is none: 1 to 63 letters, digits and . _ + - are allowed");
    invite.label = *label;
    if (question == std::string_view::npos) return invite;

    const auto parameters = behind.substr(question + 1);
    const auto secret = find_secret(parameters);
    if (!secret) return Error(secret.error());
    if (!*secret) {
        if (hides_a_secret(invite, parameters))
            return Error("the s= before the secret of the invite is mistyped");
        return invite;
    }
    auto bytes = read_secret(invite, **secret);
    if (!bytes) return Error(bytes.error());
    invite.secret = std::move(*bytes);
    return invite;
}

}  // namespace node

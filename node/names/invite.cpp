// node/names/invite.cpp - writes and reads the text of an invite.
#include "node/names/invite.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <cassert>
#include <optional>

#include "crypto/base32.hpp"
#include "crypto/name.hpp"
#include "crypto/sodium.hpp"
#include "node/names/pasted.hpp"
#include "sip/syntax/grammar.hpp"

namespace node {
namespace {

constexpr std::string_view scheme = "hedgewitch:";
constexpr std::string_view check_domain = "hedgewitch/v1/invite";
constexpr std::size_t check_size = 4;
constexpr std::size_t longest_ways = 256;  // 104 characters, and gaps
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

namespace grammar = sip::grammar;

crypto::Bytes<check_size> check_of_ways(const Invite& invite, crypto::ByteView packed_ways) {
    crypto::ensure_sodium();
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const crypto::ByteView part : {crypto::bytes_of("hedgewitch/v1/begin"), crypto::ByteView(invite.key),
                                        crypto::bytes_of(invite.label), packed_ways})
        crypto_hash_sha256_update(&state, crypto::start_of(part), part.size());
    crypto::Bytes<crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state, digest.data());
    crypto::Bytes<check_size> check{};
    std::copy_n(digest.data(), check.size(), check.begin());
    return check;
}

std::vector<std::uint8_t> packed_ways(const std::vector<sip::Endpoint>& ways) {
    std::vector<std::uint8_t> bytes;
    const auto append = [&](const auto& some) { bytes.insert(bytes.end(), some.begin(), some.end()); };
    for (const auto& way : ways) {
        bytes.push_back(way.address.is_v4() ? 4 : 6);
        if (way.address.is_v4())
            append(way.address.to_v4().to_bytes());
        else
            append(way.address.to_v6().to_bytes());
        bytes.push_back(static_cast<std::uint8_t>(way.port >> 8U));
        bytes.push_back(static_cast<std::uint8_t>(way.port));
    }
    while ((bytes.size() + check_size) % 5 != 0)
        bytes.push_back(0);
    return bytes;
}

/// Nothing: they are none.
std::optional<std::vector<sip::Endpoint>> unpacked_ways(crypto::ByteView bytes) {
    std::vector<sip::Endpoint> ways;
    while (!bytes.empty() && bytes.front() != 0) {
        const std::size_t size = bytes.front() == 4 ? 4 : 16;
        if ((bytes.front() != 4 && bytes.front() != 6) || bytes.size() < 3 + size ||
            ways.size() == most_to_begin)
            return std::nullopt;
        sip::Endpoint way;
        if (size == 4) {
            asio::ip::address_v4::bytes_type v4{};
            std::copy_n(bytes.begin() + 1, size, v4.begin());
            way.address = asio::ip::address_v4(v4);
        } else {
            asio::ip::address_v6::bytes_type v6{};
            std::copy_n(bytes.begin() + 1, size, v6.begin());
            way.address = asio::ip::address_v6(v6);
        }
        way.port = static_cast<std::uint16_t>(bytes[1 + size] * 256U + bytes[2 + size]);
        ways.push_back(way);
        bytes = bytes.subspan(3 + size);
    }
    const bool padded = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
    return padded && !ways.empty() ? std::optional(ways) : std::nullopt;
}

bool is_letter_digit(char c) {
    return (c >= '0' && c <= '9') || (grammar::lower(c) >= 'a' && grammar::lower(c) <= 'z');
}
bool is_gap(char c) {
    return grammar::is_lws(c) || c == '-';
}

/// Which character, counted from 1, no base32 text has; 0: all may stand there.
std::size_t place_of_stranger(std::string_view text) {
    const auto strange = std::find_if(text.begin(), text.end(), [](char c) {
        const char lower = grammar::lower(c);
        return !((lower >= 'a' && lower <= 'z') || (c >= '2' && c <= '7'));
    });
    return strange == text.end() ? 0 : static_cast<std::size_t>(strange - text.begin()) + 1;
}

std::string why_no_key(std::string_view text, const std::error_code& error) {
    if (error == crypto::Errc::bad_length)
        return "the key in the invite has " + std::to_string(text.size()) + ", not 56 characters";
    if (error == crypto::Errc::bad_character)
        return "character " + std::to_string(place_of_stranger(text)) +
               " of the key in the invite is one that no key has: letters and the digits 2 to 7 only";
    if (error == crypto::Errc::bad_checksum) return "the key in the invite is mistyped";
    if (error == crypto::Errc::unknown_version) return "the key in the invite is of a later Hedgewitch";
    return "the key in the invite is no key that anybody can have";
}

std::string_view after_gaps(std::string_view text) {
    while (!text.empty() && grammar::is_lws(text.front()))
        text.remove_prefix(1);
    return text;
}

/// Where 56 characters that are a key, and a slash, begin `text`: an invite that lost its scheme.
bool begins_with_key(std::string_view text) {
    std::string key;
    while (!text.empty() && key.size() <= crypto::name_length &&
           (is_letter_digit(text.front()) || is_gap(text.front()))) {
        if (!is_gap(text.front())) key += text.front();
        text.remove_prefix(1);
    }
    return key.size() == crypto::name_length && text.starts_with('/') && crypto::decode_name(key).has_value();
}

/// What follows the scheme, wherever among the words it stands; or the key, where there is none.
std::optional<std::string_view> behind_scheme(std::string_view text) {
    for (std::size_t i = 0; i + scheme.size() <= text.size(); ++i) {
        if (i > 0 && is_letter_digit(text[i - 1])) continue;
        const bool here =
            std::equal(scheme.begin(), scheme.end(), text.begin() + static_cast<std::ptrdiff_t>(i),
                       [](char a, char b) { return a == grammar::lower(b); });
        if (!here) continue;
        auto rest = after_gaps(text.substr(i + scheme.size()));
        if (rest.starts_with("//")) rest.remove_prefix(2);
        return rest;
    }
    constexpr std::string_view openers = " \t\r\n<\"'([";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = i == 0 || openers.find(text[i - 1]) != std::string_view::npos;
        if (begins && is_letter_digit(text[i]) && begins_with_key(text.substr(i))) return text.substr(i);
    }
    return std::nullopt;
}

/// A run of characters that may stand in a name, %2e (see cleaned()) being a dot. Taken from `text`.
std::string take_label(std::string_view& text) {
    std::string label;
    for (;;) {
        if (text.starts_with("%2e")) {
            label += "%2e";
            text.remove_prefix(3);
        } else if (!text.empty() && crypto::canonical_label(text.substr(0, 1))) {
            label += text.front();
            text.remove_prefix(1);
        } else {
            return label;
        }
    }
}

/// The dots at the end of a run end a sentence; one that was written as %2E belongs to the name.
std::string without_full_stop(std::string label) {
    while (label.ends_with('.'))
        label.pop_back();
    return label;
}

tl::expected<std::string, std::string> canonical(std::string label) {
    for (auto at = label.find("%2e"); at != std::string::npos; at = label.find("%2e", at + 1))
        label.replace(at, 3, ".");
    const auto name = crypto::canonical_label(label);
    if (!name)
        return Error("the name in the invite is none: 1 to 63 letters, digits and . _ + - are allowed");
    return *name;
}

/// Does `text`, which begins behind a name, end the invite? A mark of punctuation may follow, or nothing.
bool ends(std::string_view text) {
    constexpr std::string_view marks = ",;:!?)>]}\"'*`|";
    return text.empty() || grammar::is_lws(text.front()) ||
           static_cast<unsigned char>(text.front()) >= 0x80 ||
           marks.find(text.front()) != std::string_view::npos;
}

/// "?s=..." and not the question mark of "is it hedgewitch:.../alice?".
bool begins_parameters(std::string_view text) {
    if (!text.starts_with('?')) return false;
    text.remove_prefix(1);
    if (!text.empty() && !grammar::is_lws(text.front()))
        return is_letter_digit(text.front()) || text[0] == '&';
    text = after_gaps(text);
    return text.size() >= 2 && is_letter_digit(text[0]) && text[1] == '=';
}

/// The value of s: 32 characters with gaps between them, or what stands in their place.
std::string take_secret(std::string_view& text) {
    constexpr std::size_t size = packed_size / 5 * 8;
    std::string secret;
    while (!text.empty() && (is_letter_digit(text.front()) || is_gap(text.front()))) {
        if (is_gap(text.front()) && secret.size() >= size) break;
        if (!is_gap(text.front())) secret += text.front();
        text.remove_prefix(1);
    }
    return secret;
}

/// The value of w: as take_secret(), as long as what stands there may be of it; `read_ways` finds its end.
std::string take_ways(std::string_view& text) {
    std::string ways;
    while (!text.empty() && (is_letter_digit(text.front()) || is_gap(text.front())) &&
           ways.size() < longest_ways) {
        ways += text.front();
        text.remove_prefix(1);
    }
    return ways;
}

struct Parameters {
    std::optional<std::string> secret;
    std::optional<std::string> ways;  // with gaps, and perhaps with words behind them
    std::vector<std::string> others;  // their values
};

/// "s=...&x=...", taken from `text`. Errors: s stands there twice; something has no "=".
tl::expected<Parameters, std::string> take_parameters(std::string_view& text) {
    Parameters found;
    for (text.remove_prefix(1);; text.remove_prefix(1)) {  // the ? or an &
        text = after_gaps(text);
        if (text.starts_with('&')) continue;
        const auto equals = text.find_first_of("=& \t\r\n");
        if (text.empty() || equals == 0) return found;
        if (equals == std::string_view::npos || text[equals] != '=')
            return Error("the invite is damaged behind the ?");
        const bool is_secret = equals == 1 && grammar::lower(text[0]) == 's';
        const bool is_ways = equals == 1 && grammar::lower(text[0]) == 'w';
        text.remove_prefix(equals + 1);
        if (is_secret && found.secret)
            return Error("the invite has two secrets; one of them is not meant for it");
        if (is_secret) {
            found.secret = take_secret(text);
        } else if (is_ways) {
            found.ways = take_ways(text);
        } else {
            found.others.emplace_back(text.substr(0, text.find_first_of("& \t\r\n<>\"")));
            text.remove_prefix(found.others.back().size());
        }
        // Mail programs break lines at an &.
        if (const auto next = after_gaps(text); next.size() > 2 && next[0] == '&' && next[2] == '=')
            text = next;
        if (!text.starts_with('&')) return found;
    }
}

/// The first of its beginnings, gaps aside, that is whole.
tl::expected<std::vector<sip::Endpoint>, std::string> read_ways(const Invite& invite, std::string_view text) {
    std::string run;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_gap(text[at])) continue;
        run += text[at];
        if (run.size() % 8 != 0) continue;
        std::vector<std::uint8_t> bytes(run.size() / 8 * 5);
        if (!crypto::base32_decode(run, bytes)) break;
        const crypto::ByteView whole(bytes);
        const auto ways = whole.first(whole.size() - check_size), check = whole.last(check_size);
        if (!std::ranges::equal(check_of_ways(invite, ways), check)) continue;
        if (auto read = unpacked_ways(ways)) return std::move(*read);
    }
    return Error("the addresses in the invite (behind w=) are mistyped; without them it works as well");
}

tl::expected<std::vector<std::uint8_t>, std::string> read_secret(const Invite& invite,
                                                                 std::string_view text) {
    crypto::Secret<packed_size> packed;
    if (const auto decoded = crypto::base32_decode(text, {packed.data(), packed.size()}); !decoded) {
        if (decoded.error() == crypto::Errc::bad_length)
            return Error("the secret of the invite (behind s=) has " + std::to_string(text.size()) +
                         ", not 32 characters");
        return Error("character " + std::to_string(place_of_stranger(text)) +
                     " of the secret (behind s=) is one that none has: letters and the digits 2 to 7 only");
    }
    Invite whole = invite;
    whole.secret.assign(packed.data(), packed.data() + invite_secret_size);
    if (!std::ranges::equal(check_of(whole), packed.view().subspan(invite_secret_size)))
        return Error("the secret of the invite (behind s=) is mistyped, or belongs to another name or key");
    return std::move(whole.secret);
}

/// The whole invite, with its name ending here; `text` begins behind that.
tl::expected<Invite, std::string> read_named(Invite invite, const std::string& label, std::string_view text) {
    const bool parameters = begins_parameters(text);
    auto name = canonical(parameters ? label : without_full_stop(label));
    if (!name) return Error(name.error());
    invite.label = std::move(*name);
    if (!parameters) {
        if (!ends(text))
            return Error("the name in the invite is none: 1 to 63 letters, digits and . _ + - are allowed");
        return invite;
    }
    const auto found = take_parameters(text);
    if (!found) return Error(found.error());
    if (found->ways) {
        auto ways = read_ways(invite, *found->ways);
        if (!ways) return Error(ways.error());
        invite.begin = std::move(*ways);
    }
    if (!found->secret) {
        // Behind another letter than s? It is told, for an invite that lost its secret finds nobody.
        const bool hidden = std::any_of(found->others.begin(), found->others.end(), [&](const auto& value) {
            return read_secret(invite, value).has_value();
        });
        if (hidden) return Error("the s= before the secret of the invite is mistyped");
        return invite;
    }
    auto bytes = read_secret(invite, *found->secret);
    if (!bytes) return Error(bytes.error());
    invite.secret = std::move(*bytes);
    return invite;
}

/// A mail program may have broken the line in the name, or before its ?: `text` then begins with the line's
/// end.
bool may_go_on(std::string_view text) {
    const auto next = after_gaps(text);
    const bool line_ends = text.substr(0, text.size() - next.size()).find('\n') != std::string_view::npos;
    return line_ends && !next.empty();
}

/// The next line is one word and nothing else, as the rest of a name is. A line is broken at 76 characters or
/// so; with a key and a slash it has 68 already.
bool looks_broken(const std::string& label, std::string_view text) {
    constexpr std::size_t longest_short_name = 6;
    auto next = after_gaps(text);
    const std::string word = take_label(next);
    return label.size() > longest_short_name && !word.empty() &&
           (next.empty() || next.front() == '\n' || next.front() == '\r');
}

/// A secret proves which reading is meant; without one the name is what stands in its line.
tl::expected<Invite, std::string> read_name(const Invite& invite, std::string_view text) {
    constexpr int most_breaks = 3;
    text = after_gaps(text);
    std::string label = take_label(text);
    if (const auto next = after_gaps(text); begins_parameters(next) && next.find('=') == 2) text = next;
    auto first = read_named(invite, label, text);
    const bool broken = looks_broken(label, text);
    std::optional<std::string> complaint;  // about a secret of a longer reading
    for (int i = 0; i < most_breaks && may_go_on(text); ++i) {
        text = after_gaps(text);
        label += take_label(text);
        if (!begins_parameters(text)) continue;
        auto longer = read_named(invite, label, text);
        if (longer && !longer->secret.empty()) return longer;
        if (!longer && !complaint) complaint = longer.error();
    }
    if (first && first->secret.empty() && complaint) return Error(*complaint);
    if (first && first->secret.empty() && broken)
        return Error("the name in the invite may go on in the next line: write it in one line");
    return first;
}

}  // namespace

std::string format_invite(const Invite& invite) {
    assert(crypto::canonical_label(invite.label) == invite.label);
    std::string text = std::string(scheme) + crypto::encode_name(invite.key) + "/" + invite.label;
    if (text.ends_with('.')) text.replace(text.size() - 1, 1, "%2E");  // a bare one would end a sentence
    const auto with_ways = [&](char mark) {
        if (invite.begin.empty()) return text;
        auto bytes = packed_ways(invite.begin);
        const auto check = check_of_ways(invite, bytes);
        bytes.insert(bytes.end(), check.begin(), check.end());
        return text + mark + "w=" + crypto::base32_encode(bytes);
    };
    assert(invite.begin.size() <= most_to_begin);
    if (invite.secret.empty()) return with_ways('?');
    assert(invite.secret.size() == invite_secret_size);
    crypto::Secret<packed_size> packed;
    std::ranges::copy(invite.secret, packed.data());
    std::ranges::copy(check_of(invite), packed.data() + invite_secret_size);
    text += "?s=" + crypto::base32_encode(packed.view());
    return with_ways('&');
}

bool looks_like_invite(std::string_view text) {
    return behind_scheme(cleaned(text.substr(0, max_invite_size))).has_value();
}

tl::expected<Invite, std::string> parse_invite(std::string_view pasted) {
    if (grammar::trim(pasted).empty()) return Error("there is no invite here");
    if (pasted.size() > max_invite_size) return Error("this is longer than any invite");
    const std::string whole = cleaned(pasted);
    const auto text = behind_scheme(whole);
    if (!text) return Error("an invite begins with hedgewitch:");
    const auto slash = text->find('/');
    if (slash == std::string_view::npos)
        return Error("the invite names nobody: a / and a name must follow the key");
    const std::string key_text = without_gaps(text->substr(0, slash));
    const auto key = crypto::decode_name(key_text);
    if (!key) return Error(why_no_key(key_text, key.error()));
    Invite invite;
    invite.key = *key;
    return read_name(invite, text->substr(slash + 1));
}

}  // namespace node

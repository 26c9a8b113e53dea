// node/names/key_text.cpp - finds the key in what was typed.
#include "node/names/key_text.hpp"

#include <stdexcept>

#include "crypto/name.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/invite.hpp"
#include "node/names/pasted.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

using Error = tl::unexpected<std::string>;

std::string why_no_key(const std::string& reason) {
    return "this is no key (" + reason + "): a key is the 56 characters before .hedge.alt, or an invite";
}

}  // namespace

tl::expected<KeyText, std::string> parse_key_text(std::string_view text) {
    if (looks_like_invite(text)) {
        auto invite = parse_invite(text);
        if (!invite) return Error(invite.error());
        return KeyText{invite->key, std::move(invite->label), !invite->secret.empty()};
    }
    const std::string plain = cleaned(text);
    std::string rest = sip::lowercase(without_brackets(plain));
    if (rest.find_first_of("@.") == std::string::npos) rest = without_gaps(rest);
    if (rest.empty()) return Error(why_no_key("nothing was given"));
    if (rest.starts_with("sip:")) rest.erase(0, 4);
    KeyText found;
    if (const auto at = rest.find('@'); at != std::string::npos) {
        const auto label = crypto::canonical_label(std::string_view(rest).substr(0, at));
        if (!label) return Error(why_no_key("what stands before the @ is no user name"));
        found.label = *label;
        rest.erase(0, at + 1);
    }
    if (const auto key = crypto::decode_name(rest)) {
        found.key = *key;
        return found;
    } else if (rest.find('.') == std::string::npos) {
        return Error(why_no_key(key.error().message()));
    }
    const HostName host = classify(rest);
    if (const auto* name = std::get_if<KeyName>(&host)) {
        found.key = name->key;
        return found;
    }
    const auto* bad = std::get_if<BadKeyName>(&host);
    return Error(why_no_key(bad != nullptr ? bad->why : "it is not under .hedge.alt"));
}

KeyText read_key_text(std::string_view text) {
    auto found = parse_key_text(text);
    if (!found) throw std::runtime_error(found.error());
    return std::move(*found);
}

}  // namespace node

// node/dns/key_binding_record.cpp - the TXT record that binds a domain to a key, written and read.
#include "node/dns/key_binding_record.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/name.hpp"
#include "node/dns/rdata.hpp"
#include "sip/syntax/grammar.hpp"

namespace node {
namespace {

/// RFC 7208 §3.3: the strings of one TXT record are one text, joined without spaces.
std::optional<std::string> joined(const std::string& rdata) {
    std::string all;
    for (RdataReader reader(rdata); !reader.at_end();) {
        const auto part = reader.text();
        if (!part) return std::nullopt;
        all += *part;
    }
    return all;
}

struct Tag {
    std::string_view name, value;
};

/// The first "name=value" of `rest`, which is shortened by it.
Tag next_tag(std::string_view& rest) {
    const auto semicolon = rest.find(';');
    const auto tag = rest.substr(0, semicolon);
    rest = semicolon == std::string_view::npos ? std::string_view() : rest.substr(semicolon + 1);
    const auto equals = tag.find('=');
    if (equals == std::string_view::npos) return {sip::grammar::trim_blanks(tag), {}};
    return {sip::grammar::trim_blanks(tag.substr(0, equals)),
            sip::grammar::trim_blanks(tag.substr(equals + 1))};
}

std::optional<std::chrono::seconds> parse_age(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || text.empty()) return std::nullopt;
    const auto longest = static_cast<std::uint64_t>(longest_key_binding_age.count());
    if (error == std::errc::result_out_of_range) return longest_key_binding_age;
    if (error != std::errc()) return std::nullopt;
    return std::chrono::seconds(std::min(number, longest));
}

/// What follows "v=1". Tags that a later version may add are passed over; a tag that comes twice is not.
std::optional<KeyBindingRecord> parse_tags(std::string_view rest, std::string& trouble) {
    std::optional<crypto::PublicKey> key;
    std::optional<std::chrono::seconds> age;
    while (!rest.empty()) {
        const Tag tag = next_tag(rest);
        if (tag.name == "k") {
            const auto decoded = crypto::decode_name(tag.value);
            if (key || !decoded) {
                trouble = key ? "it has two k=" : "its k= is no key: " + decoded.error().message();
                return std::nullopt;
            }
            key = *decoded;
        } else if (tag.name == "max-age") {
            const auto read = parse_age(tag.value);
            if (age || !read) {
                trouble = age ? "it has two max-age=" : "its max-age= is no number of seconds";
                return std::nullopt;
            }
            age = read;
        }
    }
    if (!key) trouble = "it has no k=";
    return key ? std::optional(KeyBindingRecord{*key, age.value_or(default_key_binding_age)}) : std::nullopt;
}

}  // namespace

std::string_view name(KeyBinding::State state) noexcept {
    switch (state) {
        case KeyBinding::State::bound: return "bound";
        case KeyBinding::State::absent: return "absent";
        case KeyBinding::State::insecure: return "insecure";
        case KeyBinding::State::bogus: return "bogus";
        case KeyBinding::State::failed: return "failed";
        case KeyBinding::State::malformed: return "malformed";
    }
    return "";
}

std::string key_binding_name(const std::string& domain) {
    return "_hedgewitch." + domain;
}

std::string key_binding_text(const crypto::PublicKey& key, std::chrono::seconds max_age) {
    std::string text = "v=1;k=" + crypto::encode_name(key);
    if (max_age != default_key_binding_age) text += ";max-age=" + std::to_string(max_age.count());
    return text;
}

KeyBindingRecords parse_key_binding_records(std::span<const std::string> rdata) {
    KeyBindingRecords found;
    for (const std::string& record : rdata) {
        const auto text = joined(record);
        if (!text) continue;
        std::string_view rest = *text;
        const Tag version = next_tag(rest);
        // RFC 7489's rule: the version stands first, and another version, or another's record, is not ours.
        if (version.name != "v" || version.value != "1") continue;
        std::string trouble;
        const auto read = parse_tags(rest, trouble);
        if (!read) {
            found.trouble = std::move(trouble);
        } else if (found.record && found.record->key != read->key) {
            found.trouble = "two records name two keys";
        } else if (found.record) {
            found.record->max_age = std::min(found.record->max_age, read->max_age);
        } else {
            found.record = read;
        }
    }
    if (!found.trouble.empty()) found.record.reset();
    return found;
}

}  // namespace node
